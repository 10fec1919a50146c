"""A reader that knows what stands on a page and reads whatever of it still shows.

It compares each glyph's cell with the page as it was, so it neither misses nor invents anything:
what a route makes of its readings is the route's own doing. Networks have tests of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daemon.config.model import Engines as Settings
from daemon.domain.privacy.page import Line, Page, Quad
from daemon.engines.embedded import embedded
from daemon.engines.registry import Engines
from tests.fakes.privacy_pages import Drawn

STILL_THERE = 0.25
"""Of a cell's pixels that are as they were: a glyph's rest that a person could guess from."""


@dataclass(frozen=True)
class Oracle:
    """The reader.

    Attributes:
        srgb: ``(H, W, 3)`` uint8, the page as it was.
        lines: What stands on it.
        sees_at_proof: Whether the second look sees anything.
        least_run: Fewer glyphs side by side are missed by the second look, as a network may
            miss two lone digits.
    """

    srgb: NDArray[np.uint8]
    lines: tuple[Line, ...]
    sees_at_proof: bool = True
    least_run: int = 1

    def read(self, srgb: NDArray[np.uint8], *, second_look: bool = False) -> Page:
        """Every run of glyphs that still shows, each as a line of its own."""
        made: list[Line] = []
        least = self.least_run if second_look else 1
        if not second_look or self.sees_at_proof:
            for line in self.lines:
                made += (part for part in self._runs(srgb, line) if len(part.text) >= least)
        return Page(tuple(made), srgb.shape[1], srgb.shape[0])

    def _runs(self, srgb: NDArray[np.uint8], line: Line) -> list[Line]:
        shows = [self._shows(srgb, line.part(at, at)) for at in range(len(line.text))]
        if all(shows):
            return [line]
        runs: list[Line] = []
        begin = None
        for at in range(len(shows) + 1):
            if at < len(shows) and shows[at]:
                begin = at if begin is None else begin
            elif begin is not None:
                runs.append(_part(line, begin, at - 1))
                begin = None
        return runs

    def _shows(self, srgb: NDArray[np.uint8], cell: Quad) -> bool:
        xs, ys = zip(*cell.corners, strict=True)
        rows = slice(max(0, int(min(ys))), max(1, round(max(ys))))
        columns = slice(max(0, int(min(xs))), max(1, round(max(xs))))
        was, now = self.srgb[rows, columns], srgb[rows, columns]
        if not was.size:
            return False
        same = np.abs(was.astype(np.int16) - now).max(axis=2) < 32
        return bool(same.mean() > STILL_THERE)


def _part(line: Line, first: int, last: int) -> Line:
    return Line(line.text[first : last + 1], line.part(first, last), line.confidence)


def lines_of(drawn: Drawn) -> tuple[Line, ...]:
    """A drawn page's spans as lines, each glyph where it was drawn."""
    return tuple(_line(span) for span in drawn.truth["spans"])


def _line(span: dict[str, Any]) -> Line:
    quad = Quad(*(tuple(corner) for corner in span["poly"]))
    (x, y), (left, top) = quad.along, quad.start
    length = max(quad.width_px, 1.0)
    glyphs = iter(span["chars"])
    extents, at = [], 0.0
    for character in span["text"]:
        if character.isspace():
            extents.append((at, at))
            continue
        corners = np.array(next(glyphs)["poly"])
        along = ((corners - (left, top)) @ (x, y)) / length
        at = float(along.max())
        extents.append((float(along.min()), at))
    return Line(span["text"], quad, 0.99, tuple(extents))


class Nobody:
    """Sees neither faces nor codes."""

    def sweep(self, srgb: Any, *, crowd: bool = False) -> list[Any]:
        del srgb, crowd
        return []

    def find(self, srgb: Any) -> list[Any]:
        del srgb
        return []

    prove = find


def engines_with(reader: Any, **makers: Any) -> Engines:
    """Engines whose reader this is; they see neither faces nor codes and load nothing.

    Args:
        reader: The reader.
        makers: Of other engines than those: ``codes=…``.
    """
    nobody = {"codes": Nobody, "sweeper": Nobody, "resweeper": Nobody}
    made = replace(embedded(1), reader=lambda: reader, **{**nobody, **makers})
    return Engines(Settings(threads=1), makers=made)
