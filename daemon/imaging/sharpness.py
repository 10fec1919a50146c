"""How much detail an aligned face holds, and at which scale it is lost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.imaging.align import CROP_PX
from daemon.imaging.mask import inner_face

_BASE_SIGMA_PX = 24.0  # light and shade of the whole face, which is not detail
_NOISE_SIGMA_PX = 1.0
# What a Gaussian high-pass of that sigma leaves of white noise: sqrt(1 - 2 h0 + sum h^2) with
# h0 = 1 / (2 pi sigma^2) and sum h^2 = 1 / (4 pi sigma^2).
_NOISE_KEPT = 0.873
_BLOCK_PX = 16
_FLAT_PERCENTILE = 25.0


@dataclass(frozen=True)
class Detail:
    """The detail of one aligned face.

    Args:
        crop: ``(512, 512, 3)`` float32 RGB, 0..255.
    """

    crop: NDArray[np.float32]

    @cached_property
    def _luma(self) -> NDArray[np.float32]:
        grey = cv2.cvtColor(np.clip(self.crop, 0, 255), cv2.COLOR_RGB2GRAY)
        return np.asarray(grey, dtype=np.float32)

    @cached_property
    def noise(self) -> float:
        """Standard deviation of noise in steps of 255, from the flattest quarter of the face."""
        return noise_of(self._luma, inner_face())

    @cached_property
    def contrast(self) -> float:
        """Standard deviation of what is finer than the face's light and shade."""
        broad = cv2.GaussianBlur(self._luma, (0, 0), _BASE_SIGMA_PX)
        return self._without_noise(self._luma - broad)

    def lost_at(self, side_px: int) -> float:
        """The share of contrast that is lost when the crop is shrunk to ``side_px`` and back.

        About 0.15 and more at 128 for a sharp portrait, 0.05 after a blur of 4 px.
        """
        small = cv2.resize(self._luma, (side_px, side_px), interpolation=cv2.INTER_AREA)
        back = cv2.resize(small, (CROP_PX, CROP_PX), interpolation=cv2.INTER_CUBIC)
        return self._without_noise(self._luma - back) / max(self.contrast, 1.0)

    def _without_noise(self, layer: NDArray[np.floating]) -> float:
        total = float(layer[inner_face()].std())
        return math.sqrt(max(total**2 - self.noise**2, 0.0))


def noise_of(luma: NDArray[np.float32], inside: NDArray[np.bool_]) -> float:
    """Standard deviation of noise in steps of 255, from the flattest quarter of a face.

    No noise is known where no face lies in the crop.

    Args:
        luma: ``(side, side)`` float32, 0..255; the side a multiple of 16.
        inside: ``(side, side)`` bool: where the face is.
    """
    high = luma - cv2.GaussianBlur(luma, (0, 0), _NOISE_SIGMA_PX)
    blocks = luma.shape[0] // _BLOCK_PX
    cut = high.reshape(blocks, _BLOCK_PX, blocks, _BLOCK_PX).std(axis=(1, 3))
    half = _BLOCK_PX // 2
    at = inside[half::_BLOCK_PX, half::_BLOCK_PX]
    if not at.any():
        return 0.0
    return float(np.percentile(cut[at], _FLAT_PERCENTILE)) / _NOISE_KEPT
