"""The loop that brings finished jobs out: one thread, because it alone writes to the shares."""

from __future__ import annotations

import errno
from collections.abc import Callable

from daemon.clock import Clock
from daemon.domain.job import Job
from daemon.domain.retry import backoff_s
from daemon.errors import DiskFull
from daemon.services.publish import Publisher
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

PAGE = 100
IDLE_S = 5.0
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


class Publishing:
    """Publishes whatever waits; a job whose folder cannot be written waits and is tried again.

    Args:
        publisher: Does one job.
        clock: For the back-off.
        disk_full: Told when a folder had no space left, so that the queue is held.
    """

    def __init__(self, publisher: Publisher, clock: Clock, disk_full: Callable[[], None]) -> None:
        self._publisher = publisher
        self._clock = clock
        self._disk_full = disk_full
        self._tries: dict[str, int] = {}
        self._due_s: dict[str, float] = {}
        self._log = get_logger("publish")

    def step(self) -> float:
        """Publish every job that is due; returns the seconds until the next look."""
        after_id, worked = "", False
        while jobs := self._publisher.pending(PAGE, after_id):
            after_id = jobs[-1].id
            for job in jobs:
                worked = self._publish(job) or worked
        if worked:
            return 0.0
        waits = [due_s - self._clock.monotonic_s() for due_s in self._due_s.values()]
        return max(0.05, min([IDLE_S, *waits]))

    def _publish(self, job: Job) -> bool:
        if self._due_s.get(job.id, 0.0) > self._clock.monotonic_s():
            return False
        try:
            self._publisher.publish(job)
        except (OSError, DiskFull) as error:
            self._postpone(job, error)
            return False
        self._tries.pop(job.id, None)
        self._due_s.pop(job.id, None)
        return True

    def _postpone(self, job: Job, error: OSError | DiskFull) -> None:
        tries = self._tries[job.id] = self._tries.get(job.id, 0) + 1
        self._due_s[job.id] = self._clock.monotonic_s() + min(60.0, backoff_s(tries))
        number = error.errno if isinstance(error, OSError) else errno.ENOSPC
        self._log.warning(events.PUBLISH_POSTPONED, job_id=job.id, errno=number, tries=tries)
        if number in _NO_SPACE:
            self._disk_full()
