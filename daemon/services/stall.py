"""Noticing that nothing gets on: photos that may be worked on wait, and no verdict falls."""

from __future__ import annotations

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.services.announce import announce_stall
from daemon.store.database import Database
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

# Longer than the slowest photo takes on the slowest machine, attempts and restarts included.
STALL_S = 900.0
LOOK_EVERY_S = 60.0


class StallWatch:
    """Looks now and then; what it saw before a restart it does not know.

    Args:
        config: Who is told.
        database: Where jobs live.
        clock: How long nothing got on.
    """

    def __init__(self, config: Config, database: Database, clock: Clock) -> None:
        self._config = config
        self._database = database
        self._clock = clock
        self._verdict: int | None = None
        self._since_s = self._due_s = clock.monotonic_s()
        self._since_ms = clock.now_ms()
        self._is_told = False
        self._log = get_logger("stall")

    def look(self) -> None:
        """Compare with the last look, if that is long enough ago."""
        now_s = self._clock.monotonic_s()
        if now_s < self._due_s:
            return
        self._due_s = now_s + LOOK_EVERY_S
        with self._database.read() as uow:
            waiting = uow.queue.count_ready()
            verdict = uow.history.newest(events.JOB_VERDICT_COMMITTED)
            is_held = bool(uow.control.holds())
        if not waiting or is_held or verdict != self._verdict:
            self._verdict, self._is_told = verdict, False
            self._since_s, self._since_ms = now_s, self._clock.now_ms()
        elif now_s - self._since_s >= STALL_S and not self._is_told:
            self._tell(waiting)

    def _tell(self, waiting: int) -> None:
        with self._database.write() as uow:
            announce_stall(uow, self._config, since_ms=self._since_ms, waiting=waiting)
        self._is_told = True
        self._log.error(events.QUEUE_STALLED, since_ms=self._since_ms, waiting=waiting)
