"""What happened and when: a job's history, the audit of people's acts, upkeep's last runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from daemon.store.rows import to_json
from daemon.store.statements import Prepared, insert_into
from daemon.store.tables import audit, job_events, upkeep


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """Something that happened to a job.

    Attributes:
        at_ms: When.
        name: Name of the event (``daemon.telemetry.events``).
        facts: JSON values.
    """

    at_ms: int
    name: str
    facts: Mapping[str, Any]


class History:
    """Jobs' histories, as ``uow.history``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def event(self, job_id: str, name: str, facts: Mapping[str, Any], at_ms: int) -> None:
        """Add to a job's history; the job must exist."""
        values = {"job_id": job_id, "at_ms": at_ms, "name": name, "facts": to_json(dict(facts))}
        _ADD_EVENT.run(self._connection, values)

    def of(self, job_id: str, limit: int = 1000) -> list[HistoryEvent]:
        """A job's history, oldest first."""
        statement = (
            select(job_events)
            .where(job_events.c.job_id == job_id)
            .order_by(job_events.c.id)
            .limit(limit)
        )
        return [
            HistoryEvent(row.at_ms, row.name, json.loads(row.facts))
            for row in self._connection.execute(statement)
        ]

    def newest(self, name: str) -> int | None:
        """Number of the last event of that name, of any job; it grows with every one."""
        statement = select(job_events.c.id).where(job_events.c.name == name)
        statement = statement.order_by(job_events.c.id.desc()).limit(1)
        found: int | None = self._connection.execute(statement).scalar_one_or_none()
        return found


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something a person did.

    Attributes:
        at_ms: When.
        who: Who.
        action: What.
        target: To what.
        facts: JSON values.
    """

    at_ms: int
    who: str
    action: str
    target: str
    facts: Mapping[str, Any]


class Audit:
    """People's acts, as ``uow.audit``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, who: str, action: str, target: str, facts: Mapping[str, Any], at_ms: int) -> None:
        """Write an act down."""
        self._connection.execute(
            insert(audit).values(
                who=who, action=action, target=target, facts=to_json(dict(facts)), at_ms=at_ms
            )
        )

    def latest(self, limit: int = 100) -> list[AuditEntry]:
        """The last acts, newest first."""
        statement = select(audit).order_by(audit.c.id.desc()).limit(limit)
        return [
            AuditEntry(row.at_ms, row.who, row.action, row.target, json.loads(row.facts))
            for row in self._connection.execute(statement)
        ]


@dataclass(frozen=True, slots=True)
class LastRun:
    """When an upkeep task last ran.

    Attributes:
        task: Name of the task.
        at_ms: When it ended.
        outcome: ``ok``, or what went wrong.
    """

    task: str
    at_ms: int
    outcome: str


class Upkeep:
    """Upkeep's last runs, as ``uow.upkeep``; they outlive a restart."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ran(self, task: str, at_ms: int, outcome: str) -> None:
        """Record a run."""
        statement = insert_into(self._connection, upkeep)
        statement = statement.on_conflict_do_update(
            index_elements=["task"],
            set_={name: statement.excluded[name] for name in ("last_ms", "outcome")},
        )
        self._connection.execute(statement, {"task": task, "last_ms": at_ms, "outcome": outcome})

    def last_run(self, task: str) -> LastRun | None:
        """The last run, or ``None`` if there was none."""
        statement = select(upkeep).where(upkeep.c.task == task)
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else LastRun(row.task, row.last_ms, row.outcome)


_ADD_EVENT = Prepared(
    insert(job_events).values(
        job_id=bindparam("job_id"),
        at_ms=bindparam("at_ms"),
        name=bindparam("name"),
        facts=bindparam("facts"),
    )
)
