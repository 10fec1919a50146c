"""The loop that brings finished jobs out, a batch at a time.

Every file of a batch waits for the disk to confirm it, and a disk confirms many at the price of
one: the waits of a batch are made side by side, its rows are one transaction before and one
after. What lies between the waits is done by several threads only where it waits itself, on a
network: on a local disk they would compete for the interpreter and lose more than they gain.
"""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from daemon.clock import Clock
from daemon.domain.job import Job
from daemon.errors import BoothError, DiskFull
from daemon.files.syncing import STREAMS, Outcome, Spread
from daemon.services.publish import Publisher
from daemon.services.review_carry import ReviewCarrier
from daemon.services.tries import Tries
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

BATCH = 64
IDLE_S = 5.0
# A person who decided sees it carried out within this; their word is a row that nobody announces.
LOOK_S = 0.5
# Batches whose leavings may wait to be removed, so that they do not fill the disk.
MOST_CLEARING = 8
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


class Publishing:
    """Publishes whatever waits; a job whose folder cannot be written waits and is tried again.

    Args:
        publisher: Knows how.
        clock: For the back-off.
        disk_full: Told when a folder had no space left, so that the queue is held.
        reviews: Carries out what people decided about photos in review, in this very thread,
            which alone chooses places for originals.
    """

    def __init__(
        self,
        publisher: Publisher,
        clock: Clock,
        disk_full: Callable[[], None],
        *,
        reviews: ReviewCarrier | None = None,
    ) -> None:
        self._publisher = publisher
        self._reviews = reviews
        self._disk_full = disk_full
        self._tries = Tries(clock)
        self._hands = ThreadPoolExecutor(STREAMS, "publisher")
        # Removing takes a disk about as long as all the rest, and nobody waits for it.
        self._broom = ThreadPoolExecutor(1, "publish-broom")
        self._clearing: deque[Future[None]] = deque()
        self._log = get_logger("publish")

    def step(self) -> float:
        """Publish every job that is due; returns the seconds until the next look."""
        after_id, worked = "", False
        if self._reviews is not None:  # first: places that are chosen and not filled yet
            self._reviews.keep_places()
        while jobs := self._publisher.pending(BATCH, after_id):
            after_id = jobs[-1].id
            worked = self._publish([job for job in jobs if self._tries.is_due(job.id)]) or worked
        # Behind the photos: a mistake of ours with a decision must hold up none of them.
        if self._reviews is not None:
            if self._reviews.keep_places():
                self._wait_for_broom()  # what it removes of a job must not be that of its redo
            worked = self._reviews.step() or worked
        if worked:
            return 0.0
        longest_s = IDLE_S if self._reviews is None else LOOK_S
        return max(0.05, min([longest_s, *self._tries.waits_s()]))

    def close(self) -> None:
        """End the threads; what they have in hand is finished."""
        self._hands.shutdown()
        self._broom.shutdown()
        self._wait_for_broom()

    def _wait_for_broom(self) -> None:
        while self._clearing:
            self._clearing.popleft().result()

    def _publish(self, batch: list[Job]) -> bool:
        if not batch:
            return False
        seen = [self._seen_to(job, end) for job, end in self._brought_out(batch)]
        brought = [job for job in seen if job is not None]
        self._publisher.end(brought)
        self._clear(brought)
        return bool(brought)

    def _brought_out(self, batch: list[Job]) -> list[tuple[Job, Outcome[Job | None] | Exception]]:
        """Each job and how it came out; one that meets a mistake of ours holds up no other."""
        try:
            placed = self._publisher.place(batch)
            far = self._publisher.is_far(placed)
            going: Spread = self._hands.map if far else map
            ends = self._publisher.bring_out(placed, sync=self._hands.map, going=going)
        except Exception as error:  # noqa: BLE001 - one mistake would hold up 63 others
            if len(batch) == 1:
                return [(batch[0], error)]
            return [pair for job in batch for pair in self._brought_out([job])]
        return list(zip(placed, ends, strict=True))

    def _clear(self, ended: list[Job]) -> None:
        """Have what ended jobs leave removed, without waiting for it as long as it keeps up."""
        self._clearing.append(self._broom.submit(self._clear_all, ended))
        while len(self._clearing) > MOST_CLEARING:
            self._clearing.popleft().result()

    def _clear_all(self, ended: list[Job]) -> None:
        for job in ended:
            self._publisher.clear(job)

    def _seen_to(self, job: Job, end: Outcome[Job | None] | Exception) -> Job | None:
        if isinstance(end, Exception):
            self._postpone(job, end)
            return None
        self._tries.forget(job.id)
        return end

    def _postpone(self, job: Job, error: Exception) -> None:
        tries = self._tries.postpone(job.id)
        number = errno.ENOSPC if isinstance(error, DiskFull) else getattr(error, "errno", None)
        facts = {"errno": number, "error": type(error).__name__, "tries": tries}
        # Of a mistake of ours the place is wanted; trouble with a folder has none.
        trace = None if isinstance(error, OSError | BoothError) else error
        self._log.warning(events.PUBLISH_POSTPONED, job_id=job.id, **facts, exc_info=trace)
        if number in _NO_SPACE:
            self._disk_full()
