"""What stands right after a label, whatever was read: a number with a digit lost is one still.

Readers drop one of several equal digits now and then, and a number that is too short fits no
pattern. Beside a word for a type that is covered, it is taken for that type's value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from daemon.domain.privacy.context import Mention

LEAST_DIGITS = 6
"""Fewer are a count or a page number now and then: ``Card 4 of 20``."""
_BETWEEN = r"[^0-9A-Za-z\u3400-\u9fff\n]{0,5}"
_TOKEN = r"[0-9A-Za-z]+"  # noqa: S105 - a stretch of text, no password
# A 7 is read as a slash now and then: (05/1)48876370.
_MORE = r"(?:(?:[ ./·_-]|\) ?)?[0-9A-Za-z]*[0-9][0-9A-Za-z]*)*"
_WORD = r"(?:[a-z]{2,3} )?"  # call me 138…: a word is no part of what it leads to
_VALUE = re.compile(rf"{_BETWEEN}{_WORD}(?P<value>{_TOKEN}{_MORE})")
_REACH = 64


@dataclass(frozen=True, slots=True)
class Labelled:
    """A stretch of a text and the types its label speaks for."""

    start: int
    end: int
    entities: frozenset[str]


def labelled(text: str, mentions: Iterable[Mention]) -> Iterator[Labelled]:
    """Every value that follows a label directly and has digits enough.

    Args:
        text: Normalised.
        mentions: The words in it.
    """
    for mention in mentions:
        value = _VALUE.match(text, mention.end, min(len(text), mention.end + _REACH))
        if value is not None and sum(map(str.isdigit, value["value"])) >= LEAST_DIGITS:
            yield Labelled(value.start("value"), value.end("value"), mention.entities)
