"""What a monitor is told: the daemon's notice, and the counts that lie in the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.delivery import DeliveryState
from daemon.domain.job import State
from daemon.errors import BoothError
from daemon.services.health import STATUS_STALE_MS, WORKER_WELL, DaemonStatus, read_status
from daemon.services.space import FreeBytes, free_bytes, measure
from daemon.store.database import Database


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the booth does, in one look that costs next to nothing.

    Attributes:
        status: ``ok``, or ``degraded`` where somebody has to act.
        daemon: Its notice; ``None`` where there is none, or an old one.
        queue_depth: Photos that wait for the worker; ``None`` while the database is away.
        uptime_s: How long the daemon has been running.
    """

    status: str
    daemon: DaemonStatus | None
    queue_depth: int | None
    uptime_s: float | None

    def as_json(self) -> dict[str, Any]:
        known = self.daemon
        return {
            "ok": True,
            "status": self.status,
            "worker": "unknown" if known is None else known.worker,
            "device": known.device if known else "",
            "gpu_memory_used_mb": known.gpu_mib if known else None,
            "worker_memory_mb": known.rss_mib if known else None,
            "load_time_ms": known.load_ms if known else None,
            "worker_restarts": known.restarts if known else None,
            "queue_depth": self.queue_depth,
            "uptime_s": self.uptime_s,
            "version": known.version if known else None,
        }


@dataclass(frozen=True, slots=True)
class Counts:
    """What is counted in the database at one moment.

    Attributes:
        jobs: Inbox and state → how many jobs.
        oldest_queued_s: How long the oldest queued photo waits; 0 where none does.
        deliveries: Receiver and state → how many announcements.
        disabled: Receivers that were switched off.
    """

    jobs: Mapping[tuple[str, str], int]
    oldest_queued_s: float
    deliveries: Mapping[tuple[str, DeliveryState], int]
    disabled: frozenset[str]


class Monitor:
    """Looks; changes nothing. Safe from several threads.

    Args:
        config: The whole configuration.
        database: Opens the database, or hands out the open one.
        clock: Time.
        free: Asks a filesystem for its free bytes.
    """

    def __init__(
        self,
        config: Config,
        database: Callable[[], Database],
        clock: Clock,
        *,
        free: FreeBytes = free_bytes,
    ) -> None:
        self._config = config
        self._database = database
        self._clock = clock
        self._free = free

    def daemon(self) -> DaemonStatus | None:
        """The daemon's notice, if it is fresh."""
        found = read_status(self._config.layout)
        if found is None or self._clock.now_ms() - found.at_ms > STATUS_STALE_MS:
            return None
        return found

    def pulse(self) -> Pulse:
        """How the booth does; answers whatever state it is in."""
        known, depth, now_ms = self.daemon(), None, self._clock.now_ms()
        try:
            with self._database().read() as uow:
                depth = uow.jobs.count(State.QUEUED)
        except BoothError:
            depth = None
        is_well = known is not None and known.worker in WORKER_WELL and not known.silent
        status = "ok" if is_well and depth is not None else "degraded"
        uptime_s = None if known is None else max(0, now_ms - known.started_ms) / 1000
        return Pulse(status, known, depth, uptime_s)

    def counts(self) -> Counts:
        """What is counted in the database.

        Raises:
            BoothError: It cannot be asked.
        """
        with self._database().read() as uow:
            jobs = {
                (inbox.name, state.value): uow.jobs.count(state, inbox=inbox.name)
                for inbox in self._config.inboxes
                for state in State
            }
            oldest = uow.jobs.in_state(State.QUEUED, limit=1)
            told = uow.deliveries.counts()
            disabled = {one.name for one in uow.endpoints.all() if one.disabled_ms is not None}
        age_s = 0.0
        if oldest:
            since_ms = oldest[0].queued_ms or oldest[0].created_ms
            age_s = max(0, self._clock.now_ms() - since_ms) / 1000
        return Counts(jobs, age_s, told, frozenset(disabled))

    def free_mib(self) -> dict[str, int]:
        """Free space by what lies there."""
        return measure(self._config, self._free)
