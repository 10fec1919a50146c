"""Where on a page something must be covered, and what it is; never what it says."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from daemon.domain.privacy.page import Finding, Line, Page, Piece, Quad
from daemon.imaging.masking import grown

ABOVE, BELOW = 0.386, 0.386
"""How far a mask reaches over its line, in heights of its glyphs: 0.12 heights of the strip the
reader saw it in, of which 0.7 are the line. Source: measured on 28 pages."""
LINE_END = 0.286
"""The same beyond a line's own ends: what the detector cut is covered, too."""
SAME_NUMBER_GAP = 4.0
"""Masks of one number over two boxes are joined over gaps up to this many heights: a glyph that the
detector missed may stand there."""
_UNREAD_BELOW = 0.5
_SAME_ROW = 0.6


class Source(enum.StrEnum):
    """What found it."""

    TEXT = "text"
    UNREAD = "unread"
    FACE = "face"
    CODE = "code"
    SIGNATURE = "signature"  # experimental, as seals are
    SEAL = "seal"
    AREA = "area"


@dataclass(frozen=True, slots=True)
class Place:
    """One thing to cover.

    Attributes:
        source: What found it.
        entity: Type, as in the catalogue; ``face``, the code's kind, ``rectangle``, ``unread``.
        quads: Where: one for each stretch, display frame, px.
        score: How sure, 0..1.
        reason: Why it counts.
        tag: HMAC of the value, ``""`` without a key.
        kept: Where glyphs of the value stay readable.
    """

    source: Source
    entity: str
    quads: tuple[Quad, ...]
    score: float
    reason: str
    tag: str = field(default="", repr=False)
    kept: tuple[Quad, ...] = ()


def text_places(page: Page, findings: Sequence[Finding], margin_em: float) -> Iterator[Place]:
    """Where the findings of a page lie that must be covered.

    Args:
        page: As read.
        findings: Of it.
        margin_em: Beyond the glyphs' cells, in heights of the line.
    """
    for one in findings:
        if not one.masked:
            continue
        quads = [piece_quad(page.lines[p.line], p, margin_em) for p in one.pieces]
        yield Place(
            Source.TEXT,
            one.entity,
            (*quads, *_bridges(page, one.pieces, quads)),
            one.score,
            one.reason,
            one.tag,
            tuple(page.lines[p.line].part(p.first, p.last) for p in one.kept),
        )


def piece_quad(line: Line, piece: Piece, margin_em: float) -> Quad:
    """What must be painted over to hide a run of glyphs."""
    solid = [at for at, glyph in enumerate(line.text) if not glyph.isspace()]
    # A sign that begins a line is named late, and its cell then reaches into the first digit.
    first = not any(map(str.isalnum, line.text[: piece.first]))
    last = piece.last >= solid[-1] if solid else True
    return grown(
        line.part(0 if first else piece.first, piece.last),
        LINE_END if first else margin_em,
        ABOVE,
        LINE_END if last else margin_em,
        BELOW,
    )


def unread_places(page: Page) -> Iterator[Place]:
    """Lines that were seen and not read, or hardly."""
    for line in page.lines:
        if line.confidence < _UNREAD_BELOW:
            quad = grown(line.quad, LINE_END, ABOVE, LINE_END, BELOW)
            yield Place(Source.UNREAD, "unread", (quad,), 1.0 - line.confidence, "unread")


def without_covered(places: Sequence[Place], others: Sequence[Place]) -> list[Place]:
    """The first, less those that lie in one of the others already."""
    taken = [quad for place in others for quad in place.quads]
    return [
        place
        for place in places
        if not all(any(_holds(big, quad) for big in taken) for quad in place.quads)
    ]


def _holds(big: Quad, small: Quad) -> bool:
    return all(holds(big, corner) for corner in small.corners)


def holds(quad: Quad, point: tuple[float, float]) -> bool:
    """Whether a point lies in a convex quad."""
    corners = quad.corners
    for begin, end in zip(corners, (*corners[1:], corners[0]), strict=True):
        cross = (end[0] - begin[0]) * (point[1] - begin[1]) - (end[1] - begin[1]) * (
            point[0] - begin[0]
        )
        if cross < 0:
            return False
    return True


def _bridges(page: Page, pieces: Sequence[Piece], quads: Sequence[Quad]) -> Iterator[Quad]:
    """Masks over the blank between two boxes of one number on one row."""
    for (one, quad), (other, after) in zip(
        zip(pieces, quads, strict=True), list(zip(pieces, quads, strict=True))[1:], strict=False
    ):
        if one.line == other.line or not _on_one_row(quad, after):
            continue
        if _is_last(page.lines[one.line], one) and _is_first(page.lines[other.line], other):
            yield Quad(quad.top_right, after.top_left, after.bottom_left, quad.bottom_right)


def _on_one_row(one: Quad, other: Quad) -> bool:
    turn = math.radians(other.angle_deg - one.angle_deg)
    dx, dy = other.start[0] - one.end[0], other.start[1] - one.end[1]
    (ax, ay), height = one.along, max(one.height_px, 1.0)
    along, across = dx * ax + dy * ay, -dx * ay + dy * ax
    return (
        math.cos(turn) > 0.97
        and abs(across) < _SAME_ROW * height
        and 0 < along < SAME_NUMBER_GAP * height
    )


def _is_first(line: Line, piece: Piece) -> bool:
    return not line.text[: piece.first].strip()


def _is_last(line: Line, piece: Piece) -> bool:
    return not line.text[piece.last + 1 :].strip()


def equalised(place: Place, page: Page, step: float) -> Place:
    """A place whose stretches are lengthened to whole steps where the page leaves room.

    Args:
        place: Of text.
        page: As read; other lines are not run into.
        step: Length of a step, in heights of the stretch.
    """
    return replace(place, quads=tuple(_lengthened(quad, page, step) for quad in place.quads))


def _lengthened(quad: Quad, page: Page, step: float) -> Quad:
    height = max(quad.height_px, 1.0)
    missing = math.ceil(quad.width_px / height / step) * step - quad.width_px / height
    longer = grown(quad, 0.0, 0.0, missing, 0.0)
    return quad if _runs_into(longer, quad, page) else longer


def _runs_into(longer: Quad, quad: Quad, page: Page) -> bool:
    """Whether the added part covers glyphs, or leaves the page."""
    inside = 0 <= longer.end[0] < page.width_px and 0 <= longer.end[1] < page.height_px
    if not inside:
        return True
    for line in page.lines:
        for at, glyph in enumerate(line.text):
            if glyph.isspace():
                continue
            centre = line.part(at, at).centre
            if holds(longer, centre) and not holds(quad, centre):
                return True
    return False
