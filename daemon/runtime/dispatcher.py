"""The loop between queue and worker: keeps the worker's hands full and settles its answers."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from daemon.clock import Clock
from daemon.config.model import Queue
from daemon.domain.artifact import Reason
from daemon.domain.job import Claim
from daemon.errors import DiskFull, FaultVerdict
from daemon.protocol import Fault, Result
from daemon.runtime.worker_handle import Event, Lost, WorkerHandle, WorkerState
from daemon.services.dispatch import Dispatch
from daemon.services.orders import Orders

# How long a round may wait for the worker or a wake-up; bounds how late a lease is renewed and
# an operator's order is seen.
ROUND_S = 0.5

# Why the worker was lost → the code its jobs carry. Jobs of the causes not named here go back
# to the queue as if they had never been claimed.
_CODES = {"crashed": "WORKER_CRASHED", "memory": "OUT_OF_MEMORY", "timeout": "WORKER_TIMEOUT"}


class Dispatcher:
    """Runs in one thread, which alone talks to the worker.

    Args:
        dispatch: The queue's side.
        handle: The worker's side.
        orders: What operators asked for.
        settings: ``queue`` of the configuration.
        clock: For leases.
        publish: Called after a verdict was committed.
        disk_full: Called when the worker met a full disk.
    """

    def __init__(  # noqa: PLR0913 - the parts it connects
        self,
        dispatch: Dispatch,
        handle: WorkerHandle,
        orders: Orders,
        settings: Queue,
        clock: Clock,
        *,
        publish: Callable[[], None],
        disk_full: Callable[[], None],
    ) -> None:
        self._dispatch = dispatch
        self._handle = handle
        self._orders = orders
        self._settings = settings
        self._clock = clock
        self._publish = publish
        self._disk_full = disk_full
        self._claims: dict[str, Claim] = {}
        self._unsettled: deque[Event] = deque()
        self._renew_s = 0.0
        self._sweep_s = clock.monotonic_s() + settings.lease_s
        self._alone = False
        self.is_draining = False

    def step(self) -> float:
        """One round; never waits longer than ``ROUND_S``, so the loop need not either."""
        self._fill()
        self._unsettled.extend(self._handle.poll(ROUND_S))
        self._settle_all()
        self._renew()
        self._obey()
        return 0.0

    def close(self, late: Iterable[Event]) -> None:
        """Settle what the worker still said while it was being stopped."""
        self._unsettled.extend(late)
        self._settle_all()

    @property
    def in_hand(self) -> tuple[str, ...]:
        """Ids of the jobs the worker has."""
        return tuple(self._claims)

    def wake(self) -> None:
        """A job may be waiting; safe from any thread."""
        self._handle.wake()

    # ── handing out ───────────────────────────────────────────────────────────────────────

    def _fill(self) -> None:
        """Hand out as many jobs as the worker has room for."""
        room = 0 if self._alone else self._settings.in_flight - len(self._claims)
        if room <= 0 or self.is_draining or self._handle.state is not WorkerState.READY:
            return
        try:
            handed = self._dispatch.next_work(room, alone=not self._claims)
        except DiskFull:
            self._disk_full()
            return
        for one in handed:
            self._claims[one.work.job_id] = one.claim
            self._alone = one.claim.job.crashes > 0
            self._handle.submit(one.work)

    # ── answers ───────────────────────────────────────────────────────────────────────────

    def _settle_all(self) -> None:
        """Settle answers in order; what the database refuses now is kept for later."""
        while self._unsettled:
            results = list(itertools.takewhile(_is_result, self._unsettled))
            try:
                if results:
                    self._settle_results(results)
                else:
                    self._settle(self._unsettled[0])
            except DiskFull:
                self._disk_full()
                raise
            for _ in range(max(1, len(results))):
                self._unsettled.popleft()

    def _settle(self, event: Event) -> None:
        if isinstance(event, Fault):
            self._settle_fault(event)
        elif isinstance(event, Lost):
            self._settle_lost(event)

    def _settle_results(self, results: Sequence[Event]) -> None:
        answers = [
            (claim, result)
            for result in results
            if isinstance(result, Result)
            and (claim := self._claims.get(result.job_id)) is not None
            and claim.job.attempts == result.attempt
        ]
        self._dispatch.finish(answers)
        for claim, _ in answers:
            self._let_go(claim.job.id)
        self._publish()

    def _settle_fault(self, fault: Fault) -> None:
        claim = self._claims.get(fault.job_id)
        if claim is None or claim.job.attempts != fault.attempt:
            return
        if self._dispatch.fault(claim, fault) is FaultVerdict.HOLD_QUEUE:
            self._disk_full()
        self._let_go(fault.job_id)
        self._publish()

    def _settle_lost(self, lost: Lost) -> None:
        claims = [self._claims[w.job_id] for w in lost.works if w.job_id in self._claims]
        code = _CODES.get(lost.cause)
        if code is None:
            self._dispatch.returned(claims)
        else:
            self._dispatch.lost(claims, code)
        for claim in claims:
            self._let_go(claim.job.id)
        self._publish()

    def _let_go(self, job_id: str) -> None:
        self._claims.pop(job_id, None)
        if not self._claims:
            self._alone = False

    # ── leases and orders ─────────────────────────────────────────────────────────────────

    def _renew(self) -> None:
        now_s = self._clock.monotonic_s()
        if now_s >= self._renew_s and self._claims:
            stale = self._dispatch.heartbeat(self._claims.values())
            # Not ours any more: whatever the worker says of them will be thrown away.
            for claim in [c for c in self._claims.values() if c.token in stale]:
                self._let_go(claim.job.id)
            self._renew_s = now_s + self._settings.lease_s / 4
        if now_s >= self._sweep_s:
            self._dispatch.sweep(frozenset(claim.token for claim in self._claims.values()))
            self._sweep_s = now_s + self._settings.lease_s

    def _obey(self) -> None:
        for job_id in self._orders.obey():
            claim = self._claims.get(job_id)
            if claim is not None:
                self._dispatch.give_up(claim, Reason("CANCELLED"))
                self._let_go(job_id)
            self._publish()


def _is_result(event: Event) -> bool:
    return isinstance(event, Result)
