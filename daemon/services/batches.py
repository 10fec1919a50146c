"""The way of a batch: unpacked, its photos in the ordinary queue, reported when all have ended.

``Batches`` looks at what stands and does what is missing; after a crash it is the same. What
operators ask for (pause, resume, cancel) is a row's state: a command writes it, the next round
acts on it.
"""

from __future__ import annotations

from collections.abc import Callable

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.artifact import Reason
from daemon.domain.batch import Batch, BatchState
from daemon.domain.job import State, Verdict
from daemon.errors import BoothError
from daemon.services.batch_finish import Finisher
from daemon.services.batch_gather import Gatherer
from daemon.services.batch_receive import GATHERED
from daemon.services.batch_unpack import NoRoomYet, Unpacker
from daemon.services.tries import Tries
from daemon.services.verdicts import commit_without_worker
from daemon.store.database import Database
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

BUSY_S = 0.5
IDLE_S = 2.0


class Batches:
    """Every batch of a booth, a round at a time.

    Args:
        config: The whole configuration.
        database: Where batches and jobs live.
        clock: Time for records and for trying again.
        wake: Called when jobs became claimable or have a verdict.
        unpacker: Opens batches; tests bring one that has no room.
    """

    def __init__(
        self,
        config: Config,
        database: Database,
        clock: Clock,
        wake: Callable[[], None],
        *,
        unpacker: Unpacker | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._wake = wake
        self._unpacker = unpacker or Unpacker(config, database, clock)
        self._gatherer = Gatherer(config, database, clock)
        self._finisher = Finisher(config, database, clock)
        self._tries = Tries(clock)
        self._is_tidy = False
        self._log = get_logger("batches")

    def step(self) -> float:
        """Bring every batch on as far as it goes now; returns the seconds until the next look."""
        if not self._is_tidy:
            self._finisher.tidy()
            self._is_tidy = True
        with self._database.read() as uow:
            live = uow.batches.live()
        for batch in live:
            if self._tries.is_due(batch.id):
                self._turn(batch)
        return BUSY_S if live else IDLE_S

    def _turn(self, batch: Batch) -> None:
        # Before it is tried: what nobody expects ends this round, and must not be met first in
        # the next one again, before every other batch.
        tries = self._tries.postpone(batch.id)
        try:
            self._bring_on(batch)
        except (OSError, BoothError, NoRoomYet) as error:
            self._log.warning(
                events.BATCH_POSTPONED,
                batch_id=batch.id,
                error=type(error).__name__,
                errno=getattr(error, "errno", None),
                tries=tries,
            )
            return
        self._tries.forget(batch.id)

    def _bring_on(self, batch: Batch) -> None:
        if batch.state is BatchState.RECEIVED:
            if GATHERED not in batch.findings:
                self._unpacker.open(batch)
            elif not self._gatherer.open(batch):
                return
            self._wake()
            return
        if batch.state is BatchState.CANCELLED:
            self._cancel_waiting(batch)
        with self._database.write() as uow:
            if batch.state is BatchState.PAUSED:
                # Also what went back to the queue since: a retry, a worker that died.
                uow.batches.hold(batch.id)
            progress = uow.batches.progress(batch.id)
        if not progress.left:
            self._finisher.finish(batch)

    def _cancel_waiting(self, batch: Batch) -> None:
        """End what nobody works on; what is in work comes to its own end."""
        with self._database.read() as uow:
            ids = [batch.id, *uow.batches.queued(batch.id, limit=10_000)]
            waiting = [job for job in uow.jobs.of_ids(ids) if job.state is State.QUEUED]
        if not waiting:
            return
        now_ms = self._clock.now_ms()
        with self._database.write() as uow:
            for job in waiting:
                reason = Reason("CANCELLED")
                commit_without_worker(uow, job, Verdict.FAILED, (reason,), now_ms=now_ms)
        self._wake()
