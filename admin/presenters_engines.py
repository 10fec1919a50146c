"""The engines made ready: what each does, under which terms, and how it is right now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from admin.presenters_shelf import Row, commercial_of, present_shelf
from admin.times import span
from admin.wording import WORDS
from daemon.domain.codes import explain
from daemon.domain.models import Standing
from daemon.domain.sayings import NOTE, NOTE_SAID, in_words
from daemon.services.engine_facts import TERMS
from daemon.services.engine_room import Room
from daemon.services.model_shelf import Shelved

# As the worker says it of a weight file (daemon.worker.engine_room).
_VERIFIED, _UNPROVEN = "verified", "unproven"


@dataclass(frozen=True, slots=True)
class File:
    """A weight file: its name, how its digest begins, and what that is worth."""

    name: str
    digest: str
    told: str


@dataclass(frozen=True, slots=True)
class Engine:
    """One task and the engine that does it.

    Attributes:
        task: The task.
        does: What it does, in words.
        name: The engine, or ``none``.
        version: Of the runtime that computes.
        device: What it computes on.
        state: In words.
        mood: ``good``, ``bad`` or empty.
        licence: Of its weights.
        source: Who published them.
        commercial: Whether business use is allowed, in words.
        files: Its weights.
        users: Inboxes whose plans ask for it.
        notes: What else the worker says of it.
    """

    task: str
    does: str
    name: str
    version: str
    device: str
    state: str
    mood: str
    licence: str
    source: str
    commercial: str
    files: tuple[File, ...]
    users: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Brought:
    """Weights that people bring themselves: where they belong, and whether they are there."""

    name: str
    licence: str
    source: str
    commercial: str
    belongs: str
    state: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The page.

    Attributes:
        at_ms: When the worker answered; ``None`` without an answer.
        age: How long ago, in words.
        is_waiting: A newer answer is on its way.
        away: Why there is none, or empty.
        device: What the worker computes on.
        memory: Of the worker's process.
        gpu: Of the GPU; empty where there is none.
        engines: By task.
        brought: Weights that people bring themselves.
        shelf: Models that lie in the store.
        wanted: Models that an engine would take if they were there.
        shelf_away: Why nothing is known of the store, or empty.
    """

    at_ms: int | None
    age: str
    is_waiting: bool
    away: str
    device: str
    memory: str
    gpu: str
    engines: tuple[Engine, ...]
    brought: tuple[Brought, ...]
    shelf: tuple[Row, ...]
    wanted: tuple[Row, ...]
    shelf_away: str


def present_engines(room: Room, language: str, now_ms: int) -> Shown:
    """What is known of the engines, in words of a language."""
    words, said = WORDS[language], room.said
    age = "" if room.asked_ms is None else span(max(0, now_ms - room.asked_ms) / 1000)
    memory, gpu = said.get("memory_mib"), said.get("gpu_mib")
    return Shown(
        at_ms=room.asked_ms,
        age=words["ago"].format(span=age) if age else "",
        is_waiting=room.is_waiting,
        away="" if room.reason is None else " ".join(explain(room.reason, language)),
        device=str(said.get("device", "–")),
        memory="–" if memory is None else f"{memory} MiB",
        gpu="" if gpu is None else f"{gpu} MiB",
        engines=tuple(
            _engine(task, facts, room, language) for task, facts in said.get("engines", {}).items()
        ),
        brought=tuple(_brought(room, words)),
        shelf=present_shelf(tuple(one for one in room.shelf if one.is_there), language),
        wanted=present_shelf(tuple(one for one in room.shelf if not one.is_there), language),
        shelf_away=""
        if room.shelf_reason is None
        else " ".join(explain(room.shelf_reason, language)),
    )


def _engine(task: str, facts: Mapping[str, Any], room: Room, language: str) -> Engine:
    words = WORDS[language]
    name = str(facts.get("name", "–"))
    licence, source, commercial = _terms(name, facts, room)
    state, mood = _state(facts, words)
    return Engine(
        task=task,
        does=words.get(f"does_{task}", task),
        name=name,
        version=str(facts.get("version", "–")),
        device=str(facts.get("device", "–")),
        state=state,
        mood=mood,
        licence=licence,
        source=source,
        commercial=words[commercial],
        files=tuple(_files(facts, room, language)),
        users=_users(room.users.get(task, ()), words),
        notes=tuple(_notes(facts, language)),
    )


def _terms(name: str, facts: Mapping[str, Any], room: Room) -> tuple[str, str, str]:
    """Licence, who published the weights, and the word's key for business use."""
    terms = TERMS.get(name)
    if terms is not None:
        return terms.licence, terms.source, f"commercial_{terms.commercial}"
    models = [one.found.model for one in _shelved(facts, room)]
    if not models:
        return "–", "–", "commercial_unknown"
    names = ", ".join(dict.fromkeys(model.licence.name for model in models))
    return names, ", ".join(model.key for model in models), commercial_of(models[0].licence)


def _shelved(facts: Mapping[str, Any], room: Room) -> list[Shelved]:
    """Models of the store that an engine computes with, by their sums."""
    sums = set(facts.get("weights", {}).values())
    return [one for one in room.shelf if one.found.sha256 and one.found.sha256 in sums]


def _state(facts: Mapping[str, Any], words: Mapping[str, str]) -> tuple[str, str]:
    calibration = facts.get("calibration") or {}
    if facts.get("name") == "none":
        return words["engine_left"], ""
    if calibration.get("state") == "refused":
        return words["engine_refused"], "bad"
    states = facts.get("files", {}).values()
    if any(state not in {_VERIFIED, _UNPROVEN} for state in states):
        return words["engine_missing"], "bad"
    return (words["engine_loaded"], "good") if facts.get("loaded") else (words["engine_idle"], "")


def _files(facts: Mapping[str, Any], room: Room, language: str) -> Iterator[File]:
    words, states, said = WORDS[language], facts.get("files", {}), facts.get("files_said", {})
    published = {
        one.found.sha256 for one in _shelved(facts, room) if one.found.standing is Standing.PRESENT
    }
    for name, digest in facts.get("weights", {}).items():
        state = _VERIFIED if digest in published else states.get(name, _UNPROVEN)
        known = {_VERIFIED: "weights_verified", _UNPROVEN: "weights_unproven"}
        why = in_words(said.get(name), language) or str(state)
        told = words[known[state]] if state in known else why
        yield File(name.rpartition("/")[2], str(digest)[:12], told)


def _notes(facts: Mapping[str, Any], language: str) -> Iterator[str]:
    words = WORDS[language]
    if note := in_words(facts.get(NOTE_SAID), language) or facts.get(NOTE):
        yield str(note)
    if calibration := facts.get("calibration"):
        raw = calibration.get("raw", {})
        yield (
            words["calibration"]
            + ": "
            + words["calibration_told"].format(
                id=calibration.get("id", "–"),
                **{look: raw.get(look, "–") for look in ("clean", "blurred", "mosaic")},
            )
        )
        if refusal := calibration.get("refusal"):
            told = words.get(f"refusal_{refusal}", refusal)
            yield words["why_refused"].format(refusal=told)


def _users(names: tuple[str, ...], words: Mapping[str, str]) -> str:
    inboxes = sorted(name for name in names if name)
    asked = [words["questions_word"]] if "" in names else []
    return ", ".join(inboxes + asked) or words["nobody"]


def _brought(room: Room, words: Mapping[str, str]) -> Iterator[Brought]:
    for one in room.brought:
        terms = TERMS[one.name]
        state = words["is_not_there" if one.found is None else "is_there"]
        if one.calibration == "refused":
            state = words["engine_refused"]
        yield Brought(
            name=one.name,
            licence=terms.licence,
            source=terms.source,
            commercial=words[f"commercial_{terms.commercial}"],
            belongs=str(one.found or one.belongs),
            state=state,
        )
