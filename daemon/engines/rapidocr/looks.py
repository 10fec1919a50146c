"""How a page is looked at: at which scale, with which contrast, in which frame."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

_SMALLEST_PX = 640  # a picture under this is put on a larger sheet: the network loses lone digits


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
