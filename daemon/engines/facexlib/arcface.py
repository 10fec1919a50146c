"""Tells people apart with ArcFace (IR-SE50)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from daemon.engines.arcface_crop import arcface_crop
from daemon.engines.base import IdentityLimits
from daemon.engines.batches import Pieces
from daemon.engines.cuda import cuda_errors, free_cached, full_float32
from daemon.engines.facexlib.facts import ARCFACE
from daemon.engines.facexlib.loading import loaded
from daemon.engines.facexlib.networks import network_file
from daemon.engines.offers import Setup
from daemon.engines.weights import no_number
from daemon.imaging.align import Alignment
from daemon.imaging.template import ARCFACE_PX

_LAYERS, _MODE = 50, "ir_se"
_MOST_CUDA, _MOST_CPU = 32, 1


def distance_of(cosine_distance: float) -> float:
    """The Euclidean distance of two vectors of length 1 that are so far apart in cosine."""
    return float(np.sqrt(2 * cosine_distance))


# Source: restoration pipelines with this network deliver within a cosine distance of 0.15
# (ModelScope, portrait enhancement), and give up beyond 0.30; on vectors of length 1 those are
# Euclidean distances of 0.548 and 0.775.
LIMITS: Final = IdentityLimits(
    distance_of(0.15),
    distance_of(0.30),
    "cosine distance 0.15 and 0.30 (docs/decisions/0038)",
)


class ArcFace:
    """The recogniser, loaded.

    Args:
        weights: The checkpoint.
        setup: Where it computes; always in float32.

    Raises:
        EngineUnavailable: facexlib is not installed, or the file is not this network's.
        GpuExhausted: It does not fit into the GPU's memory.
    """

    limits = LIMITS

    def __init__(self, weights: Path, setup: Setup) -> None:
        self._network = loaded(_network, weights, ARCFACE.title, setup)
        self._device = torch.device(setup.device)
        most = _MOST_CPU if self._device.type == "cpu" else _MOST_CUDA
        self._pieces = Pieces(self._forward, most=most, relieve=free_cached)

    def embed(self, srgb: NDArray[np.uint8], alignment: Alignment) -> NDArray[np.float32]:
        """``(512,)`` float32 of length 1 of the face in ``(H, W, 3)`` uint8 RGB.

        Raises:
            GpuExhausted: Not even one face fits into the GPU's memory.
            EngineBroken: The GPU cannot be used any more in this process.
            EngineError: The landmarks lie in one place, or the network gave no usable number.
        """
        vector: NDArray[np.float32] = self.embed_crops(self.aligned(srgb, alignment))[0]
        return vector

    @staticmethod
    def aligned(srgb: NDArray[np.uint8], alignment: Alignment) -> NDArray[np.uint8]:
        """The face as ``(1, 112, 112, 3)`` uint8 RGB in the ArcFace template; any thread may ask.

        Raises:
            EngineError: The landmarks lie in one place.
        """
        return arcface_crop(srgb, alignment, ARCFACE.name)

    def embed_crops(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """``(N, 512)`` float32 of length 1.

        Args:
            crops: ``(N, 112, 112, 3)`` uint8 RGB in the ArcFace template.

        Raises:
            GpuExhausted: Not even one face fits into the GPU's memory.
            EngineBroken: The GPU cannot be used any more in this process.
            EngineError: The network gave no usable number.
        """
        vectors = self._pieces.over(preprocessed(crops))
        lengths = np.linalg.norm(vectors, axis=1)
        if not np.allclose(lengths, 1, atol=1e-3):  # not even where a length is no number
            raise no_number(ARCFACE.name)
        return vectors

    def warm(self) -> None:
        """Run once, on nothing: the first run on a GPU takes a moment.

        Raises:
            GpuExhausted: As ``embed_crops``.
            EngineBroken: As ``embed_crops``.
        """
        self._pieces.over(preprocessed(np.zeros((1, ARCFACE_PX, ARCFACE_PX, 3), np.uint8)))

    def _forward(self, faces: NDArray[np.float32]) -> NDArray[np.float32]:
        with cuda_errors(ARCFACE.name), torch.inference_mode(), full_float32():
            vectors = self._network(torch.from_numpy(faces).to(self._device))
            return np.asarray(vectors.cpu().numpy(), np.float32)


def preprocessed(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """``(N, 3, 112, 112)`` float32 BGR in -1..1 from ``(N, 112, 112, 3)`` uint8 RGB.

    The network was trained in BGR: the program that made its training set (InsightFace_Pytorch,
    ``data_pipe.py``) stores what it decoded in that order, and turns its test sets into it.
    """
    scaled = (crops[..., ::-1].astype(np.float32) / 255 - np.float32(0.5)) / np.float32(0.5)
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))


def _network() -> nn.Module:
    file = network_file("recognition.arcface_arch")
    # The share that training left out at random; nothing is, afterwards.
    network: nn.Module = file.Backbone(num_layers=_LAYERS, drop_ratio=0.6, mode=_MODE)
    return network
