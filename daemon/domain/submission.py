"""A photo that came by the API, and the file it was put down as."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Submission:
    """What is known of it before, and besides, its job.

    Attributes:
        id: The task's id, as a job's (``new_job_id``).
        inbox: Where its file was put.
        name: Name of that file, ASCII and lower case; no other file has it.
        caller: Who submitted it.
        key: The caller's ``Idempotency-Key``, or ``None``.
        digest: SHA-256 over picture and wishes: what the key stands for.
        created_ms: When it came.
        placed_ms: When its file lay in the inbox, or ``None``.
        callback: Where the caller wants to be told how it ended, or ``None``.
    """

    id: str
    inbox: str
    name: str
    caller: str
    key: str | None
    digest: str
    created_ms: int
    placed_ms: int | None = None
    callback: str | None = None
