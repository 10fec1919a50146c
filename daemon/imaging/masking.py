"""Covers places of a page for good: solid patches that turn with what they hide.

A patch's core is opaque to the last pixel it touches; one pixel outside it is mixed, so that the
edge is smooth without letting anything of the inside out. Whatever is drawn here replaces pixels,
nothing is laid over them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.domain.privacy.page import Point, Quad
from daemon.imaging.geometry import Window

Colour: TypeAlias = tuple[int, int, int]
BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)
MOST_RADIUS = 0.1
"""Of a patch's height: a rounder corner would uncover a glyph's."""
CORE_PX, RIM_PX = 0.5, 1.5
"""Pixels whose centre is this far outside are still opaque, or not touched at all."""
_MOST_CELLS = 8
_NOISE = 24.0


class Fill(enum.StrEnum):
    """What is put in place of the pixels."""

    SOLID = "solid"
    MOSAIC = "mosaic"  # at most eight noisy cells across
    BLUR = "blur"


@dataclass(frozen=True, slots=True)
class Patch:
    """One place to cover.

    Attributes:
        quad: Its corners, in the order of the text (or of the picture).
        colour: RGB, for solid ones and behind a label.
        fill: How.
        radius: Of the corners, 0..0.1 of the height; rectangles only.
        label: Short text in place of what was there, ``""`` for none.
    """

    quad: Quad
    colour: Colour = BLACK
    fill: Fill = Fill.SOLID
    radius: float = 0.0
    label: str = ""

    def grown(self, before: float, above: float, after: float, below: float) -> Patch:
        """The patch with its sides moved outwards, in shares of its height."""
        return replace(self, quad=grown(self.quad, before, above, after, below))


def grown(quad: Quad, before: float, above: float, after: float, below: float) -> Quad:
    """A quad with its sides moved outwards by shares of its height."""
    height = quad.height_px
    (ax, ay) = quad.along
    dx, dy = -ay, ax

    def moved(point: Point, along: float, down: float) -> Point:
        return (
            point[0] + (ax * along + dx * down) * height,
            point[1] + (ay * along + dy * down) * height,
        )

    return Quad(
        moved(quad.top_left, -before, -above),
        moved(quad.top_right, after, -above),
        moved(quad.bottom_right, after, below),
        moved(quad.bottom_left, -before, below),
    )


def box_quad(left: float, top: float, right: float, bottom: float) -> Quad:
    """An upright rectangle."""
    return Quad((left, top), (right, top), (right, bottom), (left, bottom))


def covered(
    srgb: NDArray[np.uint8], patches: Iterable[Patch], *, smooth: bool = True, seed: int = 0
) -> NDArray[np.uint8]:
    """A copy of a page with patches on it.

    Args:
        srgb: ``(H, W, 3)`` uint8 RGB.
        patches: In the order they are painted; solid ones always come last, so that no mosaic
            is made of what a solid patch hides.
        smooth: Mix the pixel outside the edge; ``False`` for pages of two colours.
        seed: Of the noise in mosaics: the same page gives the same bytes.

    Returns:
        ``(H, W, 3)`` uint8 RGB.
    """
    page = srgb.copy()
    noise = np.random.default_rng(seed)
    for patch in sorted(patches, key=lambda one: one.fill is Fill.SOLID):
        place = reach_of(patch.quad, (page.shape[1], page.shape[0]))
        if place is None:
            continue
        part = page[place.slices]
        share = _share(patch, place, smooth=smooth)[:, :, None]
        fill = _filling(patch, part, noise)
        mixed = part + (fill - part.astype(np.float32)) * share
        page[place.slices] = np.where(share > 0, np.rint(mixed), part).astype(np.uint8)
    return page


def reach_of(quad: Quad, size: tuple[int, int]) -> Window | None:
    """Whole pixels around a quad and its rim, inside a page of (width, height)."""
    corners = np.array(quad.corners)
    left, top = np.floor(corners.min(axis=0) - 2).astype(int).tolist()
    right, bottom = np.ceil(corners.max(axis=0) + 2).astype(int).tolist()
    left, top = max(0, left), max(0, top)
    right, bottom = min(size[0], right), min(size[1], bottom)
    return Window(left, top, right, bottom) if right > left and bottom > top else None


def outside_px(quad: Quad, place: Window, radius_px: float = 0.0) -> NDArray[np.float32]:
    """How far the centre of each pixel is outside a quad, negative inside.

    Args:
        quad: Convex, clockwise.
        place: Which pixels.
        radius_px: Of round corners.

    Returns:
        ``(place.height, place.width)`` float32, pixels.
    """
    y, x = np.mgrid[place.top : place.bottom, place.left : place.right].astype(np.float32) + 0.5
    corners = np.array(quad.corners, np.float32)
    sides = []
    for begin, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        edge = end - begin
        length = max(float(np.hypot(*edge)), 1e-6)
        sides.append(((x - begin[0]) * -edge[1] + (y - begin[1]) * edge[0]) / -length)
    across, along = np.maximum(sides[0], sides[2]), np.maximum(sides[1], sides[3])
    if radius_px <= 0:
        return np.asarray(np.maximum(across, along), np.float32)
    inner = np.hypot(np.maximum(across + radius_px, 0), np.maximum(along + radius_px, 0))
    flat = np.minimum(np.maximum(across, along) + radius_px, 0)
    return np.asarray(inner + flat - radius_px, np.float32)


def _share(patch: Patch, place: Window, *, smooth: bool) -> NDArray[np.float32]:
    radius_px = min(patch.radius, MOST_RADIUS) * patch.quad.height_px
    away = outside_px(patch.quad, place, radius_px)
    if not smooth:
        return (away <= CORE_PX).astype(np.float32)
    return np.asarray(np.clip(RIM_PX - away, 0.0, 1.0), np.float32)


def _filling(
    patch: Patch, part: NDArray[np.uint8], noise: np.random.Generator
) -> NDArray[np.float32]:
    if patch.fill is Fill.MOSAIC:
        return _mosaic(part, noise)
    if patch.fill is Fill.BLUR:
        sigma = max(2.0, max(part.shape[:2]) / 6)
        return np.asarray(cv2.GaussianBlur(part, (0, 0), sigma), np.float32)
    return np.broadcast_to(np.array(patch.colour, np.float32), part.shape)


def _mosaic(part: NDArray[np.uint8], noise: np.random.Generator) -> NDArray[np.float32]:
    """At most eight cells along the longer side, each of a noisy mean."""
    height, width = part.shape[:2]
    cell = max(height, width) / _MOST_CELLS
    size = max(1, round(width / cell)), max(1, round(height / cell))
    cells = cv2.resize(part, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], 3)
    noisy = np.clip(cells + noise.normal(0, _NOISE, cells.shape), 0, 255).astype(np.float32)
    return np.asarray(
        cv2.resize(noisy, (width, height), interpolation=cv2.INTER_NEAREST), np.float32
    ).reshape(part.shape)
