"""Says of each pixel of an aligned face what it belongs to, with BiSeNet or ParseNet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from daemon.engines.batches import BUCKETS, Pieces
from daemon.engines.cuda import cuda_errors, free_cached, full_float32
from daemon.engines.facexlib.facts import BISENET, PARSENET, Kind
from daemon.engines.facexlib.loading import loaded
from daemon.engines.facexlib.networks import network_file
from daemon.engines.offers import Setup
from daemon.engines.parsing import FaceClass as Is
from daemon.engines.weights import no_number
from daemon.errors import EngineError
from daemon.imaging.align import CROP_PX

_CLASSES = len(Is)
# A face's scores of 19 classes at 512 px take 20 MiB, and the maps before them some hundreds.
_MOST_CUDA, _MOST_CPU = 16, 1
assert _MOST_CUDA in BUCKETS


@dataclass(frozen=True)
class Parsing:
    """What one parser differs in from the other.

    Attributes:
        kind: Its name and models.
        make: Its network, without weights.
        mean: Of each colour, RGB in 0..1, taken off its input.
        spread: What each colour is then divided by.
        order: What the network's classes mean, in its own order.
    """

    kind: Kind
    make: Callable[[], nn.Module]
    mean: tuple[float, float, float]
    spread: tuple[float, float, float]
    order: tuple[Is, ...]


def _bisenet() -> nn.Module:
    network: nn.Module = network_file("parsing.bisenet").BiSeNet(num_class=_CLASSES)
    return network


def _parsenet() -> nn.Module:
    file = network_file("parsing.parsenet")
    network: nn.Module = file.ParseNet(in_size=CROP_PX, out_size=CROP_PX, parsing_ch=_CLASSES)
    return network


# Source of both: facexlib's programs inference_parsing and inference_parsing_parsenet (input and
# order of classes). BiSeNet's input has the mean and deviation of ImageNet.
BISENET_PARSING = Parsing(
    BISENET,
    _bisenet,
    mean=(0.485, 0.456, 0.406),
    spread=(0.229, 0.224, 0.225),
    order=tuple(Is),
)
PARSENET_PARSING = Parsing(
    PARSENET,
    _parsenet,
    mean=(0.5, 0.5, 0.5),
    spread=(0.5, 0.5, 0.5),
    order=(
        Is.BACKGROUND, Is.SKIN, Is.NOSE, Is.GLASSES, Is.LEFT_EYE, Is.RIGHT_EYE, Is.LEFT_BROW,
        Is.RIGHT_BROW, Is.LEFT_EAR, Is.RIGHT_EAR, Is.MOUTH, Is.UPPER_LIP, Is.LOWER_LIP, Is.HAIR,
        Is.HAT, Is.EARRING, Is.NECKLACE, Is.NECK, Is.CLOTH,
    ),
)  # fmt: skip


class FacexlibParser:
    """A parser, loaded.

    Args:
        parsing: Which.
        weights: The checkpoint.
        setup: Where it computes; always in float32.

    Raises:
        EngineUnavailable: facexlib is not installed, or the file is not this network's.
        GpuExhausted: It does not fit into the GPU's memory.
    """

    def __init__(self, parsing: Parsing, weights: Path, setup: Setup) -> None:
        self._network = loaded(parsing.make, weights, parsing.kind.title, setup)
        self._device = torch.device(setup.device)
        self._name = parsing.kind.name
        with cuda_errors(self._name):
            self._mean = torch.tensor(parsing.mean, device=self._device) * 255
            self._spread = torch.tensor(parsing.spread, device=self._device) * 255
        self._means = np.array(parsing.order, np.uint8)
        most = _MOST_CPU if self._device.type == "cpu" else _MOST_CUDA
        self._pieces = Pieces(self._scored, most=most, relieve=free_cached)

    def parse(self, crops: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Classes ``(N, 512, 512)`` uint8 of ``FaceClass``; see ``FaceParser``.

        Raises:
            GpuExhausted: Not even one face fits into the GPU's memory.
            EngineBroken: The GPU cannot be used any more in this process.
            EngineError: Not crops of this size, or the network gave no finite number.
        """
        if crops.ndim != 4 or crops.shape[1:] != (CROP_PX, CROP_PX, 3):
            message = f"a parser wants (N, {CROP_PX}, {CROP_PX}, 3), not {crops.shape}"
            raise EngineError(message, engine=self._name)
        if not len(crops):
            return np.empty(crops.shape[:3], np.uint8)
        best = self._pieces.over(crops.astype(np.float32))
        if not np.isfinite(best).all():
            raise no_number(self._name)
        return np.asarray(self._means[best.astype(np.intp)], np.uint8)

    def warm(self) -> None:
        """Run once, on nothing: the first run on a GPU takes a moment.

        Raises:
            GpuExhausted: As ``parse``.
            EngineBroken: As ``parse``.
        """
        self.parse(np.zeros((1, CROP_PX, CROP_PX, 3), np.uint8))

    def _scored(self, crops: NDArray[np.float32]) -> NDArray[np.float32]:
        """The best class's number in the network's own order; NaN where there is none."""
        with cuda_errors(self._name), torch.inference_mode(), full_float32():
            faces = (torch.from_numpy(crops).to(self._device) - self._mean) / self._spread
            scores = self._network(faces.permute(0, 3, 1, 2).contiguous())[0]
            most, best = scores.max(dim=1)
            # One score that is no number makes the largest none, and one that is infinite wins.
            found = torch.where(torch.isfinite(most), best.float(), torch.nan)
            return np.asarray(found.cpu().numpy(), np.float32)
