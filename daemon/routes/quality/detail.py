"""What focus, motion, noise, compression and patches did to the face.

Definitions and their calibration: docs/quality.md. All on the half frame, except block edges
and repeated pixels, which exist on the photo's own grid only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.imaging.jpeg import STANDARD_LUMA
from daemon.routes.quality.look import HALF_PX, Look

_NOISE_SHARE = 0.75  # how much of the noise a Laplacian after a 3 x 3 Gauss lets through
_MAD = 0.6745  # median of |x| of a normal distribution of deviation 1
_NOISE_KERNEL = np.array([(1, -2, 1), (-2, 4, -2), (1, -2, 1)], np.float32)
_BLOCK_PX = 8
_EVEN_PX, _PATCH_PX = 5, 14
_EVEN_BELOW = 0.6  # deviation in steps of 255
_SMALLEST_PX = 24  # of a face, for its noise to be told from its features
_MIDDLE = HALF_PX // 2


@dataclass(frozen=True)
class Detail:
    """The half frame's fine structure.

    Args:
        grey: ``(308, 308)`` float32 0..255.
        mask: ``(308, 308)`` bool, the face.
    """

    grey: NDArray[np.float32]
    mask: NDArray[np.bool_]

    @cached_property
    def edges(self) -> NDArray[np.float32]:
        """Laplacian of the grey, smoothed."""
        smooth = cv2.GaussianBlur(self.grey, (3, 3), 0)
        return np.asarray(cv2.Laplacian(smooth, cv2.CV_32F, ksize=1), np.float32)

    @cached_property
    def contrast(self) -> float:
        """Deviation of the face's brightness, plus what keeps a flat face from counting."""
        return float(self.grey[self.mask].std()) + 4

    @cached_property
    def noise(self) -> float:
        """Standard deviation of noise, in steps of 255."""
        return noise_in(self.grey, self.mask)

    def sharpness(self, within: NDArray[np.bool_] | None = None) -> float | None:
        """Deviation of edges over contrast, the noise taken out."""
        mask = self.mask if within is None else self.mask & within
        if mask.sum() < 64:
            return None
        contrast = float(self.grey[mask].std()) + 4
        edges = float(self.edges[mask].std()) / contrast
        return math.sqrt(max(edges**2 - (_NOISE_SHARE * self.noise / contrast) ** 2, 0.0))

    @cached_property
    def halves(self) -> tuple[float, float] | None:
        """Sharpness of the picture's left and right half of the face."""
        columns = np.arange(HALF_PX)[None, :]
        left = self.sharpness(columns < _MIDDLE)
        right = self.sharpness(columns >= _MIDDLE)
        return None if left is None or right is None else (left, right)

    @cached_property
    def coherence(self) -> float:
        """How much all fine structure runs one way, 0..1: high for a shaken camera."""
        high = self.grey - cv2.GaussianBlur(self.grey, (0, 0), 1.5)
        across = cv2.Sobel(high, cv2.CV_32F, 1, 0)[self.mask].astype(np.float64)
        down = cv2.Sobel(high, cv2.CV_32F, 0, 1)[self.mask].astype(np.float64)
        xx, yy, xy = across @ across, down @ down, across @ down
        return math.hypot(float(xx - yy), 2 * float(xy)) / max(float(xx + yy), 1e-9)

    @cached_property
    def solid(self) -> NDArray[np.bool_]:
        """``(308, 308)``: pixels under an even patch of at least a quarter of the eye distance.

        Skin, however smooth, blurred or compressed, is nowhere that even: of 29 shared photos
        28 have none at all and one has 1 %. A patch of 3 % of the face is seen.
        """
        window = (_EVEN_PX, _EVEN_PX)
        mean = np.asarray(cv2.blur(self.grey, window))
        variance = np.asarray(cv2.blur(self.grey * self.grey, window)) - mean * mean
        even = (variance < _EVEN_BELOW**2).astype(np.uint8)
        patch = np.ones((_PATCH_PX, _PATCH_PX), np.uint8)
        opened = cv2.morphologyEx(even, cv2.MORPH_OPEN, patch)
        return np.asarray(cv2.dilate(opened, np.ones(window, np.uint8))).astype(bool)

    @cached_property
    def blur_index(self) -> float:
        """Share of neighbouring differences that a further blur leaves, 0..1.

        A second opinion on focus that noise, compression and mosaics fool: it decides nothing.
        """
        worst = 0.0
        for axis in (0, 1):
            size = (1, 9) if axis == 0 else (9, 1)
            soft = np.asarray(cv2.blur(self.grey, size))
            mask = np.delete(self.mask, 0, axis=axis)
            before = np.abs(np.diff(self.grey, axis=axis))[mask]
            after = np.abs(np.diff(soft, axis=axis))[mask]
            total = float(before.sum())
            lost = float(np.maximum(before - after, 0).sum())
            worst = max(worst, (total - lost) / total if total > 0 else 1.0)
        return worst


def noise_in(grey: NDArray[np.float32], mask: NDArray[np.bool_] | None = None) -> float:
    """Standard deviation of noise in a brightness picture, in its own steps."""
    response = np.abs(cv2.filter2D(grey, cv2.CV_32F, _NOISE_KERNEL))
    kept = response if mask is None else response[mask]
    return float(np.median(kept)) / _MAD / 6 if kept.size else 0.0


def noise(look: Look, detail: Detail) -> float:
    """Noise of the face as it was taken.

    A small face is enlarged into the half frame, which smooths its noise away; so it is
    measured on the photo's own grid, in the middle of the face.
    """
    enlarged = math.hypot(look.matrix[0, 0], look.matrix[1, 0]) / 2 > 1
    if not enlarged or min(look.grid_grey.shape) < _SMALLEST_PX:
        return detail.noise
    height, width = look.grid_grey.shape
    middle = look.grid_grey[height // 4 : -(height // 4), width // 4 : -(width // 4)]
    return max(detail.noise, noise_in(np.ascontiguousarray(middle)))


def blockiness(look: Look) -> float | None:
    """Difference across 8-pixel block borders over the difference beside them; 1 is none.

    Measured on the photo's own grid, so it is blind after a resize; the grid of a JPEG that was
    turned upright may start at the other side, so both are tried.
    """
    grey, box = look.grid_grey, look.grid
    if box is None or min(grey.shape) < 4 * _BLOCK_PX:
        return None
    size, start = look.photo.size, (box.left, box.top)
    ratios = []
    for axis, which in ((1, 0), (0, 1)):
        step = np.abs(np.diff(grey, axis=axis)).mean(axis=1 - axis)
        phases = {0, size[which] % _BLOCK_PX}
        ratios.append(max(_border_ratio(step, start[which], phase) for phase in phases))
    return sum(ratios) / 2


def _border_ratio(step: NDArray[np.float32], start: int, phase: int) -> float:
    """``step[i]`` is the mean difference between positions ``start + i`` and the next."""
    place = (start + np.arange(step.size) + 1 - phase) % _BLOCK_PX
    on = step[place == 0]
    beside = step[(place == 1) | (place == _BLOCK_PX - 1)]
    if on.size == 0 or beside.size == 0:
        return 1.0
    return float((on.mean() + 0.05) / (beside.mean() + 0.05))


def jpeg_quality(look: Look) -> float | None:
    """Quality of the last save, 1..100, by the luminance table; ``None`` for other formats.

    Source: how libjpeg scales table K.1 of ITU-T T.81; says nothing of earlier saves.
    """
    tables = look.photo.container.extra.get("qtables")
    if look.photo.container.format != "JPEG" or not tables or len(tables[0]) != 64:
        return None
    standard = np.asarray(STANDARD_LUMA, np.float64)
    scale = float((100 * np.asarray(tables[0], np.float64) / standard).mean())
    quality = (200 - scale) / 2 if scale <= 100 else 5000 / scale
    return max(1.0, min(100.0, quality))


def flat_share(look: Look) -> float | None:
    """Share of the face box's pixels that equal both their right and their lower neighbour."""
    if look.grid is None or min(look.grid_grey.shape) < 8:
        return None
    piece = look.srgb[look.grid.slices]
    here = piece[:-1, :-1]
    same = ((here == piece[:-1, 1:]) & (here == piece[1:, :-1])).all(axis=2)
    return float(same.mean())
