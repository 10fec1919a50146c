"""The database and its units of work: one transaction each, all repositories on it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Connection, Engine

from daemon.clock import Clock
from daemon.files.mounts import mount_of
from daemon.store import engine
from daemon.store.control import Control
from daemon.store.counters import Counters
from daemon.store.inbox import Inboxes
from daemon.store.jobs import Jobs
from daemon.store.outbox import Outbox
from daemon.store.queue import SqlQueue
from daemon.store.records import Audit, History, Upkeep


class UnitOfWork:
    """Everything that can be asked of the database within one transaction."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    @cached_property
    def jobs(self) -> Jobs:
        return Jobs(self._connection, self._clock)

    @cached_property
    def queue(self) -> SqlQueue:
        return SqlQueue(self._connection, self._clock)

    @cached_property
    def inboxes(self) -> Inboxes:
        return Inboxes(self._connection, self._clock)

    @cached_property
    def counters(self) -> Counters:
        return Counters(self._connection)

    @cached_property
    def control(self) -> Control:
        return Control(self._connection, self._clock)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self._connection)

    @cached_property
    def history(self) -> History:
        return History(self._connection)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self._connection)

    @cached_property
    def upkeep(self) -> Upkeep:
        return Upkeep(self._connection)


class Database:
    """A booth's database, whose schema is up to date (see ``schema.upgrade``).

    Safe to use from several threads; a thread must not open a second unit of work to write
    while it is in one.

    Args:
        path: The SQLite file; made, with its folder, if missing.
        clock: Gives the times that are recorded.
        filesystem: What lies under a path; a network filesystem is refused.
        busy_timeout_ms: How long to wait for another writer.

    Raises:
        StoreError: The SQLite library or the place is unfit.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        filesystem: Callable[[Path], engine.Filesystem] = mount_of,
        busy_timeout_ms: int = engine.BUSY_TIMEOUT_MS,
    ) -> None:
        engine.check_version(sqlite.sqlite_version_info)
        engine.prepare_place(path, filesystem)
        self._start(
            engine.sqlite_writer(path, busy_timeout_ms=busy_timeout_ms),
            engine.sqlite_reader(path, busy_timeout_ms=busy_timeout_ms),
            clock,
        )

    @classmethod
    def at_url(cls, url: str, clock: Clock) -> Database:
        """A database on a PostgreSQL server (``postgresql+psycopg://…``)."""
        database = cls.__new__(cls)
        server = engine.postgres_engine(url)
        database._start(server, server.execution_options(postgresql_readonly=True), clock)
        return database

    def _start(self, writer: Engine, reader: Engine, clock: Clock) -> None:
        self._writer = writer
        self._reader = reader
        self._clock = clock
        self._here = threading.local()

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """A transaction that may write: committed at the end, undone if an error leaves it.

        Raises:
            StoreBusy: Another writer kept the database for longer than the busy timeout.
            DiskFull: No space left.
            StoreError: The database refused.
            RuntimeError: This thread is in such a unit of work already.
        """
        if getattr(self._here, "writes", False):
            # The second would wait for the first for ever: there is one writing connection.
            msg = "a unit of work to write is open in this thread already"
            raise RuntimeError(msg)
        self._here.writes = True
        try:
            with engine.explained(), self._writer.begin() as connection:
                yield UnitOfWork(connection, self._clock)
        finally:
            self._here.writes = False

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """A snapshot that cannot write; keep it short, or the journal grows.

        Raises:
            StoreBusy: Too many readers, or the database is locked.
            StoreError: The database refused; writing is refused always.
        """
        with engine.explained(), self._reader.begin() as connection:
            yield UnitOfWork(connection, self._clock)

    def checkpoint(self) -> bool:
        """Move the journal into the database and cut it to nothing, at an idle moment.

        Returns:
            False where a reader or writer was in the way; nothing is lost then.
        """
        if self._writer.dialect.name != "sqlite":
            return True
        with engine.explained():
            raw = self._writer.raw_connection()
            try:
                busy, _, _ = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                raw.close()
        return not busy

    def close(self) -> None:
        """Close all connections; units of work must have ended."""
        self._reader.dispose()
        self._writer.dispose()
