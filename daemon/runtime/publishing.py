"""The loop that brings finished jobs out, a batch at a time.

The files of a batch are written by several threads, because every one of them waits for the
disk to confirm and a disk confirms many at the price of one. The rows of a batch are one
transaction before and one after, for the same reason.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from daemon.clock import Clock
from daemon.domain.job import Job
from daemon.domain.retry import backoff_s
from daemon.errors import DiskFull
from daemon.services.publish import Publisher
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

BATCH = 64
HANDS = 16
IDLE_S = 5.0
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


class Publishing:
    """Publishes whatever waits; a job whose folder cannot be written waits and is tried again.

    Args:
        publisher: Knows how.
        clock: For the back-off.
        disk_full: Told when a folder had no space left, so that the queue is held.
    """

    def __init__(self, publisher: Publisher, clock: Clock, disk_full: Callable[[], None]) -> None:
        self._publisher = publisher
        self._clock = clock
        self._disk_full = disk_full
        self._tries: dict[str, int] = {}
        self._due_s: dict[str, float] = {}
        self._hands = ThreadPoolExecutor(HANDS, "publisher")
        self._log = get_logger("publish")

    def step(self) -> float:
        """Publish every job that is due; returns the seconds until the next look."""
        after_id, worked = "", False
        while jobs := self._publisher.pending(BATCH, after_id):
            after_id = jobs[-1].id
            worked = self._publish([job for job in jobs if self._is_due(job)]) or worked
        if worked:
            return 0.0
        waits = [due_s - self._clock.monotonic_s() for due_s in self._due_s.values()]
        return max(0.05, min([IDLE_S, *waits]))

    def close(self) -> None:
        """End the threads; what they have in hand is finished."""
        self._hands.shutdown()

    def _is_due(self, job: Job) -> bool:
        return self._due_s.get(job.id, 0.0) <= self._clock.monotonic_s()

    def _publish(self, batch: list[Job]) -> bool:
        if not batch:
            return False
        placed = self._publisher.place(batch)
        brought = [job for job in self._hands.map(self._bring_out, placed) if job is not None]
        self._publisher.end(brought)
        list(self._hands.map(self._publisher.clear, brought))
        return bool(brought)

    def _bring_out(self, job: Job) -> Job | None:
        try:
            ended = self._publisher.bring_out(job)
        except (OSError, DiskFull) as error:
            self._postpone(job, error)
            return None
        self._tries.pop(job.id, None)
        self._due_s.pop(job.id, None)
        return ended

    def _postpone(self, job: Job, error: OSError | DiskFull) -> None:
        tries = self._tries[job.id] = self._tries.get(job.id, 0) + 1
        self._due_s[job.id] = self._clock.monotonic_s() + min(60.0, backoff_s(tries))
        number = error.errno if isinstance(error, OSError) else errno.ENOSPC
        self._log.warning(events.PUBLISH_POSTPONED, job_id=job.id, errno=number, tries=tries)
        if number in _NO_SPACE:
            self._disk_full()
