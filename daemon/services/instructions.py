"""What a person's words about an ID photo mean, for programs; nothing is done with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from daemon.catalogue.idphoto import book
from daemon.domain.codes import explain
from daemon.domain.idphoto import instruct
from daemon.domain.idphoto.saying import said_of
from daemon.domain.language import Language


def parse_instruction(text: str, language: str) -> dict[str, Any]:
    """Read an instruction: what was understood, what was not, and remarks on it."""
    read = instruct.parse(text, book())
    remarks = []
    for one in read.warned:
        message, advice = explain(one.reason, language)
        remarks.append({**one.reason.as_json(), "message": message, "advice": advice})
    return {**read.as_json(), "reasons": remarks}


@dataclass(frozen=True, slots=True)
class Understood:
    """An instruction as the booth takes it, for people.

    Attributes:
        said: Every wish as a label and a value, in the order of the slots.
        remarks: What is odd about it: code, sentence, advice.
        unparsed: What was not understood, word for word.
    """

    said: tuple[tuple[str, str], ...]
    remarks: tuple[tuple[str, str, str], ...]
    unparsed: tuple[str, ...]


def understood(text: str, language: Language) -> Understood:
    """Read an instruction as ``parse_instruction`` does, and say it in words of a language."""
    read = instruct.parse(text, book())
    remarks = tuple((one.reason.code, *explain(one.reason, language)) for one in read.warned)
    return Understood(said_of(read.slots, book(), language), remarks, tuple(read.unparsed))
