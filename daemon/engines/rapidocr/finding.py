"""Finds strips of text: the detector's map of a page, and rectangles around what stands out in it.

The map is what DBNet calls the probability map; a rectangle around a region of it is smaller than
the text by a known share and is grown again. Source: Liao et al., "Real-time scene text detection
with differentiable binarization", 2020, section 3.4.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.rapidocr.strip import Strip, wrapped_deg
from daemon.imaging.geometry import Window, tiles

Detect = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""``(1, 3, h, w)`` float32 BGR -1..1, sides multiples of 32 → ``(h, w)`` float32 0..1."""

# The publisher's own numbers for these weights, but for the region's score: dim regions are
# kept, an unread line is covered rather than passed over.
_REGION_FROM, _GROW, _MIN_SIDE_PX = 0.3, 1.6, 3.0
_REGION_SCORE = 0.4
_MULTIPLE = 32
_TILE_PX, _TILE_MARGIN_PX = 1984, 96
# A region this much longer than high shows by itself which way its text runs.
_CLEARLY_LONG = 2.5
_LONG = 1.5
_ONE_GLYPH = 1.3  # heights of the page's lines


@dataclass(frozen=True)
class _Region:
    points: NDArray[np.float32]  # (N, 2)
    score: float


def strips_in(bgr: NDArray[np.uint8], scale: float, detect: Detect) -> list[Strip]:
    """Every strip of text, in no order; half-turned ones are not told apart yet.

    Args:
        bgr: ``(H, W, 3)`` uint8 BGR page.
        scale: At which multiple of its size the detector looks.
        detect: The network.

    Returns:
        Strips in pixels of ``bgr``; those in rows read to the right, those in columns downwards.
    """
    seen = heat(bgr, scale, detect)
    by_x, by_y = bgr.shape[1] / seen.shape[1], bgr.shape[0] / seen.shape[0]
    regions = _regions(seen, np.array((by_x, by_y), np.float32))
    return _straightened(regions)


def heat(bgr: NDArray[np.uint8], scale: float, detect: Detect) -> NDArray[np.float32]:
    """The detector's map of a page at a scale, put together from tiles where that is large."""
    height, width = (
        max(_MULTIPLE, math.ceil(side * scale / _MULTIPLE) * _MULTIPLE) for side in bgr.shape[:2]
    )
    look = bgr
    if (height, width) != bgr.shape[:2]:
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        look = np.asarray(cv2.resize(bgr, (width, height), interpolation=how), np.uint8)
    if max(height, width) <= _TILE_PX + 2 * _TILE_MARGIN_PX:
        return detect(_planes(look))
    whole = np.zeros((height, width), np.float32)
    for tile in tiles(width, height, _TILE_PX):
        wide = _with_margin(tile, (width, height))
        part = detect(_planes(_to_multiple(look[wide.slices])))
        top, left = tile.top - wide.top, tile.left - wide.left
        whole[tile.slices] = part[top : top + tile.height, left : left + tile.width]
    return whole


def _with_margin(tile: Window, size: tuple[int, int]) -> Window:
    return Window(
        max(0, tile.left - _TILE_MARGIN_PX),
        max(0, tile.top - _TILE_MARGIN_PX),
        min(size[0], tile.right + _TILE_MARGIN_PX),
        min(size[1], tile.bottom + _TILE_MARGIN_PX),
    )


def _to_multiple(part: NDArray[np.uint8]) -> NDArray[np.uint8]:
    down, right = (-side % _MULTIPLE for side in part.shape[:2])
    return np.asarray(cv2.copyMakeBorder(part, 0, down, 0, right, cv2.BORDER_REPLICATE), np.uint8)


def _planes(bgr: NDArray[np.uint8]) -> NDArray[np.float32]:
    planes = np.ascontiguousarray(bgr.transpose(2, 0, 1)[None], dtype=np.float32)
    planes *= np.float32(2 / 255)
    planes -= np.float32(1)
    return planes


def _regions(seen: NDArray[np.float32], by: NDArray[np.float32]) -> list[_Region]:
    mask = cv2.dilate((seen > _REGION_FROM).astype(np.uint8), np.ones((2, 2), np.uint8))
    outlines, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for outline in outlines:
        points = outline.reshape(-1, 2).astype(np.float32)
        if len(points) < 3:
            continue
        score = _score(seen, points)
        if score >= _REGION_SCORE:
            found.append(_Region(points * by, score))
    return found


def _score(seen: NDArray[np.float32], points: NDArray[np.float32]) -> float:
    left, top = points.min(axis=0).astype(int)
    right, bottom = points.max(axis=0).astype(int) + 1
    inside = np.zeros((bottom - top, right - left), np.uint8)
    corners = cv2.boxPoints(cv2.minAreaRect(points)) - np.array((left, top), np.float32)
    cv2.fillPoly(inside, [np.round(corners).astype(np.int32)], 1)
    return float(cv2.mean(seen[top:bottom, left:right], inside)[0])


def _straightened(regions: Sequence[_Region]) -> list[Strip]:
    """Strips of regions; short ones, whose own direction says little, follow the long ones."""
    own = [(_own_strip(region), region) for region in regions]
    sized = [(s, r) for s, r in own if min(s.length_px, s.height_px) >= _MIN_SIDE_PX]
    skew_deg, rows = _prevailing([strip for strip, _ in sized])
    long = [strip for strip, _ in sized if _is_long(strip)]
    tall = [_grown(strip).height_px for strip in long if strip.is_upright is rows]
    glyph_px = _ONE_GLYPH * float(np.median(tall)) if tall else 0.0
    strips = []
    for strip, region in sized:
        chosen = strip
        if not _is_long(strip) or _grown(strip).length_px <= glyph_px:
            chosen = _short_strip(region, skew_deg, rows=rows, glyph_px=glyph_px)
        strips.append(_grown(chosen))
    return strips


def _is_long(strip: Strip) -> bool:
    return strip.length_px >= _CLEARLY_LONG * strip.height_px


def _own_strip(region: _Region) -> Strip:
    corners = np.asarray(cv2.boxPoints(cv2.minAreaRect(region.points)), np.float64)
    one, other = corners[1] - corners[0], corners[2] - corners[1]
    side = one if np.hypot(*one) >= np.hypot(*other) else other
    return _along(region, math.degrees(math.atan2(side[1], side[0])))


def _along(region: _Region, angle_deg: float) -> Strip:
    """The tightest strip of a direction around a region, read to the right or downwards."""
    angle_deg = wrapped_deg(angle_deg)
    if not -45.0 < angle_deg <= 135.0:
        angle_deg = wrapped_deg(angle_deg + 180.0)
    turn = math.radians(angle_deg)
    axes = np.array(((math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))))
    spots = region.points.astype(np.float64) @ axes.T
    low, high = spots.min(axis=0), spots.max(axis=0)
    x, y = ((low + high) / 2) @ axes
    length, height = high - low + 1.0
    return Strip(float(x), float(y), angle_deg, float(length), float(height), region.score)


def _prevailing(strips: Sequence[Strip]) -> tuple[float, bool]:
    """Skew of the long strips against the picture's rows or columns, and whether rows prevail."""
    long = [strip for strip in strips if _is_long(strip)]
    if not long:
        return 0.0, True
    skews = np.array([_skew(strip.angle_deg) for strip in long])
    weights = np.array([strip.length_px for strip in long])
    order = np.argsort(skews)
    middle = int(np.searchsorted(weights[order].cumsum(), weights.sum() / 2))
    in_rows = sum(strip.length_px for strip in long if strip.is_upright)
    return float(skews[order][middle]), bool(2 * in_rows >= weights.sum())


def _skew(angle_deg: float) -> float:
    return (angle_deg + 45.0) % 90.0 - 45.0


def _short_strip(region: _Region, skew_deg: float, *, rows: bool, glyph_px: float) -> Strip:
    """The direction of a strip that shows none itself.

    One no longer than the lines around it are high is a single glyph, which has theirs: a 1 is
    taller than it is wide.
    """
    row, column = _along(region, skew_deg), _along(region, skew_deg + 90.0)
    if max(_grown(row).length_px, _grown(column).length_px) <= glyph_px:
        return row if rows else column
    if column.length_px >= _LONG * column.height_px:
        return column
    if rows or row.length_px >= _LONG * row.height_px:
        return row
    return column


def _grown(strip: Strip) -> Strip:
    by = strip.length_px * strip.height_px / (strip.length_px + strip.height_px) * _GROW
    return Strip(
        strip.x,
        strip.y,
        strip.angle_deg,
        strip.length_px + by,
        strip.height_px + by,
        strip.score,
    )
