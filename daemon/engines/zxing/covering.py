"""From where a reader saw a code to where its ink ends.

The reader's corners are points it measured on, not the outline: they cover 0.80 of a QR code
and 0.72 to 0.98 of an EAN. So a quad is grown by 15 % and then on, side by side, as long as
there is ink just outside it.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.sightings import FoundCode

GROWTH = 0.15
"""Of the code's size in all, half of it on each side."""
MOST_GROWTH = 0.50
"""Of the code's size, on each side: no further, whatever ink is there."""
LEAST_INK = 0.02
INK_MARGIN = 0.01
STEP_SHARE = 0.01
SIDE_PX = 400
"""Long side of the upright view in which ink is looked for."""
LEAST_LINEAR_RATIO = 0.25
"""A linear code may have been read along one line: it is taken to be a quarter as high."""


def covered(grey: NDArray[np.uint8], code: FoundCode, growth: float | None = GROWTH) -> FoundCode:
    """The code with the quad to be painted over, ``(4, 2)`` float32.

    Args:
        grey: ``(H, W)`` uint8, the picture it was found in.
        code: With the quad that it was seen in.
        growth: Share of its size to be added before its ink is followed outwards; ``None`` for
            a quad that may be too large already: its sides are first drawn in to the ink.
    """
    core = _with_body(code.quad)
    centre = core.mean(axis=0)
    grown = centre + (core - centre) * np.float32(1 + (growth or 0.0))
    quad = _to_end_of_ink(grey, core, np.asarray(grown, np.float32), drawn_in=growth is None)
    return replace(code, quad=quad)


def _with_body(quad: NDArray[np.float32]) -> NDArray[np.float32]:
    """An upright rectangle around the corners, no flatter than a barcode is."""
    (x, y), (width, height), degrees = cv2.minAreaRect(quad)
    long_side = max(width, height, 8.0)
    width, height = (max(v, LEAST_LINEAR_RATIO * long_side) for v in (width, height))
    return np.asarray(cv2.boxPoints(((x, y), (width, height), degrees)), np.float32)


def _to_end_of_ink(
    grey: NDArray[np.uint8],
    core: NDArray[np.float32],
    grown: NDArray[np.float32],
    *,
    drawn_in: bool,
) -> NDArray[np.float32]:
    view, move, box = _upright_view(grey, core)
    ink = _ink(view, box)
    left, top, right, bottom = (
        float(v) for v in _bounds(cv2.perspectiveTransform(grown[None], move)[0])
    )
    limit = (MOST_GROWTH * (box[2] - box[0]), MOST_GROWTH * (box[3] - box[1]))
    edges = [left, top, right, bottom]
    for index in range(4 if drawn_in else 0):
        edges[index] = _drawn_in(ink, edges, index)
    for index in range(4):
        edges[index] = _pushed(ink, edges, index, (box[index], limit[index % 2]))
    corners = np.array(
        [
            (edges[0], edges[1]), (edges[2], edges[1]), (edges[2], edges[3]), (edges[0], edges[3]),
        ],
        np.float32,
    )  # fmt: skip
    back = np.linalg.inv(move)
    return np.asarray(cv2.perspectiveTransform(corners[None], back)[0], np.float32)


def _upright_view(
    grey: NDArray[np.uint8], core: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.float64], tuple[float, float, float, float]]:
    """The code upright with room around it, the way there, and where the code is in it."""
    edges = np.linalg.norm(core - np.roll(core, -1, axis=0), axis=1)
    width, height = float(edges[0]), float(edges[1])
    zoom = SIDE_PX / max(width, height)
    inner = (width * zoom, height * zoom)
    room = (inner[0] * (MOST_GROWTH + 0.1), inner[1] * (MOST_GROWTH + 0.1))
    box = (room[0], room[1], room[0] + inner[0], room[1] + inner[1])
    there = np.array(
        [(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])], np.float32
    )
    move = np.asarray(cv2.getPerspectiveTransform(core, there), np.float64)
    size = (round(inner[0] + 2 * room[0]), round(inner[1] + 2 * room[1]))
    view = cv2.warpPerspective(
        grey, move, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(view, np.uint8), move, box


def _ink(view: NDArray[np.uint8], box: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    """Where the view has the code's ink: the tone that its surroundings have not."""
    left, top, right, bottom = (round(v) for v in box)
    inside = np.ascontiguousarray(view[top:bottom, left:right])
    level, _ = cv2.threshold(inside, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    dark = view <= level
    # A light code on a dark ground: the rim just outside is dark for the most part.
    rim = np.ones(view.shape, bool)
    margin_x, margin_y = round(0.1 * (right - left)), round(0.1 * (bottom - top))
    rim[top - margin_y : bottom + margin_y, left - margin_x : right + margin_x] = False
    return ~dark if rim.any() and dark[rim].mean() > 0.6 else dark


def _bounds(points: NDArray[np.float32]) -> tuple[float, float, float, float]:
    low, high = points.min(axis=0), points.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _strip(
    ink: NDArray[np.bool_], edges: list[float], index: int, span: tuple[int, int]
) -> NDArray[np.bool_]:
    """A line along one edge, from one place to another across it."""
    axis = index % 2
    across = slice(max(0, round(edges[1 - axis])), max(0, round(edges[3 - axis])))
    along = slice(*span)
    return ink[across, along] if axis == 0 else ink[along, across]


def _drawn_in(ink: NDArray[np.bool_], edges: list[float], index: int) -> float:
    """One edge moved inwards to where the ink begins, less a margin; no further than a fifth."""
    inwards = -1 if index >= 2 else 1
    at = start = round(edges[index])
    most = abs(edges[index] - edges[(index + 2) % 4]) / 5
    while abs(at - start) < most:
        low, high = (at, at + 1) if inwards > 0 else (at - 1, at)
        strip = _strip(ink, edges, index, (max(0, low), max(0, high)))
        if strip.size == 0 or strip.mean() >= LEAST_INK:
            break
        at += inwards
    return at - inwards * INK_MARGIN * SIDE_PX


def _pushed(
    ink: NDArray[np.bool_], edges: list[float], index: int, bound: tuple[float, float]
) -> float:
    """One edge moved outwards as long as the strip beyond it has ink."""
    outwards = 1 if index >= 2 else -1
    size = ink.shape[1 - index % 2]
    step = max(1, round(STEP_SHARE * SIDE_PX))
    at, start, most = round(edges[index]), *bound
    while abs(at - start) < most:
        low, high = (at, at + step) if outwards > 0 else (at - step, at)
        if low < 0 or high > size:
            break
        strip = _strip(ink, edges, index, (low, high))
        if strip.size == 0 or strip.mean() < LEAST_INK:
            break
        at += outwards * step
    return float(at)
