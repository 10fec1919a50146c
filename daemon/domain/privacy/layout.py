"""Where the lines of a page stand to each other: rows, wraps, cells, stacks, what is above.

Lines are put into groups of one reading direction, each group is turned upright, and neighbours
are looked for there. All lengths are in line heights, so that nothing depends on the resolution.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import median

from daemon.domain.privacy.page import Line, Page, Point

SAME_DIRECTION_DEG = 20.0
JOINED_GAP = 1.5
"""Neighbours on a row nearer than so many heights are one text (measured: README of the data)."""
CELL_GAP = 3.0
SAME_ROW = 0.55
NEXT_ROW = 2.6
STACK_PITCH = 1.6
# A comb with a hole: single glyphs of one pitch before and after it. A drawn comb that was read was
# off its pitch by up to 0.06, for glyphs stand where their ink is.
_COMB_CELLS = 3
_COMB_HOLE = 3  # pitches, which are two cells that nobody saw
_OFF_PITCH = 0.2
_ONE_GLYPH = 1.5  # heights
MARGIN = 2.0
WIDE_TEXT = 20.0
"""A line of so many heights is running text, whose right edge may be ragged; no cell is."""
LEAST_WIDTH = 4.0
LARGEST_HEIGHT_RATIO = 2.5


@dataclass(frozen=True, slots=True)
class Placed:
    """A line in its group's upright frame, px.

    Attributes:
        line: Index in the page.
        left: Where it begins.
        right: Where it ends.
        first_v: Height of its beginning, downwards.
        last_v: Height of its end.
        height: Of the line.
    """

    line: int
    left: float
    right: float
    first_v: float
    last_v: float
    height: float

    @property
    def middle(self) -> float:
        """Height of its middle, downwards."""
        return (self.first_v + self.last_v) / 2


@dataclass(frozen=True)
class Group:
    """Lines of one reading direction.

    Attributes:
        along: Unit vector of that direction.
        placed: The lines, topmost first.
    """

    along: Point
    placed: tuple[Placed, ...]

    @cached_property
    def heights(self) -> list[float]:
        """``middle`` of every line, rising."""
        return [placed.middle for placed in self.placed]

    def between(self, top: float, bottom: float) -> Sequence[Placed]:
        """Lines whose middle lies between two heights, topmost first."""
        return self.placed[bisect_left(self.heights, top) : bisect_left(self.heights, bottom)]

    def reach(self, line: Line, first: int, last: int) -> tuple[float, float]:
        """Begin and end of some glyphs of a line along the direction, px."""
        part = line.part(first, last)
        x, y = self.along
        return part.start[0] * x + part.start[1] * y, part.end[0] * x + part.end[1] * y

    @cached_property
    def rows(self) -> tuple[tuple[Placed, ...], ...]:
        """Lines beside each other, whatever the gap, each row from left to right."""
        following: dict[int, Placed] = {}
        taken: dict[int, float] = {}
        before: dict[int, int] = {}
        for one in self.placed:
            best = self._right_of(one)
            if best is None:
                continue
            gap = best.left - one.right
            if gap >= taken.get(best.line, math.inf):
                continue
            if best.line in before:
                del following[before[best.line]]
            following[one.line], taken[best.line], before[best.line] = best, gap, one.line
        return tuple(tuple(_chain(one, following)) for one in self.placed if one.line not in before)

    def _right_of(self, one: Placed) -> Placed | None:
        reach = one.height * LARGEST_HEIGHT_RATIO + abs(one.last_v - one.first_v)
        best: Placed | None = None
        for other in self.between(one.last_v - reach, one.last_v + reach):
            if (
                other.line != one.line
                and other.left >= one.right - SAME_ROW * max(one.height, other.height)
                and other.left > one.left
                and abs(other.first_v - one.last_v) < SAME_ROW * max(one.height, other.height)
                and (best is None or other.left < best.left)
            ):
                best = other
        return best


def _chain(first: Placed, following: dict[int, Placed]) -> Iterator[Placed]:
    one: Placed | None = first
    seen: set[int] = set()
    while one is not None and one.line not in seen:
        seen.add(one.line)
        yield one
        one = following.get(one.line)


def groups_of(page: Page) -> tuple[Group, ...]:
    """The lines of a page by reading direction; lines without text are left out."""
    buckets: list[tuple[float, float, list[int]]] = []  # sum of cosines, of sines, lines
    order = sorted(
        (at for at, line in enumerate(page.lines) if line.text),
        key=lambda at: -page.lines[at].quad.width_px,
    )
    for at in order:
        quad = page.lines[at].quad
        (x, y), width = quad.along, quad.width_px
        for place, (cosines, sines, members) in enumerate(buckets):
            if _turn_deg((cosines, sines), (x, y)) <= SAME_DIRECTION_DEG:
                buckets[place] = (cosines + x * width, sines + y * width, [*members, at])
                break
        else:
            buckets.append((x * (width or 1.0), y * (width or 1.0), [at]))
    return tuple(_upright(page, cosines, sines, members) for cosines, sines, members in buckets)


def _turn_deg(one: Point, other: Point) -> float:
    turn = math.degrees(math.atan2(one[1], one[0]) - math.atan2(other[1], other[0]))
    return abs((turn + 180) % 360 - 180)


def _upright(page: Page, cosines: float, sines: float, members: Sequence[int]) -> Group:
    length = math.hypot(cosines, sines) or 1.0
    x, y = cosines / length, sines / length
    placed = []
    for at in members:
        quad = page.lines[at].quad
        start, end = quad.start, quad.end
        placed.append(
            Placed(
                line=at,
                left=start[0] * x + start[1] * y,
                right=end[0] * x + end[1] * y,
                first_v=start[1] * x - start[0] * y,
                last_v=end[1] * x - end[0] * y,
                height=max(quad.height_px, 1.0),
            )
        )
    placed.sort(key=lambda one: (one.middle, one.left))
    return Group((x, y), tuple(placed))


def segments_of(row: Sequence[Placed]) -> Iterator[tuple[Placed, ...]]:
    """A row's parts that are near enough to be one text."""
    part: list[Placed] = []
    for one in row:
        if part and one.left - part[-1].right >= JOINED_GAP * max(one.height, part[-1].height):
            yield tuple(part)
            part = []
        part.append(one)
    if part:
        yield tuple(part)


def cells_of(row: Sequence[Placed]) -> Iterator[tuple[Placed, ...]]:
    """Runs of three or more lines of a row which stand as cells of one number may.

    A hole is part of a comb where cells of one pitch stand on both sides of it: a reader may miss
    two glyphs beside each other.
    """
    runs: list[list[Placed]] = []
    for one in row:
        last = runs[-1][-1] if runs else None
        if last is None or one.left - last.right >= CELL_GAP * max(one.height, last.height):
            runs.append([])
        runs[-1].append(one)
    whole: list[list[Placed]] = []
    for run in runs:
        if whole and _go_on(whole[-1], run):
            whole[-1] += run
        else:
            whole.append(run)
    return (tuple(run) for run in whole if len(run) > 2)


def _go_on(left: Sequence[Placed], right: Sequence[Placed]) -> bool:
    """Whether two runs are cells of one comb with a hole between them."""
    near = (*left[-_COMB_CELLS:], *right[:_COMB_CELLS])
    alone = all(one.right - one.left <= _ONE_GLYPH * one.height for one in near)
    if not alone or min(len(left), len(right)) < _COMB_CELLS:
        return False
    steps = [(other.left + other.right - one.left - one.right) / 2 for one, other in pairwise(near)]
    pitch = median(steps)
    return all(
        1 <= round(step / pitch) <= _COMB_HOLE
        and abs(step / pitch - round(step / pitch)) <= _OFF_PITCH
        for step in steps
    )


def below(group: Group, segment: Sequence[Placed]) -> Iterator[Placed]:
    """Lines where a number that ends at a segment's end may go on: the next row's first.

    The segment must be long, or end at the right margin: no line below or above it that begins
    where it does reaches much further. The other line must begin at its left margin.
    """
    first, last = segment[0], segment[-1]
    height = max(one.height for one in segment)
    if last.right - first.left < LEAST_WIDTH * height:
        return
    near = group.between(first.first_v - 3 * NEXT_ROW * height, first.first_v + NEXT_ROW * height)
    mates = [one for one in near if abs(one.left - first.left) <= 1.5 * MARGIN * height]
    width = last.right - first.left
    if width <= WIDE_TEXT * height and any(
        one.right > last.right + MARGIN * height for one in mates
    ):
        return
    for one in group.between(first.first_v + 0.6 * height, first.first_v + NEXT_ROW * height):
        if -1.5 * MARGIN * height <= one.left - first.left <= MARGIN * height / 2:
            yield one


def stacks_of(short: Sequence[Placed]) -> Iterator[tuple[Placed, ...]]:
    """Single glyphs standing close below each other, three or more, topmost first.

    Args:
        short: Lines of one glyph and one reading direction, topmost first.
    """
    used: set[int] = set()
    for at, first in enumerate(short):
        if first.line in used:
            continue
        stack = [first]
        for other in short[at + 1 :]:
            top = stack[-1]
            drop, height = other.middle - top.middle, max(top.height, other.height)
            if drop > STACK_PITCH * height:
                break
            aside = abs((other.left + other.right) - (top.left + top.right)) / 2
            if drop > 0.5 * height and aside < 0.5 * height:
                stack.append(other)
        if len(stack) > 2:
            used |= {one.line for one in stack}
            yield tuple(stack)
