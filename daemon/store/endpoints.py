"""How receivers have been doing: one row for each that was ever configured."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, select

from daemon.domain.delivery import Endpoint
from daemon.store.statements import insert_into
from daemon.store.tables import endpoints


class Endpoints:
    """Receivers, as ``uow.endpoints``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> Endpoint | None:
        statement = select(endpoints).where(endpoints.c.name == name)
        row = self._connection.execute(statement).mappings().one_or_none()
        return None if row is None else Endpoint(**row)

    def all(self) -> list[Endpoint]:
        """Every one, by name."""
        statement = select(endpoints).order_by(endpoints.c.name)
        return [Endpoint(**row) for row in self._connection.execute(statement).mappings()]

    def put(self, endpoint: Endpoint) -> None:
        """Write one down, in place of what was known of it."""
        statement = insert_into(self._connection, endpoints)
        statement = statement.on_conflict_do_update(
            index_elements=["name"],
            set_={
                column.name: statement.excluded[column.name]
                for column in endpoints.c
                if column.name != "name"
            },
        )
        self._connection.execute(statement, asdict(endpoint))
