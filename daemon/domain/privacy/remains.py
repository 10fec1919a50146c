"""What is still left on a page that was masked and read again.

The second reading is of the masked picture, so every number it shows has escaped. Three nets, by
what was measured on two-digit remains (README of the data, 5.8c: one digit caught 21 of 24, four
digits none): whatever the policy would cover; any digit close beside a mask that the first
reading did not leave there on purpose; runs of digits, which the policy's own rule finds.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from daemon.domain.privacy.find import Finder
from daemon.domain.privacy.glyphs import normalise
from daemon.domain.privacy.page import Finding, Line, Page, Piece, Point, Quad

BESIDE = 1.5
"""A digit within so many mask heights of a mask, along it, is taken for a rest of its number."""
ACROSS = 0.75
"""And within so many of its middle, across it."""
SAME_PLACE = 0.6
HIDDEN = "\u25a0"
"""Stands for a glyph that a reader believes to see inside a mask."""


class Net(enum.StrEnum):
    """What caught a remain."""

    FINDING = "finding"  # the policy covers it
    BESIDE = "beside"  # a digit beside a mask


@dataclass(frozen=True, slots=True)
class Remain:
    """Something readable that should not be.

    Attributes:
        net: What caught it.
        entity: Its type, ``""`` for a digit beside a mask.
        pieces: Where, on the page read again.
        quads: The same as corners, px, for another mask.
    """

    net: Net
    entity: str
    pieces: tuple[Piece, ...]
    quads: tuple[Quad, ...]


def left_over(
    again: Page, masks: Sequence[Quad], finder: Finder, first: Page, found: Sequence[Finding]
) -> tuple[Remain, ...]:
    """What a second reading still shows.

    Args:
        again: The masked page, read again.
        masks: Everything that was covered, display frame, px.
        finder: Of the policy that was applied.
        first: The page as first read.
        found: What was found on it.

    Returns:
        Remains; empty means that nothing is left.
    """
    hidden = [_area(mask) for mask in masks]
    seen = Page(
        tuple(_outside(line, hidden) for line in again.lines), again.width_px, again.height_px
    )
    meant = tuple(_left_on_purpose(first, found))
    kept = [_area(quad) for finding in found for quad in _quads(first, finding.kept)]
    made = [
        Remain(Net.FINDING, finding.entity, finding.pieces, _quads(seen, finding.pieces))
        for finding in finder.find(seen)
        if finding.masked
        and not all(_is_at(quad.centre, kept) for quad in _quads(seen, finding.pieces))
    ]
    told = {piece for one in made for piece in one.pieces}
    beside = (piece for piece in _digits_beside(seen, hidden, meant) if not _is_in(piece, told))
    made += (Remain(Net.BESIDE, "", (one,), _quads(seen, (one,))) for one in beside)
    return tuple(made)


def _is_in(piece: Piece, told: Collection[Piece]) -> bool:
    return any(one.line == piece.line and one.first <= piece.first <= one.last for one in told)


@dataclass(frozen=True, slots=True)
class _Area:
    """A quad as a rectangle that turns with its text, measured once."""

    centre: Point
    along: Point
    width_px: float
    height_px: float


def _area(quad: Quad) -> _Area:
    return _Area(quad.centre, quad.along, quad.width_px, quad.height_px)


def _outside(line: Line, masks: Sequence[_Area]) -> Line:
    """A line without what a reader believes to see inside masks, where nothing is."""
    own = _area(line.quad)
    near = [mask for mask in masks if _may_touch(own, mask)]
    if not near:
        return line
    places = (line.part(at, at).centre for at in range(len(line.text)))
    text = "".join(
        HIDDEN if any(_holds(mask, place) for mask in near) else glyph
        for glyph, place in zip(line.text, places, strict=True)
    )
    return Line(text, line.quad, line.confidence, line.spread)


def _digits_beside(
    page: Page, masks: Sequence[_Area], meant: Sequence[tuple[Point, float]]
) -> Iterator[Piece]:
    for at, line in enumerate(page.lines):
        own = _area(line.quad)
        near = [mask for mask in masks if _may_touch(own, mask)]
        if not near:
            continue
        for glyph in _digit_glyphs(line):
            place = line.part(glyph, glyph).centre
            if any(_is_beside(mask, place) for mask in near) and not _was_meant(place, meant):
                yield Piece(at, glyph, glyph)


def _digit_glyphs(line: Line) -> Iterator[int]:
    strand = normalise(line.text)
    seen = -1
    for character, origin in zip(strand.text, strand.origins, strict=True):
        if character.isdigit() and origin is not None and origin[1] != seen:
            seen = origin[1]
            yield seen


def _left_on_purpose(page: Page, found: Sequence[Finding]) -> Iterator[tuple[Point, float]]:
    """Where the first reading saw digits that stay, with the height of their line."""
    covered = {
        (piece.line, glyph)
        for finding in found
        if finding.masked
        for piece in finding.pieces
        for glyph in range(piece.first, piece.last + 1)
    }
    for at, line in enumerate(page.lines):
        for glyph in _digit_glyphs(line):
            if (at, glyph) not in covered:
                yield line.part(glyph, glyph).centre, line.quad.height_px


def _was_meant(place: Point, meant: Sequence[tuple[Point, float]]) -> bool:
    return any(math.dist(place, other) <= SAME_PLACE * height for other, height in meant)


def _is_at(place: Point, areas: Sequence[_Area]) -> bool:
    return any(_holds(area, place, SAME_PLACE) for area in areas)


def _holds(area: _Area, place: Point, margin: float = 0.0) -> bool:
    """Whether a point lies in an area, or within so many of its heights of it."""
    along, across = _from_middle(area, place)
    return along <= area.width_px / 2 + margin * area.height_px and across <= area.height_px * (
        0.5 + margin
    )


def is_beside(mask: Quad, other: Quad) -> bool:
    """Whether a quad's middle, or that of one of its ends, lies in a mask or close to its end."""
    (x, y), (ax, ay), half = other.centre, other.along, other.width_px / 2
    spots = (x, y), (x - ax * half, y - ay * half), (x + ax * half, y + ay * half)
    return any(_is_beside(_area(mask), spot) for spot in spots)


def _is_beside(mask: _Area, place: Point) -> bool:
    """Whether a point lies on a mask's own line, close to an end; stacks: below or above it."""
    along, across = _from_middle(mask, place)
    width, height = mask.width_px, mask.height_px
    on_line = along <= width / 2 + BESIDE * height and across <= ACROSS * height
    # A single glyph has no direction of its own: its number may go on downwards.
    stacked = width <= 1.5 * height and across <= height / 2 + BESIDE * height and along <= width
    return on_line or stacked


def _from_middle(area: _Area, place: Point) -> tuple[float, float]:
    """Distances of a point from an area's middle, along and across its text."""
    (x, y), (middle_x, middle_y) = area.along, area.centre
    dx, dy = place[0] - middle_x, place[1] - middle_y
    return abs(dx * x + dy * y), abs(dy * x - dx * y)


def _may_touch(line: _Area, mask: _Area) -> bool:
    reach = (line.width_px + mask.width_px) / 2 + (line.height_px + mask.height_px) * (BESIDE + 1)
    return math.dist(line.centre, mask.centre) <= reach


def _quads(page: Page, pieces: Sequence[Piece]) -> tuple[Quad, ...]:
    return tuple(page.lines[one.line].part(one.first, one.last) for one in pieces)
