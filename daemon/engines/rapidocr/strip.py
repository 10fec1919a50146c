"""A strip of the picture with one line of text in it, and the way into its own frame and back."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.domain.privacy.page import Quad

HEIGHT_PX = 48
"""What the recogniser wants. Source: the network's declared input."""
_SHRINK_FROM = 1.25  # beyond this the strip is averaged down instead of sampled


@dataclass(frozen=True, slots=True)
class Strip:
    """A rectangle that turns with its text.

    Attributes:
        x: Centre, px.
        y: Centre, px.
        angle_deg: Reading direction, -180..180, 0 to the right, 90 downwards.
        length_px: Along the text.
        height_px: Across it.
        score: How sure the detector is, 0..1.
    """

    x: float
    y: float
    angle_deg: float
    length_px: float
    height_px: float
    score: float

    @property
    def axes(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Unit vectors along the text and from its top to its bottom."""
        turn = math.radians(self.angle_deg)
        along = math.cos(turn), math.sin(turn)
        return along, (-along[1], along[0])

    @property
    def quad(self) -> Quad:
        """Its corners, in the order of the text."""
        (ax, ay), (dx, dy) = self.axes
        length, height = self.length_px / 2, self.height_px / 2
        corners = [
            (self.x + i * length * ax + j * height * dx, self.y + i * length * ay + j * height * dy)
            for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
        return Quad(*corners)

    @property
    def is_upright(self) -> bool:
        """Whether its text runs nearer to a row than to a column of the picture."""
        return abs(math.cos(math.radians(self.angle_deg))) >= math.sqrt(0.5)

    def turned_over(self) -> Strip:
        """The same strip, read the other way round."""
        return replace(self, angle_deg=wrapped_deg(self.angle_deg + 180.0))

    def scaled(self, by: float) -> Strip:
        """The strip in a picture that is ``by`` times as large."""
        return replace(
            self,
            x=self.x * by,
            y=self.y * by,
            length_px=self.length_px * by,
            height_px=self.height_px * by,
        )

    def moved(self, by_x: float, by_y: float) -> Strip:
        """The strip shifted."""
        return replace(self, x=self.x + by_x, y=self.y + by_y)


def wrapped_deg(angle: float) -> float:
    """An angle as -180..180."""
    return (angle + 180.0) % 360.0 - 180.0


def cut_out(picture: NDArray[np.uint8], strip: Strip) -> NDArray[np.uint8]:
    """The strip's pixels, text to the right and 48 px high.

    Args:
        picture: ``(H, W, 3)`` uint8.
        strip: In its pixels; may reach over the edge, which is continued.

    Returns:
        ``(48, w, 3)`` uint8 in the same colour order, ``w`` in the strip's own proportion.
    """
    width = max(8, round(HEIGHT_PX * strip.length_px / strip.height_px))
    scale = strip.height_px / HEIGHT_PX
    first = (width, HEIGHT_PX)
    if scale > _SHRINK_FROM:  # sampled at full size, then averaged: thin strokes survive
        first = max(8, round(strip.length_px)), max(8, round(strip.height_px))
    corners = np.array(strip.quad.corners[:3], np.float32)
    frame = np.array(((0, 0), (first[0], 0), first), np.float32)
    half = np.float32(0.5)  # corners of pixels, not their centres
    way = cv2.getAffineTransform(corners - half, frame - half)
    cut = cv2.warpAffine(
        picture, way, first, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    if first != (width, HEIGHT_PX):
        cut = cv2.resize(cut, (width, HEIGHT_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(cut, np.uint8)
