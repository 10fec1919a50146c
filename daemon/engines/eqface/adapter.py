"""Rates faces with EQ-Face."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from daemon.engines.batches import BUCKETS, Pieces
from daemon.engines.cuda import cuda_errors, free_cached, full_float32
from daemon.engines.eqface.checkpoint import load_backbone, load_quality
from daemon.engines.eqface.facts import BACKBONE, NAME, QUALITY
from daemon.engines.eqface.network import SIDE_PX
from daemon.engines.offers import Setup, Weights
from daemon.engines.rating import Rating
from daemon.engines.weights import no_number
from daemon.errors import EngineError

# The first maps of a face take 3 MiB each, and a dozen of them live at once.
_MOST_CUDA, _MOST_CPU = 32, 1
assert _MOST_CUDA in BUCKETS

# Source: the published program (modelscope, eqface/fqa.py); 128, not 127.5.
_MIDDLE, _SPREAD = np.float32(127.5), np.float32(128)


class EqFace:
    """Trunk and head, loaded.

    Args:
        weights: By model key; both files are needed.
        setup: Where it computes; always in float32.

    Raises:
        EngineUnavailable: A file is not this network's.
        GpuExhausted: It does not fit into the GPU's memory.
    """

    def __init__(self, weights: Weights, setup: Setup) -> None:
        if setup.threads:
            torch.set_num_threads(setup.threads)
        self._device = torch.device(setup.device)
        backbone, head = load_backbone(weights[BACKBONE].path), load_quality(weights[QUALITY].path)
        with cuda_errors(NAME):
            self._backbone, self._head = backbone.to(self._device), head.to(self._device)
        most = _MOST_CPU if self._device.type == "cpu" else _MOST_CUDA
        self._pieces = Pieces(self._forward, most=most, relieve=free_cached)

    def rate_crops(self, crops: NDArray[np.uint8]) -> list[Rating]:
        """Qualities and features of ``(N, 112, 112, 3)`` uint8 RGB; see ``FaceRater``.

        Raises:
            GpuExhausted: Not even one face fits into the GPU's memory.
            EngineBroken: The GPU cannot be used any more in this process.
            EngineError: Not such crops, or the network gave no finite number.
        """
        if crops.ndim != 4 or crops.shape[1:] != (SIDE_PX, SIDE_PX, 3):
            message = f"{NAME} wants (N, {SIDE_PX}, {SIDE_PX}, 3), not {crops.shape}"
            raise EngineError(message, engine=NAME)
        if not len(crops):
            return []
        rows = self._pieces.over(preprocessed(crops))
        if not np.isfinite(rows).all():
            raise no_number(NAME)
        return [Rating(float(row[0]), row[1:]) for row in rows]

    def _forward(self, faces: NDArray[np.float32]) -> NDArray[np.float32]:
        """``(N, 513)`` float32: quality, then the feature."""
        with cuda_errors(NAME), torch.inference_mode(), full_float32():
            feature, flat = self._backbone(torch.from_numpy(faces).to(self._device))
            quality = torch.softmax(self._head(flat), dim=1)[:, :1]
            return np.asarray(torch.cat((quality, feature), dim=1).cpu().numpy(), np.float32)


def preprocessed(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """``(N, 3, 112, 112)`` float32 of ``(N, 112, 112, 3)`` uint8, same colour order."""
    scaled = (crops.astype(np.float32) - _MIDDLE) / _SPREAD
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))
