"""What lies in each inbox and is no job yet, and how the inbox itself has been."""

from __future__ import annotations

from dataclasses import dataclass

from daemon.config.model import Config
from daemon.files.safe import display_name
from daemon.services.overview import Pause
from daemon.store.database import Database
from daemon.store.inbox import CanaryRun, InboxChange, InboxStatus

MOST_FILES = 200

__all__ = [
    "MOST_FILES",
    "CanaryRun",
    "InboxChange",
    "InboxFiles",
    "InboxStatus",
    "LyingFile",
    "inbox_files",
]


@dataclass(frozen=True, slots=True)
class LyingFile:
    """A file in an inbox that is no job (yet).

    Attributes:
        name: Its path for people.
        reason: Why it waits, or the rule by which it is passed over.
        at_ms: Since when it waits, or when it was last seen.
    """

    name: str
    reason: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class InboxFiles:
    """What lies in an inbox and is no job yet.

    Attributes:
        name: Name of the inbox.
        plan: What is done with its photos.
        status: How it was at the last scan; ``None`` before the first.
        waiting: Files that are not ready, the one seen first at the top.
        ignored: Files that are passed over.
        changes: When it came and went, the latest first.
        canaries: How soon files of ours were noticed, the latest first.
        hold: Who holds its queue, and why; ``None`` where nobody does.
    """

    name: str
    plan: str
    status: InboxStatus | None
    waiting: tuple[LyingFile, ...]
    ignored: tuple[LyingFile, ...]
    changes: tuple[InboxChange, ...] = ()
    canaries: tuple[CanaryRun, ...] = ()
    hold: Pause | None = None


def inbox_files(config: Config, database: Database) -> list[InboxFiles]:
    """Every configured inbox with what lies in it, at most ``MOST_FILES`` of each kind."""
    with database.read() as uow:
        held = {hold.scope: Pause(hold.scope, hold.who, hold.why) for hold in uow.control.holds()}
        return [
            InboxFiles(
                inbox.name,
                " → ".join(inbox.plan),
                uow.inboxes.get(inbox.name),
                tuple(
                    LyingFile(display_name(file.relative), file.reason, file.since_ms)
                    for file in uow.inboxes.waiting(inbox.name, MOST_FILES)
                ),
                tuple(
                    LyingFile(display_name(file.relative), file.rule, file.seen_ms)
                    for file in uow.inboxes.ignored(inbox.name, MOST_FILES)
                ),
                tuple(uow.inboxes.changes(inbox.name)),
                tuple(uow.inboxes.canaries(inbox.name)),
                held.get(f"inbox:{inbox.name}"),
            )
            for inbox in config.inboxes
        ]
