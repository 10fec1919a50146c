"""Structural similarity of two grey pictures."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# Wang, Bovik, Sheikh, Simoncelli 2004: K1 = 0.01, K2 = 0.03, Gaussian window of 1.5.
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_SIGMA_PX = 1.5


def luma(srgb: NDArray[np.floating | np.uint8], longest_px: int) -> NDArray[np.float32]:
    """Brightness ``(h, w)`` float32 of ``(H, W, 3)`` RGB, averaged down to a longest side."""
    scale = min(1.0, longest_px / max(srgb.shape[:2]))
    size = max(1, round(srgb.shape[1] * scale)), max(1, round(srgb.shape[0] * scale))
    small = cv2.resize(srgb, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.float32)


def similarity_map(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """SSIM at each pixel of two ``(h, w)`` float32 pictures, 0..255; one where they are equal."""

    def mean(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), _SIGMA_PX), dtype=np.float32)

    mean_one, mean_other = mean(one), mean(other)
    var_one = mean(one * one) - mean_one**2
    var_other = mean(other * other) - mean_other**2
    both = mean(one * other) - mean_one * mean_other
    light = (2 * mean_one * mean_other + _C1) / (mean_one**2 + mean_other**2 + _C1)
    shape = (2 * both + _C2) / (var_one + var_other + _C2)
    return np.asarray(light * shape, dtype=np.float32)
