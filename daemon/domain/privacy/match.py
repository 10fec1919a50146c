"""Candidates: what in a text fits a type's pattern, with what its check digit says.

Patterns are tried where a word begins and see a bounded stretch, so that no text, however long or
hostile, takes more than its length in time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from daemon.domain.privacy.entity import Default, Entity, Evidence, Pattern
from daemon.domain.privacy.glyphs import Strand, second_reading

Spoken: TypeAlias = Callable[[int, int], frozenset[str]]
"""Types which the words around a stretch of a strand speak for."""
REACH = 160
"""No identifier is longer than so many characters; runs of digits are ``runs``'s matter."""
_TRIES = 4
_LEAST_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stretch of a strand that fits a pattern.

    Attributes:
        entity: The type.
        pattern: The pattern.
        strand: Where.
        start: First character.
        end: After the last.
        value: As matched, normalised. Secret.
        checked: What the check digit says; ``None`` where the type has none.
        plausible: Whether the other checks pass too.
        confused: Whether a letter had to be read as a digit.
    """

    entity: Entity
    pattern: Pattern
    strand: Strand
    start: int
    end: int
    value: str = field(repr=False)
    checked: bool | None
    plausible: bool
    confused: bool = False

    @property
    def valid(self) -> bool:
        """Whether nothing speaks against it."""
        return self.plausible and self.checked is not False


class Matcher:
    """The patterns of some types, ready.

    Args:
        entities: The types.
        confusables: Letters that stand for digits in the second reading.
    """

    def __init__(self, entities: Iterable[Entity], confusables: Mapping[str, str]) -> None:
        self._pairs = [(entity, one) for entity in entities for one in entity.patterns]
        self._wordy = [pair for pair in self._pairs if _needs_few_digits(*pair)]
        self._confusables = confusables
        odd = {
            character
            for _, pattern in self._pairs
            for character in pattern.source
            if not character.isascii() or character in "(+$[@"
        }
        begins = f"[0-9A-Za-z{re.escape(''.join(sorted(odd)))}]"
        self._begin = re.compile(rf"(?<![0-9A-Za-z]){begins}|\(|(?<=[a-z]{{2}})[0-9]")

    def candidates(
        self, strand: Strand, spoken: Spoken, *, crossing_only: bool = False
    ) -> Iterator[Candidate]:
        """Everything that fits in a strand, of both readings.

        Args:
            strand: Where to look.
            spoken: Tells the types that words around a stretch of it speak for; what needs a word
                and has none is left out.
            crossing_only: Whether only what lies over a joint matters.
        """
        joints = strand.joints if crossing_only else None
        yield from self._search(strand, None, spoken, joints)
        second = second_reading(strand, self._confusables)
        if second is not None:
            yield from self._search(second, strand.text, spoken, joints)

    def _search(
        self, strand: Strand, first: str | None, spoken: Spoken, joints: tuple[int, ...] | None
    ) -> Iterator[Candidate]:
        text = strand.text
        pairs = self._pairs if _digits(text) >= _LEAST_DIGITS else self._wordy
        for at in self._begins(text, joints):
            window = min(len(text), at + REACH)
            for entity, pattern in pairs:
                hit = pattern.regex.match(text, at, window)
                if hit is None or hit.end() == at:
                    continue
                end = hit.end()
                if joints is not None and not any(at < joint < end for joint in joints):
                    continue
                if first is not None and text[at:end] == first[at:end]:
                    continue
                if _needs_word(entity, pattern) and entity.id not in spoken(at, end):
                    continue
                yield from _examined(entity, pattern, strand, hit, confused=first is not None)

    def _begins(self, text: str, joints: tuple[int, ...] | None) -> Iterator[int]:
        """Where a hit may begin; before a joint where it must cross one."""
        if joints is None:
            yield from (begin.start() for begin in self._begin.finditer(text))
            return
        done = -1
        for joint in joints:
            for begin in self._begin.finditer(text, max(0, joint - REACH), joint):
                if begin.start() > done:
                    done = begin.start()
                    yield done


def _needs_word(entity: Entity, pattern: Pattern) -> bool:
    if pattern.evidence is Evidence.AS_TYPE:
        return entity.default is Default.CONTEXT
    return pattern.evidence is Evidence.CONTEXT


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


_SHORT_KINDS = frozenset({"amount", "custom"})


def _needs_few_digits(entity: Entity, pattern: Pattern) -> bool:
    """Whether fewer than three digits may be enough."""
    return r"\d" not in pattern.source or entity.kind in _SHORT_KINDS


def _examined(
    entity: Entity, pattern: Pattern, strand: Strand, hit: re.Match[str], *, confused: bool
) -> Iterator[Candidate]:
    """The hit, or a shorter one at a gap in it where only that one's check digit is right."""
    best = _candidate(entity, pattern, strand, hit, confused=confused)
    if best is not None and best.valid:
        yield best
        return
    for shorter in _shorter(pattern, hit):
        other = _candidate(entity, pattern, strand, shorter, confused=confused)
        if other is not None and other.valid and other.checked:
            yield other
            break
    if best is not None:
        yield best


def _shorter(pattern: Pattern, hit: re.Match[str]) -> Iterator[re.Match[str]]:
    text, tries = hit.string, 0
    for at in range(hit.end() - 1, hit.start(), -1):
        if text[at] not in " -" or tries >= _TRIES:
            continue
        tries += 1
        shorter = pattern.regex.match(text, hit.start(), at)
        if shorter is not None and shorter.end() == at:
            yield shorter


def _candidate(
    entity: Entity, pattern: Pattern, strand: Strand, hit: re.Match[str], *, confused: bool
) -> Candidate | None:
    value = hit.group()
    bare = entity.bare(value)
    if not all(check.test(bare) for check in entity.checks if check.shape):
        return None
    return Candidate(
        entity=entity,
        pattern=pattern,
        strand=strand,
        start=hit.start(),
        end=hit.end(),
        value=value,
        checked=None if entity.check_digit is None else entity.check_digit(bare),
        plausible=all(check.test(bare) for check in entity.checks if not check.shape),
        confused=confused,
    )
