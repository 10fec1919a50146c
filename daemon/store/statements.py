"""SQL that both databases understand, and running it fast or in pieces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

Item = TypeVar("Item")

# How many values one statement carries: far below either database's limit, large enough that
# the round trip does not count.
PIECE = 500


class Prepared:
    """A statement compiled once for each database and then run as plain text.

    For the few statements that every job passes: looking a statement up in SQLAlchemy's own
    cache costs more than SQLite needs to run it. Parameters and results are what the driver
    takes and gives, so columns must be whole numbers, text or bytes.

    Args:
        statement: Built with ``bindparam`` wherever a value goes.
        ending: Words to put after it.
    """

    def __init__(self, statement: Executable, ending: str = "") -> None:
        self._statement = statement
        self._ending = ending
        self._compiled: dict[str, tuple[str, dict[str, Any]]] = {}

    def run(
        self, connection: Connection, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ) -> CursorResult[Any]:
        """Execute it with these values."""
        known = self._compiled.get(connection.dialect.name)
        sql, constants = known or self._compile(connection)
        if constants and isinstance(values, Mapping):
            values = {**constants, **values}
        return connection.exec_driver_sql(sql, values)

    def _compile(self, connection: Connection) -> tuple[str, dict[str, Any]]:
        compiled = self._statement.compile(dialect=connection.dialect)  # type: ignore[attr-defined]
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
