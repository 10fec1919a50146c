"""What people see of an inbox: which files wait and why, which are passed over by which rule.

The rows are bounded, the counts are not: a folder with 20,000 waiting files shows the first 500
and the number. Rows are written as differences, so that a quiet inbox writes nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from daemon.domain.readiness import Hindrance
from daemon.store.inbox import IgnoredFile, WaitingFile
from daemon.store.uow import UnitOfWork

MOST_ROWS = 500


@dataclass(slots=True)
class Board:
    """The shown state of one inbox.

    Args:
        inbox: Name of the inbox.
    """

    inbox: str
    waiting: dict[bytes, WaitingFile] = field(default_factory=dict)
    ignored: dict[bytes, IgnoredFile] = field(default_factory=dict)
    counts: Counter[Hindrance] = field(default_factory=Counter)
    ignored_count: int = 0
    files: int = 0
    _stored_waiting: dict[bytes, WaitingFile] = field(default_factory=dict)
    _stored_ignored: dict[bytes, IgnoredFile] = field(default_factory=dict)

    def load(self, uow: UnitOfWork) -> None:
        """Take up what an earlier run had shown, so that ages go on."""
        limit = 4 * MOST_ROWS
        self._stored_waiting = {row.relative: row for row in uow.inboxes.waiting(self.inbox, limit)}
        self._stored_ignored = {row.relative: row for row in uow.inboxes.ignored(self.inbox, limit)}

    def wipe(self) -> None:
        """Start a full scan: everything is put up again."""
        self.waiting, self.ignored, self.counts = {}, {}, Counter()
        self.ignored_count = self.files = 0

    def waits(self, row: WaitingFile, hindrance: Hindrance) -> None:
        """Put up a waiting file; the time since when it waits is kept."""
        self.counts[hindrance] += 1
        known = self._stored_waiting.get(row.relative)
        if known is None and len(self.waiting) >= MOST_ROWS:
            return
        if known is not None:
            row = replace(row, since_ms=known.since_ms)
            # The moment is worked out from another clock each time, to the millisecond or so.
            if abs(row.changed_ms - known.changed_ms) < 1000:
                row = replace(row, changed_ms=known.changed_ms)
        self.waiting[row.relative] = row

    def passes_over(self, relative: bytes, rule: str, now_ms: int) -> None:
        """Put up a file or folder that is left alone."""
        self.ignored_count += 1
        if relative in self._stored_ignored or len(self.ignored) < MOST_ROWS:
            self.ignored[relative] = IgnoredFile(self.inbox, relative, rule, now_ms)

    def taken_in(self, relatives: list[bytes]) -> None:
        """These do not wait any more."""
        for relative in relatives:
            self.waiting.pop(relative, None)

    @property
    def changed(self) -> bool:
        """Whether the rows differ from what is stored, apart from times of looks."""
        return _shape(self.waiting) != _shape(self._stored_waiting) or {
            key: row.rule for key, row in self.ignored.items()
        } != {key: row.rule for key, row in self._stored_ignored.items()}

    def store(self, uow: UnitOfWork) -> None:
        """Write what has changed."""
        new = [
            row
            for relative, row in self.waiting.items()
            if _essence(row) != _essence(self._stored_waiting.get(relative))
        ]
        uow.inboxes.put_waiting(new)
        uow.inboxes.drop_waiting(self.inbox, self._stored_waiting.keys() - self.waiting.keys())
        passed = [
            row
            for relative, row in self.ignored.items()
            if getattr(self._stored_ignored.get(relative), "rule", None) != row.rule
        ]
        uow.inboxes.put_ignored(passed)
        uow.inboxes.drop_ignored(self.inbox, self._stored_ignored.keys() - self.ignored.keys())

    def stored(self) -> None:
        """The transaction that ``store`` was part of is committed."""
        self._stored_waiting, self._stored_ignored = dict(self.waiting), dict(self.ignored)


def _essence(row: WaitingFile | None) -> tuple[object, ...]:
    return () if row is None else (row.reason, row.size, row.changed_ms)


def _shape(rows: dict[bytes, WaitingFile]) -> dict[bytes, tuple[object, ...]]:
    return {relative: _essence(row) for relative, row in rows.items()}
