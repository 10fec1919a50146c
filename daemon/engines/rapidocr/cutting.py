"""Where each glyph of a line stands: cuts at ink gaps between the columns the network named.

Source of the numbers: measured on 28 pages with known glyph boxes; see docs/decisions.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from daemon.domain.privacy.page import Extent
from daemon.engines.rapidocr.recognition import Glyph

_FROM, _TO = 0.15, 0.95  # where between two centres a cut may lie
_PULL = 0.06  # how much ink, in shares of a full column, the middle is worth
_INKED = 0.015  # of a column: less is grain
_AROUND_PX = 4.8  # of 48: what of a gap belongs to the glyph beside it


def extents_of(glyphs: Sequence[Glyph], ink: NDArray[np.float32]) -> tuple[Extent, ...]:
    """Begin and end of every glyph as shares of the line's length.

    Args:
        glyphs: Of the line, blanks included; a blank gets the place of its cut.
        ink: ``(w,)`` float32, share of each column of the cut-out that is ink.
    """
    width = float(len(ink))
    solid = [number for number, glyph in enumerate(glyphs) if not glyph.text.isspace()]
    cuts = [0.0]
    for left, right in pairwise(solid):
        cut = _wide_gap if right - left > 1 else _cut  # a blank between them
        cuts.append(max(cuts[-1], cut(ink, glyphs[left].centre_px, glyphs[right].centre_px)))
    cuts.append(width)
    made: list[Extent] = []
    at = 0
    for glyph in glyphs:
        if glyph.text.isspace():
            made.append((cuts[at] / width, cuts[at] / width))
        else:
            begin, end = _trimmed(ink, cuts[at], cuts[at + 1])
            made.append(
                (
                    (begin if at else cuts[0]) / width,
                    (end if at + 1 < len(solid) else width) / width,
                )
            )
            at += 1
    return tuple(made)


def _trimmed(ink: NDArray[np.float32], begin: float, end: float) -> tuple[float, float]:
    """A glyph's cell without what of the gaps is far from its ink."""
    first = round(begin)
    inked = np.flatnonzero(ink[first : round(end)] > _INKED)
    if not len(inked):
        return begin, end
    low, high = first + float(inked[0]), first + float(inked[-1]) + 1
    return max(begin, low - _AROUND_PX), min(end, high + _AROUND_PX)


def _cut(ink: NDArray[np.float32], left: float, right: float) -> float:
    gap = right - left
    first, last = round(left + _FROM * gap), round(left + _TO * gap)
    if last - first < 2:
        return (left + right) / 2
    places = np.arange(first, min(last, len(ink)))
    if not len(places):
        return (left + right) / 2
    away = np.abs(places + 0.5 - (left + right) / 2) / max(gap, 1.0)
    costs = ink[places] + _PULL * away
    return float(places[int(costs.argmin())]) + 0.5


def _wide_gap(ink: NDArray[np.float32], left: float, right: float) -> float:
    """Where two words part: in the widest gap, for the columns named are late by a glyph's width.

    Where nothing is bare, as between two glyphs.
    """
    first, last = round(left), min(round(right), len(ink))
    bare = np.flatnonzero(ink[first:last] <= _INKED)
    if not len(bare):
        return _cut(ink, left, right)
    runs = np.split(bare, np.flatnonzero(np.diff(bare) > 1) + 1)
    widest = max(runs, key=len)
    return first + float(widest[0] + widest[-1] + 1) / 2


def ink_columns(cut: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Share of each column that is ink, whatever the colours are.

    Args:
        cut: ``(h, w, 3)`` uint8.

    Returns:
        ``(w,)`` float32 0..1: how far pixels are from the paper's grey, in shares of the
        distance of the strongest ink.
    """
    grey = cut.mean(axis=2, dtype=np.float32)
    paper = np.median(np.concatenate((grey[:3], grey[-3:])), axis=0)
    away = np.abs(grey - paper)
    strongest = float(np.percentile(away, 97))
    if strongest < 1.0:
        return np.zeros(cut.shape[1], np.float32)
    core = np.clip(away / np.float32(strongest), 0.0, 1.0)
    return np.asarray(np.where(core > 0.15, core, 0.0).mean(axis=0), np.float32)
