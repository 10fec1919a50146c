"""Photos that came by the API. Their jobs are found by the name of the file."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from daemon.domain.job import State
from daemon.domain.submission import Submission
from daemon.store.rows import blob_text, text_blob
from daemon.store.tables import jobs, submissions

# Its file is named after the submission.
PREFIX = "api-"


def _id_in(relative: bytes) -> str:
    stem = relative.decode("ascii", "replace").partition(".")[0]
    return stem.removeprefix(PREFIX) if stem.startswith(PREFIX) else ""


class Submissions:
    """Submissions, as ``uow.submissions``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, new: Submission) -> None:
        """Write a submission down; its id, and its caller's key, must be new."""
        self._connection.execute(
            insert(submissions).values(
                id=new.id,
                inbox=new.inbox,
                name=text_blob(new.name),
                caller=new.caller,
                key=new.key,
                digest=new.digest,
                created_ms=new.created_ms,
                placed_ms=new.placed_ms,
                callback=new.callback,
            )
        )

    def get(self, submission_id: str) -> Submission | None:
        return self._one(submissions.c.id == submission_id)

    def of_key(self, caller: str, key: str) -> Submission | None:
        """What the caller submitted under that key."""
        return self._one((submissions.c.caller == caller) & (submissions.c.key == key))

    def of_file(self, inbox: str, relative: bytes) -> Submission | None:
        """The submission that was put down as that file, if it was one."""
        return self._one((submissions.c.id == _id_in(relative)) & (submissions.c.inbox == inbox))

    def placed(self, submission_id: str, at_ms: int) -> None:
        """Its file lies in the inbox."""
        self._connection.execute(
            update(submissions).where(submissions.c.id == submission_id).values(placed_ms=at_ms)
        )

    def drop(self, submission_id: str) -> None:
        """Forget a submission whose file could not be put down."""
        self._connection.execute(delete(submissions).where(submissions.c.id == submission_id))

    def job_id(self, submission: Submission) -> str | None:
        """The latest job made of its file; ``None`` while there is none."""
        statement = select(func.max(jobs.c.id)).where(
            jobs.c.inbox == submission.inbox, jobs.c.name_key == text_blob(submission.name)
        )
        found: str | None = self._connection.execute(statement).scalar_one()
        return found

    def count_without_job(self, since_ms: int) -> int:
        """Files put down since then which intake has not seen yet."""
        has_job = (
            select(jobs.c.id)
            .where(jobs.c.inbox == submissions.c.inbox, jobs.c.name_key == submissions.c.name)
            .exists()
        )
        statement = (
            select(func.count())
            .select_from(submissions)
            .where(submissions.c.id >= f"{max(0, since_ms):012x}", ~has_job)
        )
        return int(self._connection.execute(statement).scalar_one())

    def count_ahead(self, job_id: str, priority: int) -> int:
        """Jobs that are handed out before this one, as far as priorities and times tell."""
        statement = (
            select(func.count())
            .select_from(jobs)
            .where(
                jobs.c.state == State.QUEUED.value,
                (jobs.c.priority > priority)
                | ((jobs.c.priority == priority) & (jobs.c.id < job_id)),
            )
        )
        return int(self._connection.execute(statement).scalar_one())

    def prune(self, before_ms: int) -> int:
        """Forget submissions of before then whose jobs are forgotten too.

        Returns:
            How many.
        """
        has_job = (
            select(jobs.c.id)
            .where(jobs.c.inbox == submissions.c.inbox, jobs.c.name_key == submissions.c.name)
            .exists()
        )
        statement = delete(submissions).where(
            submissions.c.id < f"{max(0, before_ms):012x}", ~has_job
        )
        return self._connection.execute(statement).rowcount

    def _one(self, condition: Any) -> Submission | None:
        row = self._connection.execute(select(submissions).where(condition)).one_or_none()
        if row is None:
            return None
        return Submission(
            id=row.id,
            inbox=row.inbox,
            name=blob_text(row.name),
            caller=row.caller,
            key=row.key,
            digest=row.digest,
            created_ms=row.created_ms,
            placed_ms=row.placed_ms,
            callback=row.callback,
        )
