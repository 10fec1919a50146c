"""Is the worker well? Deadlines and marks; what to do about it is the handle's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from daemon.clock import Clock
from daemon.config.model import Worker
from daemon.protocol import Progress
from daemon.runtime.step_times import StepTimes
from daemon.runtime.worker_events import Cause
from daemon.runtime.works_in_hand import WorksInHand

MISSED_HEARTBEATS = 4
MEMORY_LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Breach:
    """A guard that the worker failed.

    Attributes:
        cause: Which.
        at_s: When it was noticed.
        hung: The job that did not get on, where it is known.
    """

    cause: Cause
    at_s: float
    hung: str | None = None


class Guards:
    """The guards of one worker process, from its start.

    Args:
        settings: ``worker`` of the configuration.
        clock: Time.
        works: What it has in hand.
        measure: Its resident memory in MiB, now.
    """

    def __init__(
        self, settings: Worker, clock: Clock, works: WorksInHand, measure: Callable[[], int]
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._works = works
        self._measure = measure
        self._times = StepTimes(settings.step_s, adaptive=settings.step_adaptive)
        self._started_s = self._heard_s = self._measured_s = clock.monotonic_s()
        self._has_booted = False
        self.rss_mib = 0

    def heard(self) -> None:
        """Any message is a sign of life of the process."""
        self._heard_s = self._clock.monotonic_s()

    def booted(self) -> None:
        """It said hello."""
        self._has_booted = True

    def got_on(self, progress: Progress) -> None:
        """A sign of life of a job."""
        self._works.got_on(progress, self._clock.monotonic_s(), self._times)

    def breach(self) -> Breach | None:
        """Which guard the worker fails now, if any."""
        now_s = self._clock.monotonic_s()
        if not self._has_booted:
            is_late = now_s - self._started_s >= self._settings.boot_s
            return Breach("boot_failed", now_s) if is_late else None
        if now_s - self._heard_s > MISSED_HEARTBEATS * self._settings.heartbeat_s:
            return Breach("timeout", now_s)
        hung = self._works.overdue(now_s, self._times)
        if hung is not None:
            return Breach("timeout", now_s, hung)
        if now_s - self._measured_s >= MEMORY_LOOK_S:
            self._measured_s, self.rss_mib = now_s, self._measure()
        return Breach("memory", now_s) if self.rss_mib > self._settings.memory_mib else None

    def next_look_s(self) -> float:
        """Seconds until a guard can fail even if nothing arrives."""
        now_s = self._clock.monotonic_s()
        if not self._has_booted:
            return self._started_s + self._settings.boot_s - now_s
        due_s = min(
            self._measured_s + MEMORY_LOOK_S,
            self._heard_s + MISSED_HEARTBEATS * self._settings.heartbeat_s,
            self._works.next_deadline_s(self._times),
        )
        # A hair later, so that what is due then has really passed.
        return due_s - now_s + 0.001
