"""Context words: which stand where in a text, and which types they speak for.

Chinese words are looked for without the blanks that forms put between their characters (``电 话``),
English ones without regard to case and as whole words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from daemon.domain.privacy.entity import Entity
from daemon.domain.privacy.glyphs import plain_text

_WIDE_FROM = "\u2e80"
_LONG_WORD = 8
"""From this length on words count without their blanks, too, which readers lose: PassportNo."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A context word in a text.

    Attributes:
        start: Its first character.
        end: After its last.
        entities: Ids of the types it speaks for.
    """

    start: int
    end: int
    entities: frozenset[str]


@dataclass(frozen=True, slots=True)
class Words:
    """All context words of some types.

    Attributes:
        by_start: First character to words (longest first) and their types.
    """

    by_start: Mapping[str, tuple[tuple[str, frozenset[str]], ...]] = field(repr=False)

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """Every word in a normalised text; longer ones hide those inside them.

        Args:
            text: As ``daemon.domain.privacy.glyphs`` makes it.
        """
        dense, positions = _dense(text)
        found: list[Mention] = []
        for at, character in enumerate(dense):
            for word, entities in self.by_start.get(character, ()):
                if dense.startswith(word, at) and _stands_alone(dense, at, at + len(word)):
                    last = positions[at + len(word) - 1]
                    found.append(Mention(positions[at], last + 1, entities))
        return tuple(found)


def words_of(entities: Iterable[Entity]) -> Words:
    """The words of some types, ready to be looked for."""
    types: dict[str, set[str]] = {}
    for entity in entities:
        for word in entity.context:
            types.setdefault(word, set()).add(entity.id)
            if len(word) >= _LONG_WORD and " " in word:
                types.setdefault(word.replace(" ", ""), set()).add(entity.id)
    by_start: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for word in sorted(types, key=len, reverse=True):
        if word:
            by_start.setdefault(word[0], []).append((word, frozenset(types[word])))
    return Words(MappingProxyType({key: tuple(rows) for key, rows in by_start.items()}))


def comparable(word: str) -> str:
    """A word as it is looked for."""
    return _dense(plain_text(word))[0]


def _dense(text: str) -> tuple[str, tuple[int, ...]]:
    """Lower case without blanks beside wide characters, and where each character stood."""
    made, positions = [], []
    for at, character in enumerate(text):
        if character == " " and _beside_wide(text, at):
            continue
        lower = character.lower()
        made.append(lower if len(lower) == 1 else character)
        positions.append(at)
    return "".join(made), tuple(positions)


def _beside_wide(text: str, at: int) -> bool:
    return text[at - 1 : at] >= _WIDE_FROM or text[at + 1 : at + 2] >= _WIDE_FROM


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether no letter continues an English word; digits may (``tel13800000123``)."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (
        (_is_letter(text[start]) and _is_letter(before))
        or (_is_letter(text[end - 1]) and _is_letter(after))
    )


def _is_letter(character: str) -> bool:
    return "a" <= character <= "z"
