"""The panel's first page as values: what is where, inbox by inbox. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from daemon.config.model import Config
from daemon.domain.job import State
from daemon.store.database import Database


@dataclass(frozen=True, slots=True)
class Pause:
    """A hold on the queue or on an inbox: scope, who placed it, and why."""

    scope: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class InboxLine:
    """One inbox.

    Attributes:
        name: Its name.
        state: As the scanner recorded it; ``unseen`` before the first scan.
        reason: Why it is in that state, or empty.
        waiting: Files seen in it that are not ready yet.
        counts: Jobs by state.
    """

    name: str
    state: str
    reason: str
    waiting: int
    counts: Mapping[State, int]


@dataclass(frozen=True, slots=True)
class Overview:
    """All inboxes, in the order of the configuration, and what is on hold."""

    inboxes: tuple[InboxLine, ...]
    pauses: tuple[Pause, ...]


def overview(config: Config, database: Database) -> Overview:
    """Look at everything once, in one read transaction.

    Raises:
        BoothError: The database cannot be used.
    """
    with database.read() as uow:
        seen = {row.name: row for row in uow.inboxes.all()}
        lines = []
        for name in (inbox.name for inbox in config.inboxes):
            row = seen.get(name)
            counts = {state: uow.jobs.count(state, inbox=name) for state in State}
            lines.append(
                InboxLine(
                    name=name,
                    state=row.state if row else "unseen",
                    reason=row.reason if row else "",
                    waiting=row.waiting if row else 0,
                    counts=counts,
                )
            )
        pauses = tuple(Pause(hold.scope, hold.who, hold.why) for hold in uow.control.holds())
    return Overview(tuple(lines), pauses)
