"""A batch: many people's photos taken in together, worked on one by one, reported together."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from daemon.domain.job import Job, State

# What a job of a batch has for a generation: no file of an inbox ever has such a one.
_GENERATION = "batch:"


class BatchState(enum.StrEnum):
    """Where a batch stands; it is over once it has ``finished_ms``."""

    RECEIVED = "received"  # the archive was taken in, it is not unpacked yet
    OPEN = "open"  # its photos are in the queue
    PAUSED = "paused"  # its photos wait until somebody resumes it
    CANCELLED = "cancelled"  # what had not begun was cancelled; the report follows
    FINISHED = "finished"  # every photo has its end, the report is published
    REFUSED = "refused"  # it could not be unpacked; its own job says why


BATCH_MOVES: dict[BatchState, frozenset[BatchState]] = {
    BatchState.RECEIVED: frozenset({BatchState.OPEN, BatchState.CANCELLED, BatchState.REFUSED}),
    BatchState.OPEN: frozenset({BatchState.PAUSED, BatchState.CANCELLED, BatchState.FINISHED}),
    # Its last photo may have been in work when it was paused.
    BatchState.PAUSED: frozenset({BatchState.OPEN, BatchState.CANCELLED, BatchState.FINISHED}),
    BatchState.CANCELLED: frozenset(),
    BatchState.FINISHED: frozenset(),
    BatchState.REFUSED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Batch:
    """One row of the batches table.

    Attributes:
        id: That of the job which brought it: the archive, or the table of a folder.
        inbox: Name of the inbox.
        name: What people call it: the archive's or the folder's name.
        state: Where it stands.
        language: Language of its report, ``zh`` or ``en``.
        created_ms: When it was taken in.
        folder: Path of its folder below the inbox's results, once open.
        findings: What was made of the table and of what was no photo: ``manifest``, ``columns``,
            ``unknown_columns``, ``empty_lines``, ``doubled``, ``passed_over``.
        finished_ms: When its report was published, or when it was refused.
    """

    id: str
    inbox: str
    name: str
    state: BatchState
    language: str
    created_ms: int
    folder: str = ""
    findings: Mapping[str, Any] = field(default_factory=dict)
    finished_ms: int | None = None


@dataclass(frozen=True, slots=True)
class BatchPhoto:
    """Which job is whose photo.

    Attributes:
        job_id: The job.
        line: Row of the person it belongs to; ``None``: nobody's.
        photo: What it is called in the batch, with folders.
    """

    job_id: str
    line: int | None
    photo: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is: its jobs by state."""

    states: Mapping[State, int]

    @property
    def total(self) -> int:
        return sum(self.states.values())

    @property
    def left(self) -> int:
        """Photos that have not reached their end."""
        ended = (State.DONE, State.REJECTED, State.REVIEW, State.FAILED, State.WITHDRAWN)
        return self.total - sum(self.states.get(state, 0) for state in ended)

    def as_json(self) -> dict[str, int]:
        """Totals, and every state that occurs."""
        named = {state.value: n for state, n in sorted(self.states.items()) if n}
        return {"total": self.total, "left": self.left, **named}


def generation_in(batch_id: str, index: int) -> str:
    """The generation of a batch's photo by its place in the batch."""
    return f"{_GENERATION}{batch_id}:{index}"


def is_of_archive(job: Job) -> bool:
    """Whether a job's photo came out of an archive: it lies in no inbox, only staged."""
    return job.generation.startswith(_GENERATION)
