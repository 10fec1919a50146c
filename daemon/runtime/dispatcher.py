"""The loop between queue and worker: keeps the worker's hands full and settles its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from daemon.clock import Clock
from daemon.config.model import Queue
from daemon.domain.artifact import Reason
from daemon.domain.job import Claim
from daemon.domain.tallies import Tallies
from daemon.errors import DiskFull, FaultVerdict
from daemon.protocol import Answer, Ask, Fault, Result
from daemon.runtime.worker_handle import Event, Lost, WorkerHandle, WorkerState
from daemon.services.answering import Answering
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
        questions: What the panel wants to know of the worker.
        publish: Called after a verdict was committed.
        disk_full: Called when the worker met a full disk.
        tallies: Counts what the worker's results come to.
    """

    def __init__(  # noqa: PLR0913 - the parts it connects
        self,
        dispatch: Dispatch,
        handle: WorkerHandle,
        orders: Orders,
        settings: Queue,
        clock: Clock,
        *,
        questions: Answering,
        publish: Callable[[], None],
        disk_full: Callable[[], None],
        tallies: Tallies | None = None,
    ) -> None:
        self._tallies = tallies or Tallies()
        self._dispatch = dispatch
        self._handle = handle
        self._orders = orders
        self._questions = questions
        self._settings = settings
        self._clock = clock
        self._publish = publish
        self._disk_full = disk_full
        self._claims: dict[str, Claim] = {}
        self._ask: Ask | None = None
        self._unsettled: list[Event] = []
        self._renew_s = 0.0
        self._sweep_s = clock.monotonic_s() + settings.lease_s
        self._alone = False
        self.is_draining = False

    def step(self) -> float:
        """One round; never waits longer than ``ROUND_S``, so the loop need not either."""
        self._unsettled.extend(self._handle.poll(ROUND_S))
        self._round()
        self._renew()
        self._obey()
        return 0.0

    def _round(self) -> None:
        """Settle what was said; what the database refuses now is kept for the next round."""
        try:
            self._settle_trouble()
            self._turn()
            self._put_question()
        except DiskFull:
            self._disk_full()
            raise

    def close(self, late: Iterable[Event]) -> None:
        """Settle what the worker still said while it was being stopped."""
        self._unsettled.extend(late)
        self._round()

    @property
    def in_hand(self) -> tuple[str, ...]:
        """Ids of the jobs the worker has, and of the question."""
        ask = self._ask
        return (*self._claims, *([ask.ask_id] if ask else []))

    def wake(self) -> None:
        """A job may be waiting; safe from any thread."""
        self._handle.wake()

    # ── results in, jobs out ──────────────────────────────────────────────────────────────

    def _turn(self) -> None:
        """Commit results and hand out what may follow them."""
        results = list(self._unsettled)
        answers = [
            (claim, result)
            for result in results
            if isinstance(result, Result)
            and (claim := self._claims.get(result.job_id)) is not None
            and claim.job.attempts == result.attempt
        ]
        held = len(self._claims) - len(answers)
        at_once = self._settings.at_once(self._handle.facts.device)
        room = 0 if self._alone and held else at_once - held
        if self.is_draining or self._handle.state is not WorkerState.READY:
            room = 0
        alone = not held and self._ask is None
        claims = self._dispatch.turn(answers, room, alone=alone) if answers or room else []
        self._unsettled.clear()
        for claim, result in answers:
            self._tallies.add(result.timings_ms, result.measures, result.engines)
            self._let_go(claim.job.id)
        if answers:
            self._publish()
        for handed in self._dispatch.prepare(claims):
            self._claims[handed.work.job_id] = handed.claim
            self._alone = handed.claim.job.crashes > 0
            self._handle.submit(handed.work)

    # ── trouble ───────────────────────────────────────────────────────────────────────────

    def _settle_trouble(self) -> None:
        """Settle everything that is no result, in order."""
        for event in list(self._unsettled):
            if not isinstance(event, Result):
                self._settle(event)
                self._unsettled.remove(event)

    def _settle(self, event: Event) -> None:
        if isinstance(event, Fault):
            self._settle_fault(event)
        elif isinstance(event, Lost):
            self._settle_lost(event)
        elif isinstance(event, Answer):
            self._questions.answered(event)
            self._ask = None

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
        self._lose_question(lost, code)

    def _let_go(self, job_id: str) -> None:
        self._claims.pop(job_id, None)
        if not self._claims:
            self._alone = False

    # ── questions ─────────────────────────────────────────────────────────────────────────

    def _put_question(self) -> None:
        """Hand the next question over, beside the jobs in hand and before those that wait.

        One at a time; jobs had their turn just before, so that questions without end hold up
        none of them. Nothing runs beside a suspect.
        """
        state = self._handle.state
        if state is WorkerState.BROKEN:
            self._questions.refuse_waiting("DAEMON_AWAY")
        if self._ask or self._alone or self.is_draining or state is not WorkerState.READY:
            return
        self._ask = self._questions.next()
        if self._ask is not None:
            self._handle.submit(self._ask)

    def _lose_question(self, lost: Lost, code: str | None) -> None:
        for ask in lost.asks:
            if code is None:
                self._questions.returned(ask.ask_id)
            else:
                self._questions.lost(ask.ask_id, code)
            self._ask = None

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
