"""What the panel shows about inboxes: state, mode, and which files wait or are passed over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from daemon.clock import Clock
from daemon.store.statements import insert_into, pieces
from daemon.store.tables import canaries, ignored_files, inbox_changes, inboxes, waiting_files

# Of each inbox: a share that comes and goes every minute must not fill the database.
MOST_CHANGES = 200
MOST_CANARIES = 500


@dataclass(frozen=True, slots=True)
class InboxStatus:
    """How an inbox was at its last scan.

    Attributes:
        name: Name of the inbox.
        device: Device number of its folder, to tell a missing mount from an empty folder.
        mode: How changes are noticed (``events``, ``scan`` …).
        state: Whether it works (``online``, ``offline`` …).
        reason: Why it does not, or empty.
        since_ms: When the state last changed.
        scanned_ms: When the last scan ended, or ``None``.
        files: Files the last scan saw.
        waiting: How many of them wait.
    """

    name: str
    device: int | None
    mode: str
    state: str
    reason: str
    since_ms: int
    scanned_ms: int | None
    files: int
    waiting: int


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """A file that is not ready yet, and why.

    Attributes:
        inbox: Name of the inbox.
        relative: Path inside the inbox (bytes).
        reason: Readiness code (``settling``, ``incomplete`` …).
        since_ms: When it was first seen.
        changed_ms: When it last changed.
        next_look_ms: When it is looked at again.
        size: Bytes at the last look.
    """

    inbox: str
    relative: bytes
    reason: str
    since_ms: int
    changed_ms: int = 0
    next_look_ms: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class IgnoredFile:
    """A file that is passed over, and the rule that says so.

    Attributes:
        inbox: Name of the inbox.
        relative: Path inside the inbox (bytes).
        rule: The pattern or reason.
        seen_ms: When it was last seen.
    """

    inbox: str
    relative: bytes
    rule: str
    seen_ms: int


@dataclass(frozen=True, slots=True)
class InboxChange:
    """When an inbox came into a state, and why."""

    at_ms: int
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class CanaryRun:
    """A file of ours that was put into an inbox to see how soon it is noticed.

    Attributes:
        inbox: Name of the inbox.
        placed_ms: When it appeared there.
        outcome: ``waiting``, ``claimed``, ``missed`` (not in time, or the daemon ended first) or
            ``refused`` (it could not be put down).
        latency_ms: From appearing to being claimed; ``None`` unless it was.
    """

    inbox: str
    placed_ms: int
    outcome: str
    latency_ms: int | None = None


class Inboxes:
    """Inboxes, as ``uow.inboxes``."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def seen(  # noqa: PLR0913 - one keyword for each column
        self,
        name: str,
        *,
        device: int | None,
        mode: str,
        state: str,
        reason: str = "",
        scanned_ms: int | None = None,
        files: int = 0,
        waiting: int = 0,
    ) -> None:
        """Record how an inbox was found; ``since_ms`` moves only when the state changes."""
        before = self.get(name)
        changed = before is None or before.state != state
        status = InboxStatus(
            name=name,
            device=device,
            mode=mode,
            state=state,
            reason=reason,
            since_ms=self._clock.now_ms() if changed or before is None else before.since_ms,
            scanned_ms=scanned_ms,
            files=files,
            waiting=waiting,
        )
        self._put(inboxes, ["name"], [asdict(status)])
        if changed or (before is not None and before.reason != reason):
            self._changed(name, state, reason)

    def _changed(self, name: str, state: str, reason: str) -> None:
        new = {"inbox": name, "at_ms": self._clock.now_ms(), "state": state, "reason": reason}
        self._connection.execute(insert(inbox_changes).values(new))
        oldest = (
            select(inbox_changes.c.id)
            .where(inbox_changes.c.inbox == name)
            .order_by(inbox_changes.c.id.desc())
            .offset(MOST_CHANGES)
            .limit(1)
        )
        self._connection.execute(
            delete(inbox_changes).where(
                inbox_changes.c.inbox == name, inbox_changes.c.id <= oldest.scalar_subquery()
            )
        )

    def changes(self, name: str, limit: int = 20) -> list[InboxChange]:
        """When an inbox changed its state, the latest first."""
        table = inbox_changes.c
        statement = (
            select(table.at_ms, table.state, table.reason)
            .where(table.inbox == name)
            .order_by(table.id.desc())
            .limit(limit)
        )
        return [InboxChange(**row) for row in self._connection.execute(statement).mappings()]

    def canary(self, run: CanaryRun) -> None:
        """Record a canary, or what became of it; older ones than the latest 500 go."""
        self._put(canaries, ["inbox", "placed_ms"], [asdict(run)])
        oldest = (
            select(canaries.c.placed_ms)
            .where(canaries.c.inbox == run.inbox)
            .order_by(canaries.c.placed_ms.desc())
            .offset(MOST_CANARIES)
            .limit(1)
        )
        self._connection.execute(
            delete(canaries).where(
                canaries.c.inbox == run.inbox, canaries.c.placed_ms <= oldest.scalar_subquery()
            )
        )

    def lose_canaries(self, inbox: str) -> None:
        """Those that still wait will not be measured any more."""
        self._connection.execute(
            update(canaries)
            .where(canaries.c.inbox == inbox, canaries.c.outcome == "waiting")
            .values(outcome="missed")
        )

    def canaries(self, inbox: str, limit: int = MOST_CANARIES) -> list[CanaryRun]:
        """An inbox's canaries, the latest first."""
        statement = (
            select(canaries)
            .where(canaries.c.inbox == inbox)
            .order_by(canaries.c.placed_ms.desc())
            .limit(limit)
        )
        return [CanaryRun(**row) for row in self._connection.execute(statement).mappings()]

    def get(self, name: str) -> InboxStatus | None:
        statement = select(inboxes).where(inboxes.c.name == name)
        row = self._connection.execute(statement).mappings().one_or_none()
        return None if row is None else InboxStatus(**row)

    def all(self) -> list[InboxStatus]:
        statement = select(inboxes).order_by(inboxes.c.name)
        return [InboxStatus(**row) for row in self._connection.execute(statement).mappings()]

    def forget(self, name: str) -> None:
        """Drop an inbox that the configuration no longer has; its jobs stay."""
        for table, column in (
            (waiting_files, waiting_files.c.inbox),
            (ignored_files, ignored_files.c.inbox),
            (inbox_changes, inbox_changes.c.inbox),
            (canaries, canaries.c.inbox),
            (inboxes, inboxes.c.name),
        ):
            self._connection.execute(delete(table).where(column == name))

    def put_waiting(self, files: Iterable[WaitingFile]) -> None:
        """Record waiting files, replacing what was recorded of the same path."""
        self._put(waiting_files, ["inbox", "relative"], [asdict(file) for file in files])

    def drop_waiting(self, inbox: str, relatives: Iterable[bytes]) -> None:
        self._drop(waiting_files, inbox, relatives)

    def waiting(self, inbox: str, limit: int = 1000) -> list[WaitingFile]:
        """Waiting files, the longest waiting first."""
        statement = (
            select(waiting_files)
            .where(waiting_files.c.inbox == inbox)
            .order_by(waiting_files.c.since_ms, waiting_files.c.relative)
            .limit(limit)
        )
        found = self._connection.execute(statement).mappings()
        return [WaitingFile(**{**row, "relative": bytes(row["relative"])}) for row in found]

    def put_ignored(self, files: Iterable[IgnoredFile]) -> None:
        """Record files that are passed over, replacing what was recorded of the same path."""
        self._put(ignored_files, ["inbox", "relative"], [asdict(file) for file in files])

    def drop_ignored(self, inbox: str, relatives: Iterable[bytes]) -> None:
        self._drop(ignored_files, inbox, relatives)

    def ignored(self, inbox: str, limit: int = 1000) -> list[IgnoredFile]:
        """Files that are passed over, by path."""
        statement = (
            select(ignored_files)
            .where(ignored_files.c.inbox == inbox)
            .order_by(ignored_files.c.relative)
            .limit(limit)
        )
        found = self._connection.execute(statement).mappings()
        return [IgnoredFile(**{**row, "relative": bytes(row["relative"])}) for row in found]

    def count_waiting(self, inbox: str) -> int:
        statement = select(func.count()).where(waiting_files.c.inbox == inbox)
        return int(self._connection.execute(statement).scalar_one())

    def _put(self, table: Table, keys: list[str], new: Sequence[dict[str, Any]]) -> None:
        statement = insert_into(self._connection, table)
        statement = statement.on_conflict_do_update(
            index_elements=keys,
            set_={
                column.name: statement.excluded[column.name]
                for column in table.c
                if column.name not in keys
            },
        )
        for some in pieces(new):
            self._connection.execute(statement, list(some))

    def _drop(self, table: Table, inbox: str, relatives: Iterable[bytes]) -> None:
        for some in pieces(list(relatives)):
            self._connection.execute(
                delete(table).where(table.c.inbox == inbox, table.c.relative.in_(some))
            )
