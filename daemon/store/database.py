"""The database and its units of work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from daemon.clock import Clock
from daemon.files.mounts import mount_of
from daemon.store import engine
from daemon.store.uow import UnitOfWork


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
        engine.check_version(engine.sqlite.sqlite_version_info)
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
        reader = server.execution_options(postgresql_readonly=True)
        database._start(server, reader, clock)  # noqa: SLF001 - another way to construct
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
