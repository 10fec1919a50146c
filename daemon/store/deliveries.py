"""What becomes of announcements: when each is due, every attempt, and how it ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from daemon.domain.delivery import DeliveryState
from daemon.store.tables import deliveries, delivery_attempts, outbox

# What may still be settled by an attempt that was under way: the endpoint may have been
# switched off meanwhile.
_OPEN = (DeliveryState.PENDING.value, DeliveryState.DISABLED.value)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One announcement at its endpoint.

    Attributes:
        outbox_id: Number of the announcement.
        endpoint: Who is told.
        state: How far it is.
        attempts: Attempts made.
        next_ms: When it is due.
        settled_ms: When it came to rest, or ``None``.
        last_ms: When it was last tried.
        last_status: HTTP status of the last attempt.
        last_error: Why that failed, or empty.
        event: What is told.
        subject: About what.
        message_id: Under which the receiver knows it.
        created_ms: When it became true.
    """

    outbox_id: int
    endpoint: str
    state: DeliveryState
    attempts: int
    next_ms: int
    settled_ms: int | None
    last_ms: int | None
    last_status: int | None
    last_error: str
    event: str
    subject: str
    message_id: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, as it is kept for people to look at.

    Attributes:
        outbox_id: Number of the announcement.
        at_ms: When it began.
        latency_ms: How long it took.
        address: Where it was sent to; empty where no connection was tried.
        status: HTTP status, or ``None``.
        error: Why it failed, or empty.
        response: The beginning of the answer's body.
    """

    outbox_id: int
    at_ms: int
    latency_ms: int
    address: str
    status: int | None
    error: str
    response: bytes


@dataclass(frozen=True, slots=True)
class Which:
    """Which deliveries are meant; what is ``None`` or empty does not matter.

    Attributes:
        endpoint: Of that endpoint.
        states: In one of these states.
        message_id: That message.
        subject: About that.
        since_ms: Announced then or later.
        until_ms: Announced before then.
    """

    endpoint: str | None = None
    states: Collection[DeliveryState] = ()
    message_id: str | None = None
    subject: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None


class Deliveries:
    """Deliveries, as ``uow.deliveries``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def due(self, endpoint: str, now_ms: int, limit: int) -> list[Delivery]:
        """What is to be sent to an endpoint now, the longest due first."""
        statement = (
            _READ.where(
                deliveries.c.state == DeliveryState.PENDING.value,
                deliveries.c.endpoint == endpoint,
                deliveries.c.next_ms <= now_ms,
            )
            .order_by(deliveries.c.next_ms, deliveries.c.outbox_id)
            .limit(limit)
        )
        return self._several(statement)

    def get(self, outbox_id: int) -> Delivery | None:
        found = self._several(_READ.where(deliveries.c.outbox_id == outbox_id))
        return found[0] if found else None

    def listed(self, which: Which, limit: int = 100) -> list[Delivery]:
        """Deliveries, the newest first."""
        statement = _READ.where(*_conditions(which)).order_by(deliveries.c.outbox_id.desc())
        return self._several(statement.limit(limit))

    def counts(self) -> dict[tuple[str, DeliveryState], int]:
        """How many there are, by endpoint and state."""
        keys = (deliveries.c.endpoint, deliveries.c.state)
        found = self._connection.execute(select(*keys, func.count()).group_by(*keys))
        return {(name, DeliveryState(state)): int(n) for name, state, n in found}

    def tried(self, attempt: Attempt) -> None:
        """Write an attempt down."""
        self._connection.execute(insert(delivery_attempts).values(asdict(attempt)))

    def tries(self, outbox_id: int) -> list[Attempt]:
        """Every attempt to deliver an announcement, in order."""
        columns = [delivery_attempts.c[name] for name in Attempt.__dataclass_fields__]
        statement = select(*columns).where(delivery_attempts.c.outbox_id == outbox_id)
        rows = self._connection.execute(statement.order_by(delivery_attempts.c.id)).mappings()
        return [Attempt(**{**row, "response": bytes(row["response"])}) for row in rows]

    def settle(
        self, known: Delivery, state: DeliveryState, *, attempt: Attempt, next_ms: int
    ) -> bool:
        """Record what an attempt came to.

        Args:
            known: As it was when the attempt began.
            state: What it is now.
            attempt: The attempt.
            next_ms: When it is due again, where it is.

        Returns:
            False: a person asked meanwhile for all to begin again; that stands.
        """
        at_ms = attempt.at_ms + attempt.latency_ms
        statement = update(deliveries).where(
            deliveries.c.outbox_id == known.outbox_id,
            deliveries.c.attempts == known.attempts,
            deliveries.c.state.in_(_OPEN),
        )
        return (
            self._changed(
                statement.values(
                    state=state.value,
                    attempts=known.attempts + 1,
                    next_ms=next_ms,
                    settled_ms=None if state is DeliveryState.PENDING else at_ms,
                    last_ms=at_ms,
                    last_status=attempt.status,
                    last_error=attempt.error,
                )
            )
            == 1
        )

    def redeliver(self, which: Which, at_ms: int) -> int:
        """Let deliveries begin again under their old ids; returns how many."""
        chosen = select(deliveries.c.outbox_id).join(outbox).where(*_conditions(which))
        statement = update(deliveries).where(deliveries.c.outbox_id.in_(chosen))
        return self._changed(statement.values(_afresh(at_ms)))

    def switch_off(self, endpoint: str, at_ms: int) -> int:
        """Let what an endpoint was to be told wait until it is switched on; returns how much."""
        return self._end(DeliveryState.DISABLED, at_ms, deliveries.c.endpoint == endpoint)

    def switch_on(self, endpoint: str, at_ms: int) -> int:
        """Send what waited for that; returns how much there is."""
        statement = update(deliveries).where(
            deliveries.c.endpoint == endpoint,
            deliveries.c.state == DeliveryState.DISABLED.value,
        )
        return self._changed(statement.values(_afresh(at_ms)))

    def discard_all_but(self, endpoints: Sequence[str], at_ms: int) -> int:
        """Give up on what endpoints were to be told that are no longer there."""
        return self._end(DeliveryState.DISCARDED, at_ms, deliveries.c.endpoint.not_in(endpoints))

    def pull_in(self, after_ms: int, now_ms: int) -> int:
        """Make due now what waits for a moment later than ``after_ms``; returns how much."""
        statement = update(deliveries).where(
            deliveries.c.state == DeliveryState.PENDING.value, deliveries.c.next_ms > after_ms
        )
        return self._changed(statement.values(next_ms=now_ms))

    def prune(self, before_ms: int, limit: int) -> int:
        """Delete announcements that came to rest before then; returns how many."""
        settled = (
            select(deliveries.c.outbox_id)
            .where(deliveries.c.settled_ms.is_not(None), deliveries.c.settled_ms < before_ms)
            .order_by(deliveries.c.settled_ms)
            .limit(limit)
        )
        return self._changed(delete(outbox).where(outbox.c.id.in_(settled)))

    def _end(self, state: DeliveryState, at_ms: int, *conditions: Any) -> int:
        is_due = deliveries.c.state == DeliveryState.PENDING.value
        statement = update(deliveries).where(is_due, *conditions)
        return self._changed(statement.values(state=state.value, settled_ms=at_ms))

    def _changed(self, statement: Any) -> int:
        return int(self._connection.execute(statement).rowcount)

    def _several(self, statement: Select[Any]) -> list[Delivery]:
        return [_delivery(row) for row in self._connection.execute(statement).mappings()]


_READ = select(
    *(deliveries.c[column.name] for column in deliveries.c),
    *(outbox.c[name] for name in ("event", "subject", "message_id", "created_ms")),
).join(outbox)


def _delivery(row: Mapping[Any, Any]) -> Delivery:
    return Delivery(**{**row, "state": DeliveryState(row["state"])})


def _afresh(at_ms: int) -> dict[str, Any]:
    state = DeliveryState.PENDING.value
    return {"state": state, "attempts": 0, "next_ms": at_ms, "settled_ms": None}


def _conditions(which: Which) -> list[Any]:
    found: list[Any] = []
    if which.states:
        found.append(deliveries.c.state.in_([state.value for state in which.states]))
    if which.since_ms is not None:
        found.append(outbox.c.created_ms >= which.since_ms)
    if which.until_ms is not None:
        found.append(outbox.c.created_ms < which.until_ms)
    wanted = (
        (deliveries.c.endpoint, which.endpoint),
        (outbox.c.message_id, which.message_id),
        (outbox.c.subject, which.subject),
    )
    return found + [column == value for column, value in wanted if value is not None]
