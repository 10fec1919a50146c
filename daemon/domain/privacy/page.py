"""A page as a reader hands it over, and what was found on it.

All geometry is in pixels of the display frame (EXIF orientation applied, full resolution, x to
the right, y down). Texts are secrets: no ``repr`` of these values shows one.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Quad:
    """Four corners that turn with the text: its own top left first, then clockwise *of the text*.

    Attributes:
        top_left: Above the first glyph, px.
        top_right: Above the last glyph, px.
        bottom_right: Below the last glyph, px.
        bottom_left: Below the first glyph, px.
    """

    top_left: Point
    top_right: Point
    bottom_right: Point
    bottom_left: Point

    @property
    def corners(self) -> tuple[Point, Point, Point, Point]:
        """All four, in order."""
        return self.top_left, self.top_right, self.bottom_right, self.bottom_left

    @property
    def start(self) -> Point:
        """The middle of the side before the first glyph."""
        return _middle(self.top_left, self.bottom_left)

    @property
    def end(self) -> Point:
        """The middle of the side after the last glyph."""
        return _middle(self.top_right, self.bottom_right)

    @property
    def centre(self) -> Point:
        """The middle."""
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = self.corners
        return (ax + bx + cx + dx) / 4, (ay + by + cy + dy) / 4

    @property
    def width_px(self) -> float:
        """Length along the text."""
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = self.corners
        return math.hypot(bx + cx - ax - dx, by + cy - ay - dy) / 2

    @property
    def height_px(self) -> float:
        """Height of the text, mean of both ends."""
        return (
            math.dist(self.top_left, self.bottom_left)
            + math.dist(self.top_right, self.bottom_right)
        ) / 2

    @property
    def along(self) -> Point:
        """Unit vector of the reading direction."""
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = self.corners
        x, y = bx + cx - ax - dx, by + cy - ay - dy
        length = math.hypot(x, y)
        return (x / length, y / length) if length > 0 else (1.0, 0.0)

    @property
    def angle_deg(self) -> float:
        """Reading direction, -180..180, 0 to the right, 90 downwards."""
        x, y = self.along
        return math.degrees(math.atan2(y, x))

    def part(self, start: float, end: float) -> Quad:
        """The part between two shares of the length, 0 at the first glyph, 1 after the last."""
        return Quad(
            _between(self.top_left, self.top_right, start),
            _between(self.top_left, self.top_right, end),
            _between(self.bottom_left, self.bottom_right, end),
            _between(self.bottom_left, self.bottom_right, start),
        )


def _middle(one: Point, other: Point) -> Point:
    return _between(one, other, 0.5)


def _between(one: Point, other: Point, share: float) -> Point:
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share


Extent: TypeAlias = tuple[float, float]
"""Begin and end of a glyph as shares of its line's length, 0..1."""


@dataclass(frozen=True)
class Line:
    """One line of text, as read.

    Attributes:
        text: What was read, one code point a glyph, blanks included. Secret.
        quad: Where, display frame, px.
        confidence: Of the reader, 0..1.
        extents: Begin and end of every code point of ``text`` along the line, as shares of its
            length; empty where the reader has no better idea than an even spread (then wide
            characters count twice).
    """

    text: str = field(repr=False)
    quad: Quad
    confidence: float = 1.0
    extents: tuple[Extent, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if self.extents and len(self.extents) != len(self.text):
            msg = f"{len(self.extents)} extents for {len(self.text)} glyphs"
            raise ValueError(msg)

    @cached_property
    def spread(self) -> tuple[Extent, ...]:
        """``extents``, or the even spread."""
        return self.extents or _even(self.text)

    def part(self, first: int, last: int) -> Quad:
        """Where the glyphs ``first..last`` (both included) stand."""
        return self.quad.part(self.spread[first][0], self.spread[last][1])


_WIDE_FROM = "\u1100"


def _even(text: str) -> tuple[Extent, ...]:
    widths = [2 if glyph >= _WIDE_FROM else 1 for glyph in text]
    whole, at, made = sum(widths), 0, []
    for width in widths:
        made.append((at / whole, (at + width) / whole))
        at += width
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Page:
    """One page as read.

    Attributes:
        lines: All lines, in any order; a piece names its line by the index here.
        width_px: Of the page.
        height_px: Of the page.
    """

    lines: tuple[Line, ...]
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True, order=True)
class Piece:
    """A run of glyphs of one line.

    Attributes:
        line: Index in ``Page.lines``.
        first: Index of its first glyph in ``Line.text``.
        last: Index of its last glyph, included.
    """

    line: int
    first: int
    last: int


class Reason(enum.StrEnum):
    """Why a hit counts."""

    CHECKED = "checked"  # pattern and check digit agree
    CONTEXT = "context"  # pattern, and a context word in reach
    PATTERN = "pattern"  # the pattern alone is enough for this type
    DIGITS = "digits"  # the profile covers every run of this many digits
    ZONE = "zone"  # a line of a machine-readable zone, covered whole
    NAMED = "named"  # a type, pattern or word that the configuration names
    UNREAD = "unread"  # read with too little confidence to be left


class Verdict(enum.StrEnum):
    """What the profile does with a hit."""

    MASK = "mask"
    LEAVE = "leave"  # the profile, or a switch, leaves this type
    ALLOWED = "allowed"  # on the allow-list


@dataclass(frozen=True, slots=True)
class Finding:
    """One number, or other secret, on a page; never its value.

    Attributes:
        entity: Type, as in the catalogue or the configuration.
        pieces: What is to be covered, in reading order; more than one where it is split over
            lines or cells, or where glyphs between stay (``kept``).
        kept: Glyphs of the value that stay readable by ``keep_last``.
        score: How sure, 0..1.
        reason: Why it counts.
        checked: Whether its check digit is right; ``None`` where the type has none.
        verdict: What the profile does with it.
        tag: HMAC-SHA-256 of the normalised value with the installation's key, hex; ``""`` where
            no key was given.
    """

    entity: str
    pieces: tuple[Piece, ...]
    score: float
    reason: Reason
    checked: bool | None = None
    kept: tuple[Piece, ...] = ()
    verdict: Verdict = Verdict.MASK
    tag: str = field(default="", repr=False)

    @property
    def masked(self) -> bool:
        """Whether its pieces must be covered."""
        return self.verdict is Verdict.MASK
