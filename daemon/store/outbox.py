"""Announcements: written in the transaction that makes them true, sent afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from daemon.store.statements import insert_into
from daemon.store.tables import outbox


@dataclass(frozen=True, slots=True)
class Announcement:
    """One event for one endpoint.

    Attributes:
        id: Number; announcements are numbered in the order they were written.
        job_id: About which job.
        event: Name of the event (``photo.rejected`` …).
        endpoint: Whom to tell.
        body: What to say, sent byte for byte.
        created_ms: When it became true.
    """

    id: int
    job_id: str
    event: str
    endpoint: str
    body: bytes
    created_ms: int


class Outbox:
    """Announcements, as ``uow.outbox``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, job_id: str, event: str, endpoint: str, body: bytes, at_ms: int) -> bool:
        """Write an announcement down once; False: it was there before, and stays as it was."""
        statement = insert_into(self._connection, outbox).on_conflict_do_nothing()
        values = {"job_id": job_id, "event": event, "endpoint": endpoint, "body": body}
        return self._connection.execute(statement, {**values, "created_ms": at_ms}).rowcount > 0

    def after(self, number: int, limit: int = 100) -> list[Announcement]:
        """Announcements with a larger number, in order."""
        statement = select(outbox).where(outbox.c.id > number).order_by(outbox.c.id).limit(limit)
        return self._read(statement)

    def of(self, job_id: str) -> list[Announcement]:
        """All announcements about a job."""
        return self._read(select(outbox).where(outbox.c.job_id == job_id).order_by(outbox.c.id))

    def _read(self, statement: object) -> list[Announcement]:
        found = self._connection.execute(statement).mappings()  # type: ignore[call-overload]
        return [Announcement(**{**row, "body": bytes(row["body"])}) for row in found]
