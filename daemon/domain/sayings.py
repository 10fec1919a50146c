"""What is the matter with an engine, in Chinese or English.

The English text is an error's message and stands in logs and records; records keep word and facts
beside it (``said``), so that a page tells them in its reader's language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from daemon.domain.engine_words import WORDS
from daemon.errors import EngineUnavailable

NOTE, NOTE_SAID = "note", "note_said"
"""Of an engine in records: why not another, in English, and as a list of ``Saying.as_json``."""
_WORD: Final = "word"
_BETWEEN: Mapping[str, str] = {"zh": ";", "en": "; "}


@dataclass(frozen=True, slots=True)
class Saying:
    """What is the matter.

    Attributes:
        word: A key of ``WORDS``.
        facts: What its placeholders hold: text, numbers, other sayings, or several of them.
    """

    word: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """``{"word": …}`` with the facts beside it, sayings as they are here."""
        return {_WORD: self.word, **{key: _as_json(fact) for key, fact in self.facts.items()}}

    def __str__(self) -> str:
        """In English, for logs and errors."""
        return _told(self.as_json(), "en")


def say(word: str, /, **facts: object) -> Saying:
    """A word of the table with what its placeholders hold."""
    return Saying(word, facts)


def of_model(model: object, code: str, command: object) -> Saying:
    """What is wrong with a model, by its code; with the command that mends it, if there is one."""
    what = Saying(code, {"model": model})
    if code not in WORDS:
        what = say("model_trouble", model=model, code=code)
    return say("mended_by", what=what, command=command) if command else what


def unavailable(saying: Saying, *, engine: str, **facts: object) -> EngineUnavailable:
    """The error for an engine that cannot be had.

    Args:
        saying: What is the matter; its English is the message.
        engine: Which.
        facts: More for the record.
    """
    return EngineUnavailable(str(saying), engine=engine, **facts, said=saying.as_json())


def said_of(error: Exception) -> Saying:
    """What an error says, or its own words where it carries none of the table."""
    kept = getattr(error, "facts", {}).get("said")
    if isinstance(kept, Mapping) and kept.get(_WORD) in WORDS:
        return Saying(kept[_WORD], {key: fact for key, fact in kept.items() if key != _WORD})
    return say("quoted", text=str(error))


def in_words(said: object, language: str) -> str:
    """What a record keeps (``Saying.as_json``, or a list of those), told.

    Args:
        said: As it was read.
        language: ``zh`` or ``en``.

    Returns:
        Empty where there is nothing, or a word that only a later version knows.
    """
    if not isinstance(said, Mapping | list):
        return ""
    try:
        return _told(said, language)
    except (KeyError, TypeError):
        return ""


def joined(sayings: Iterable[Saying]) -> str:
    """Several, in English; empty where there are none."""
    return _told([one.as_json() for one in sayings], "en")


def noted(sayings: Iterable[Saying]) -> dict[str, object]:
    """What a record says of an engine: ``note`` and ``note_said``; empty where nothing is said."""
    kept = list(sayings)
    if not kept:
        return {}
    return {NOTE: joined(kept), NOTE_SAID: [one.as_json() for one in kept]}


def _as_json(fact: object) -> object:
    if isinstance(fact, Saying):
        return fact.as_json()
    if isinstance(fact, list | tuple):
        return [_as_json(one) for one in fact]
    return fact if isinstance(fact, str | int | float | Mapping) else str(fact)


def _told(fact: object, language: str) -> str:
    if isinstance(fact, Mapping):
        facts = {key: _told(value, language) for key, value in fact.items() if key != _WORD}
        return WORDS[fact[_WORD]][language == "en"].format_map(facts)
    if isinstance(fact, list | tuple):
        return _BETWEEN[language].join(_told(one, language) for one in fact)
    return str(fact)
