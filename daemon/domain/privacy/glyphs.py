"""Text made comparable, with the way back from every character to the glyph it came from.

NFKC one glyph at a time (full width becomes ASCII, ligatures come apart), every decimal digit of
any script to ASCII, dashes to ``-``, middle dots to ``·``, runs of blanks to one, invisible
characters dropped. A second reading turns letters that readers mistake for digits into those
digits, in tokens that are mostly digits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from daemon.domain.privacy.page import Piece

Origin: TypeAlias = tuple[int, int] | None
"""Line and glyph a character came from; ``None`` for what joins two lines."""

_DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212")
_MIDDLE_DOTS = frozenset("\u00b7\u2022\u2219\u30fb\uff65")
_UNITS_FROM, _UNITS_TO = "\u3380", "\u33df"
"""Squared units: the 2 in a sign for square metres is no digit of a number."""
_PROVINCES = {
    ord(old): new
    for old, new in zip("滬冀遼蘇魯閩贛貴雲陝寧瓊粵", "沪冀辽苏鲁闽赣贵云陕宁琼粤", strict=True)
}
"""Readers take a plate's first character for the traditional one (粵L·AN952)."""
_NUMERALS = dict(
    zip(
        "〇零○一壹幺二贰貳三叁參四肆五伍六陆陸七柒八捌九玖",
        "0001112223334455666778899",
        strict=True,
    )
)
_SPELLED = re.compile(rf"[{''.join(_NUMERALS)}](?:[-· .]?[{''.join(_NUMERALS)}Oo0]){{6,}}")
"""Digits in Chinese, so many in a row that they are no count or year: 一八六〇〇〇〇九八〇〇."""
_LEAST_NUMERALS = 3  # different ones; a rule reads as 一一一一一一一
_DROPPED = frozenset({"Cf", "Mn", "Me"})  # invisible, or drawn onto the glyph before


@dataclass(frozen=True, slots=True)
class Strand:
    """A stretch of normalised text in reading order, of one line or of joined ones.

    Attributes:
        text: Normalised. Secret.
        origins: Where each character came from.
        joints: Positions in ``text`` where another line begins.
    """

    text: str = field(repr=False)
    origins: tuple[Origin, ...] = field(repr=False)
    joints: tuple[int, ...] = ()

    def pieces(self, start: int, end: int) -> tuple[Piece, ...]:
        """The glyphs behind ``text[start:end]``, one piece a line, in reading order."""
        return pieces_of(origin for origin in self.origins[start:end] if origin is not None)

    def crosses(self, start: int, end: int) -> bool:
        """Whether ``text[start:end]`` has glyphs of more than one line."""
        return any(start < joint < end for joint in self.joints)


def pieces_of(origins: Iterable[tuple[int, int]]) -> tuple[Piece, ...]:
    """Glyphs as pieces; blanks and dropped glyphs between two of one line are closed over."""
    made: list[Piece] = []
    for line, glyph in origins:
        last = made[-1] if made else None
        if last is not None and last.line == line and glyph >= last.first:
            made[-1] = Piece(line, last.first, max(last.last, glyph))
        else:
            made.append(Piece(line, glyph, glyph))
    return tuple(made)


@lru_cache(maxsize=8192)
def _plain(glyph: str) -> str:
    """What one glyph becomes; ``""`` where it is dropped."""
    if glyph in _DASHES:
        return "-"
    if glyph in _MIDDLE_DOTS:
        return "·"
    if _UNITS_FROM <= glyph <= _UNITS_TO:
        return glyph
    made = []
    for character in unicodedata.normalize("NFKC", glyph).translate(_PROVINCES):
        if character.isspace():
            made.append("\n" if character == "\n" else " ")
        elif character.isdecimal():
            made.append(str(unicodedata.decimal(character)))
        elif unicodedata.category(character) not in _DROPPED:
            made.append(character)
    return "".join(made)


def normalise(text: str, line: int = 0) -> Strand:
    """The comparable form of one line's text.

    Args:
        text: As read, any glyphs.
        line: Index of the line, for the origins.
    """
    if text.isascii() and "  " not in text and "\t" not in text:
        return Strand(text, tuple((line, at) for at in range(len(text))))
    made: list[str] = []
    origins: list[Origin] = []
    for at, glyph in enumerate(text):
        power = made and made[-1].isalpha() and unicodedata.decomposition(glyph)[:7] == "<super>"
        for character in glyph if power else _plain(glyph):
            if character == " " and made and made[-1] == " ":
                continue
            made.append(character)
            origins.append((line, at))
    return Strand("".join(made), tuple(origins))


def in_digits(strand: Strand) -> Strand | None:
    """The strand with its long runs of Chinese numerals as digits, ``None`` where it has none."""
    text = _SPELLED.sub(_as_digits, strand.text)
    return None if text == strand.text else Strand(text, strand.origins, strand.joints)


def _as_digits(spelled: re.Match[str]) -> str:
    text = spelled.group()
    if len(set(text) & _NUMERALS.keys()) < _LEAST_NUMERALS:
        return text
    return "".join("0" if one in "Oo" else _NUMERALS.get(one, one) for one in text)


def plain_text(text: str) -> str:
    """The comparable form alone."""
    return normalise(text).text


def join(strands: Iterable[Strand], joiner: str) -> Strand:
    """Strands one after the other.

    Args:
        strands: In reading order.
        joiner: Put between two, ``""`` or one character.
    """
    text = ""
    origins: list[Origin] = []
    joints: list[int] = []
    for strand in strands:
        if text:
            text += joiner
            origins += [None] * len(joiner)
            joints.append(len(text))
        joints += [joint + len(text) for joint in strand.joints]
        text += strand.text
        origins += strand.origins
    return Strand(text, tuple(origins), tuple(joints))


_TOKEN = re.compile(r"[0-9A-Za-z|〇]+")
MOSTLY_DIGITS = 0.7


def second_reading(strand: Strand, confusables: Mapping[str, str]) -> Strand | None:
    """The strand with mistaken letters as digits, ``None`` where nothing changes.

    Args:
        strand: First reading.
        confusables: Letter to digit; one character each, so that positions stay.
    """

    def mapped(token: re.Match[str]) -> str:
        word = token.group()
        if sum(map(str.isdigit, word)) < MOSTLY_DIGITS * len(word):
            return word
        return "".join(confusables.get(character, character) for character in word)

    text = _TOKEN.sub(mapped, strand.text)
    return None if text == strand.text else Strand(text, strand.origins, strand.joints)
