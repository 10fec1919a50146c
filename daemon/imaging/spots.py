"""Small round spots on skin: blemishes are redder than what is around them, moles darker.

Source of the scale space idea: T. Lindeberg, "Feature detection with automatic scale selection",
IJCV 1998 (blobs are extremes of the difference of Gaussians over scales).
"""

from __future__ import annotations

import enum
from collections.abc import Set as AbstractSet

import cv2
import numpy as np
from numpy.typing import NDArray

# Sigmas in pixels of a finished photo at 300 dpi: spots of 2 to 8 px.
_SCALES = (1.2, 1.8, 2.7)
# By how much a spot stands out, in a* and L*. On the test portraits the 99.5th percentile of such
# skin is 2.2 to 5.3 in a* and 5.8 to 12.3 in L* (shadows beside a nose, tips of hair): shape has to
# tell those.
_REDDER, _DARKER = 4.0, 8.0
# Around a spot there is skin; where less of the neighbourhood is, it is the edge of a feature.
_NEIGHBOURS, _NEIGHBOUR_PX = 0.6, 15
# Features are known to a few pixels: so far from them nothing is taken for a spot.
_FROM_FEATURES_PX = 9
# Longer than it is wide by more than this: a wrinkle or a hair, no spot.
_MOST_LONG = 2.2
_MOST_AREA_PX = 120
_GROW_PX = 2
_FILL_RADIUS_PX = 4.0


class Spot(enum.StrEnum):
    """Kinds of spots."""

    BLEMISH = "blemishes"  # redder than the skin around
    MOLE = "moles"  # darker, and not redder


def without_spots(
    rgb: NDArray[np.uint8],
    skin: NDArray[np.float32],
    bare: NDArray[np.float32],
    kinds: AbstractSet[Spot],
) -> NDArray[np.uint8]:
    """Spots filled in from the skin around them.

    Args:
        rgb: ``(H, W, 3)`` uint8 sRGB, at the size of the finished photo.
        skin: ``(H, W)`` float32 0..1, by colour (``skin_mask``).
        bare: ``(H, W)`` float32 0..1, by place (``bare_area``): spots are looked for in it only.
        kinds: Which are to go.

    Returns:
        ``(H, W, 3)`` uint8; the very same array where there is no such spot.
    """
    found = found_spots(rgb, skin, bare, kinds)
    if not found.any():
        return rgb
    side = 2 * _GROW_PX + 1
    grown = cv2.dilate(found.astype(np.uint8), np.ones((side, side), np.uint8))
    return np.asarray(cv2.inpaint(rgb, grown, _FILL_RADIUS_PX, cv2.INPAINT_TELEA), np.uint8)


def found_spots(
    rgb: NDArray[np.uint8],
    skin: NDArray[np.float32],
    bare: NDArray[np.float32],
    kinds: AbstractSet[Spot],
) -> NDArray[np.bool_]:
    """``(H, W)`` bool: the spots of these kinds."""
    lab = np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    away = np.ones((_FROM_FEATURES_PX, _FROM_FEATURES_PX), np.uint8)
    inside = cv2.erode((bare > 0.5).astype(np.uint8), away) > 0
    around = (_NEIGHBOUR_PX, _NEIGHBOUR_PX)
    inside &= cv2.blur(skin, around) > _NEIGHBOURS
    redder = _stands_out(lab[..., 1])
    darker = _stands_out(-lab[..., 0])
    is_blemish = inside & (redder > _REDDER)
    is_mole = inside & (darker > _DARKER) & ~is_blemish
    out = np.zeros(skin.shape, np.bool_)
    if Spot.BLEMISH in kinds:
        out |= _round_ones(is_blemish)
    if Spot.MOLE in kinds:
        out |= _round_ones(is_mole)
    return out


def _stands_out(channel: NDArray[np.floating]) -> NDArray[np.float32]:
    """How far each pixel's neighbourhood is above its surroundings, the most over the scales."""
    steps = [
        cv2.GaussianBlur(channel, (0, 0), sigma) - cv2.GaussianBlur(channel, (0, 0), 3 * sigma)
        for sigma in _SCALES
    ]
    return np.asarray(np.max(steps, axis=0), np.float32)


def _round_ones(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pieces that are small and about as wide as long."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=8
    )
    keep = np.zeros(count, np.bool_)
    for piece in range(1, count):
        width, height, area = stats[piece, cv2.CC_STAT_WIDTH : cv2.CC_STAT_AREA + 1]
        long = max(width, height) / max(1, min(width, height))
        keep[piece] = area <= _MOST_AREA_PX and long <= _MOST_LONG
    return np.asarray(keep[labels])
