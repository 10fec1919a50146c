"""Warnings about an instruction: what was understood only in part, or may not be done.

The words are those of the instruction language; in records, notes and the panel each has a code of
the one vocabulary (``ambiguous_size`` is ``ID_AMBIGUOUS_SIZE``; content that must be made up wants
an engine that is not here: ``ENGINE_UNAVAILABLE``).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from daemon.domain.artifact import Reason


class Caution(enum.StrEnum):
    """Every warning there is."""

    AMBIGUOUS_SIZE = "ambiguous_size"  # the words name more than one frame; the default was used
    NEEDS_GENERATIVE_ENGINE = "needs_generative_engine"  # content that must be made up
    RETOUCH_FORBIDDEN = "retouch_forbidden"  # an edit, for an authority that refuses edits
    RETOUCH_RESTRICTED = "retouch_restricted"  # a change of features, where those must stay
    BACKGROUND_NOT_ALLOWED = "background_not_allowed"  # outside the preset's list
    UNPARSED_TEXT = "unparsed_text"  # something was not understood
    NOTHING_RECOGNISED = "nothing_recognised"  # no slot was filled
    # What the language's rules call "report it".
    SIZE_OVERRIDDEN = "size_overridden"  # figures beside a preset replaced its frame
    COLOUR_SUBSTITUTED = "colour_substituted"  # a bare "blue" read as the preset's own blue
    CONFLICTING_VALUES = "conflicting_values"  # two values for one thing; the last one holds
    OUT_OF_RANGE = "value_out_of_range"  # a figure nobody can mean; it was not used

    @property
    def code(self) -> str:
        """Its code in ``daemon.domain.codes``."""
        if self is Caution.NEEDS_GENERATIVE_ENGINE:
            return "ENGINE_UNAVAILABLE"
        return f"ID_{self.value.upper()}"


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning.

    Attributes:
        caution: Which.
        slot: The slot it is about, ``""`` for the text as a whole.
        facts: For the message: ``value``, ``preset``, ``used``.
    """

    caution: Caution
    slot: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def reason(self) -> Reason:
        """The same in the booth's one vocabulary."""
        facts = dict(self.facts)
        if self.caution is Caution.NEEDS_GENERATIVE_ENGINE:
            facts["engine"] = f"generative: {facts.get('what', '')}"
        return Reason(self.caution.code, facts)


def words_of(warnings: tuple[Warned, ...]) -> tuple[str, ...]:
    """The words of warnings, each once, in their order."""
    return tuple(dict.fromkeys(one.caution.value for one in warnings))
