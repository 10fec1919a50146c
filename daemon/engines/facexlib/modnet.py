"""Cuts a person out with MODNet: alpha at about 512 pixels, full size by the colours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from daemon.engines.batches import Pieces
from daemon.engines.cuda import cuda_errors, free_cached, full_float32
from daemon.engines.facexlib.facts import MODNET
from daemon.engines.facexlib.loading import loaded
from daemon.engines.facexlib.networks import network_file
from daemon.engines.matte_network import NetworkMatter
from daemon.engines.offers import Setup

_MOST_CUDA, _MOST_CPU = 2, 1


class ModNet(NetworkMatter):
    """The matter, loaded.

    Args:
        weights: The checkpoint.
        setup: Where it computes; always in float32.

    Raises:
        EngineUnavailable: facexlib or ``pymatting`` is not installed, or the file is not this
            network's.
        GpuExhausted: It does not fit into the GPU's memory.
    """

    def __init__(self, weights: Path, setup: Setup) -> None:
        self._network = loaded(_network, weights, MODNET.title, setup)
        self._device = torch.device(setup.device)
        most = _MOST_CPU if self._device.type == "cpu" else _MOST_CUDA
        pieces = Pieces(self._forward, most=most, relieve=free_cached)
        super().__init__(pieces.over, MODNET.name)

    def _forward(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """``(N, h, w)`` of ``(N, h, w, 3)`` float32 RGB 0..255."""
        with cuda_errors(MODNET.name), torch.inference_mode(), full_float32():
            tensor = torch.from_numpy(pictures).to(self._device) / 127.5 - 1
            _, _, alpha = self._network(tensor.permute(0, 3, 1, 2).contiguous(), True)
            return np.asarray(alpha[:, 0].cpu().numpy(), np.float32)


def _network() -> nn.Module:
    network: nn.Module = network_file("matting.modnet").MODNet(backbone_pretrained=False)
    return network
