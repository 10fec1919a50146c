"""The texts of a page in which numbers are looked for, and the words around every glyph.

A number may be split over boxes of a row, wrapped to the next line, spread over cells or written
downwards. Each way gives a strand; a hit counts there only where it crosses a joint, for what lies
within one text is found in that text.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from daemon.domain.privacy.context import Mention, Words
from daemon.domain.privacy.glyphs import Strand, in_digits, join, normalise
from daemon.domain.privacy.layout import (
    Group,
    Placed,
    below,
    cells_of,
    groups_of,
    segments_of,
    stacks_of,
)
from daemon.domain.privacy.page import Page
from daemon.domain.privacy.spacing import closed_up


class Joining(enum.StrEnum):
    """How a strand's lines came together."""

    TEXT = "text"  # one line, or neighbours on a row, with a blank between
    TIGHT = "tight"  # the same without the blank
    WRAP = "wrap"  # the next row goes on
    CELLS = "cells"  # cells of a form
    STACK = "stack"  # written downwards
    SPACED = "spaced"  # groups of one number without the blanks between them


@dataclass(frozen=True, slots=True)
class Woven:
    """A strand and how it came about."""

    strand: Strand
    joining: Joining

    @property
    def crossing_only(self) -> bool:
        """Whether only hits across a joint count."""
        return self.joining is not Joining.TEXT

    def may_hold(self, start: int, end: int) -> bool:
        """Whether a stretch can be a number here."""
        return self.joining is not Joining.SPACED or (start, end) == (0, len(self.strand.text))


@dataclass(frozen=True)
class Segment:
    """Neighbours on a row as one text.

    Attributes:
        strand: Their text.
        placed: The lines, from left to right.
        group: Of which reading direction.
        left: The segment before it on the row, ``None`` for the first.
    """

    strand: Strand
    placed: tuple[Placed, ...]
    group: Group
    left: Segment | None

    @cached_property
    def positions(self) -> dict[tuple[int, int], int]:
        """Where a glyph stands in the strand's text."""
        return {
            origin: at
            for at, origin in reversed(list(enumerate(self.strand.origins)))
            if origin is not None
        }


class Weave:
    """A page laid out.

    Args:
        page: As read.
        words: Context words that matter.
    """

    def __init__(self, page: Page, words: Words) -> None:
        self.page = page
        self._words = words
        self._normal = [normalise(line.text, at) for at, line in enumerate(page.lines)]
        self._mentions: dict[int, tuple[Mention, ...]] = {}
        self.groups = groups_of(page)
        self.segments: list[Segment] = []
        self.segment_of: dict[int, Segment] = {}
        self.place_of: dict[int, Placed] = {}
        self._followed: set[int] = set()  # last lines of segments that another one follows
        self._rows: list[tuple[Group, tuple[Placed, ...]]] = []
        for group in self.groups:
            for row in group.rows:
                self._rows.append((group, row))
                self._add_row(group, row)

    def _add_row(self, group: Group, row: tuple[Placed, ...]) -> None:
        left: Segment | None = None
        for part in segments_of(row):
            segment = Segment(self._joined(part, " "), part, group, left)
            self.segments.append(segment)
            if left is not None:
                self._followed.add(left.placed[-1].line)
            for placed in part:
                self.segment_of[placed.line] = segment
                self.place_of[placed.line] = placed
            left = segment

    def _joined(self, part: tuple[Placed, ...], joiner: str) -> Strand:
        if len(part) == 1:
            return self._normal[part[0].line]
        return join((self._normal[placed.line] for placed in part), joiner)

    def normal(self, line: int) -> Strand:
        """One line's comparable text."""
        return self._normal[line]

    def mentions(self, segment: Segment) -> tuple[Mention, ...]:
        """Context words in a segment."""
        key = segment.placed[0].line
        if key not in self._mentions:
            self._mentions[key] = self._words.mentions(segment.strand.text)
        return self._mentions[key]

    def strands(self) -> Iterator[Woven]:
        """Every text in which numbers are looked for."""
        for segment in self.segments:
            yield Woven(segment.strand, Joining.TEXT)
            yield from _spaced(segment.strand)
            spelled = in_digits(segment.strand)
            if spelled is not None:
                yield Woven(spelled, Joining.TEXT)
            if len(segment.placed) > 1:
                yield Woven(self._joined(segment.placed, ""), Joining.TIGHT)
            yield from self._wraps(segment)
        for _, row in self._rows:
            yield from self._cells(row)
        for group in self.groups:
            short = [placed for placed in group.placed if len(self._bare(placed.line)) == 1]
            for stack in stacks_of(short):
                if self._counts_up(stack):
                    continue
                yield Woven(self._joined(stack, ""), Joining.STACK)

    def _wraps(self, segment: Segment) -> Iterator[Woven]:
        end = segment.strand.text.rstrip(" ")[-1:]
        if not (end.isascii() and (end.isalnum() or end in "-@._+(")) or not end:
            return
        for placed in below(segment.group, segment.placed):
            other = self.segment_of[placed.line]
            if self._is_next_row_of_cells(segment, other):
                continue
            begin = other.strand.text.lstrip(" ")[:1]
            if not (begin.isascii() and (begin.isalnum() or begin in "-@._(")) or not begin:
                continue
            if _has_number(_last_word(segment.strand.text)) or _has_number(
                _first_word(other.strand.text)
            ):
                for joiner in ("", " "):
                    yield Woven(join((segment.strand, other.strand), joiner), Joining.WRAP)
                return

    def _is_next_row_of_cells(self, segment: Segment, other: Segment) -> bool:
        """Whether a table's last cell ends here and its next row begins there, with its number."""
        last, first = segment.placed[-1], other.placed[0]
        number = self._bare(first.line)
        return (
            number.isdigit()
            and len(number) < _LONGEST_CELL_NUMBER
            and (segment.left is not None or len(segment.placed) > _PROSE_BOXES)
            and (other.placed[-1].line in self._followed or len(other.placed) > _PROSE_BOXES)
            and (first.left >= last.right or first.right <= last.left)
        )

    def _cells(self, row: tuple[Placed, ...]) -> Iterator[Woven]:
        run: list[Placed] = []
        for cells in cells_of(row):
            for placed in (*cells, None):
                if placed is not None and _is_code(_closed(self._bare(placed.line))):
                    run.append(placed)
                    continue
                if len(run) > 2:
                    yield from self._cell_strands(tuple(run))
                run = []

    def _cell_strands(self, run: tuple[Placed, ...]) -> Iterator[Woven]:
        single = all(len(self._bare(placed.line)) == 1 for placed in run)
        if single:
            yield Woven(self._joined(run, ""), Joining.CELLS)
        elif any(self.segment_of[one.line] is not self.segment_of[run[0].line] for one in run):
            strand = self._joined(run, " ")
            yield Woven(strand, Joining.CELLS)
            yield from _spaced(strand)

    def _counts_up(self, stack: tuple[Placed, ...]) -> bool:
        """Whether glyphs below each other are the numbers of rows: 1, 2, 3."""
        digits = [self._bare(placed.line) for placed in stack]
        return all(
            one.isdigit() and other.isdigit() and int(other) == int(one) + 1
            for one, other in pairwise(digits)
        )

    def _bare(self, line: int) -> str:
        return self._normal[line].text.strip(" ")


def _spaced(strand: Strand) -> Iterator[Woven]:
    return (Woven(one, Joining.SPACED) for one in closed_up(strand))


LONGEST_CELL = 6
_LONGEST_CELL_NUMBER = 4  # glyphs of a row's number, and one
_PROSE_BOXES = 2  # a row of more is cells


def _closed(text: str) -> str:
    """Glyphs that stand apart in one box, closed up."""
    glyphs = text.split(" ")
    return "".join(glyphs) if all(len(one) == 1 for one in glyphs) else text


def _is_code(text: str) -> bool:
    return (
        0 < len(text) <= LONGEST_CELL
        and text.isascii()
        and text.isalnum()
        and (any(map(str.isdigit, text)) or len(text) == 1)
    )


def _has_number(word: str) -> bool:
    return "@" in word or any(map(str.isdigit, word))


def _last_word(text: str) -> str:
    return text.rstrip(" ").rpartition(" ")[2]


def _first_word(text: str) -> str:
    return text.lstrip(" ").partition(" ")[0]
