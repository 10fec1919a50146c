"""What people ask of the daemon: holds on the queue, and orders about jobs, all as rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, text, update

from daemon.clock import Clock
from daemon.store.rows import to_json
from daemon.store.statements import insert_into
from daemon.store.tables import IS_PENDING, holds, orders


@dataclass(frozen=True, slots=True)
class Hold:
    """Why nothing is handed out.

    Attributes:
        scope: ``queue``, or ``inbox:NAME``.
        who: Who holds it: a person, or the part of the daemon that met trouble.
        why: In words, or a code.
        since_ms: Since when.
        until_ms: When it ends by itself, or ``None``.
    """

    scope: str
    who: str
    why: str
    since_ms: int
    until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """Something a person asked for, to be carried out by the daemon.

    Attributes:
        id: Number of the order.
        kind: What to do (``retry``, ``cancel`` …).
        job_id: About which job, or ``None``.
        by: Who asked.
        args: Anything else.
        placed_ms: When.
    """

    id: int
    kind: str
    job_id: str | None
    by: str
    args: Mapping[str, Any] = field(default_factory=dict)
    placed_ms: int = 0


class Control:
    """Holds and orders, as ``uow.control``."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def hold(self, scope: str, who: str, why: str, until_ms: int | None = None) -> None:
        """Stop handing out jobs of a scope; replaces an earlier hold on it."""
        statement = insert_into(self._connection, holds)
        statement = statement.on_conflict_do_update(
            index_elements=["scope"],
            set_={
                name: statement.excluded[name] for name in ("who", "why", "since_ms", "until_ms")
            },
        )
        since_ms = self._clock.now_ms()
        values = {"scope": scope, "who": who, "why": why, "since_ms": since_ms}
        self._connection.execute(statement, {**values, "until_ms": until_ms})

    def lift(self, scope: str) -> bool:
        """End a hold; False: there was none."""
        statement = delete(holds).where(holds.c.scope == scope)
        return self._connection.execute(statement).rowcount > 0

    def holds(self) -> list[Hold]:
        """The holds that are in force now."""
        now = self._clock.now_ms()
        statement = (
            select(holds)
            .where(or_(holds.c.until_ms.is_(None), holds.c.until_ms > now))
            .order_by(holds.c.scope)
        )
        return [Hold(**row) for row in self._connection.execute(statement).mappings()]

    def order(
        self, kind: str, job_id: str | None, by: str, args: Mapping[str, Any] | None = None
    ) -> int:
        """Ask the daemon for something.

        Returns:
            Number of the order.
        """
        statement = (
            insert(orders)
            .values(
                kind=kind,
                job_id=job_id,
                placed_by=by,
                args=to_json(dict(args or {})),
                placed_ms=self._clock.now_ms(),
            )
            .returning(orders.c.id)
        )
        return int(self._connection.execute(statement).scalar_one())

    def pending(self, limit: int = 1000) -> list[Order]:
        """Orders that were not carried out yet, oldest first."""
        statement = select(orders).where(text(IS_PENDING)).order_by(orders.c.id).limit(limit)
        return [_order_of(row) for row in self._connection.execute(statement)]

    def progress(self, order_id: int, args: Mapping[str, Any]) -> None:
        """Record how far an order is that takes many steps."""
        self._connection.execute(
            update(orders).where(orders.c.id == order_id).values(args=to_json(dict(args)))
        )

    def latest(self, kind: str, limit: int) -> list[tuple[Order, bool]]:
        """The last orders of a kind, newest first, each with whether it is closed."""
        statement = (
            select(orders).where(orders.c.kind == kind).order_by(orders.c.id.desc()).limit(limit)
        )
        found = self._connection.execute(statement)
        return [(_order_of(row), row.closed_ms is not None) for row in found]

    def close(self, order_id: int, outcome: str) -> None:
        """Record what became of an order; the first outcome stands."""
        self._connection.execute(
            update(orders)
            .where(orders.c.id == order_id, orders.c.closed_ms.is_(None))
            .values(closed_ms=self._clock.now_ms(), outcome=outcome)
        )

    def outcome(self, order_id: int) -> str | None:
        """What became of an order; ``None`` while it is pending."""
        statement = select(orders.c.outcome).where(orders.c.id == order_id)
        return self._connection.execute(statement).scalar_one_or_none()


def _order_of(row: Any) -> Order:
    args = json.loads(row.args)
    return Order(row.id, row.kind, row.job_id, row.placed_by, args, row.placed_ms)
