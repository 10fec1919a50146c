"""SQL that both databases understand, and running it fast or in pieces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ClauseElement, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from daemon.store.engine import explain

Item = TypeVar("Item")

# How many values one statement carries: far below either database's limit, large enough that
# the round trip does not count.
PIECE = 500


class Prepared:
    """A statement compiled once for each database and then run on the driver's own cursor.

    For the few statements that every job passes: SQLAlchemy's way to run one and to shape its
    result costs twice what SQLite needs for it. Parameters and results are what the driver
    takes and gives, so columns must be whole numbers, text or bytes.

    Args:
        statement: Built with ``bindparam`` wherever a value goes.
        ending: Words to put after it.
    """

    def __init__(self, statement: ClauseElement, ending: str = "") -> None:
        self._statement = statement
        self._ending = ending
        self._compiled: dict[str, tuple[str, dict[str, Any]]] = {}

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Execute it; returns how many rows it changed."""
        return int(self._execute(connection, values).rowcount)

    def run_many(self, connection: Connection, many: Sequence[Mapping[str, Any]]) -> None:
        """Execute it once for each of the values."""
        sql, _ = self._for(connection)
        try:
            connection.connection.cursor().executemany(sql, many)
        except connection.dialect.loaded_dbapi.Error as error:
            raise explain(error) from error

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Execute it; returns its rows by column name."""
        cursor = self._execute(connection, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def tuples(self, connection: Connection, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Execute it; returns its rows as they are, for wide ones."""
        found: list[tuple[Any, ...]] = self._execute(connection, values).fetchall()
        return found

    def row(self, connection: Connection, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """Execute it; returns its only row, or ``None``."""
        found = self.rows(connection, values)
        return found[0] if found else None

    def _execute(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        sql, constants = self._for(connection)
        cursor = connection.connection.cursor()
        try:
            cursor.execute(sql, {**constants, **values})
        except connection.dialect.loaded_dbapi.Error as error:
            raise explain(error) from error
        return cursor

    def _for(self, connection: Connection) -> tuple[str, dict[str, Any]]:
        return self._compiled.get(connection.dialect.name) or self._compile(connection)

    def _compile(self, connection: Connection) -> tuple[str, dict[str, Any]]:
        compiled = self._statement.compile(dialect=connection.dialect)
        # Numbers written into the statement (a limit) have become parameters of their own.
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        ready = (f"{compiled} {self._ending}".rstrip(), constants)
        self._compiled[connection.dialect.name] = ready
        return ready


def insert_into(connection: Connection, table: Table) -> Any:
    """An insert that can say ``on_conflict_…``, for the database at hand."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def pieces(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """The items, ``PIECE`` at a time."""
    for start in range(0, len(items), PIECE):
        yield items[start : start + PIECE]
