"""Looks at ink: what shows at a patch's edges, how much of a page is written on, its colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.domain.privacy.page import Quad
from daemon.imaging.geometry import Window
from daemon.imaging.masking import Colour, Patch, outside_px, reach_of

MOST_INK = 0.12
"""Share of a side's ring that may be ink."""
GROWTH, GROWTHS = 0.1, 3
"""Of the height a side is moved out by, and how often."""
INK_FROM = 0.45  # of the contrast inside the patch
LEAST_CONTRAST = 12.0
_RING_PX = (1.5, 2.5)
_BESIDE_PX = (1.0, 2.0)
_INSIDE_PX = -1.0
_LONGEST = 2.0  # heights; a longer piece of ink beside a patch is a drawing
_DRAWN = 1.3  # heights around a patch in which a stroke is followed


def fitted(grey: NDArray[np.uint8], patch: Patch) -> tuple[Patch, bool]:
    """A patch whose edges no ink crosses, if three growths of a side can make it so.

    Args:
        grey: ``(H, W)`` uint8, the page as it was.
        patch: The patch.

    Returns:
        The patch, and whether its ring is clean.
    """
    for _ in range(GROWTHS):
        dirty = dirty_sides(grey, patch)
        if not any(dirty):
            return patch, True
        above, after, below, before = (GROWTH if side else 0.0 for side in dirty)
        patch = patch.grown(before, above, after, below)
    return patch, not _shows_glyphs(grey, patch)


def _shows_glyphs(grey: NDArray[np.uint8], patch: Patch) -> bool:
    """Whether what still crosses an edge may be a glyph: it ends within a height of the patch.

    A rule, a table's border or a seal's rim that runs through goes on; no glyph reaches that far.
    """
    dirty = dirty_sides(grey, patch)
    if not any(dirty):
        return False
    inside, paper = contrast_of(grey, patch)
    wide = patch.grown(_DRAWN, _DRAWN, _DRAWN, _DRAWN)
    place = reach_of(wide.quad, (grey.shape[1], grey.shape[0]))
    if place is None:
        return False
    away = outside_px(patch.quad, place)
    ink = np.abs(grey[place.slices].astype(np.float32) - paper) > INK_FROM * inside
    number, parts = cv2.connectedComponents((ink & (away > 0.5)).astype(np.uint8))
    ring = (away > 0.5) & (away < 2.5) & _beyond(patch.quad, place, dirty)
    height_px = patch.quad.height_px
    shown = sum(
        int(np.count_nonzero((parts == part) & ring))
        for part in np.unique(parts[ring])
        if 0 < part < number and _is_small(parts == part, away, height_px)
    )
    # Of the two-pixel ring of the shortest side.
    return shown > MOST_INK * 2 * min(height_px, patch.quad.width_px)


def _beyond(quad: Quad, place: Window, sides: Sequence[bool]) -> NDArray[np.bool_]:
    """``(h, w)``: which pixels of a place lie outside one of these sides of a quad."""
    y, x = np.mgrid[place.top : place.bottom, place.left : place.right].astype(np.float32) + 0.5
    beyond = np.zeros(x.shape, bool)
    for number in (at for at, is_meant in enumerate(sides) if is_meant):
        begin, end = quad.corners[number], quad.corners[(number + 1) % 4]
        edge = end[0] - begin[0], end[1] - begin[1]
        beyond |= (x - begin[0]) * edge[1] - (y - begin[1]) * edge[0] > 0
    return beyond


def shows_beside(grey: NDArray[np.uint8], patch: Patch, hidden: NDArray[np.bool_]) -> bool:
    """Whether what crosses an edge of a patch may be a glyph that no other patch hides either.

    Args:
        grey: ``(H, W)`` uint8, the page as it was.
        patch: A patch whose ring is not clean.
        hidden: ``(H, W)``, true where any patch of the page is opaque.
    """
    wide = patch.grown(_DRAWN, _DRAWN, _DRAWN, _DRAWN)
    place = reach_of(wide.quad, (grey.shape[1], grey.shape[0]))
    if place is None:
        return False
    _, paper = contrast_of(grey, patch)
    left = np.asarray(grey[place.slices].copy())
    left[hidden[place.slices] & (outside_px(patch.quad, place) > 0)] = round(paper)
    dx, dy = -place.left, -place.top
    corners = ((x + dx, y + dy) for x, y in patch.quad.corners)
    return _shows_glyphs(left, replace(patch, quad=Quad(*corners)))


def _is_small(part: NDArray[np.bool_], away: NDArray[np.float32], height_px: float) -> bool:
    """Whether a piece of ink outside a patch is no larger than what is left of a glyph."""
    rows, columns = np.nonzero(part)
    longest = max(int(np.ptp(rows)), int(np.ptp(columns)))
    return float(away[part].max()) < height_px and longest < _LONGEST * height_px


def dirty_sides(grey: NDArray[np.uint8], patch: Patch) -> tuple[bool, bool, bool, bool]:
    """Which sides show ink: above, after, below, before.

    Above and below, where nothing stands that belongs to the line, every pixel of the two-pixel
    ring counts that differs from the paper as the hidden text does. At the ends stands the rest
    of the line, which is to stay: there it counts only where the pixel just inside the edge is
    ink, too, a stroke that goes on. Measured: ``docs/decisions/0043``.
    """
    inside, outside = contrast_of(grey, patch)
    if inside < LEAST_CONTRAST:
        return False, False, False, False
    corners = np.array(patch.quad.corners, np.float64)
    sides = []
    for number in range(4):
        begin, end = corners[number], corners[(number + 1) % 4]
        share = _beside if number in {0, 2} else _crossing
        sides.append(share(grey, begin, end, (outside, INK_FROM * inside)) > MOST_INK)
    return sides[0], sides[1], sides[2], sides[3]


def _spots(
    begin: NDArray[np.float64], end: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points along a side, one for each pixel of its length, and the way outwards."""
    length = float(np.hypot(*(end - begin)))
    along = (end - begin) / max(length, 1e-6)
    spots = begin + np.linspace(0.5, length - 0.5, max(2, round(length)))[:, None] * along
    return spots, np.array((along[1], -along[0]))


def _beside(
    grey: NDArray[np.uint8],
    begin: NDArray[np.float64],
    end: NDArray[np.float64],
    ink: tuple[float, float],
) -> float:
    """Share of a side's two-pixel ring that is ink."""
    paper, least = ink
    spots, out = _spots(begin, end)
    return float(np.mean([_is_ink(grey, spots + out * away, paper, least) for away in _BESIDE_PX]))


def _crossing(
    grey: NDArray[np.uint8],
    begin: NDArray[np.float64],
    end: NDArray[np.float64],
    ink: tuple[float, float],
) -> float:
    """Share of a side's length where ink goes from the inside to the ring."""
    paper, least = ink
    spots, out = _spots(begin, end)
    within = _is_ink(grey, spots + out * _INSIDE_PX, paper, least)
    within = np.asarray(cv2.dilate(within[None].astype(np.uint8), np.ones((1, 3), np.uint8))[0] > 0)
    ring = np.ones(len(spots), bool)
    for away in _RING_PX:
        ring &= _is_ink(grey, spots + out * away, paper, least)
    return float((ring & within).mean())


def _is_ink(
    grey: NDArray[np.uint8], spots: NDArray[np.float64], paper: float, least: float
) -> NDArray[np.bool_]:
    places = np.floor(spots).astype(int)
    x, y = places[:, 0], places[:, 1]
    inside = (x >= 0) & (y >= 0) & (x < grey.shape[1]) & (y < grey.shape[0])
    values = np.full(len(spots), paper)
    values[inside] = grey[y[inside], x[inside]]
    return np.asarray(np.abs(values - paper) > least)


def contrast_of(grey: NDArray[np.uint8], patch: Patch) -> tuple[float, float]:
    """How far the hidden text stands off its paper, and the paper's grey."""
    wide = patch.grown(0.15, 0.15, 0.15, 0.15)
    place = reach_of(wide.quad, (grey.shape[1], grey.shape[0]))
    if place is None:
        return 0.0, 255.0
    part = grey[place.slices].astype(np.float32)
    away = outside_px(patch.quad, place)
    ring, core = part[(away > 0) & (away < 4)], part[away <= 0]
    if not ring.size or not core.size:
        return 0.0, 255.0
    paper = float(np.median(ring))
    return float(np.percentile(np.abs(core - paper), 95)), paper


def ink_share(srgb: NDArray[np.uint8]) -> float:
    """Share of a page that stands out from its surroundings: zero for blank paper.

    Args:
        srgb: ``(H, W, 3)`` uint8 RGB.
    """
    scale = min(1.0, 1200 / max(srgb.shape[:2]))
    grey = cv2.cvtColor(srgb, cv2.COLOR_RGB2GRAY)
    if scale < 1:
        grey = cv2.resize(grey, None, None, scale, scale, cv2.INTER_AREA)
    smooth = cv2.medianBlur(grey, 31)
    away = cv2.absdiff(grey, smooth)
    return float((away > 40).mean())


def paper_colour(srgb: NDArray[np.uint8], patch: Patch) -> Colour:
    """The colour around a patch."""
    place = reach_of(patch.grown(0.3, 0.3, 0.3, 0.3).quad, (srgb.shape[1], srgb.shape[0]))
    if place is None:
        return 255, 255, 255
    away = outside_px(patch.quad, place)
    ring = srgb[place.slices][away > 1]
    return _as_colour(np.median(ring, axis=0)) if len(ring) else (255, 255, 255)


def ink_colour(srgb: NDArray[np.uint8]) -> Colour:
    """The darkest colour a page is written in."""
    step = max(1, srgb.size // 3_000_000)
    spots = srgb.reshape(-1, 3)[::step]
    light = spots.astype(np.int32).sum(axis=1)
    dark = spots[light <= np.percentile(light, 0.5)]
    return _as_colour(np.median(dark, axis=0))


def coloured(srgb: NDArray[np.uint8], patches: Sequence[Patch], colour: str) -> list[Patch]:
    """Patches in the colour that was asked for.

    Args:
        srgb: ``(H, W, 3)`` uint8 RGB, the page as it was.
        patches: What to colour.
        colour: ``black``, ``white``, ``ink`` (the page's darkest) or ``auto`` (the paper around).
    """
    if colour == "auto":
        return [replace(patch, colour=paper_colour(srgb, patch)) for patch in patches]
    flat: dict[str, Colour] = {"black": (0, 0, 0), "white": (255, 255, 255)}
    chosen = flat[colour] if colour in flat else ink_colour(srgb)
    return [replace(patch, colour=chosen) for patch in patches]


def _as_colour(values: NDArray[np.floating]) -> Colour:
    red, green, blue = (round(float(v)) for v in values)
    return red, green, blue
