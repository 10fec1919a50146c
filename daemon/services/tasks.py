"""What became of a photo that a program submitted: its state, its place in the queue, its result.

A task is the submission until intake has made a job of its file, and that job from then on. The
id of any other job is a task too.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.job import LIVE, TERMINAL, Job, State
from daemon.domain.submission import Submission
from daemon.services.pictures import Picture, open_output
from daemon.store.database import Database

# How often the row is looked at while somebody waits.
LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Task:
    """A submitted photo.

    Attributes:
        id: As the caller knows it.
        inbox: Where it was put.
        job: Its job; ``None`` before intake has seen the file.
        position: Jobs that are handed out before it; ``None`` unless it is queued.
        created_ms: When it came.
    """

    id: str
    inbox: str
    job: Job | None
    position: int | None
    created_ms: int

    @property
    def state(self) -> str:
        """As a job's; ``submitted`` before there is one."""
        return "submitted" if self.job is None else self.job.state.value

    @property
    def is_over(self) -> bool:
        return self.job is not None and self.job.state in TERMINAL


class Tasks:
    """Looks tasks up, and waits for them; safe from several threads.

    Args:
        config: The whole configuration.
        database: Opens the database, or hands out the open one.
        clock: Time.
        sleep: Waits, for tests.
    """

    def __init__(
        self,
        config: Config,
        database: Callable[[], Database],
        clock: Clock,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._config = config
        self._database = database
        self._clock = clock
        self._sleep = sleep
        self._waiters = threading.BoundedSemaphore(config.api.waiters)

    @contextmanager
    def seat(self) -> Iterator[bool]:
        """A place among the calls that may wait; ``False`` where all are taken."""
        has_seat = self._waiters.acquire(blocking=False)
        try:
            yield has_seat
        finally:
            if has_seat:
                self._waiters.release()

    def find(self, task_id: str) -> Task | None:
        """The task of that id; ``None`` where there is none (any more)."""
        with self._database().read() as uow:
            submission = uow.submissions.get(task_id)
            job_id = task_id if submission is None else uow.submissions.job_id(submission)
            job = uow.jobs.get(job_id) if job_id is not None else None
            if submission is None and job is None:
                return None
            position = None
            if job is not None and job.state is State.QUEUED:
                position = uow.submissions.count_ahead(job.id, job.priority)
        return _task(submission, job, position)

    def wait(self, task_id: str, wait_s: float) -> Task | None:
        """Wait until the task is over; the latest look where the time is up.

        Where ``api.waiters`` wait already it is looked at once: a caller who is told to come
        again is better off than one whom nobody answers.
        """
        found = self.find(task_id)
        if found is None or found.is_over or wait_s <= 0:
            return found
        with self.seat() as has_seat:
            if not has_seat:
                return found
            return self._wait(task_id, self._clock.monotonic_s() + wait_s)

    def _wait(self, task_id: str, until_s: float) -> Task | None:
        while True:
            left_s = until_s - self._clock.monotonic_s()
            if left_s <= 0:
                return self.find(task_id)
            self._sleep(min(LOOK_EVERY_S, left_s))
            if not self._is_live(task_id):
                return self.find(task_id)

    def _is_live(self, task_id: str) -> bool:
        with self._database().read() as uow:
            submission = uow.submissions.get(task_id)
            job_id = task_id if submission is None else uow.submissions.job_id(submission)
            if job_id is None:
                return submission is not None
            job = uow.jobs.get(job_id)
        return job is not None and job.state in LIVE

    def output(self, job: Job, ordinal: int) -> Picture | None:
        """A file that the job put out, open; ``None`` where it has none, or no longer."""
        if job.inbox not in {inbox.name for inbox in self._config.inboxes}:
            return None
        return open_output(self._config.layout, job, ordinal)


def _task(submission: Submission | None, job: Job | None, position: int | None) -> Task:
    if submission is not None:
        return Task(submission.id, submission.inbox, job, position, submission.created_ms)
    assert job is not None
    return Task(job.id, job.inbox, job, position, job.created_ms)
