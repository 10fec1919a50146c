"""A text made comparable: half width, lower case, simplified, one space at a time.

Every character of the folded text remembers which character of the original it came from, so that
whatever was not understood can be handed back as it was written.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from daemon.domain.idphoto.instruct.traditional import SIMPLIFIED

# Signs that mean the same to a person.
_SIGNS = {
    **dict.fromkeys("×✕✖╳⨯*", "x"),
    **dict.fromkeys("–—−‐‑‒―", "-"),
    **dict.fromkeys("~〜∼～", "~"),
    **dict.fromkeys("“”„‟«»「」『』《》", '"'),
    **dict.fromkeys("‘’‛`´", "'"),
    "≤": "<", "≦": "<", "≥": ">", "≧": ">", "。": "。", "｡": "。", "․": ".",
}  # fmt: skip
_LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text.

    Attributes:
        text: Folded.
        source: As written.
        origin: For each character of ``text`` the place in ``source`` it came from.
    """

    text: str
    source: str
    origin: tuple[int, ...]

    def verbatim(self, start: int, end: int) -> str:
        """What stands in the original for a stretch of the folded text."""
        if start >= end:
            return ""
        return self.source[self.origin[start] : self.origin[end - 1] + 1]


def fold(source: str) -> Folded:
    """Fold a text; never fails, whatever stands in it."""
    chars: list[str] = []
    origin: list[int] = []
    for at, char in _characters(source):
        if char == " " and (not chars or chars[-1] in " \n"):
            continue
        chars.append(char)
        origin.append(at)
    _loosen_hyphens(chars)
    return Folded("".join(chars), source, tuple(origin))


def folded_phrase(phrase: str) -> str:
    """A phrase of the vocabulary as it looks in a folded text."""
    return fold(phrase).text.strip()


def _characters(source: str) -> Iterator[tuple[int, str]]:
    for at, char in enumerate(source):
        for plain in _plain(char):
            yield at, plain


def _plain(char: str) -> str:
    if char in _LINE_ENDS:
        return "\n"
    if char in _SIGNS:
        return _SIGNS[char]
    if _is_circled(char):
        return "\n"  # ① and its like begin an item of a list
    kind = unicodedata.category(char)
    if kind == "Cf" or "\ufe00" <= char <= "\ufe0f":
        return ""  # joiners, marks of direction: nobody sees them
    if kind in {"Cc", "Cs", "Zs"}:
        return " "
    plain = unicodedata.normalize("NFKC", char).lower()
    return "".join(_SIGNS.get(one, SIMPLIFIED.get(one, one)) for one in plain)


def _is_circled(char: str) -> bool:
    return "\u2460" <= char <= "\u249b" or "\u2776" <= char <= "\u2793"


def _loosen_hyphens(chars: list[str]) -> None:
    """``one-inch`` and ``2-inch`` are ``one inch`` and ``2 inch``; ``20-50`` stays a range."""
    for at in range(1, len(chars) - 1):
        before, after = chars[at - 1], chars[at + 1]
        if chars[at] == "-" and before.isascii() and before.isalnum() and "a" <= after <= "z":
            chars[at] = " "
