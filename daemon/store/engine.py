"""Connections: which SQLite, its pragmas, how a transaction begins, what its errors mean.

One connection writes, by ``BEGIN IMMEDIATE``: a transaction that begins by reading and writes
later fails at once when another wrote in between, whatever the busy timeout says. Readers have
connections of their own which cannot write.

Limits accepted on purpose: SQLite hands its lock to waiting processes in no fair order, so a
second writing process may now and then wait for half a second; threads of one process wait in
turn for the one writing connection and never meet that.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pysqlite3.dbapi2
from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.pool import QueuePool

from daemon.errors import BoothError, DiskFull, StoreBusy, StoreError

# The one door to the library; the interpreter's own may be years older.
sqlite: Any = pysqlite3.dbapi2

BUSY_TIMEOUT_MS = 10_000
JOURNAL_LIMIT_BYTES = 64 << 20
READERS = 4
# Pages kept in memory by the writing connection: the upper parts of all indexes of a million
# jobs, so that a claim reads next to nothing.
CACHE_MIB = 32

# A checkpoint could race a writer and lose pages; mended in these releases (3.52.0 was
# withdrawn). Source: https://www.sqlite.org/changes.html
FIRST_SOUND_VERSION = (3, 51, 3)
WITHDRAWN_VERSIONS = frozenset({(3, 52, 0)})

# Primary result codes, the low byte of what the driver reports.
# Source: https://www.sqlite.org/rescode.html
_BUSY, _LOCKED, _FULL = 5, 6, 13
# The online backup raises errors without a code; these are the library's fixed words for them.
_CODE_OF_WORDS = {"database is locked": _BUSY, "database or disk is full": _FULL}
# PostgreSQL: lock not available, deadlock, serialization failure, too many connections.
# Source: https://www.postgresql.org/docs/15/errcodes-appendix.html
_BUSY_STATES = frozenset({"55P03", "40P01", "40001", "53300", "57014"})
_FULL_STATES = frozenset({"53100"})


class Filesystem(Protocol):
    """What a probe says about the filesystem that a path lies on."""

    @property
    def fstype(self) -> str: ...

    @property
    def is_network(self) -> bool: ...


def check_version(version: tuple[int, ...]) -> None:
    """Refuse a SQLite that may lose pages.

    Raises:
        StoreError: The library is older than 3.51.3, or a withdrawn release.
    """
    if version < FIRST_SOUND_VERSION or version in WITHDRAWN_VERSIONS:
        shown = ".".join(map(str, version))
        msg = f"SQLite {shown} can corrupt a database; install pysqlite3 with 3.53 or later."
        raise StoreError(msg, version=shown)


def prepare_place(path: Path, filesystem: Callable[[Path], Filesystem]) -> None:
    """Make the database's folder and file, for the booth's own user only.

    Raises:
        StoreError: The folder lies on a network filesystem, or cannot be used.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = filesystem(path.parent)
        if place.is_network:
            msg = (
                f"The database may not lie on a network filesystem ({place.fstype}): "
                "set `state` to a folder on a local disk."
            )
            raise StoreError(msg, fstype=place.fstype)
        # SQLite gives its journal files the permissions of the database.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        msg = f"The database cannot be opened: {error.strerror}."
        raise StoreError(msg, errno=error.errno) from error


def sqlite_writer(
    path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS, foreign_keys: bool = True
) -> Engine:
    """An engine with the one connection that writes."""
    pragmas = (
        f"PRAGMA busy_timeout = {busy_timeout_ms}",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}",
        f"PRAGMA journal_size_limit = {JOURNAL_LIMIT_BYTES}",
        f"PRAGMA cache_size = -{CACHE_MIB * 1024}",
        # What is deleted is about people: it must not stay in free pages, nor in copies of them.
        "PRAGMA secure_delete = ON",
    )
    engine = _sqlite_engine(path, size=1, timeout_s=busy_timeout_ms / 1000)
    _on_connect(engine, pragmas)
    _on_begin(engine, "BEGIN IMMEDIATE")
    return engine


def sqlite_reader(path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Engine:
    """An engine whose connections cannot write and never checkpoint."""
    pragmas = (
        f"PRAGMA busy_timeout = {busy_timeout_ms}",
        "PRAGMA wal_autocheckpoint = 0",
        "PRAGMA query_only = ON",
    )
    engine = _sqlite_engine(path, size=READERS, timeout_s=busy_timeout_ms / 1000)
    _on_connect(engine, pragmas)
    _on_begin(engine, "BEGIN")
    return engine


def _sqlite_engine(path: Path, *, size: int, timeout_s: float) -> Engine:
    # The path goes to the driver as it is: an URL would read % and ? in it.
    return create_engine(
        "sqlite://",
        module=sqlite,
        creator=lambda: sqlite.connect(
            os.fspath(path), isolation_level=None, check_same_thread=False
        ),
        paramstyle="named",
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=timeout_s,
        pool_use_lifo=size > 1,
    )


def _on_connect(engine: Engine, pragmas: tuple[str, ...]) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        for pragma in pragmas:
            connection.execute(pragma)


def _on_begin(engine: Engine, statement: str) -> None:
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)


def postgres_engine(url: str) -> Engine:
    """An engine for a PostgreSQL server (``postgresql+psycopg://…``)."""
    return create_engine(url, pool_size=8, pool_pre_ping=True)


@contextmanager
def explained() -> Iterator[None]:
    """Turn the driver's and SQLAlchemy's errors into the booth's.

    Raises:
        StoreBusy: Another held the lock for longer than the busy timeout.
        DiskFull: No space left for the database.
        StoreError: Anything else that the database refused.
    """
    try:
        yield
    except exc.TimeoutError as error:
        msg = "Another part of this process kept the database to itself for too long."
        raise StoreBusy(msg) from error
    except exc.DBAPIError as error:
        raise explain(error.orig or error) from error
    except sqlite.Error as error:
        raise explain(error) from error


def explain(error: BaseException) -> BoothError:
    """The booth's error for one of the driver's."""
    number = getattr(error, "sqlite_errorcode", _CODE_OF_WORDS.get(str(error)))
    state = getattr(error, "sqlstate", None)
    primary = number & 0xFF if isinstance(number, int) else None
    if primary in {_BUSY, _LOCKED} or state in _BUSY_STATES:
        return StoreBusy("The database is in use by another program; try again.")
    if primary == _FULL or state in _FULL_STATES:
        return DiskFull("No space is left for the database.")
    name = getattr(error, "sqlite_errorname", None) or state or type(error).__name__
    return StoreError(f"The database cannot be used ({name}): {error}", name=name)
