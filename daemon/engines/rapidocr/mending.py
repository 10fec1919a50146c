"""Puts strips together that are one line: cut by the detector at a gap, or seen in two looks.

A number whose halves are two strips is read as two, with the glyph at the cut in both or in none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from daemon.engines.rapidocr.strip import Strip, wrapped_deg

_SAME_ANGLE_DEG = 3.0
_SAME_HEIGHT = 1.35
_OFF_LINE = 0.22  # heights
_HIGHER = 1.2  # times; the strip of both may be that much higher than either
_SHORT = 1.5  # heights; a shorter strip has hardly a direction of its own


def mended(strips: Sequence[Strip]) -> list[Strip]:
    """Strips of which none touches the end of another on its line.

    Args:
        strips: In one picture, half-turned ones not told apart yet.
    """
    left = sorted(strips, key=lambda one: -one.length_px)
    places = np.array([(one.x, one.y, one.length_px) for one in left])
    made: list[Strip] = []
    while left:
        one, places = left.pop(0), places[1:]
        while (found := _partner(one, left, places)) is not None:
            at, one = found
            del left[at]
            places = np.delete(places, at, axis=0)
        made.append(one)
    return made


def _partner(
    one: Strip, others: Sequence[Strip], places: NDArray[np.float64]
) -> tuple[int, Strip] | None:
    """Number of a strip that goes on where this one ends, and the strip of both."""
    if not len(others):
        return None
    away = np.hypot(places[:, 0] - one.x, places[:, 1] - one.y)
    near = away <= (places[:, 2] + one.length_px + one.height_px) / 2
    for at in np.flatnonzero(near).tolist():
        both = _joined(one, others[at])
        if both is not None:
            return at, both
    return None


def _joined(one: Strip, other: Strip) -> Strip | None:
    """The strip of both, ``None`` where they are two lines or apart; the first is longer."""
    dx, dy = other.x - one.x, other.y - one.y
    if not _are_alike(one, other):
        return None
    (ax, ay), (bx, by) = one.axes
    along, across = dx * ax + dy * ay, dx * bx + dy * by
    if abs(along) >= (one.length_px + other.length_px) / 2:
        return None
    if abs(across) > _OFF_LINE * one.height_px:
        return None
    low = min(-one.length_px / 2, along - other.length_px / 2)
    high = max(one.length_px / 2, along + other.length_px / 2)
    top = min(-one.height_px / 2, across - other.height_px / 2)
    bottom = max(one.height_px / 2, across + other.height_px / 2)
    if bottom - top > _HIGHER * max(one.height_px, other.height_px):
        return None
    u, v = (low + high) / 2, (top + bottom) / 2
    return replace(
        one,
        x=one.x + u * ax + v * bx,
        y=one.y + u * ay + v * by,
        length_px=high - low,
        height_px=bottom - top,
        score=max(one.score, other.score),
    )


def _are_alike(one: Strip, other: Strip) -> bool:
    tall, low = (
        max(one.height_px, other.height_px),
        max(1e-6, min(one.height_px, other.height_px)),
    )
    if tall > _SAME_HEIGHT * low or one.is_upright is not other.is_upright:
        return False
    away = abs(wrapped_deg(one.angle_deg - other.angle_deg))
    return away <= _SAME_ANGLE_DEG or other.length_px < _SHORT * other.height_px
