"""Where paler ink lies across dark: seals and watermarks over a line; and the page without it.

The detector takes a line and the watermark across it for one region, or for none, and the
recogniser takes the seal's characters for the line's. The darkest ink alone reads as if nothing
lay on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from daemon.engines.rapidocr.strip import Strip, cut_out
from daemon.imaging.geometry import Window

_PAPER_CELL = 4  # paper is measured on every fourth pixel, averaged, so that grain is no paper
_PAPER_REACH = 15  # of these, across a stroke and its neighbours
_PALE = (0.42, 0.88)
"""Pale ink, in shares of its paper: watermarks have 0.6 to 0.85, red seals 0.78 to 0.86."""
_GROUND = 50  # of the page's longer side; what is as wide as that is ground, no stroke
_NEAR_PX = 7
_FLAT = 20  # levels of 255, within three pixels
_LEAST_PX = 100
"""Of dark ink close to flat pale ink. Measured: 240 to 270 where a seal or a watermark lies across
lines, 0 to 40 on 26 pages of clean, noisy, blurred and packed text; cards and photos have more."""
_AROUND_PX = 64
_CELL_PX = 32
_LEAST_SHARE = 0.004  # of a strip's cut-out that is pale ink


@dataclass(frozen=True)
class Overlaid:
    """A page some of whose dark ink has paler ink across it.

    Attributes:
        dark: ``(H, W, 3)`` uint8, the dark ink alone, on white.
        pale: ``(H, W, 3)`` uint8, 255 where the paler ink is, the dark one's edges apart.
        window: Where on the page.
    """

    dark: NDArray[np.uint8] = field(repr=False)
    pale: NDArray[np.uint8] = field(repr=False)
    window: Window

    def is_crossed(self, strip: Strip) -> bool:
        """Whether paler ink lies in a strip."""
        return float(cut_out(self.pale, strip).mean()) > 255 * _LEAST_SHARE


def overlaid(bgr: NDArray[np.uint8]) -> Overlaid | None:
    """The dark ink of a page that has paler ink across it, ``None`` where none has.

    Args:
        bgr: ``(H, W, 3)`` uint8 BGR.
    """
    blue, green, red = cv2.split(bgr)
    # Colours are pale in their brightest channel, black is dark in all.
    brightest = cv2.max(cv2.max(blue, green), red)
    share = cv2.divide(brightest, _paper(brightest), scale=255.0)
    inked, dark = _under(share, 255 * _PALE[1]), _under(share, 255 * _PALE[0])
    # Edges of dark strokes are as pale, but never flat: thin ink that was blurred is a ridge.
    around = _square(3)
    uneven = cv2.subtract(cv2.dilate(share, around), cv2.erode(share, around))
    flat = cv2.bitwise_and(cv2.erode(cv2.subtract(inked, dark), around), _under(uneven, _FLAT - 1))
    if not _meet(flat, dark):
        return None
    side = max(3, max(bgr.shape) // _GROUND)
    ground = cv2.morphologyEx(inked, cv2.MORPH_OPEN, _square(side))
    ground = cv2.dilate(ground, _square(2 * _NEAR_PX + 1))
    flat, alone = cv2.subtract(flat, ground), cv2.subtract(dark, ground)
    if not _meet(flat, alone):
        return None
    strokes = cv2.subtract(inked, cv2.bitwise_or(dark, ground))
    aside = cv2.subtract(strokes, cv2.dilate(dark, _square(5)))
    level = _between(share, flat, alone)
    bare = np.asarray(cv2.convertScaleAbs(share, alpha=255.0 / level), np.uint8)
    return Overlaid(
        np.asarray(cv2.merge((bare, bare, bare)), np.uint8),
        np.asarray(cv2.merge((aside, aside, aside)), np.uint8),
        _around(aside),
    )


def _square(side: int) -> NDArray[np.uint8]:
    return np.ones((side, side), np.uint8)


def _under(levels: MatLike, most: float) -> MatLike:
    """255 where a level is no higher, 0 elsewhere."""
    return cv2.threshold(levels, most, 255.0, cv2.THRESH_BINARY_INV)[1]


def _meet(flat: MatLike, dark: MatLike) -> bool:
    beside = cv2.bitwise_and(cv2.dilate(flat, _square(_NEAR_PX)), dark)
    return cv2.countNonZero(beside) >= _LEAST_PX


def _paper(brightest: MatLike) -> MatLike:
    height, width = brightest.shape
    size = max(1, width // _PAPER_CELL), max(1, height // _PAPER_CELL)
    small = cv2.resize(brightest, size, interpolation=cv2.INTER_AREA)
    small = cv2.dilate(small, _square(_PAPER_REACH))
    return np.asarray(cv2.resize(cv2.blur(small, (_PAPER_REACH,) * 2), (width, height)), np.uint8)


def _between(share: MatLike, pale: MatLike, dark: MatLike) -> float:
    """A level under the pale ink's and over the dark one's."""
    palest, darkest = cv2.mean(share, pale)[0], cv2.mean(share, dark)[0]
    return max(1.0, 0.55 * palest + 0.45 * darkest)


def _around(pale: MatLike) -> Window:
    """Its rows, from edge to edge: a line reaches further than the seal on it."""
    _left, top, _width, height = cv2.boundingRect(pale)
    return Window(
        0,
        max(0, top - _AROUND_PX),
        pale.shape[1],
        min(pale.shape[0], top + height + _AROUND_PX),
    )
