"""Boxes and rectangles in pixel coordinates."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle, in pixels of the picture it was found in.

    Attributes:
        left: x of the left edge.
        top: y of the upper edge.
        right: x of the right edge.
        bottom: y of the lower edge.
    """

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return max(0.0, self.right - self.left)

    @property
    def height(self) -> float:
        return max(0.0, self.bottom - self.top)

    @property
    def area(self) -> float:
        return self.width * self.height

    def overlap(self, other: Box) -> float:
        """Area that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return width * height if width > 0 and height > 0 else 0.0

    def share_of_smaller(self, other: Box) -> float:
        """Which part of the smaller box lies inside the other, 0..1.

        Unlike intersection over union this catches a false twin that sits wholly inside the
        true box: such a pair was seen with an IoU of only 0.34.
        """
        smaller = min(self.area, other.area)
        return self.overlap(other) / smaller if smaller > 0 else 0.0

    def scaled(self, by_x: float, by_y: float) -> Box:
        return Box(self.left * by_x, self.top * by_y, self.right * by_x, self.bottom * by_y)

    def moved(self, by_x: float, by_y: float) -> Box:
        return Box(self.left + by_x, self.top + by_y, self.right + by_x, self.bottom + by_y)

    def as_list(self) -> list[float]:
        """Left, top, right, bottom, to a tenth of a pixel, for the record."""
        return [round(v, 1) for v in (self.left, self.top, self.right, self.bottom)]


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of whole pixels inside a picture; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def slices(self) -> tuple[slice, slice]:
        """Row and column slices for an array."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @classmethod
    def around(cls, box: Box, size: tuple[int, int], *, margin_px: int = 0) -> Window | None:
        """Whole pixels that cover a box and a margin, clipped to a picture of (width, height).

        Returns:
            ``None`` where nothing of the box lies inside the picture.
        """
        left = max(0, math.floor(box.left) - margin_px)
        top = max(0, math.floor(box.top) - margin_px)
        right = min(size[0], math.ceil(box.right) + margin_px)
        bottom = min(size[1], math.ceil(box.bottom) + margin_px)
        return cls(left, top, right, bottom) if right > left and bottom > top else None


def tiles(width: int, height: int, side_px: int) -> list[Window]:
    """Windows of at most ``side_px`` that cover a picture without overlap, of even size.

    Even sizes keep the number of different shapes an engine meets small.
    """
    columns, rows = math.ceil(width / side_px), math.ceil(height / side_px)
    xs = [round(width * i / columns) for i in range(columns + 1)]
    ys = [round(height * i / rows) for i in range(rows + 1)]
    return [Window(xs[c], ys[r], xs[c + 1], ys[r + 1]) for r in range(rows) for c in range(columns)]
