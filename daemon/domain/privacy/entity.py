"""Entity types and profiles: what the catalogue, and the configuration, say of them."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from daemon.domain.language import Language


class Default(enum.StrEnum):
    """What a hit of a type needs, where a profile includes the type."""

    MASK = "mask"  # nothing more; a check digit where the pattern alone says little
    CONTEXT = "context"  # a context word in reach
    PROFILE = "profile"  # nothing more
    OFF = "off"  # the type takes part only where a profile names it


class Evidence(enum.StrEnum):
    """What one pattern needs besides itself, where it differs from its type."""

    AS_TYPE = "as_type"
    CONTEXT = "context"  # too many other things look like it
    CHECKED = "checked"  # its check digit, or a context word
    ALONE = "alone"  # sure without a word


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way a type is written.

    Attributes:
        source: As in the data, without boundaries.
        regex: With ASCII look-around boundaries; for normalised text.
        evidence: What it needs.
    """

    source: str
    regex: re.Pattern[str]
    evidence: Evidence = Evidence.AS_TYPE


@dataclass(frozen=True, slots=True)
class Check:
    """A test of a value from which the separators were removed.

    Attributes:
        name: As in the data, ``length:8-30``.
        test: The test.
        shape: Whether the value is none of the type where it fails. The others (province, date,
            issuer) may fail by one misread digit, and a context word outweighs them.
    """

    name: str
    test: Callable[[str], bool]
    shape: bool


@dataclass(frozen=True, slots=True)
class Score:
    """How sure a hit is, 0..1.

    Attributes:
        pattern: By the pattern alone.
        checksum: With the right check digit; ``None`` where the type has none.
        context: With a context word in reach.
    """

    pattern: float
    checksum: float | None
    context: float


@cache
def _dropping(characters: str) -> dict[int, None]:
    return dict.fromkeys(map(ord, characters))


@dataclass(frozen=True, slots=True)
class Entity:
    """One type of number or other identifier.

    Attributes:
        id: Its name in records and settings.
        zh: Chinese name.
        en: English name.
        country: ISO 3166 code, ``ZZ`` for any.
        kind: Class: ``personal``, ``financial``, ``contact``, ``document``, ``organisation``,
            ``vehicle``, ``code``, ``generic``, ``temporal``, ``amount`` or ``custom``.
        default: What a hit needs.
        patterns: Ways it is written.
        strip: Characters removed before a check.
        scheme: Name of its check digit, ``""`` for none.
        check_digit: The test; ``None`` for none.
        checks: Other tests.
        score: How sure.
        context: Words, in the comparable form of ``daemon.domain.privacy.context``.
        notes: For people.
        short_zh: Short Chinese name for a mask, ``""`` for the name itself.
        short_en: Short English name for a mask.
    """

    id: str
    zh: str
    en: str
    country: str
    kind: str
    default: Default
    patterns: tuple[Pattern, ...]
    score: Score
    strip: str = ""
    scheme: str = ""
    check_digit: Callable[[str], bool] | None = None
    checks: tuple[Check, ...] = ()
    context: tuple[str, ...] = ()
    notes: str = ""
    short_zh: str = ""
    short_en: str = ""

    def bare(self, value: str) -> str:
        """A value without the type's separators."""
        return value.translate(_dropping(self.strip)) if self.strip else value

    def label(self, language: Language) -> str:
        """What a replacement label says, ``[身份证号]``; brackets of a name are left out."""
        short, name = (self.short_zh, self.zh) if language == "zh" else (self.short_en, self.en)
        return f"[{short or re.split(r'[(（,/]', name)[0].strip()}]"


@dataclass(frozen=True, slots=True)
class Profile:
    """Which types a page is rid of.

    Attributes:
        name: Its name.
        zh: Chinese name.
        en: English name.
        min_digits: Runs of so many digits are covered whatever they are, where the profile
            includes ``digit_sequence``; ``None`` where it does not look at them.
        kinds: Classes included.
        include: Types included beyond those.
        exclude: Types left out of those.
        codes: Whether bar and QR codes are covered.
        zones: Whether machine-readable zones are covered.
        faces: Whether faces are covered.
        signatures: Whether signatures are covered.
        notes: For people.
    """

    name: str
    zh: str = ""
    en: str = ""
    min_digits: int | None = None
    kinds: frozenset[str] = frozenset()
    include: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()
    codes: bool = True
    zones: bool = False
    faces: bool = False
    signatures: bool = False
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """How far a context word reaches.

    Attributes:
        same_line_chars: Characters before a hit, on its line.
        previous_line: Whether a word of the line above counts, over the hit.
        left_cell: Whether the cell to the left counts.
    """

    same_line_chars: int
    previous_line: bool
    left_cell: bool


@dataclass(frozen=True, slots=True)
class Book:
    """Everything the data says.

    Attributes:
        entities: Types by id.
        profiles: Profiles by name.
        confusables: Letter to the digit it is mistaken for.
        window: Reach of context words.
        version: Of the data.
    """

    entities: Mapping[str, Entity]
    profiles: Mapping[str, Profile]
    confusables: Mapping[str, str] = field(repr=False)
    window: Window
    version: int
