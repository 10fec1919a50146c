"""Matrix codes by their texture, for those too blurred for their corner marks to be seen.

A matrix code is a rectangle, alone on its ground, in which every row and every column is about
half dark and changes often. Text is not: between its lines there is none. A photo is not: it
changes seldom.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.sightings import FoundCode
from daemon.engines.zxing.views import views

SIDE_PX = 96
_MARGIN = SIDE_PX // 12
LEAST_SIDE_PX = 20
MOST_ASPECT = 4.0
LEAST_CHANGES = 6
"""Median of rows and of columns; a Chinese character has 2 to 6, a blurred code of 29 modules 7."""
DARK_SHARE = (0.22, 0.78)
LEAST_EVEN, LEAST_EVEN_SQUARE = 0.88, 0.65
"""Share of rows and of columns that are about half dark; of a square less is enough: lines of
text are seldom square."""
SQUARE_ASPECT = 1.2
LEAST_QUIET = 0.95
"""Share of the ring around that has the light tone."""
LEAST_CONTRAST = 40
GROWTH = 0.06
CONFIDENCE = 0.5


def texture_fields(grey: NDArray[np.uint8]) -> list[FoundCode]:
    """Places of ``(H, W)`` uint8 with the texture of a matrix code."""
    found = []
    for view, scale in views(grey):
        for quad in _blobs(view):
            full = quad / np.float32(scale)
            if _is_matrix(grey, full):
                centre = full.mean(axis=0)
                grown = np.asarray(centre + (full - centre) * np.float32(1 + 2 * GROWTH))
                found.append(FoundCode("unread_matrix", grown.astype(np.float32), CONFIDENCE))
    return found


def _blobs(view: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    """Rectangles full of edges."""
    soft = cv2.GaussianBlur(view, (0, 0), 1.0)  # grain is no edge
    edges = cv2.morphologyEx(soft, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    _, busy = cv2.threshold(edges, 30, 1, cv2.THRESH_BINARY)
    gap = max(5, round(max(view.shape) / 140)) | 1
    busy = cv2.morphologyEx(busy, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
    busy = cv2.morphologyEx(busy, cv2.MORPH_OPEN, np.ones((2 * gap, 2 * gap), np.uint8))
    contours, _ = cv2.findContours(busy, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    quads = []
    for contour in contours:
        (x, y), (width, height), degrees = cv2.minAreaRect(contour)
        short, long = min(width, height), max(width, height)
        if short < LEAST_SIDE_PX or long > MOST_ASPECT * short:
            continue
        if cv2.contourArea(contour) > 0.8 * width * height:
            box = cv2.boxPoints(((x, y), (width, height), degrees))
            quads.append(np.asarray(box, np.float32))
    return quads


def _is_matrix(grey: NDArray[np.uint8], quad: NDArray[np.float32]) -> bool:
    dark = _dark(grey, quad)
    if dark is None:
        return False
    ring = np.concatenate([dark[:3].ravel(), dark[-3:].ravel(), dark[:, :3].ravel(),
                           dark[:, -3:].ravel()])  # fmt: skip
    quiet = float(ring.mean())
    return max(quiet, 1 - quiet) >= LEAST_QUIET and _is_woven(dark, quad)


def is_woven(grey: NDArray[np.uint8], quad: NDArray[np.float32]) -> bool:
    """Whether a quad ``(4, 2)`` of ``(H, W)`` uint8 has the texture, whatever is around it."""
    dark = _dark(grey, quad)
    return dark is not None and _is_woven(dark, quad)


def _dark(grey: NDArray[np.uint8], quad: NDArray[np.float32]) -> NDArray[np.bool_] | None:
    """The dark part of a quad laid upright, with a margin; ``None`` without contrast."""
    there = np.array(
        [(_MARGIN, _MARGIN), (_MARGIN + SIDE_PX, _MARGIN), (_MARGIN + SIDE_PX, _MARGIN + SIDE_PX),
         (_MARGIN, _MARGIN + SIDE_PX)], np.float32,
    )  # fmt: skip
    size = (SIDE_PX + 2 * _MARGIN, SIDE_PX + 2 * _MARGIN)
    view = cv2.warpPerspective(
        grey, cv2.getPerspectiveTransform(quad, there), size, flags=cv2.INTER_AREA,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    inside = np.ascontiguousarray(view[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN])
    if np.ptp(np.percentile(inside, (10, 90))) < LEAST_CONTRAST:
        return None
    level, _ = cv2.threshold(inside, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return np.asarray(view < level, np.bool_)


def _is_woven(dark: NDArray[np.bool_], quad: NDArray[np.float32]) -> bool:
    edge = _MARGIN + 4
    core = dark[edge:-edge, edge:-edge]
    edges = np.linalg.norm(quad - np.roll(quad, -1, axis=0), axis=1)
    is_square = edges.max() <= SQUARE_ASPECT * edges.min()
    least = LEAST_EVEN_SQUARE if is_square else LEAST_EVEN
    return all(_is_even(lines, least) for lines in (core, core.T))


def _is_even(lines: NDArray[np.bool_], least: float) -> bool:
    share = lines.mean(axis=1)
    even = ((share > DARK_SHARE[0]) & (share < DARK_SHARE[1])).mean()
    changes = np.abs(np.diff(lines.astype(np.int8), axis=1)).sum(axis=1)
    return bool(even >= least and np.median(changes) >= LEAST_CHANGES)
