"""Cuts a person out with BiRefNet: a sharp alpha of a square of 1024 pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from daemon.domain.sayings import say
from daemon.engines.birefnet.facts import SIDE_PX, Training
from daemon.engines.birefnet.network import BiRefNet
from daemon.engines.birefnet.swin import WindowAttention, apart_in
from daemon.engines.checkpoint import compare, entries
from daemon.engines.cuda import computing, cuda_errors
from daemon.engines.matte_network import NetworkMatter
from daemon.engines.matte_square import (
    IMAGENET_DEVIATION,
    IMAGENET_MEAN,
    in_square,
    longest_side,
    standardised,
)
from daemon.engines.offers import Setup
from daemon.engines.weights import unfit


class BiRefNetMatter(NetworkMatter):
    """The matter, loaded.

    Args:
        training: Whose weights they are.
        weights: The checkpoint; one in halves is made float32.
        setup: Where it computes; always in float32.

    Raises:
        EngineUnavailable: ``pymatting`` is not installed, or the file is not this network's.
        GpuExhausted: It does not fit into the GPU's memory.
    """

    def __init__(self, training: Training, weights: Path, setup: Setup) -> None:
        self._training, self._device = training, torch.device(setup.device)
        if setup.threads:
            torch.set_num_threads(setup.threads)
        network = load_network(weights, training.title)
        with cuda_errors(training.name):
            self._network = network.to(self._device)
        pressed = in_square(self._forward, SIDE_PX)
        super().__init__(pressed, training.name, longest_side(SIDE_PX), is_slow=True)

    def _forward(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """``(1, S, S)`` of ``(1, S, S, 3)`` float32 RGB 0..255."""
        planes = standardised(pictures, IMAGENET_MEAN, IMAGENET_DEVIATION)
        with computing(self._device, self._training.name):
            alpha = torch.sigmoid(self._network(torch.from_numpy(planes).to(self._device)))
            return np.asarray(alpha[:, 0].cpu().numpy(), np.float32)


def load_network(path: Path, engine: str) -> BiRefNet:
    """The network with a checkpoint's weights, in float32 on the CPU, ready to compute.

    Args:
        path: The checkpoint.
        engine: Named in errors.

    Raises:
        EngineUnavailable: The file is not this network's key for key.
    """
    found = entries(path, engine)
    with torch.device("meta"):  # shapes only: the values come from the file
        network = BiRefNet()
    compare(found, network.state_dict(), path, engine)
    network.load_state_dict(found, strict=True, assign=True)
    for name, part in network.named_modules():
        if isinstance(part, WindowAttention):
            _check_index(name, part, path, engine)
    return network.eval().requires_grad_(requires_grad=False)


def _check_index(name: str, part: WindowAttention, path: Path, engine: str) -> None:
    """A file may hold any rows for it, even some that the table has not."""
    index = part.relative_position_index
    side = round(len(index) ** 0.5)
    if not torch.equal(index, apart_in(side)):
        raise unfit(path, engine, say("other_window", name=name))
