"""How a page is looked at: at which scale, with which contrast, in which frame."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.imaging.geometry import Window

_SMALLEST_PX = 640  # a picture under this is put on a larger sheet: the network loses lone digits
_BARE = 3  # levels: what differs less from the paper is bare, whatever the network is told of it
_AROUND_PX = 64  # of the paper around what is written, at the page's own scale
_CELL_PX = 32


@dataclass(frozen=True, slots=True)
class Look:
    """One way to look at a page.

    Attributes:
        longest_px: A longer page is shrunk to this.
        shortest_px: A page whose shorter side is under this is enlarged to it.
        by: The scale is multiplied with this.
        evened: Local contrast evened out (CLAHE).
        is_inverted: Dark for light.
    """

    longest_px: float = 2000.0
    shortest_px: float = 736.0
    by: float = 1.0
    evened: bool = False
    is_inverted: bool = False

    def closer(self) -> Look:
        """At twice the scale."""
        return replace(self, by=self.by * 2)

    def inverted(self) -> Look:
        """Light on dark read as dark on light."""
        return replace(self, is_inverted=True)


FIRST = Look()
SECOND = Look(longest_px=1700.0, by=0.85, evened=True)


@dataclass(frozen=True)
class Framed:
    """A page, on a larger sheet where it is tiny.

    Attributes:
        pixels: ``(H, W, 3)`` uint8 BGR.
        left_px: What was added on the left.
        top_px: What was added above.
    """

    pixels: NDArray[np.uint8]
    left_px: int
    top_px: int


def framed(bgr: NDArray[np.uint8]) -> Framed:
    """A page of at least 640 px a side, the added part in the colour of its edge."""
    height, width = bgr.shape[:2]
    down, right = max(0, _SMALLEST_PX - height), max(0, _SMALLEST_PX - width)
    if not down and not right:
        return Framed(bgr, 0, 0)
    top, left = down // 2, right // 2
    rim = np.concatenate((bgr[0], bgr[-1], bgr[:, 0], bgr[:, -1]))
    colour = [float(v) for v in np.median(rim, axis=0)]
    pixels = cv2.copyMakeBorder(
        bgr, top, down - top, left, right - left, cv2.BORDER_CONSTANT, value=colour
    )
    return Framed(np.asarray(pixels, np.uint8), left, top)


def scale_for(bgr: NDArray[np.uint8], look: Look) -> float:
    """The multiple of its size at which a look takes a page."""
    longest, shortest = max(bgr.shape[:2]), min(bgr.shape[:2])
    scale = max(1.0, look.shortest_px / shortest)
    return float(min(scale, look.longest_px / longest) * look.by)


def looked_at(bgr: NDArray[np.uint8], look: Look) -> NDArray[np.uint8]:
    """The page as a look has it, in its own size."""
    seen = bgr
    if look.evened:
        lightness, a, b = cv2.split(cv2.cvtColor(seen, cv2.COLOR_BGR2LAB))
        even = cv2.createCLAHE(2.0, (8, 8)).apply(lightness)
        seen = np.asarray(cv2.cvtColor(cv2.merge((even, a, b)), cv2.COLOR_LAB2BGR), np.uint8)
    return np.asarray(255 - seen, np.uint8) if look.is_inverted else seen


def written_on(bgr: NDArray[np.uint8]) -> Window | None:
    """The page without margins that are bare to the last pixel; ``None`` for a bare page.

    Bare is what differs from the colour of the page's edge by no more than three levels: grain of
    a scanner and shadows of a photo are no bare paper, so that only what a program drew is cut.

    Args:
        bgr: ``(H, W, 3)`` uint8.
    """
    rim = np.concatenate((bgr[0], bgr[-1], bgr[:, 0], bgr[:, -1]))
    paper = np.rint(np.median(rim, axis=0)).astype(np.int16)
    low, high = (np.clip(paper + by, 0, 255).astype(np.uint8) for by in (-_BARE, _BARE))
    marked = cv2.bitwise_not(cv2.inRange(bgr, low, high))
    left, top, width, height = cv2.boundingRect(marked)
    if not width:
        return None
    rows = _span(top, top + height, int(bgr.shape[0]))
    columns = _span(left, left + width, int(bgr.shape[1]))
    return Window(columns[0], rows[0], columns[1], rows[1])


def _span(first: int, last: int, whole: int) -> tuple[int, int]:
    """With paper around it, in whole cells of the network, and no less than it wants to see."""
    side = max(_SMALLEST_PX, last - first + 2 * _AROUND_PX)
    side = min(whole, math.ceil(side / _CELL_PX) * _CELL_PX)
    begin = min(max(0, (first + last - side) // 2), whole - side)
    return begin, begin + side
