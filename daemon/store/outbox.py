"""Announcements: written in the transaction that makes them true, sent afterwards.

The row is written once; what becomes of it is another row (see ``deliveries``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update

from daemon.domain.delivery import DeliveryState
from daemon.store.statements import insert_into
from daemon.store.tables import deliveries, endpoints, outbox


@dataclass(frozen=True, slots=True)
class Picture:
    """A file whose bytes join the body when it is first sent.

    Attributes:
        path: Where it lies (bytes).
        sha256: What its bytes must be.
    """

    path: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Announcement:
    """One event for one endpoint.

    Attributes:
        id: Number; announcements are numbered in the order they were written.
        subject: What it is about: a job's id, or ``kind:name@when`` where there is no job.
        event: Name of the event (``photo.rejected`` …).
        endpoint: Name of the endpoint to tell.
        seq: Which of the subject's ends this is, from 1.
        message_id: Under which the receiver knows it, the same at every attempt.
        body: What to say, sent byte for byte.
        created_ms: When it became true.
        picture: What joins the body at the first attempt, or ``None``.
        sent_sha256: Digest of the joined body once there is one.
        address: Where it goes, if not to the endpoint's own address.
    """

    id: int
    subject: str
    event: str
    endpoint: str
    seq: int
    message_id: str
    body: bytes
    created_ms: int
    picture: Picture | None = None
    sent_sha256: str | None = None
    address: str | None = None


def message_id(subject: str, event: str, endpoint: str, seq: int) -> str:
    """The id of a message, from what it says to whom: told again, it has the same id."""
    told = "\0".join((subject, event, endpoint, str(seq)))
    return "msg_" + hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Outbox:
    """Announcements, as ``uow.outbox``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(  # noqa: PLR0913 - who is told what about whom, and when
        self,
        subject: str,
        event: str,
        endpoint: str,
        body: bytes,
        at_ms: int,
        *,
        seq: int = 1,
        picture: Picture | None = None,
        address: str | None = None,
    ) -> bool:
        """Write an announcement down once; False: it was there before, and stays as it was."""
        row = {"subject": subject, "event": event, "endpoint": endpoint, "seq": seq}
        row |= {"message_id": message_id(subject, event, endpoint, seq), "body": body}
        row |= {"created_ms": at_ms, "address": address}
        if picture is not None:
            row |= {"picture": picture.path, "picture_sha256": picture.sha256}
        statement = insert_into(self._connection, outbox).values(row).on_conflict_do_nothing()
        number = self._connection.execute(statement.returning(outbox.c.id)).scalar_one_or_none()
        if number is None:
            return False
        self._await_delivery(number, endpoint, at_ms)
        return True

    def _await_delivery(self, number: int, endpoint: str, at_ms: int) -> None:
        is_off = self._connection.execute(
            select(endpoints.c.disabled_ms).where(endpoints.c.name == endpoint)
        ).scalar_one_or_none()
        state = DeliveryState.PENDING if is_off is None else DeliveryState.DISABLED
        self._connection.execute(
            insert(deliveries).values(
                outbox_id=number,
                endpoint=endpoint,
                state=state.value,
                attempts=0,
                next_ms=at_ms,
                settled_ms=None if is_off is None else at_ms,
                last_error="",
            )
        )

    def get(self, number: int) -> Announcement | None:
        """The announcement of that number."""
        found = self._read(select(outbox).where(outbox.c.id == number))
        return found[0] if found else None

    def by_message(self, message: str) -> Announcement | None:
        """The announcement that a receiver knows by that id."""
        found = self._read(select(outbox).where(outbox.c.message_id == message))
        return found[0] if found else None

    def after(self, number: int, limit: int = 100) -> list[Announcement]:
        """Announcements with a larger number, in order."""
        statement = select(outbox).where(outbox.c.id > number).order_by(outbox.c.id).limit(limit)
        return self._read(statement)

    def of(self, subject: str) -> list[Announcement]:
        """All announcements about a job, or about what else has that name."""
        return self._read(select(outbox).where(outbox.c.subject == subject).order_by(outbox.c.id))

    def newest_subject(self, event: str, prefix: str) -> str | None:
        """The last, in alphabetical order, of an event's subjects that begin like that."""
        statement = select(func.max(outbox.c.subject)).where(
            outbox.c.event == event,
            outbox.c.subject >= prefix,
            outbox.c.subject < prefix + "~",  # after every digit
        )
        found: str | None = self._connection.execute(statement).scalar_one()
        return found

    def joined(self, number: int, sha256: str) -> None:
        """Record the digest of the whole body, before it is sent for the first time."""
        self._connection.execute(
            update(outbox).where(outbox.c.id == number).values(sent_sha256=sha256)
        )

    def _read(self, statement: object) -> list[Announcement]:
        found = self._connection.execute(statement).mappings()  # type: ignore[call-overload]
        return [_announcement(dict(row)) for row in found]


def _announcement(row: dict[str, object]) -> Announcement:
    path, sha256 = row.pop("picture"), row.pop("picture_sha256")
    picture = None
    if isinstance(path, bytes | memoryview) and isinstance(sha256, str):
        picture = Picture(bytes(path), sha256)
    body = row.pop("body")
    assert isinstance(body, bytes | memoryview)
    return Announcement(**row, body=bytes(body), picture=picture)  # type: ignore[arg-type]
