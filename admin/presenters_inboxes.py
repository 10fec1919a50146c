"""Inboxes made ready for the page: names as text, ages in words."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from admin.times import span
from admin.wording import WORDS
from daemon.services.inbox_files import CanaryRun, InboxChange, InboxFiles, LyingFile

_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Lying:
    """A file in an inbox: its name, why it lies there, and for how long."""

    name: str
    reason: str
    age: str


@dataclass(frozen=True, slots=True)
class Change:
    """When an inbox came into a state, why, and how long that lasted."""

    at_ms: int
    state: str
    reason: str
    lasted: str


@dataclass(frozen=True, slots=True)
class Noticed:
    """How soon files of ours were noticed.

    Attributes:
        latest: The latest time, in words; ``–`` where there is none yet.
        told: Median and slowest of a day; empty where there is nothing to tell.
        missed: How many were missed in that day, in words; empty where none was.
    """

    latest: str
    told: str
    missed: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An inbox.

    Attributes:
        name: Its name.
        plan: What is done with its photos.
        state: In words.
        reason: Why it is in that state, or empty.
        mode: How changes are noticed, or empty before the first scan.
        scanned_ms: When the last scan ended.
        since_ms: When the state last changed.
        files: Files the last scan saw.
        waiting: Files that are not ready.
        ignored: Files that are passed over.
        changes: When it came and went, the latest first.
        noticed: How soon files are noticed; ``None`` where that is not measured.
        held: Who paused it and why, or empty.
    """

    name: str
    plan: str
    state: str
    reason: str
    mode: str
    scanned_ms: int | None
    since_ms: int | None
    files: int
    waiting: tuple[Lying, ...]
    ignored: tuple[Lying, ...]
    changes: tuple[Change, ...]
    noticed: Noticed | None
    held: str


def present_inboxes(found: Iterable[InboxFiles], language: str, now_ms: int) -> list[Shown]:
    """The inboxes in words of a language."""
    return [_inbox(inbox, language, now_ms) for inbox in found]


def _inbox(inbox: InboxFiles, language: str, now_ms: int) -> Shown:
    words, status = WORDS[language], inbox.status
    state = "unseen" if status is None else status.state
    return Shown(
        name=inbox.name,
        plan=inbox.plan,
        state=words.get(state, state),
        reason="" if status is None else status.reason,
        mode="" if status is None else status.mode,
        scanned_ms=None if status is None else status.scanned_ms,
        since_ms=None if status is None else status.since_ms,
        files=0 if status is None else status.files,
        waiting=_lying(inbox.waiting, now_ms, words),
        ignored=_lying(inbox.ignored, now_ms, words),
        changes=tuple(_changes(inbox.changes, now_ms, words)),
        noticed=_noticed(inbox.canaries, now_ms, words),
        held=(
            ""
            if inbox.hold is None
            else words["held_by"].format(who=inbox.hold.who, why=inbox.hold.why or "–")
        ),
    )


def _changes(
    changes: Sequence[InboxChange], now_ms: int, words: Mapping[str, str]
) -> Iterator[Change]:
    until_ms: int | None = None
    for change in changes:
        if until_ms is None:
            lasted = words["until_now"].format(span=_age(change.at_ms, now_ms))
        else:
            lasted = _age(change.at_ms, until_ms)
        yield Change(change.at_ms, words.get(change.state, change.state), change.reason, lasted)
        until_ms = change.at_ms


def _noticed(runs: Sequence[CanaryRun], now_ms: int, words: Mapping[str, str]) -> Noticed | None:
    today = [run for run in runs if now_ms - run.placed_ms <= _DAY_MS]
    if not today:
        return None
    times_s = [run.latency_ms / 1000 for run in today if run.latency_ms is not None]
    missed = sum(run.outcome == "missed" for run in today)
    told = ""
    if times_s:
        told = words["canary_told"].format(
            n=len(times_s), median=span(statistics.median(times_s)), slowest=span(max(times_s))
        )
    return Noticed(
        _latest(today[0], words), told, words["canary_missed"].format(n=missed) if missed else ""
    )


def _latest(run: CanaryRun, words: Mapping[str, str]) -> str:
    if run.latency_ms is not None:
        return span(run.latency_ms / 1000)
    known = {"waiting": "canary_out", "refused": "canary_refused"}
    return words[known[run.outcome]] if run.outcome in known else "–"


def _lying(files: Iterable[LyingFile], now_ms: int, words: Mapping[str, str]) -> tuple[Lying, ...]:
    return tuple(
        Lying(file.name, words.get(f"waits_{file.reason}", file.reason), _age(file.at_ms, now_ms))
        for file in files
    )


def _age(at_ms: int, now_ms: int) -> str:
    return span(max(0, now_ms - at_ms) / 1000)
