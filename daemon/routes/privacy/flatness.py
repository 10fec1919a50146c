"""Whether each mask shows its own colour, and nothing else, whoever painted it.

The page that was meant is made by the same painter as the one that was written, so comparing the
two says nothing about the painter. Here every mask is held to what it says of itself instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from daemon.domain.privacy.page import Point, Quad
from daemon.imaging.geometry import Window
from daemon.imaging.labelling import labelled
from daemon.imaging.masking import CORE_PX, Fill, Patch, outside_px, reach_of
from daemon.routes.privacy.covering import Cover

MOST_MEAN = 6.0
"""Mean difference of a mask in a lossy file. Measured: masks of the samples, JPEG of quality 92,
stay under 2; a line of text under no mask has 20 and more."""
LOUD, MOST_LOUD = 48, 0.02
"""A difference that no ringing of a flat patch reaches, and the share of pixels that may."""
_INSIDE_PX = -1.0  # so far inside every edge a mask is opaque, corners and rims apart
_RIM_PX = 2.0  # so far outside its edge a mask may change a pixel


def uneven(written: NDArray[np.uint8], cover: Cover, *, exact: bool) -> tuple[Patch, ...]:
    """Solid masks that are not of their own colour (and label).

    Args:
        written: ``(H, W, 3)`` uint8 RGB, the page decoded from the file.
        cover: What was to be painted on it.
        exact: Whether the file holds exactly the samples that were painted.
    """
    return tuple(
        patch
        for patch in cover.patches
        if patch.fill is Fill.SOLID and not _is_even(written, patch, cover, exact=exact)
    )


def _is_even(written: NDArray[np.uint8], patch: Patch, cover: Cover, *, exact: bool) -> bool:
    place = reach_of(patch.quad, (written.shape[1], written.shape[0]))
    if place is None:
        return True
    inside = _outside(patch, place) <= _INSIDE_PX
    part = written[place.slices].astype(np.int16)
    if not patch.label and not (part - np.array(patch.colour, np.int16))[inside].any():
        return True
    near = [one for one in cover.patches if one.fill is Fill.SOLID and _is_near(one, place)]
    for other in (one for one in near if one is not patch and one.colour != patch.colour):
        away = _outside(other, place)
        inside &= (away <= _INSIDE_PX) | (away >= _RIM_PX)
    left = np.abs(part - _expected(near, place, cover)).max(axis=2)[inside]
    # A label drawn at another place of the sheet differs by roundings.
    if not left.size or (exact and not any(one.label for one in near)):
        return not left.any()
    return bool(left.mean() < MOST_MEAN and (left > LOUD).mean() <= MOST_LOUD)


def _outside(patch: Patch, place: Window) -> NDArray[np.float32]:
    return outside_px(patch.quad, place, patch.radius * patch.quad.height_px)


def _expected(near: Sequence[Patch], place: Window, cover: Cover) -> NDArray[np.int16]:
    """``(h, w, 3)``: a place as its masks alone make it; labels go over all of them."""
    alone = np.zeros((place.height, place.width, 3), np.uint8)
    for patch in near:
        alone[_outside(patch, place) <= CORE_PX] = patch.colour
    moved = [replace(patch, quad=_moved(patch.quad, place)) for patch in near if patch.label]
    if labelled(alone, moved, cover.language) < len(moved) and not cover.smooth:
        alone = np.where(alone < 128, 0, 255).astype(np.uint8)
    return alone.astype(np.int16)


def _moved(quad: Quad, place: Window) -> Quad:
    """The same quad on a sheet that begins at the upper left of a place."""

    def moved(point: Point) -> Point:
        return point[0] - place.left, point[1] - place.top

    return Quad(*(moved(corner) for corner in quad.corners))


def _is_near(other: Patch, place: Window) -> bool:
    """Whether a mask may show within a place."""
    xs, ys = zip(*other.quad.corners, strict=True)
    across = min(xs) - _RIM_PX <= place.right and max(xs) + _RIM_PX >= place.left
    down = min(ys) - _RIM_PX <= place.bottom and max(ys) + _RIM_PX >= place.top
    return across and down
