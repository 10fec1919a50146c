"""The model store made ready: each file, how it stands, under which terms, and for what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from admin.wording import WORDS
from daemon.domain.models import CommercialUse, ModelLicence, Standing
from daemon.services.model_shelf import Shelved

_COMMERCIAL = {
    CommercialUse.YES: "yes",
    CommercialUse.CONDITIONAL: "conditional",
    CommercialUse.UNCLEAR: "unsettled",
    CommercialUse.NO: "no",
}
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """A model.

    Attributes:
        key: Its name in the catalogue.
        file: The file's own name.
        size: Of the file that lies there, or empty.
        digest: How its sum begins, or empty where it was not read.
        state: In words.
        mood: ``good``, ``bad`` or empty.
        note: What keeps it from use, in words, or empty.
        command: What a person runs about it, or empty.
        licence: Its name.
        commercial: Whether business use is allowed, in words.
        accepted: Whether somebody accepted the licence, in words.
        uses: What for, in words, and by which engine.
    """

    key: str
    file: str
    size: str
    digest: str
    state: str
    mood: str
    note: str
    command: str
    licence: str
    commercial: str
    accepted: str
    uses: tuple[tuple[str, str], ...]


def present_shelf(shelf: tuple[Shelved, ...], language: str) -> tuple[Row, ...]:
    """What lies in the store first, then what could."""
    words = WORDS[language]
    rows = sorted(shelf, key=lambda one: not one.is_there)
    return tuple(_row(one, words) for one in rows)


def commercial_of(licence: ModelLicence) -> str:
    """The word's key for what a licence says about business use."""
    return f"commercial_{_COMMERCIAL[licence.commercial]}"


def _row(one: Shelved, words: Mapping[str, str]) -> Row:
    found, licence = one.found, one.found.model.licence
    state, mood, note = _state(one, words)
    return Row(
        key=found.model.key,
        file=found.model.name,
        size=f"{found.size / _MIB:.1f} MiB" if one.is_there and found.size else "",
        digest=found.sha256[:12],
        state=state,
        mood=mood,
        note=note,
        command=one.command,
        licence=licence.name,
        commercial=words[commercial_of(licence)],
        accepted=words["terms_accepted" if one.is_accepted else "terms_open"],
        uses=tuple(_uses(one, words)),
    )


def _state(one: Shelved, words: Mapping[str, str]) -> tuple[str, str, str]:
    """State, mood and what keeps it from use."""
    standing = one.found.standing
    state = words[f"model_{standing}"]
    if not one.is_there:
        return state, "", words["model_barred"] if one.is_barred else ""
    if not one.uses:
        return state, "", words["model_unused"]
    notes = {
        "MODEL_NONCOMMERCIAL": "model_barred",
        "LICENCE_NOT_ACCEPTED": "model_terms",
        "": "model_unread" if standing is Standing.UNVERIFIED and not one.found.is_read else "",
    }
    key = notes.get(one.obstacle, "")
    note = words[key] if key else one.obstacle
    return state, "bad" if one.obstacle else "good", note


def _uses(one: Shelved, words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for use in one.uses:
        yield words.get(f"does_{use.task}", use.task), use.engine
