"""Pages of the sample documents as an ideal reader would hand them over, from their ground truth.

Two readings: ``boxes`` (every span its own line, as a reader that cuts too much gives them) and
``rows`` (spans that touch are one line, as a reader that joins gives them).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from daemon.domain.privacy.page import Finding, Line, Page, Quad

TRUTH = Path(__file__).resolve().parents[2] / "shared" / "privacy" / "samples" / "truth.json"
Reading = Literal["boxes", "rows"]


@dataclass(frozen=True)
class Span:
    """A span of the truth and where its glyphs stand in the page's lines.

    Attributes:
        kind: ``sensitive``, ``numeric`` or ``keep``.
        type: As in the truth, ``""`` for none.
        text: What stands there.
        line: Index of its line.
        first: Its first glyph there.
    """

    kind: str
    type: str
    text: str
    line: int
    first: int

    def glyphs(self) -> set[tuple[int, int]]:
        """Its glyphs, blanks left out."""
        return {
            (self.line, self.first + at)
            for at, glyph in enumerate(self.text)
            if not glyph.isspace()
        }


@dataclass(frozen=True)
class Sample:
    """One page of the truth."""

    name: str
    page: Page
    spans: tuple[Span, ...] = field(repr=False)


def samples(reading: Reading) -> Iterator[Sample]:
    """Every page of the ground truth."""
    for image in json.loads(TRUTH.read_text(encoding="utf-8"))["images"]:
        yield sample_of(image, reading)


def sample_of(image: dict[str, Any], reading: Reading) -> Sample:
    """One page."""
    groups = [[row] for row in image["spans"]] if reading == "boxes" else _rows(image["spans"])
    lines, spans = [], []
    for group in groups:
        line, starts = _line(group)
        spans += [
            Span(row["kind"], row["type"] or "", row["text"], len(lines), start)
            for row, start in zip(group, starts, strict=True)
        ]
        lines.append(line)
    name = f"{Path(image['file']).stem}:{image['page']}"
    return Sample(name, Page(tuple(lines), image["width"], image["height"]), tuple(spans))


def covered(findings: Sequence[Finding]) -> set[tuple[int, int]]:
    """Glyphs that a page's findings cover."""
    return {
        (piece.line, glyph)
        for finding in findings
        if finding.masked
        for piece in finding.pieces
        for glyph in range(piece.first, piece.last + 1)
    }


def _rows(rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Spans of the truth that touch each other in reading order."""
    groups: list[list[dict[str, Any]]] = []
    for row in rows:
        last = groups[-1][-1] if groups else None
        if last is not None and _touch(_quad(last), _quad(row)):
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _quad(row: dict[str, Any]) -> Quad:
    a, b, c, d = (tuple(corner) for corner in row["poly"])
    return Quad(a, b, c, d)


def _touch(one: Quad, other: Quad) -> bool:
    height = max(one.height_px, other.height_px)
    (x, y), (dx, dy) = one.along, (other.start[0] - one.end[0], other.start[1] - one.end[1])
    gap, drop = dx * x + dy * y, abs(dy * x - dx * y)
    return -0.5 * height < gap < 0.6 * height and drop < 0.7 * height


def _line(group: Sequence[dict[str, Any]]) -> tuple[Line, list[int]]:
    quads = [_quad(row) for row in group]
    tallest = max(quads, key=lambda quad: quad.height_px)
    whole = Quad(
        quads[0].top_left, quads[-1].top_right, quads[-1].bottom_right, quads[0].bottom_left
    )
    if len(group) > 1:
        whole = _over(tallest, quads)
    text, starts, extents = "", [], []
    length = whole.width_px or 1.0
    for row, quad in zip(group, quads, strict=True):
        starts.append(len(text))
        text += row["text"]
        begin = math.dist(whole.start, quad.start) / length
        share = quad.width_px / length
        each = Line(row["text"], quad).spread
        extents += [(begin + left * share, begin + right * share) for left, right in each]
    return Line(text, whole, 1.0, tuple(extents)), starts


def _over(tallest: Quad, quads: Sequence[Quad]) -> Quad:
    """A quad as high as the tallest, from the first's beginning to the last's end."""
    start, end = quads[0].start, quads[-1].end
    x, y = quads[0].along
    half = tallest.height_px / 2
    up = (y * half, -x * half)
    return Quad(
        (start[0] + up[0], start[1] + up[1]),
        (end[0] + up[0], end[1] + up[1]),
        (end[0] - up[0], end[1] - up[1]),
        (start[0] - up[0], start[1] - up[1]),
    )
