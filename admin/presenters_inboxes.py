"""Inboxes made ready for the page: names as text, ages in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from admin.times import span
from admin.wording import WORDS
from daemon.services.desk import InboxFiles, LyingFile


@dataclass(frozen=True, slots=True)
class Lying:
    """A file in an inbox: its name, why it lies there, and for how long."""

    name: str
    reason: str
    age: str


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
        waiting=_lying(inbox.waiting, now_ms),
        ignored=_lying(inbox.ignored, now_ms),
    )


def _lying(files: Iterable[LyingFile], now_ms: int) -> tuple[Lying, ...]:
    return tuple(Lying(file.name, file.reason, _age(file.at_ms, now_ms)) for file in files)


def _age(at_ms: int, now_ms: int) -> str:
    return span(max(0, now_ms - at_ms) / 1000)
