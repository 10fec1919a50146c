"""Both databases for the queue's contract: SQLite, and PostgreSQL where a server can be had.

``BOOTHD_TEST_POSTGRES`` names a server (its tables are emptied!); without it a throw-away one is
started from the installed binaries. Where neither is there the PostgreSQL half skips by name,
unless ``CI`` promises it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text

from daemon.clock import ManualClock
from daemon.store import schema
from daemon.store.database import Database
from daemon.store.engine import postgres_engine
from daemon.store.tables import metadata
from tests.contract.postgres_server import throw_away_server


@dataclass
class Booths:
    """One database that several parts may open, and the time that they share.

    Attributes:
        kind: ``sqlite`` or ``postgres``.
        clock: What every opened database is given.
    """

    kind: str
    clock: ManualClock
    _open: Callable[[], Database]
    _opened: ExitStack = field(default_factory=ExitStack)
    _hand: Database | None = None

    def open(self) -> Database:
        """The database with connections of its own, as another process would have them."""
        database = self._open()
        self._opened.callback(database.close)
        return database

    def pass_time(self, seconds: float) -> None:
        """Let time run on: the clock on SQLite; on PostgreSQL, whose clock nobody sets, what
        was written moves into the past."""
        self.clock.advance(seconds)
        if self.kind == "sqlite":
            return
        ms = round(seconds * 1000)
        self._hand = self._hand or self.open()
        with self._hand._writer.begin() as connection:
            connection.execute(text(f"UPDATE jobs SET lease_until_ms = lease_until_ms - {ms}"))
            later = f"GREATEST(1, not_before_ms - {ms})"
            connection.execute(
                text(f"UPDATE jobs SET not_before_ms = {later} WHERE not_before_ms > 0")
            )
            connection.execute(text(f"UPDATE holds SET until_ms = until_ms - {ms}"))

    def close(self) -> None:
        self._opened.close()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL database with the schema."""
    with ExitStack() as stack:
        url = os.environ.get("BOOTHD_TEST_POSTGRES", "")
        if not url:
            try:
                url = stack.enter_context(throw_away_server())
            except LookupError as error:
                if os.environ.get("CI") == "true":
                    pytest.fail(f"CI promises PostgreSQL: {error}")
                pytest.skip(f"no PostgreSQL: {error}")
        engine = postgres_engine(url)
        schema.move_to(engine, "head")
        engine.dispose()
        yield url


def _empty(url: str) -> None:
    engine = postgres_engine(url)
    names = ", ".join(table.name for table in metadata.sorted_tables)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def booths(
    request: pytest.FixtureRequest, tmp_path: Path, manual_clock: ManualClock
) -> Iterator[Booths]:
    """The same test on either database."""
    if request.param == "sqlite":
        path = tmp_path / "boothd.db"
        schema.upgrade(path)
        both = Booths("sqlite", manual_clock, lambda: Database(path, manual_clock))
    else:
        url = request.getfixturevalue("postgres_url")
        _empty(url)
        both = Booths("postgres", manual_clock, lambda: Database.at_url(url, manual_clock))
    yield both
    both.close()


@pytest.fixture
def database(booths: Booths) -> Database:
    return booths.open()
