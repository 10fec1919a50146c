"""From the text of a licence plate to the coloured rectangle that it stands on.

A reader that is tight around the letters leaves the last one peeping out, or the frame that
gives away the kind of plate. So the mask is grown to the plate's own colour.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Quad = NDArray[np.float32]

_VIEW_HEIGHT_PX = 48
_ROOM = (0.45, 1.2)
"""How far the plate may reach past its text on each side: of the text's width and height. The
plate of a car in China has 44 % of the height of its letters above and below (GA 36-2018)."""
_NEAR = 34.0
"""Distance in CIE L*a*b* (lightness counted half) within which a colour is the plate's."""
_FALLBACK = (0.10, 0.45)
_LEAST_FILL = 0.75
_PAPER = 0.5
"""Of the view's rim in the colour of the ground: more is paper, not a plate."""
_BLANK = 0.97
_RIM = (0.02, 0.10)
"""Added past the colour: the light line around it. Of the text's width and height."""


def plate_area(srgb: NDArray[np.uint8], text: Quad) -> Quad:
    """The plate around a text.

    Args:
        srgb: ``(H, W, 3)`` uint8 RGB.
        text: ``(4, 2)`` float32 x and y around the letters: top left, top right, bottom right,
            bottom left of the text.

    Returns:
        ``(4, 2)`` float32 in the same order. Where no rectangle of one colour is found, the
        text's own quad grown by a tenth of its width and almost half its height, but not over
        what stands beside it.
    """
    view, move, inner = _upright(srgb, text)
    left, top, right, bottom = inner
    width, height = right - left, bottom - top
    near = _near(view, inner)
    region = None if _goes_on(near) else _region(near, inner)
    found = _bounds(region, inner) if region is not None else None
    if found is None:
        edges = _free(near, inner)
    else:
        edges = (found[0] - _RIM[0] * width, found[1] - _RIM[1] * height,
                 found[2] + _RIM[0] * width, found[3] + _RIM[1] * height)  # fmt: skip
    corners = np.array(
        [(edges[0], edges[1]), (edges[2], edges[1]), (edges[2], edges[3]), (edges[0], edges[3])],
        np.float32,
    )
    return np.asarray(cv2.perspectiveTransform(corners[None], np.linalg.inv(move))[0], np.float32)


def _upright(
    srgb: NDArray[np.uint8], text: Quad
) -> tuple[NDArray[np.uint8], NDArray[np.float64], tuple[float, float, float, float]]:
    width = float(np.linalg.norm(text[1] - text[0]))
    height = max(1.0, float(np.linalg.norm(text[3] - text[0])))
    wide = max(8.0, min(width / height, 20.0) * _VIEW_HEIGHT_PX)
    room = (_ROOM[0] * wide, _ROOM[1] * _VIEW_HEIGHT_PX)
    inner = (room[0], room[1], room[0] + wide, room[1] + _VIEW_HEIGHT_PX)
    there = np.array(
        [(inner[0], inner[1]), (inner[2], inner[1]), (inner[2], inner[3]), (inner[0], inner[3])],
        np.float32,
    )
    move = np.asarray(cv2.getPerspectiveTransform(text.astype(np.float32), there), np.float64)
    size = (round(wide + 2 * room[0]), round(_VIEW_HEIGHT_PX + 2 * room[1]))
    view = cv2.warpPerspective(
        srgb, move, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(view, np.uint8), move, inner


def _near(view: NDArray[np.uint8], inner: tuple[float, float, float, float]) -> NDArray[np.uint8]:
    """Where the colour is that of the text's ground: ``(h, w)`` of 0 and 1."""
    lab = np.asarray(cv2.cvtColor(view.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    lab[:, :, 0] /= 2  # shadow lies across plates
    left, top, right, bottom = (round(v) for v in inner)
    ground = _ground(lab[top:bottom, left:right].reshape(-1, 3))
    return np.asarray(np.linalg.norm(lab - ground, axis=2) < _NEAR / 2, np.uint8)


def _goes_on(near: NDArray[np.uint8]) -> bool:
    """Whether the ground is the page's own: it is all around, so that no plate ends."""
    rim = np.concatenate(
        (near[:2].ravel(), near[-2:].ravel(), near[:, :2].ravel(), near[:, -2:].ravel())
    )
    return float(rim.mean()) > _PAPER


def _free(
    near: NDArray[np.uint8], inner: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """The text's own edges, moved outwards where nothing stands beside it."""
    left, top, right, bottom = inner
    by_x, by_y = _FALLBACK[0] * (right - left), _FALLBACK[1] * (bottom - top)
    rows = near[:, round(left) : round(right)].mean(axis=1)
    columns = near[round(top) : round(bottom)].mean(axis=0)
    return (
        left - _blank(columns, round(left), -1, by_x),
        top - _blank(rows, round(top), -1, by_y),
        right + _blank(columns, round(right), 1, by_x),
        bottom + _blank(rows, round(bottom), 1, by_y),
    )


def _blank(share: NDArray[np.float64], start: int, step: int, most: float) -> float:
    """All or nothing outwards from a text's edge: nothing where the way is not bare.

    What touches the edge is the text's own.
    """
    ahead = share[:start][::-1] if step < 0 else share[start:]
    bare = ahead[: math.ceil(most)] > _BLANK
    first = int(bare.argmax()) if bare.any() else bare.size
    return most if bare[first:].all() else 0.0


def _region(
    near: NDArray[np.uint8], inner: tuple[float, float, float, float]
) -> NDArray[np.uint8] | None:
    """Where the ground of the text goes on, letters filled in: ``(h, w)`` of 0 and 1."""
    left, top, right, bottom = (round(v) for v in inner)
    closing = cv2.getStructuringElement(cv2.MORPH_RECT, (5, 5))
    near = np.asarray(cv2.morphologyEx(near, cv2.MORPH_OPEN, closing[:3, :3]), np.uint8)
    _, labels = cv2.connectedComponents(near)
    inside = labels[top:bottom, left:right]
    counts = np.bincount(inside[inside > 0].ravel())
    if counts.size == 0:
        return None
    return np.asarray(labels == int(counts.argmax()), np.uint8)


def _ground(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The more frequent of the two colours of a text."""
    light = np.rint(np.clip(samples[:, 0] * 4, 0, 255)).astype(np.uint8)
    level, _ = cv2.threshold(light, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    above = light > level
    chosen = above if above.mean() > 0.5 else ~above
    return np.asarray(np.median(samples[chosen], axis=0), np.float32)


def _bounds(
    region: NDArray[np.uint8], inner: tuple[float, float, float, float]
) -> tuple[float, float, float, float] | None:
    """Left, top, right and bottom of the plate; ``None`` where the region is no rectangle."""
    left, top, right, bottom = inner
    rows = region[:, round(left) : round(right)].mean(axis=1)
    columns = region[round(top) : round(bottom)].mean(axis=0)
    above = _reach(rows, round(top), -1)
    below = _reach(rows, round(bottom), 1)
    before = _reach(columns, round(left), -1)
    behind = _reach(columns, round(right), 1)
    if 0 in {above, before} or below >= region.shape[0] or behind >= region.shape[1]:
        return None  # the ground goes on to the edge of the view: no plate ends there
    border = np.concatenate([
        region[above, before:behind], region[below - 1, before:behind],
    ])  # fmt: skip
    if border.mean() < _LEAST_FILL:
        return None
    return float(before), float(above), float(behind), float(below)


def _reach(share: NDArray[np.float64], start: int, step: int) -> int:
    """From a text's edge outwards, how far most of the line is ground."""
    at = start
    while 0 < at < share.size and share[at - 1 if step < 0 else at] > 0.6:
        at += step
    return at
