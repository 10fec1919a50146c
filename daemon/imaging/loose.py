"""Loose ink: what looks like a glyph, stands on a mask's own line, and nobody read.

A reader that ends a line too early leaves the last digits of a number beside its mask, and a second
reading that ends there, too, does not see them. The pixels do.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.domain.privacy.page import Quad
from daemon.imaging.inking import INK_FROM, LEAST_CONTRAST, contrast_of
from daemon.imaging.masking import Patch, grown

REACH = 10.0
"""So far beyond an end of a mask it is looked, in heights of the mask."""
MOST_GAP = 0.6
"""Between a mask and a glyph, and between two glyphs, in the same heights: what stands further off
is no rest of a number."""
_HEIGHT_PX = 48  # of a mask, as it is looked at
_SIZE_PX = (round(REACH * _HEIGHT_PX), _HEIGHT_PX)
_PAPER = 3  # pixels at the upper and lower rim on which a glyph may not stand: a rule does
_TALL = (0.27, 0.8)  # of the mask's height
_WIDE = (0.1, 0.8)  # an upright of a comb has less, a 1 with its flag more
_OFF_MIDDLE = 0.2
_LEAST_FILLED = 0.15  # of its box; a frame or a curve that only passes has less


def loose_ink(grey: NDArray[np.uint8], mask: Quad, known: NDArray[np.bool_]) -> tuple[Quad, ...]:
    """What stands beside a mask and looks like more of the same, as far as it goes on.

    Args:
        grey: ``(H, W)`` uint8, the page as it was.
        mask: Over a run of glyphs, with its margins.
        known: ``(H, W)``, true where text was read or something is covered.

    Returns:
        One quad as high as the mask for each of its ends where there is such ink.
    """
    inside, paper = contrast_of(grey, Patch(mask))
    if inside < LEAST_CONTRAST or mask.height_px < 1.0:
        return ()
    found = []
    for beside, is_after in ((_beside(mask, is_after=False), False), (_beside(mask), True)):
        there, back = _frame(beside)
        cut = cv2.warpAffine(grey, there, _SIZE_PX, borderValue=round(paper)).astype(np.float32)
        told = cv2.warpAffine(
            known.astype(np.uint8), there, _SIZE_PX, flags=cv2.INTER_NEAREST, borderValue=1
        )
        ink = (np.abs(cut - paper) > INK_FROM * inside) & (told == 0)
        end = _chain_end(ink if is_after else ink[:, ::-1])
        if end:
            whole = ink.shape[1]
            found.append(_quad((0, end) if is_after else (whole - end, whole), back))
    return tuple(found)


def _beside(mask: Quad, *, is_after: bool = True) -> Quad:
    length = mask.width_px / max(mask.height_px, 1.0)
    return grown(mask, -length, 0, REACH, 0) if is_after else grown(mask, REACH, 0, -length, 0)


def _frame(quad: Quad) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The way from the page to a picture of the quad, and back."""
    width, height = _SIZE_PX
    frame = np.array(((0, 0), (width, 0), (width, height)), np.float32) - np.float32(0.5)
    corners = np.array(quad.corners[:3], np.float32) - np.float32(0.5)
    there = np.asarray(cv2.getAffineTransform(corners, frame), np.float64)
    return there, np.asarray(cv2.invertAffineTransform(there), np.float64)


def _chain_end(ink: NDArray[np.bool_]) -> int:
    """How far pieces like glyphs go on from the left, as long as the gaps are small; 0: none."""
    _count, _parts, stats, _centres = cv2.connectedComponentsWithStats(ink.astype(np.uint8))
    end = 0
    for x, y, w, h, area in sorted(stats[1:].tolist()):
        if _is_glyph((x, y, w, h), area, ink.shape):
            if x - end > MOST_GAP * _HEIGHT_PX:
                break
            end = max(end, x + w)
    return end


def _is_glyph(box: tuple[int, int, int, int], area: int, shape: tuple[int, ...]) -> bool:
    x, y, w, h = box
    height, width = shape
    is_cut = x + w >= width  # what goes on beyond may be anything
    is_rule = y < _PAPER or y + h > height - _PAPER
    fits = _TALL[0] <= h / height <= _TALL[1] and _WIDE[0] <= w / height <= _WIDE[1]
    is_in_line = abs(y + h / 2 - height / 2) <= _OFF_MIDDLE * height
    return fits and is_in_line and not is_cut and not is_rule and area >= _LEAST_FILLED * w * h


def _quad(columns: tuple[int, int], back: NDArray[np.float64]) -> Quad:
    """A stretch of the picture as it lies on the page."""
    (begin, end), height = columns, _SIZE_PX[1]
    corners = np.array(((begin, 0), (end, 0), (end, height), (begin, height)), np.float64) - 0.5
    spots = corners @ back[:, :2].T + back[:, 2] + 0.5
    return Quad(*((float(x), float(y)) for x, y in spots))
