"""Which jobs and questions the worker has, what each is at, and who is to blame when it dies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from daemon.protocol import STEP_REST, Answer, Ask, Fault, Progress, Result, Work
from daemon.runtime.step_times import StepTimes

# What a worker can be told to do.
Task: TypeAlias = Work | Ask


def id_of(task: Task) -> str:
    """The job's id, or the question's: ``Progress`` names either."""
    return task.job_id if isinstance(task, Work) else task.ask_id


def works_of(tasks: tuple[Task, ...]) -> tuple[Work, ...]:
    """The jobs among them."""
    return tuple(task for task in tasks if isinstance(task, Work))


def asks_of(tasks: tuple[Task, ...]) -> tuple[Ask, ...]:
    """The questions among them."""
    return tuple(task for task in tasks if isinstance(task, Ask))


# Photos that begin to share a pass say so within this time.
TOGETHER_S = 0.5


@dataclass(slots=True)
class _Held:
    task: Task
    step: str = ""  # empty: not begun
    since_s: float = 0.0

    @property
    def is_running(self) -> bool:
        return self.step not in {"", STEP_REST}


class WorksInHand:
    """What was handed over and not yet answered, in that order."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}

    def all(self) -> tuple[Task, ...]:
        return tuple(held.task for held in self._held.values())

    def add(self, task: Task) -> None:
        self._held[id_of(task)] = _Held(task)

    def take_out(self, job_id: str, attempt: int) -> bool:
        """Forget a job that was answered; False when it was not in hand (any more)."""
        held = self._held.get(job_id)
        if held is None or not isinstance(held.task, Work) or held.task.attempt != attempt:
            return False
        del self._held[job_id]
        return True

    def take_answered(self, message: Result | Fault | Answer) -> bool:
        """Forget what a message ends; False when that was not in hand (any more)."""
        if not isinstance(message, Answer):
            return self.take_out(message.job_id, message.attempt)
        held = self._held.get(message.ask_id)
        if held is None or not isinstance(held.task, Ask):
            return False
        del self._held[message.ask_id]
        return True

    def empty(self) -> tuple[Task, ...]:
        """Forget everything and return it."""
        tasks = self.all()
        self._held.clear()
        return tasks

    def back_to_start(self) -> tuple[Task, ...]:
        """Regard every job as not begun, for the next worker."""
        for held in self._held.values():
            held.step = ""
        return self.all()

    def got_on(self, progress: Progress, now_s: float, times: StepTimes) -> None:
        """A job gave a sign of life."""
        held = self._held.get(progress.job_id)
        if held is None:
            return
        if held.is_running:
            times.add(held.step, now_s - held.since_s)
        held.step, held.since_s = progress.step, now_s

    def overdue(self, now_s: float, times: StepTimes) -> str | None:
        """The id of a job that gave no sign of life for longer than its step may take."""
        for job_id, held in self._held.items():
            if held.is_running and now_s - held.since_s > times.deadline_s(held.step):
                return job_id
        return None

    def next_deadline_s(self, times: StepTimes) -> float:
        """The earliest moment at which a job can become overdue; infinite without any."""
        return min(
            (
                held.since_s + times.deadline_s(held.step)
                for held in self._held.values()
                if held.is_running
            ),
            default=float("inf"),
        )

    def part(self, hung: str | None) -> tuple[tuple[Task, ...], tuple[Task, ...]]:
        """Forget everything; return those that may have killed the worker, and the others.

        Args:
            hung: A job that is known to have hung, if one is known.
        """
        blamed = self._silent_with(hung) if hung else self._running() or set(self._held)
        tasks = self.empty()
        suspects = tuple(task for task in tasks if id_of(task) in blamed)
        return suspects, tuple(task for task in tasks if id_of(task) not in blamed)

    def _silent_with(self, hung: str) -> set[str]:
        """A job that hung, and those that fell silent in the same route at the same moment.

        Photos that share a pass through an engine hang together, whichever of them did it.
        """
        one = self._held.get(hung)
        if one is None:
            return {hung}
        return {
            job_id
            for job_id, held in self._held.items()
            if held.is_running
            and held.step.partition(".")[0] == one.step.partition(".")[0]
            and abs(held.since_s - one.since_s) < TOGETHER_S
        }

    def _running(self) -> set[str]:
        # Empty where nothing ran and yet the worker died with jobs in hand: then the order
        # itself may have killed it, and somebody must be counted, or it would go on for ever.
        return {job_id for job_id, held in self._held.items() if held.is_running}
