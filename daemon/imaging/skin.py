"""Finds skin of a face and evens it, keeping its texture, moles and edges.

Smoothing takes away a share of what is small in amplitude, band by band. What stands out (a
mole, the line of a nose, a beard) is let through, because the share falls with the amplitude.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.imaging.align import CROP_PX, Alignment
from daemon.imaging.geometry import Box, Window

# In the 512-pixel FFHQ crop. Where skin is nearly always bare: cheeks below the eyes and the
# bridge of the nose; half side 18 px.
_SAMPLES = ((185, 318), (329, 318), (257, 272))
_SAMPLE_HALF = 18
# Never skin: eyes, brows, mouth, nostrils, as (x, y, half width, half height).
_FEATURES = (
    (193, 241, 48, 26), (319, 241, 48, 26),
    (190, 203, 60, 20), (322, 203, 60, 20),
    (257, 374, 76, 38),
    (236, 340, 18, 12), (278, 340, 18, 12),
)  # fmt: skip
_OVAL = (257.0, 290.0, 168.0, 222.0)
# Colour may differ from the samples by so many of their spreads; the least spread keeps even
# skin from excluding a shaded cheek. L* counts less: light falls off, colour does not.
_NEAR, _FAR = 2.0, 4.0
_LEAST_SPREAD = np.array((9.0, 3.5, 3.5), dtype=np.float32)
_FEATHER_PX = 5.0

# Bands of the finished photo at 300 dpi, as sigmas in pixels: pores and spots, blotches.
_BANDS = ((1.0, 3.0, 1.0, 30.0), (3.0, 8.0, 1.0, 18.0))
_ELSEWHERE = 0.02  # weight of what is no skin: dark hair and eyes must not bleed into cheeks
_MOST_LIGHT = 6.0  # L* at strength 1. Source: acceptance, whitening adds 1 to 6
_LIGHT_LIMIT = 96.0


def skin_mask(rgb: NDArray[np.uint8], alignment: Alignment) -> NDArray[np.float32]:
    """Where skin is.

    Args:
        rgb: ``(H, W, 3)`` uint8 sRGB.
        alignment: Where the face lies in it.

    Returns:
        ``(H, W)`` float32 0..1; 0 on eyes, brows, lips, hair, glasses, beard and background.
    """
    lab = _lab(alignment.crop(rgb).astype(np.uint8))
    middle, spread = _tone(lab)
    distance = np.sqrt((((lab - middle) / spread) ** 2).sum(axis=2))
    like = np.clip((_FAR - distance) / (_FAR - _NEAR), 0, 1).astype(np.float32)
    mask = cv2.GaussianBlur(like * _where_skin_may_be(), (0, 0), _FEATHER_PX)
    out = np.zeros(rgb.shape[:2], np.float32)
    window = alignment.window(Box(0, 0, CROP_PX, CROP_PX), (rgb.shape[1], rgb.shape[0]))
    if window is not None:
        out[window.slices] = np.clip(alignment.back(np.asarray(mask), window), 0, 1)
    return out


def bare_area(shape: tuple[int, int], alignment: Alignment) -> NDArray[np.float32]:
    """Where a face has skin and no eye, brow, nostril or mouth, whatever its colour there.

    Args:
        shape: Height and width of the photo.
        alignment: Where the face lies in it.

    Returns:
        ``(H, W)`` float32 0..1.
    """
    out = np.zeros(shape, np.float32)
    window = alignment.window(Box(0, 0, CROP_PX, CROP_PX), (shape[1], shape[0]))
    if window is not None:
        out[window.slices] = np.clip(alignment.back(_where_skin_may_be(), window), 0, 1)
    return out


def smoothed(
    rgb: NDArray[np.uint8], mask: NDArray[np.float32], strength: float
) -> NDArray[np.uint8]:
    """Skin evened.

    Args:
        rgb: ``(H, W, 3)`` uint8 sRGB, at the size of the finished photo.
        mask: ``(H, W)`` float32 0..1.
        strength: 0 (the very same array) to 1.

    Returns:
        ``(H, W, 3)`` uint8; equal to ``rgb`` where the mask is 0.
    """
    window = _reach(mask)
    if strength <= 0 or window is None:
        return rgb
    piece = rgb[window.slices].astype(np.float32)
    weight = mask[window.slices][..., None] + _ELSEWHERE
    taken = np.zeros_like(piece)
    for fine, coarse, most, height in _BANDS:
        band = _blurred(piece, weight, fine) - _blurred(piece, weight, coarse)
        stands_out = np.abs(band).max(axis=2, keepdims=True) / height
        taken += most * band * np.exp(-(stands_out**2))
    out = rgb.copy()
    changed = piece - strength * mask[window.slices][..., None] * taken
    out[window.slices] = np.clip(np.rint(changed), 0, 255).astype(np.uint8)
    return out


def whitened(
    rgb: NDArray[np.uint8], mask: NDArray[np.float32], strength: float
) -> NDArray[np.uint8]:
    """Skin lighter by up to 6 L*; highlights are not pushed into white.

    Args:
        rgb: ``(H, W, 3)`` uint8 sRGB.
        mask: ``(H, W)`` float32 0..1.
        strength: 0 (the very same array) to 1.
    """
    window = _reach(mask)
    if strength <= 0 or window is None:
        return rgb
    lab = _lab(rgb[window.slices])
    room = np.clip((_LIGHT_LIMIT - lab[..., 0]) / 30.0, 0, 1)
    lab[..., 0] += _MOST_LIGHT * strength * mask[window.slices] * room
    out = rgb.copy()
    lighter = np.rint(np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1) * 255).astype(np.uint8)
    inside = mask[window.slices] > 0
    out[window.slices][inside] = lighter[inside]
    return out


def _blurred(
    piece: NDArray[np.float32], weight: NDArray[np.float32], sigma_px: float
) -> NDArray[np.float32]:
    """A Gaussian blur in which each pixel counts by its weight."""
    total = cv2.GaussianBlur(weight, (0, 0), sigma_px)
    return np.asarray(cv2.GaussianBlur(piece * weight, (0, 0), sigma_px) / total[..., None])


def _where_skin_may_be() -> NDArray[np.float32]:
    y, x = np.mgrid[0:CROP_PX, 0:CROP_PX].astype(np.float32)

    def radius(cx: float, cy: float, half_width: float, half_height: float) -> NDArray[np.float32]:
        return np.asarray(np.hypot((x - cx) / half_width, (y - cy) / half_height), np.float32)

    allowed = np.clip((1 - radius(*_OVAL)) / 0.12, 0, 1)
    for feature in _FEATURES:
        allowed = allowed * np.clip((radius(*feature) - 1) / 0.25, 0, 1)
    return np.asarray(allowed, np.float32)


def _tone(lab: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Median and robust spread of L*, a*, b* on bare skin; a covered sample is outvoted."""
    half = _SAMPLE_HALF
    pieces = [lab[y - half : y + half, x - half : x + half].reshape(-1, 3) for x, y in _SAMPLES]
    medians = np.array([np.median(piece, axis=0) for piece in pieces])
    middle = np.median(medians, axis=0).astype(np.float32)
    pixels = np.concatenate(pieces)
    spread = 1.4826 * np.median(np.abs(pixels - middle), axis=0)
    return middle, np.maximum(spread, _LEAST_SPREAD).astype(np.float32)


def _lab(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def _reach(mask: NDArray[np.float32]) -> Window | None:
    """The pixels the mask touches, with room for the widest band."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    box = Box(float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
    return Window.around(box, (mask.shape[1], mask.shape[0]), margin_px=24)
