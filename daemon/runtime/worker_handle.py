"""The worker process as the control tower sees it: hand it works, poll for events.

Everything that can happen to the process ends in an event: a message of its own, or ``Lost``
with the works that were in its hands. Guards, restarts and the breaker live in ``poll``; there
is no thread of supervision.
"""

from __future__ import annotations

import contextlib
import queue
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace

from daemon.clock import Clock
from daemon.config.boot import WorkerBoot
from daemon.config.model import Config
from daemon.errors import WorkerLost
from daemon.protocol import (
    Answer,
    Ask,
    Fault,
    Heartbeat,
    Hello,
    Leaving,
    Message,
    Progress,
    ProtocolError,
    Result,
    Stop,
    Work,
)
from daemon.runtime.restart_policy import RestartPolicy
from daemon.runtime.worker_events import Cause, Event, Lost, WorkerState, cause_of_death, with_tasks
from daemon.runtime.worker_facts import WorkerFacts
from daemon.runtime.worker_guards import Breach, Guards
from daemon.runtime.worker_process import Arrival, Closed, Inbox, WorkerProcess, start_process
from daemon.runtime.works_in_hand import Task, WorksInHand, works_of
from daemon.telemetry import events, failpoints
from daemon.telemetry.logging import get_logger

__all__ = ["Event", "Lost", "WorkerHandle", "WorkerState"]

# After a deadline passed, arrivals are read for this long before the worker is killed: the
# signs of life may lie unread, because it was this process that was stopped, not the worker.
SECOND_LOOK_S = 0.25
# SIGKILL ends a process at once unless it hangs in the kernel (a dead driver, a dead disk).
KILL_PATIENCE_S = 10.0


class WorkerHandle:
    """One worker at a time, started again as long as that makes sense.

    ``submit``, ``poll``, ``kill`` and ``stop`` belong to one thread; ``wake`` and the properties
    may be used from any.

    Args:
        boot: Settings of the worker and of its guards.
        clock: Time for guards and back-off.
        command: What to run instead of ``python -m daemon.worker``, for tests.
    """

    def __init__(
        self, boot: WorkerBoot, clock: Clock, *, command: Sequence[str] | None = None
    ) -> None:
        self._boot = boot
        self._clock = clock
        self._command = command
        self._log = get_logger("worker")
        self._inbox: Inbox = queue.SimpleQueue()
        self._policy = RestartPolicy(boot.worker.restart_max_s, boot.worker.breaker_crashes)
        self._works = WorksInHand()
        self._in_hand: tuple[Work, ...] = ()
        self._events: list[Event] = []
        self._process: WorkerProcess | None = None
        self._guards = self._fresh_guards()
        self._starts = 0
        self._spawned_s = 0.0
        self._facts = WorkerFacts()
        self._state = WorkerState.STOPPED
        self._trouble = ""
        self._retry_s = float("inf")  # when to start again
        self._leaving: int | None = None
        self._sentence: Breach | None = None
        self._is_stopping = False
        self._woken = False

    @classmethod
    def for_config(cls, config: Config, clock: Clock) -> WorkerHandle:
        """The worker of a whole configuration, which stays."""
        return cls(WorkerBoot.from_config(config).model_copy(update={"warm": True}), clock)

    @property
    def state(self) -> WorkerState:
        return self._state

    @property
    def pid(self) -> int | None:
        """The process id, or ``None`` without a process."""
        process = self._process
        return process.pid if process else None

    @property
    def restarts(self) -> int:
        """How often a worker was started after the first."""
        return max(0, self._starts - 1)

    @property
    def in_hand(self) -> tuple[Work, ...]:
        """Works without a result yet, those included that wait for the next worker."""
        return self._in_hand

    @property
    def facts(self) -> WorkerFacts:
        """What is known of the latest worker."""
        return replace(self._facts, rss_mib=self._guards.rss_mib)

    @property
    def trouble(self) -> str:
        """Why it is broken or backing off, one line; empty when it is well."""
        return self._trouble

    def wake(self) -> None:
        """Make ``poll`` return early."""
        self._inbox.put(None)

    def start(self) -> None:
        """Start a worker, also out of ``broken``; ``poll`` tells when it is ready."""
        self._is_stopping = False
        if self._process is None:
            self._spawn()

    def submit(self, task: Task) -> None:
        """Hand a work or a question over; while no worker is ready it waits for one.

        Raises:
            WorkerLost: The worker is stopped or broken; hold the queue.
        """
        if self._state in {WorkerState.STOPPED, WorkerState.BROKEN}:
            msg = f"the worker is {self._state}: {self._trouble or 'not started'}"
            raise WorkerLost(msg)
        self._works.add(task)
        self._in_hand = works_of(self._works.all())
        if self._state is WorkerState.READY and self._process is not None:
            self._process.send(task)

    def poll(self, timeout_s: float) -> list[Event]:
        """Wait for events, look after the worker meanwhile, and return what happened."""
        self._wait(timeout_s, lambda: bool(self._events) or self._woken)
        self._woken = False
        happened, self._events = self._events, []
        return happened

    def kill(self) -> None:
        """End the process now, to cancel what it does; a fresh one starts at once."""
        self._condemn("stopped")

    def stop(self, grace_s: float) -> list[Event]:
        """Let it finish what it has, at most ``grace_s``, then kill it.

        Returns:
            What happened meanwhile; the last event is ``Lost`` of cause ``stopped``.
        """
        self._is_stopping = True
        if self._process is None:
            self._lose_all("stopped", WorkerState.STOPPED)
        else:
            self._process.send(Stop())
            self._wait(grace_s, lambda: self._process is None)
        if self._process is not None:
            self._condemn("stopped")
            self._wait(KILL_PATIENCE_S + 1, lambda: self._process is None)
        happened, self._events = self._events, []
        return happened

    def _wait(self, timeout_s: float, is_over: Callable[[], bool]) -> None:
        until_s = self._clock.monotonic_s() + timeout_s
        left_s = timeout_s
        self._take_all()
        while True:
            self._tend()
            if is_over() or left_s <= 0:
                return
            wait_s = max(0.0, min(left_s, self._patience_s()))
            try:
                arrival = self._inbox.get(timeout=wait_s)
            except queue.Empty:
                # Counted by what was waited, because a test's clock may stand still.
                left_s -= max(wait_s, 0.001)
            else:
                self._take(arrival)
                self._take_all()
                left_s = min(left_s, until_s - self._clock.monotonic_s())

    def _take_all(self) -> None:
        while not self._inbox.empty():
            self._take(self._inbox.get())

    def _patience_s(self) -> float:
        """Seconds until something must be looked at even if nothing arrives."""
        now_s = self._clock.monotonic_s()
        if self._process is None:
            return self._retry_s - now_s
        if self._sentence is not None:
            return self._sentence.at_s + KILL_PATIENCE_S - now_s
        return self._guards.next_look_s()

    # ── arrivals ──────────────────────────────────────────────────────────────────────────

    def _take(self, arrival: Arrival | None) -> None:
        if arrival is None:
            self._woken = True
            return
        if arrival.process is not self._process:
            return
        self._guards.heard()
        item = arrival.item
        if isinstance(item, Closed):
            self._ended()
        elif isinstance(item, ProtocolError | Work | Ask | Stop):
            self._trouble = f"it does not speak the protocol: {item}"[:200]
            self._condemn("crashed")
        else:
            self._hear(item)

    def _hear(self, message: Message) -> None:
        if isinstance(message, Hello):
            self._greet(message)
        elif isinstance(message, Heartbeat):
            self._guards.rss_mib = message.rss_mib
            self._facts = replace(self._facts, gpu_mib=message.gpu_mib)
        elif isinstance(message, Leaving):
            self._leaving = message.exit_status
            self._state = WorkerState.RECYCLING
        elif isinstance(message, Progress):
            self._guards.got_on(message)
            self._events.append(message)
        elif isinstance(message, Result | Fault | Answer):
            self._answered(message)

    def _greet(self, hello: Hello) -> None:
        self._policy.booted()
        self._guards.booted()
        load_ms = round((self._clock.monotonic_s() - self._spawned_s) * 1000)
        self._facts = WorkerFacts(hello.device, tuple(sorted(hello.engines)), load_ms=load_ms)
        self._trouble = ""
        self._state = WorkerState.READY
        self._events.append(hello)
        self._log.info(events.WORKER_READY, pid=hello.pid, device=hello.device)
        assert self._process is not None
        for task in self._works.all():
            self._process.send(task)

    def _answered(self, message: Result | Fault | Answer) -> None:
        if not self._works.take_answered(message):
            return
        self._in_hand = works_of(self._works.all())
        if isinstance(message, Result):
            self._policy.job_ended_well()
        self._events.append(message)

    def _tend(self) -> None:
        now_s = self._clock.monotonic_s()
        if self._process is None:
            if now_s >= self._retry_s and not self._is_stopping:
                self._spawn()
        elif self._sentence is not None:
            if now_s - self._sentence.at_s >= KILL_PATIENCE_S:
                self._ended()
        elif self._guards.breach() is not None:
            with contextlib.suppress(queue.Empty):
                self._take(self._inbox.get(timeout=SECOND_LOOK_S))
            self._take_all()
            breach = self._guards.breach()
            if breach is not None:
                self._condemn(breach.cause, breach.hung)

    def _condemn(self, cause: Cause, hung: str | None = None) -> None:
        if self._process is None or self._sentence is not None:
            return
        self._sentence = Breach(cause, self._clock.monotonic_s(), hung)
        self._log.warning(
            events.WORKER_KILLED, pid=self._process.pid, cause=cause, job_id=hung,
            rss_mib=self._guards.rss_mib,
        )  # fmt: skip
        self._process.signal(signal.SIGKILL)

    # ── birth and death ───────────────────────────────────────────────────────────────────

    def _spawn(self) -> None:
        self._retry_s = float("inf")
        self._leaving, self._sentence = None, None
        self._facts = replace(self._facts, gpu_mib=None, load_ms=None)
        self._spawned_s = self._clock.monotonic_s()
        self._guards = self._fresh_guards()
        self._state = WorkerState.STARTING
        first, self._starts = self._starts == 0, self._starts + 1
        try:
            self._process = start_process(self._boot, self._inbox, self._command, first=first)
        except OSError as error:
            self._boot_failed(Lost((), "boot_failed", detail=str(error)))
            return
        failpoints.register_worker(self._process.pid)
        name = events.WORKER_STARTED if first else events.WORKER_RESTARTED
        self._log.info(name, pid=self._process.pid, restarts=self.restarts)

    def _fresh_guards(self) -> Guards:
        return Guards(
            self._boot.worker,
            self._clock,
            self._works,
            lambda: self._process.rss_mib() if self._process else 0,
        )

    def _ended(self) -> None:
        """The process is gone: find out why, and what becomes of its works."""
        assert self._process is not None
        process, breach = self._process, self._sentence
        status = process.end()
        self._process = None
        killer = -status if status is not None and status < 0 else None
        if self._is_stopping:
            cause: Cause = "stopped"
        elif breach is not None:
            cause = breach.cause
        else:
            cause = cause_of_death(self._state, status, self._leaving)
        self._sort_out(Lost((), cause, status, killer, process.last_line))

    def _sort_out(self, lost: Lost) -> None:
        if lost.cause == "stopped":
            self._stopped(lost)
        elif lost.cause == "recycled":
            self._log.info(events.WORKER_RECYCLED, exit_status=lost.exit_status)
            self._works.back_to_start()
            self._events.append(lost)
            self._spawn()
        elif lost.cause == "boot_failed":
            self._boot_failed(lost)
        else:
            self._crashed(lost)

    def _stopped(self, lost: Lost) -> None:
        self._log.info(events.WORKER_STOPPED, exit_status=lost.exit_status)
        is_last = self._is_stopping
        self._lose_all("stopped", WorkerState.STOPPED if is_last else WorkerState.STARTING, lost)
        if not is_last:
            self._spawn()

    def _boot_failed(self, lost: Lost) -> None:
        self._trouble = lost.detail or f"it exits with status {lost.exit_status} at its start"
        self._log.error(
            events.WORKER_BOOT_FAILED, exit_status=lost.exit_status, detail=self._trouble
        )
        if self._policy.boot_failed():
            self._lose_all("boot_failed", WorkerState.BROKEN, lost)
        else:
            self._back_off()

    def _crashed(self, lost: Lost) -> None:
        self._trouble = self._trouble or lost.detail or f"it ended by {lost.end}"
        self._log.error(
            events.WORKER_DIED, cause=lost.cause, exit_status=lost.exit_status,
            signal=lost.signal, jobs=len(self._in_hand),
        )  # fmt: skip
        if self._leaving is not None and lost.exit_status == self._leaving:
            # An engine broke and its job has had its fault; the others were never touched.
            self._works.back_to_start()
            self._events.append(lost)
        else:
            self._part_suspects(lost)
        if self._policy.crashed(self._clock.monotonic_s()):
            self._open_breaker()
        else:
            self._back_off()

    def _part_suspects(self, lost: Lost) -> None:
        suspects, others = self._works.part(self._sentence.hung if self._sentence else None)
        self._in_hand = ()
        self._events.append(with_tasks(lost, suspects))
        if others:
            self._events.append(with_tasks(lost, others, "innocent"))

    def _open_breaker(self) -> None:
        self._log.error(events.WORKER_HELD, cool_down_s=self._policy.cool_down_s)
        self._retry_s = self._clock.monotonic_s() + self._policy.cool_down_s
        self._state = WorkerState.BROKEN
        if self._works.all():
            self._lose_all("innocent", WorkerState.BROKEN)

    def _back_off(self) -> None:
        self._retry_s = self._clock.monotonic_s() + self._policy.pause_s()
        self._state = WorkerState.BACKING_OFF

    def _lose_all(self, cause: Cause, state: WorkerState, lost: Lost | None = None) -> None:
        self._in_hand = ()
        self._events.append(with_tasks(lost or Lost((), cause), self._works.empty(), cause))
        self._state = state
