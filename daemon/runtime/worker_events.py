"""What the worker's handle tells its owner."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from daemon.protocol import (
    EXIT_ENGINE_BROKEN,
    Answer,
    Ask,
    Fault,
    Hello,
    Progress,
    Result,
    Work,
)
from daemon.runtime.works_in_hand import Task, asks_of, works_of

Cause: TypeAlias = Literal[
    "crashed", "timeout", "memory", "recycled", "boot_failed", "stopped", "innocent"
]


class WorkerState(enum.StrEnum):
    """What the worker is up to."""

    STARTING = "starting"
    READY = "ready"
    RECYCLING = "recycling"  # it said goodbye and finishes what it has
    BACKING_OFF = "backing_off"
    BROKEN = "broken"  # hold the queue
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Lost:
    """A worker process is gone, or was.

    Attributes:
        works: Works that were in its hands and will get no answer.
        cause: ``crashed``, ``timeout`` or ``memory``: each of ``works`` may be what killed it.
            ``innocent``: these were in its hands at such a death, but nothing was being done
            with them. ``stopped``: on demand. ``recycled``: it went as announced, ``works`` is
            empty. ``boot_failed``: it cannot start, an administrator must act.
        exit_status: As the process gave it, or ``None``.
        signal: The signal that ended it, or ``None``.
        detail: The last line it wrote to its log.
        asks: Questions that were in its hands; ``cause`` is said of them too.
    """

    works: tuple[Work, ...]
    cause: Cause
    exit_status: int | None = None
    signal: int | None = None
    detail: str = ""
    asks: tuple[Ask, ...] = ()

    @property
    def end(self) -> str:
        """How the process ended, for people."""
        if self.signal is not None:
            return f"signal {self.signal}"
        return f"exit status {self.exit_status}"


def with_tasks(lost: Lost, tasks: tuple[Task, ...], cause: Cause | None = None) -> Lost:
    """The loss of just these works and questions, for the same cause unless another is given."""
    cause = cause or lost.cause
    return replace(lost, works=works_of(tasks), asks=asks_of(tasks), cause=cause)


Event: TypeAlias = Hello | Progress | Result | Answer | Fault | Lost


def cause_of_death(state: WorkerState, status: int | None, announced: int | None) -> Cause:
    """Why a worker that nobody killed is gone.

    Args:
        state: What it was up to.
        status: Its exit status, negative for a signal, ``None`` if it could not be had.
        announced: The status it said it would leave with, if it did.
    """
    if state is WorkerState.STARTING:
        # A start that a signal ended says nothing about the next; an exit status does.
        return "boot_failed" if status is not None and status >= 0 else "crashed"
    if announced is not None and status == announced and status != EXIT_ENGINE_BROKEN:
        return "recycled"
    return "crashed"
