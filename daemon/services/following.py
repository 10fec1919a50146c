"""Photos that somebody dropped in the browser, followed until each has come to its end.

Which photos belong together is kept in the panel's memory for a day, under a number that cannot be
guessed; what became of them is asked of the database each time. Nothing here is a record: after a
restart of the panel the list of jobs has them all the same.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from daemon.clock import Clock
from daemon.domain.job import TERMINAL, Job
from daemon.files.safe import compare_key, display_name
from daemon.services.queries import JobLine, line_of
from daemon.store.database import Database
from daemon.store.uow import UnitOfWork

KEPT_MS = 86_400_000
# Of one person's drop, and of all together: the oldest go.
MOST_PHOTOS, MOST_DROPS = 1000, 200
_MOST_WAITING = 5000


@dataclass(frozen=True, slots=True)
class Followed:
    """One photo.

    Attributes:
        name: Under which it was put into the inbox, for people.
        line: Its job; ``None`` while there is none.
        waits_for: Why it is not taken in yet, a readiness code; empty where that is not known.
    """

    name: str
    line: JobLine | None
    waits_for: str = ""

    @property
    def is_over(self) -> bool:
        return self.line is not None and self.line.state in _OVER


@dataclass(frozen=True, slots=True)
class Drop:
    """Photos that were dropped together, in their order."""

    inbox: str
    at_ms: int
    photos: tuple[Followed, ...]

    @property
    def over(self) -> int:
        """How many have come to their end."""
        return sum(photo.is_over for photo in self.photos)


@dataclass(slots=True)
class _Kept:
    inbox: str
    by: str
    at_ms: int
    names: list[bytes] = field(default_factory=list)


_OVER = frozenset(state.value for state in TERMINAL)


class Following:
    """Follows drops; safe from several threads.

    Args:
        database: Opens the database, or hands out the open one.
        clock: Time.
    """

    def __init__(self, database: Callable[[], Database], clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}

    def begin(self, inbox: str, *, by: str) -> str:
        """A number under which photos are followed from now on; ask before they are dropped."""
        now_ms, number = self._clock.now_ms(), secrets.token_hex(16)
        with self._lock:
            self._forget(now_ms)
            self._kept[number] = _Kept(inbox, by, now_ms)
        return number

    def add(self, number: str, names: Iterable[str], *, by: str) -> bool:
        """Follow more photos under a number; False where it is not theirs, or forgotten."""
        with self._lock:
            kept = self._kept.get(number)
            if kept is None or kept.by != by:
                return False
            room = MOST_PHOTOS - len(kept.names)
            kept.names += [os.fsencode(name) for name in names][:room]
        return True

    def inbox_of(self, number: str, *, by: str) -> str | None:
        """The inbox that a number belongs to; ``None`` where it is not theirs, or forgotten."""
        with self._lock:
            kept = self._kept.get(number)
        return kept.inbox if kept is not None and kept.by == by else None

    def seen(self, number: str, *, by: str) -> Drop | None:
        """How the photos of a number stand; ``None`` where it is not theirs, or forgotten."""
        with self._lock:
            self._forget(self._clock.now_ms())
            kept = self._kept.get(number)
            if kept is None or kept.by != by:
                return None
            names = tuple(kept.names)
        with self._database().read() as uow:
            waiting = {
                file.relative: file.reason
                for file in uow.inboxes.waiting(kept.inbox, _MOST_WAITING)
            }
            photos = tuple(_followed(uow, kept, name, waiting.get(name, "")) for name in names)
        return Drop(kept.inbox, kept.at_ms, photos)

    def _forget(self, now_ms: int) -> None:
        old = [number for number, kept in self._kept.items() if now_ms - kept.at_ms > KEPT_MS]
        surplus = list(self._kept)[: max(0, len(self._kept) + 1 - MOST_DROPS)]
        for number in {*old, *surplus}:
            del self._kept[number]


def _followed(uow: UnitOfWork, kept: _Kept, name: bytes, waits_for: str) -> Followed:
    job = _job_of(uow, kept, name)
    return Followed(display_name(name), None if job is None else line_of(job), waits_for)


def _job_of(uow: UnitOfWork, kept: _Kept, name: bytes) -> Job | None:
    keys = {compare_key(name, fold_case=fold_case) for fold_case in (False, True)}
    return uow.jobs.latest_named(kept.inbox, keys, since_ms=kept.at_ms)
