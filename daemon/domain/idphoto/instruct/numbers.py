"""Numbers with units, frames of two numbers, colours by figures.

Every pattern is anchored, has bounded repeats and no nested ones: a text cannot make them slow.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from daemon.domain.idphoto.colour import Rgb

MM_PER_INCH = 25.4


class Unit(enum.Enum):
    """What a number counts."""

    NONE = enum.auto()
    MM = enum.auto()
    INCH = enum.auto()
    PX = enum.auto()
    KB = enum.auto()
    DPI = enum.auto()
    PERCENT = enum.auto()
    TENTHS = enum.auto()  # 3级, 3/10
    COPIES = enum.auto()
    DEGREES = enum.auto()


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit.

    Attributes:
        number: In the unit; inches are kept as such, centimetres are millimetres.
        unit: What it counts.
    """

    number: float
    unit: Unit

    @property
    def mm(self) -> float:
        return self.number * MM_PER_INCH if self.unit is Unit.INCH else self.number


@dataclass(frozen=True, slots=True)
class Frame:
    """Two numbers with an x between them.

    Attributes:
        width: First number.
        height: Second number.
        unit: ``MM``, ``INCH``, ``PX`` or ``NONE``.
    """

    width: float
    height: float
    unit: Unit

    @property
    def plain(self) -> str:
        """As people write it: ``4x6``."""
        return f"{self.width:g}x{self.height:g}"


_UNITS: tuple[tuple[str, Unit, float], ...] = (
    ("毫米|公厘|mm", Unit.MM, 1),
    ("厘米|公分|cm", Unit.MM, 10),
    ('英寸|寸|inches|inch|in|"', Unit.INCH, 1),
    ("个像素|像素|画素|pixels|pixel|px", Unit.PX, 1),
    ("千字节|kbytes|kib|kb|k", Unit.KB, 1),
    ("兆字节|兆|mbytes|mib|mb|m", Unit.KB, 1024),
    ("dpi|ppi", Unit.DPI, 1),
    ("%|％|percent", Unit.PERCENT, 1),
    ("级|/ ?10", Unit.TENTHS, 1),
    ("张|份|copies|copy|prints|pieces|piece|pcs|photos|pictures", Unit.COPIES, 1),
    ("度|°|degrees|degree", Unit.DEGREES, 1),
)  # fmt: skip
_LENGTHS = (Unit.MM, Unit.INCH, Unit.PX)


def _one_of(units: tuple[Unit, ...]) -> str:
    names = [name for text, unit, _ in _UNITS if unit in units for name in text.split("|")]
    # Longest first, and no Latin unit may be the beginning of a word.
    rows = [
        name + ("(?![a-wyz0-9]|x[a-z])" if name[-1].isascii() and name[-1].isalnum() else "")
        for name in sorted(names, key=len, reverse=True)
    ]
    return "(?:" + "|".join(rows) + ")"


_NUMBER = r"\d{1,7}(?:\.\d{1,4})?"
_ZH_DIGITS = "零〇一二两三四五六七八九壹贰叁肆伍陆柒捌玖俩"
_ZH_NUMBER = f"[{_ZH_DIGITS}十拾百佰千仟万半]{{1,9}}"
_ANY_NUMBER = f"(?:{_NUMBER}|{_ZH_NUMBER})"
_LENGTH_UNIT = _one_of(_LENGTHS)
_FRAME = re.compile(
    rf"({_NUMBER}) ?({_LENGTH_UNIT})? ?(?:x|乘以|乘|by ) ?({_NUMBER}) ?({_LENGTH_UNIT})?"
    r"(?![\d.]*\d| ?x ?\d)"
)
_AMOUNT = re.compile(rf"([+-]? ?{_NUMBER}) ?({_one_of(tuple(Unit))})?(?!\d)")
_ZH_AMOUNT = re.compile(rf"({_ZH_NUMBER}) ?({_one_of(tuple(Unit))})")
_PERCENT_OF = re.compile(rf"百分之({_ANY_NUMBER})")
_KB_UNIT = _one_of((Unit.KB,))
_KB_RANGE = re.compile(
    rf"({_ANY_NUMBER}) ?({_KB_UNIT})? ?(?:-|~|至|到|和|与|to |and ) ?({_ANY_NUMBER}) ?({_KB_UNIT})"
)
_THOUSANDS = re.compile(rf"(\d{{1,3}}),(\d{{3}}) ?({_KB_UNIT})")
_HEX = re.compile(r"#([0-9a-f]{6}|[0-9a-f]{3})(?![0-9a-z])")
_BARE_HEX = re.compile(r"(?=[0-9a-f]{0,5}\d)(?=[0-9a-f]{0,5}[a-f])([0-9a-f]{6})(?![0-9a-z])")
_RGB = re.compile(
    r"(?:rgb ?[:=]? ?\(? ?)?(\d{1,3}) ?[, ] ?(\d{1,3}) ?[, ] ?(\d{1,3})(?: ?\))?(?![\d.]|[a-z%])"
)
_BARE_TRIPLE = re.compile(r"(\d{1,3}) ?, ?(\d{1,3}) ?, ?(\d{1,3})(?![\d.]| ?[a-z%寸张份级毫厘像])")

_ENGLISH_WORDS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
)  # fmt: skip
_ENGLISH_NUMBERS = {word: number for number, word in enumerate(_ENGLISH_WORDS, start=1)}
_ENGLISH_AMOUNT = re.compile(rf"({'|'.join(_ENGLISH_NUMBERS)}) ({_one_of((Unit.COPIES,))})")

Found = tuple[int, object]


def _unit(written: str | None) -> tuple[Unit, float]:
    if not written:
        return Unit.NONE, 1
    for names, unit, factor in _UNITS:
        if written.replace("/ 10", "/10") in names.replace("/ ?10", "/10").split("|"):
            return unit, factor
    msg = f"the patterns know a unit that the table does not: {written}"
    raise AssertionError(msg)


def frame_at(text: str, at: int) -> tuple[int, Frame] | None:
    """A frame that begins here: its end, and what it says."""
    found = _FRAME.match(text, at)
    if found is None:
        return None
    first, last = _unit(found[2]), _unit(found[4])
    if found[2] is None:
        first = last
    elif found[4] is None:
        last = first
    if _is_word_in(found):
        return found.end(3), Frame(float(found[1]), float(found[3]), Unit.NONE)
    if first[0] is not last[0]:
        return None
    width, height = float(found[1]) * first[1], float(found[3]) * last[1]
    return found.end(), Frame(width, height, last[0])


def _is_word_in(found: re.Match[str]) -> bool:
    """``30x40 in white``: the word, not the unit."""
    return not found[2] and found[4] == "in" and max(float(found[1]), float(found[3])) > 20


def amount_at(text: str, at: int) -> tuple[int, Amount] | None:
    """A number that begins here, with or without a unit."""
    thousands = _THOUSANDS.match(text, at)
    if thousands is not None:
        number, (unit, factor) = float(thousands[1] + thousands[2]), _unit(thousands[3])
        return thousands.end(), Amount(number * factor, unit)
    of_hundred = _PERCENT_OF.match(text, at)
    if of_hundred is not None:
        return of_hundred.end(), Amount(_value(of_hundred[1]), Unit.PERCENT)
    found = _AMOUNT.match(text, at) or _ZH_AMOUNT.match(text, at)
    if found is None:
        english = _ENGLISH_AMOUNT.match(text, at)
        if english is None:
            return None
        return english.end(), Amount(_ENGLISH_NUMBERS[english[1]], Unit.COPIES)
    unit, factor = _unit(found[2])
    return found.end(), Amount(_value(found[1].replace(" ", "")) * factor, unit)


def kb_range_at(text: str, at: int) -> tuple[int, tuple[float, float]] | None:
    """``20-50KB``, ``40KB到120KB``: its end, and both figures in KB, the smaller first."""
    found = _KB_RANGE.match(text, at)
    if found is None:
        return None
    last = _unit(found[4])[1]
    first = _unit(found[2])[1] if found[2] else last
    low, high = sorted((_value(found[1]) * first, _value(found[3]) * last))
    return found.end(), (low, high)


def rgb_at(text: str, at: int) -> tuple[int, Rgb | None] | None:
    """A colour by figures that begins here; ``None`` for its value where one is above 255."""
    found = _HEX.match(text, at)
    if found is None and (at == 0 or not text[at - 1].isalnum()):
        found = _BARE_HEX.match(text, at)
    if found is not None:
        digits = found[1] if len(found[1]) == 6 else "".join(one * 2 for one in found[1])
        red, green, blue = (int(digits[i : i + 2], 16) for i in (0, 2, 4))
        return found.end(), (red, green, blue)
    found = (_RGB if text.startswith("rgb", at) else _BARE_TRIPLE).match(text, at)
    if found is None:
        return None
    red, green, blue = int(found[1]), int(found[2]), int(found[3])
    return found.end(), None if max(red, green, blue) > 255 else (red, green, blue)


_PLACES = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_DIGIT_VALUES = {
    **{char: value for value, char in enumerate("零一二三四五六七八九")},
    **{char: value for value, char in enumerate("零壹贰叁肆伍陆柒捌玖")},
    "〇": 0, "两": 2, "俩": 2,
}  # fmt: skip


def _value(written: str) -> float:
    if written.lstrip("+-")[:1].isascii():
        return float(written)
    return chinese_number(written)


def chinese_number(written: str) -> float:
    """``一百二十`` is 120, ``一百五`` 150, ``半`` a half; digits in a row are read as such."""
    if written == "半":
        return 0.5
    total = section = digit = place = 0
    for char in written:
        if char == "万":
            total, section, digit, place = (total + section + digit) * 10_000, 0, 0, 10_000
        elif char in _PLACES:
            place = _PLACES[char]
            section, digit = section + (digit or 1) * place, 0
        elif char == "半":
            return total + section + digit + 0.5
        else:
            value = _DIGIT_VALUES[char]
            # 一百五: the five stands for tens; 一百零五 and 二三 do not.
            digit = digit * 10 + value if digit else value
            place = 1 if value == 0 else place
    return float(total + section + digit * (place // 10 if place >= 100 and digit < 10 else 1))
