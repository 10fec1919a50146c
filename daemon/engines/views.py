"""A picture at the sizes a detector looks at, and what it sees there, in the picture's pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import Face
from daemon.engines.boxes import Found
from daemon.engines.merging import Seen
from daemon.imaging.geometry import Box, Window

# Long sides looked at. Source: the table of the weights' page: faces wider than about 400 px score
# low or double at full scale and are safe at 640; the small ones of a crowd need the larger view.
# The smallest costs next to nothing and sees the points of a large face best.
SIDES_PX = (320, 640)
FULL_SIDE_PX = 1280
_EDGE_PX = 4.0  # a box that comes as near to a cut is taken for a part of a face


@dataclass(frozen=True)
class View:
    """A picture, or a window of it, at another size.

    Attributes:
        pixels: ``(h, w, 3)`` uint8 RGB.
        size: Width and height of the picture.
        by: By how much x and y of the whole view are multiplied to get the picture's.
        window: Where ``pixels`` lies in the whole view.
        whole: Width and height of the whole view.
    """

    pixels: NDArray[np.uint8]
    size: tuple[int, int]
    by: tuple[float, float]
    window: Window
    whole: tuple[int, int]

    def seen(self, found: Found) -> list[Seen]:
        """Faces found in ``pixels``, in the picture; none of those that the window cuts."""
        pairs = zip(found.boxes, found.landmarks, found.scores, strict=True)
        seen = [self._seen(*one) for one in pairs if not self._is_cut(one[0])]
        return [one for one in seen if one.face.box.area >= 1]

    def _seen(
        self, box: NDArray[np.float32], points: NDArray[np.float32], score: np.float32
    ) -> Seen:
        by, width = np.array(self.by, np.float32), float(box[2] - box[0])
        corner = np.array((self.window.left, self.window.top), np.float32)
        top_left = np.maximum((box[:2] + corner) * by, 0)
        bottom_right = np.minimum((box[2:] + corner) * by, self.size)
        edges = Box(*top_left.tolist(), *bottom_right.tolist())
        return Seen(Face(edges, ((points + corner) * by).astype(np.float32), float(score)), width)

    def _is_cut(self, box: NDArray[np.float32]) -> bool:
        """Whether it reaches an edge of the window beyond which the picture goes on."""
        window, (width, height) = self.window, self.whole
        left, top, right, bottom = box.tolist()
        return (
            (window.left > 0 and left <= _EDGE_PX)
            or (window.top > 0 and top <= _EDGE_PX)
            or (window.right < width and right >= window.width - _EDGE_PX)
            or (window.bottom < height and bottom >= window.height - _EDGE_PX)
        )

    def windows(self, canvas: tuple[int, int]) -> list[View]:
        """Views that a network of a fixed input takes, this one where it fits.

        A face of nearly a quarter of the input's side lies whole in one of them.

        Args:
            canvas: Width and height of the network's input.
        """
        lefts, tops = (_starts(*pair) for pair in zip(self.whole, canvas, strict=True))
        return [self._cut(left, top, canvas) for top in tops for left in lefts]

    def _cut(self, left: int, top: int, canvas: tuple[int, int]) -> View:
        right, bottom = (
            min(start + side, end)
            for start, side, end in zip((left, top), canvas, self.whole, strict=True)
        )
        window = Window(left, top, right, bottom)
        return replace(self, pixels=self.pixels[window.slices], window=window)


def _starts(length: int, window: int) -> list[int]:
    if length <= window:
        return [0]
    step = window - window // 4
    count = -(-(length - window) // step) + 1
    return [round(at) for at in np.linspace(0, length - window, count)]


def sides_for(long_side: int) -> list[int]:
    """Long sides at which a picture of this long side is looked at, ascending."""
    return sorted({*SIDES_PX, min(FULL_SIDE_PX, max(long_side, *SIDES_PX))})


def view_of(srgb: NDArray[np.uint8], side: int) -> View:
    """The whole of ``(H, W, 3)`` uint8 RGB with a long side of ``side`` pixels."""
    height, width = srgb.shape[:2]
    scale = side / max(height, width)
    columns, rows = (max(1, round(v * scale)) for v in (width, height))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(srgb, (columns, rows), interpolation=how), np.uint8)
    by = (width / columns, height / rows)
    return View(small, (width, height), by, Window(0, 0, columns, rows), (columns, rows))


def filled_up(
    pixels: NDArray[np.uint8], canvas: tuple[int, int], colour: tuple[int, ...]
) -> NDArray[np.uint8]:
    """``(h, w, 3)`` uint8 with a colour to its right and below, up to a canvas.

    Args:
        pixels: As above.
        canvas: Width and height, none smaller than the picture's.
        colour: Three values, 0..255.
    """
    height, width = pixels.shape[:2]
    canvas_width, canvas_height = canvas
    filled = np.empty((canvas_height, canvas_width, 3), np.uint8)
    filled[...] = colour
    filled[:height, :width] = pixels
    return filled


def up_to(sides: tuple[int, int], multiple: int) -> tuple[int, int]:
    """Two sides in pixels, each raised to a multiple."""
    width, height = (-(-side // multiple) * multiple for side in sides)
    return width, height
