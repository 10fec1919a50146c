"""The worker's life: threads, the hand-over between stages, and when to leave.

    reader ─► main ─► decode ─► engine ─► encode ─► (result to the parent)
                ▲                            │
                └────── finished, faults ◄───┘

The main thread decides and never works on a photo, so a signal, a closed pipe or a stop order
is acted upon while the engine is busy.
"""

from __future__ import annotations

import enum
import itertools
import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from daemon.config.boot import WorkerBoot
from daemon.errors import EngineGone, FaultVerdict
from daemon.protocol import (
    EXIT_BOOT_FAILED,
    EXIT_ENGINE_BROKEN,
    EXIT_OK,
    EXIT_RECYCLED,
    Answer,
    Ask,
    Fault,
    Heartbeat,
    Hello,
    Leaving,
    ProtocolError,
    Result,
    Stop,
    Work,
)
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger
from daemon.worker import process
from daemon.worker.channel import Channel, leave_at_once
from daemon.worker.faults import fault_of, refusal_of
from daemon.worker.lanes import Lanes
from daemon.worker.questions import Question
from daemon.worker.stages import DecodeStage, EncodeStage, EngineStage, Routes
from daemon.worker.task import Task

# So many photos may wait between two stages for every two lanes, one at least: enough that no
# stage idles, and memory stays bounded.
_WAITING = 1
# How long the engines may take before the first photo, of the time in which the parent wants to
# hear hello; the photo waits for the rest.
_WARM_SHARE = 0.6
# How much an idle worker may hold beyond what it held before its first photo.
_GROWTH_MIB = 1024
# Writing waits for the disk; two writers share one journal commit, and a large PNG does not keep
# the next photo from coming out.
_ENCODERS = 2


Piece: TypeAlias = Task | Question


class _Order(enum.Enum):
    STOP = enum.auto()
    GONE = enum.auto()  # the parent closed its end
    MISUNDERSTOOD = enum.auto()  # the parent speaks another protocol
    DRAINED = enum.auto()
    WARM = enum.auto()  # the engines have run once


@dataclass(frozen=True, slots=True)
class _Ended:
    """A job left the stages; ``verdict`` is a fault's, or ``None`` for a result."""

    verdict: FaultVerdict | None


class _Queue(Protocol):
    def get(self) -> Piece | None: ...

    def put(self, item: Piece | None) -> None: ...


class _Turns:
    """What was handed over and not begun: questions first, for a person waits; the end last."""

    def __init__(self) -> None:
        self._queue: queue.PriorityQueue[tuple[int, int, Piece | None]] = queue.PriorityQueue()
        self._numbers = itertools.count()

    def get(self) -> Piece | None:
        return self._queue.get()[2]

    def put(self, item: Piece | None) -> None:
        turn = 2 if item is None else 0 if isinstance(item, Question) else 1
        self._queue.put((turn, next(self._numbers), item))


class _StageThread(threading.Thread):
    """Runs one stage for task after task until it is handed ``None``.

    Its loop is the job boundary: the one place of the worker that catches ``Exception``.
    """

    def __init__(
        self,
        stage: Any,
        inward: _Queue,
        outward: Callable[[Piece | None, Any], None],
        failed: Callable[[Piece, Exception], None],
    ) -> None:
        super().__init__(name=stage.name, daemon=True)
        self._stage = stage
        self._inward = inward
        self._outward = outward
        self._failed = failed

    def run(self) -> None:
        ended = False
        try:
            while (task := self._inward.get()) is not None:
                self._one(task)
            ended = True
            self._outward(None, None)
        finally:
            # SystemExit from a library, or an error in the boundary itself: a worker without
            # this thread would look alive for ever.
            if not ended:
                os._exit(EXIT_ENGINE_BROKEN)

    def _one(self, task: Piece) -> None:
        try:
            made = self._stage.run(task)
        except Exception as error:  # noqa: BLE001 - the job boundary
            self._failed(task, error)
        else:
            self._outward(task, made)


class WorkerLoop:
    """One worker process, from hello to exit status.

    Args:
        boot: Settings.
        channel: Where the parent is.
        hello: What this worker can do.
    """

    def __init__(self, boot: WorkerBoot, channel: Channel, hello: Hello) -> None:
        self._boot = boot
        self._channel = channel
        self._hello = hello
        self._log = get_logger("worker")
        self._routes = Routes(boot.routes)
        self._lanes = Lanes(boot, hello.device)
        self._inbox: queue.SimpleQueue[Work | Ask | _Order | _Ended] = queue.SimpleQueue()
        self._decode_inbox = _Turns()
        self._in_hand = 0
        self._warm_mib = 0
        self._jobs_done = 0
        self._exit_status: int | None = None
        self._silent = threading.Event()
        # Set when no task may begin any more, on whatever stage it is.
        self._abandoned = threading.Event()

    def stop(self) -> None:
        """Finish what is in hand, then exit; safe in a signal handler."""
        self._inbox.put(_Order.STOP)

    def serve(self) -> int:
        """Work until told to leave; returns the exit status."""
        threads = self._threads()
        if self._lanes.warms:
            self._warm_up()
        self._channel.send(self._hello)
        for thread in threads:
            thread.start()
        while not self._handle(self._inbox.get()):
            pass
        self._silent.set()
        return EXIT_OK if self._exit_status is None else self._exit_status

    def _warm_up(self) -> None:
        """Load the card's engines; a stop order, or the parent's patience, ends the wait."""

        def warm() -> None:
            try:
                self._lanes.warm()
            finally:
                self._inbox.put(_Order.WARM)

        threading.Thread(target=warm, name="warm-up", daemon=True).start()
        try:
            order = self._inbox.get(timeout=self._boot.worker.boot_s * _WARM_SHARE)
        except queue.Empty:
            self._log.warning(events.WORKER_COLD, waited_s=self._boot.worker.boot_s * _WARM_SHARE)
            return
        if order is not _Order.WARM:
            self._inbox.put(order)
        self._warm_mib = process.rss_mib()

    # ── the main thread's decisions ───────────────────────────────────────────────────────

    def _handle(self, event: Work | Ask | _Order | _Ended) -> bool:
        """Act on one event; True when there is nothing left to do."""
        if isinstance(event, Work | Ask):
            self._begin(event)
        elif isinstance(event, _Ended):
            self._count(event)
        elif event is _Order.STOP:
            self._leave(EXIT_OK)
        elif event is _Order.GONE:
            leave_at_once()
        elif event is _Order.MISUNDERSTOOD:
            self._exit_status = EXIT_BOOT_FAILED
            return True
        return event is _Order.DRAINED

    def _begin(self, order: Work | Ask) -> None:
        # After goodbye the parent keeps what it sends for the next worker.
        if self._exit_status is None:
            self._in_hand += 1
            send = self._channel.send
            piece = Task(order, send) if isinstance(order, Work) else Question(order, send)
            self._decode_inbox.put(piece)

    def _count(self, ended: _Ended) -> None:
        self._in_hand -= 1
        self._jobs_done += 1
        if ended.verdict is FaultVerdict.RESTART_WORKER:
            self._leave(EXIT_ENGINE_BROKEN)
        elif self._is_worn():
            self._leave(EXIT_RECYCLED)

    def _is_worn(self) -> bool:
        limits, rss_mib = self._boot.worker, process.rss_mib()
        if self._jobs_done >= limits.recycle_jobs:
            return True
        # A busy worker holds pictures, so its size says little until it nears the ceiling at
        # which it would be killed with its jobs.
        ceiling_mib = _near_ceiling_mib(self._boot)
        if self._in_hand:
            return rss_mib >= ceiling_mib
        if not self._warm_mib:
            return rss_mib >= limits.recycle_mib
        # A card's libraries take gigabytes in every fresh worker, too.
        return rss_mib >= max(limits.recycle_mib, min(self._warm_mib + _GROWTH_MIB, ceiling_mib))

    def _leave(self, exit_status: int) -> None:
        if self._exit_status is not None:
            return
        self._exit_status = exit_status
        self._channel.send(Leaving(exit_status))
        self._decode_inbox.put(None)

    # ── the other threads ─────────────────────────────────────────────────────────────────

    def _threads(self) -> list[threading.Thread]:
        lanes = self._lanes.count
        decoders, encoders = (lanes + 1) // 2, max(_ENCODERS, lanes)
        room = _WAITING * decoders
        to_engine: queue.Queue[Piece | None] = queue.Queue(room)
        to_encode: queue.Queue[Piece | None] = queue.Queue(room)
        encode = EncodeStage(self._boot)
        engine = EngineStage(self._boot, self._lanes)
        decode = DecodeStage(self._routes)
        return [
            *self._stage(encode, encoders, to_encode, self._finish),
            *self._stage(engine, lanes, _Gate(to_engine, self._abandoned), _onward(to_encode)),
            *self._stage(
                decode, decoders, _Gate(self._decode_inbox, self._abandoned), _onward(to_engine)
            ),
            threading.Thread(target=self._beat, name="heartbeat", daemon=True),
            threading.Thread(target=self._read, name="reader", daemon=True),
        ]

    def _stage(
        self,
        stage: Any,
        threads: int,
        inward: _Queue,
        outward: Callable[[Piece | None, Any], None],
    ) -> list[threading.Thread]:
        onward = _Last(threads, inward, outward)
        return [_StageThread(stage, inward, onward, self._fail) for _ in range(threads)]

    def _read(self) -> None:
        try:
            for message in self._channel.messages():
                if isinstance(message, Work | Ask):
                    self._inbox.put(message)
                elif isinstance(message, Stop):
                    self._inbox.put(_Order.STOP)
        except ProtocolError as error:
            self._log.error(events.WORKER_BOOT_FAILED, detail=str(error))
            self._inbox.put(_Order.MISUNDERSTOOD)
            return
        self._inbox.put(_Order.GONE)

    def _beat(self) -> None:
        while not self._silent.wait(self._boot.worker.heartbeat_s):
            self._channel.send(Heartbeat(process.rss_mib(), self._jobs_done, process.gpu_mib()))

    def _finish(self, task: Piece | None, result: Result | Answer | None) -> None:
        if task is None or result is None:
            self._inbox.put(_Order.DRAINED)
            return
        self._channel.send(result)
        self._inbox.put(_Ended(None))

    def _fail(self, task: Piece, error: Exception) -> None:
        if isinstance(error, EngineGone):
            # Not told: the parent holds it as begun by nobody, for the next worker.
            self._abandoned.set()
            self._inbox.put(_Ended(error.fault))
            return
        message: Fault | Answer
        if isinstance(task, Question):
            message, verdict = refusal_of(task.ask, error)
        else:
            message = fault_of(task.work, error)
            verdict = message.fault
        if verdict is FaultVerdict.RESTART_WORKER:
            # Here, on the stage's own thread: it must not take another task with this engine.
            self._abandoned.set()
        self._channel.send(message)
        self._inbox.put(_Ended(verdict))


class _Gate:
    """A queue that swallows tasks once they may not begin any more.

    The parent still counts them as in this worker's hands and hands them to the next one.
    """

    def __init__(self, inner: _Queue, closed: threading.Event) -> None:
        self._inner = inner
        self._closed = closed

    def get(self) -> Piece | None:
        while (task := self._inner.get()) is not None and self._closed.is_set():
            pass
        return task

    def put(self, item: Piece | None) -> None:
        self._inner.put(item)


class _Last:
    """Hands results on from several threads, and the end once the last of them ends."""

    def __init__(
        self, threads: int, inward: _Queue, outward: Callable[[Piece | None, Any], None]
    ) -> None:
        self._left = threads
        self._lock = threading.Lock()
        self._inward = inward
        self._outward = outward

    def __call__(self, task: Piece | None, made: Any) -> None:
        if task is not None:
            self._outward(task, made)
            return
        with self._lock:
            self._left -= 1
            is_last = self._left == 0
        if is_last:
            self._outward(None, None)
        else:
            self._inward.put(None)


def _onward(target: queue.Queue[Piece | None]) -> Callable[[Piece | None, Any], None]:
    return lambda task, _made: target.put(task)


def _near_ceiling_mib(boot: WorkerBoot) -> float:
    limits = boot.worker
    return (min(limits.recycle_mib, limits.memory_mib) + limits.memory_mib) / 2
