"""The pieces a text is cut into, and what each may mean."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any


class Kind(enum.Enum):
    """What a token is."""

    # Figures of the book.
    SIZE = enum.auto()  # value: SizeWord
    PAPER = enum.auto()  # value: key
    COLOUR = enum.auto()  # value: key
    GRADIENT = enum.auto()  # value: key
    SPECIAL = enum.auto()  # value: transparent | keep
    COUNTRY = enum.auto()  # value: code
    DOCUMENT = enum.auto()  # value: passport | visa | …
    # Numbers.
    FRAME = enum.auto()  # value: numbers.Frame
    AMOUNT = enum.auto()  # value: numbers.Amount
    KB_RANGE = enum.auto()  # value: (from, to) in KB
    RGB = enum.auto()  # value: (r, g, b), or None where a figure is above 255
    # Words for what is asked.
    SMOOTH = enum.auto()
    WHITEN = enum.auto()
    BEAUTY = enum.auto()
    TEXTURE = enum.auto()
    BLEMISH = enum.auto()
    SPOT = enum.auto()
    MOLE = enum.auto()
    HAIR_DETAIL = enum.auto()
    STRAY_REMOVE = enum.auto()
    STRAY = enum.auto()
    LEVEL = enum.auto()
    FLIP = enum.auto()
    BRIGHTNESS = enum.auto()  # value: 1, -1, or 0 for the bare word
    CONTRAST = enum.auto()
    SATURATION = enum.auto()
    SHARPNESS = enum.auto()
    HEAD_LARGER = enum.auto()
    HEAD_SMALLER = enum.auto()
    HEAD = enum.auto()
    LARGER = enum.auto()
    SMALLER = enum.auto()
    TOP_MARGIN = enum.auto()
    CLOTHES = enum.auto()
    GARMENT = enum.auto()
    WEAR = enum.auto()
    HAIR = enum.auto()
    EXPRESSION = enum.auto()
    GLASSES = enum.auto()
    GENERATED_POSE = enum.auto()
    GROUND = enum.auto()
    GRADIENT_WORD = enum.auto()
    RADIAL = enum.auto()
    VERTICAL = enum.auto()
    PRINT = enum.auto()
    CUT = enum.auto()
    GAP = enum.auto()
    WATERMARK = enum.auto()
    VERBATIM = enum.auto()  # value: text of a watermark
    FORMAT = enum.auto()  # value: jpg | png
    DPI = enum.auto()
    WIDTH = enum.auto()
    HEIGHT = enum.auto()
    ONLINE = enum.auto()
    # Words that change the meaning of others.
    NEGATION = enum.auto()
    KEEP = enum.auto()
    REMOVE = enum.auto()
    CHANGE = enum.auto()
    FROM = enum.auto()
    TO = enum.auto()
    WITH = enum.auto()
    BUT = enum.auto()
    AND = enum.auto()
    EACH = enum.auto()
    UP = enum.auto()
    DOWN = enum.auto()
    STRONG_BEFORE = enum.auto()  # value: strength; belongs to what follows
    STRONG_AFTER = enum.auto()  # value: strength; belongs to what stands before
    AT_MOST = enum.auto()  # value: "before", "after" or "either" side of the figure it stands
    AT_LEAST = enum.auto()
    ABOUT = enum.auto()
    OWNER = enum.auto()  # my, his, 我的: speaks of what is there
    # The rest.
    FILLER = enum.auto()  # politeness: a clause of nothing else is dropped
    CONTEXT = enum.auto()  # means nothing by itself beside something that was understood
    BREAK = enum.auto()  # between clauses
    UNKNOWN = enum.auto()


@dataclass(frozen=True, slots=True)
class SizeWord:
    """What a word for a size stands for.

    Attributes:
        preset: Key of the preset.
        is_ambiguous: The word names more than one frame.
        document: The word is one for a document and names no country: ``passport`` and the like.
    """

    preset: str
    is_ambiguous: bool = False
    document: str = ""


@dataclass(slots=True, eq=False)
class Token:
    """A piece of the folded text; readers mark what they understood.

    Attributes:
        kind: What it is.
        start: First character in the folded text.
        end: One past the last.
        text: The folded characters.
        value: What the kind says.
        is_used: A reader took it.
    """

    kind: Kind
    start: int
    end: int
    text: str
    value: Any = None
    is_used: bool = False
