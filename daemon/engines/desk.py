"""Where photos on several lanes ask for engines that one thread owns.

A lane is a thread that runs a photo's route: warping, pasting, checking, all on the CPU. What it
wants of an engine it asks for here, and waits. Each owner thread answers one request after the
other; requests of several photos that may share a pass through a network share one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from daemon.errors import BoothError, EngineBroken, EngineError, EngineGone, FaultVerdict

# The most rows that several photos put into one pass, and the most pixels: 32 faces of 512 × 512.
# One photo alone may bring more.
LARGEST_BATCH = 32
_MOST_PIXELS = LARGEST_BATCH * 512 * 512
# A photo whose turn has not come by then is said to rest: no deadline runs for it, and it is not
# to blame for what the engine does to another. Most turns come sooner, and cost no message.
REST_AFTER_S = 0.2


@dataclass(frozen=True, slots=True)
class Use:
    """One pass through an engine that a photo had a share in.

    Attributes:
        task: What the engine was asked for.
        spent_ms: How long the pass took, neighbours included.
        rows: Faces of this photo in it; 0 where the engine takes whole pictures.
        batch: Faces in it.
        peak_mib: Most memory of the card held meanwhile; ``None`` where none is in use.
    """

    task: str
    spent_ms: float
    rows: int
    batch: int
    peak_mib: int | None


class Seat(Protocol):
    """A photo on a lane, as the desk sees it; told from the lane's and the owner's thread."""

    def rests(self) -> None:
        """It waits for its turn."""
        ...

    def goes_on(self) -> None:
        """Its turn has come, after it rested."""
        ...

    def used(self, use: Use) -> None:
        """An engine worked on it."""
        ...


@dataclass(slots=True, eq=False)
class Request:
    """What a lane asks for.

    Attributes:
        task: What the engine is asked for, for the record.
        seat: Who asks; ``None``: nobody's photo (warming up).
        run: Called on the owner's thread, with the rows of all who share the pass.
        rows: ``(N, …)``, N ≥ 1; ``None``: runs alone, and ``run`` is handed ``None``.
        key: Requests with rows and the same key may share a pass.
    """

    task: str
    seat: Seat | None
    run: Callable[[NDArray[Any] | None], Any]
    rows: NDArray[Any] | None = None
    key: Hashable = None
    answer: Future[Any] = field(default_factory=Future)
    since_s: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _is_begun: bool = False
    _is_resting: bool = False

    @property
    def count(self) -> int:
        return 0 if self.rows is None else len(self.rows)

    @property
    def most(self) -> int:
        """Rows of this size that several photos may put into one pass."""
        if self.rows is None:
            return 0
        height, width = int(self.rows.shape[1]), int(self.rows.shape[2])
        return max(1, min(LARGEST_BATCH, _MOST_PIXELS // max(1, height * width)))

    def rest(self) -> None:
        """Say that it waits, if it does."""
        with self._lock:
            if self.seat is not None and not self._is_begun and not self._is_resting:
                self._is_resting = True
                self.seat.rests()

    def begin(self, *, together: bool) -> None:
        """Its turn has come.

        Args:
            together: With others, who are told in the same moment: should the pass hang, they
                are seen to have hung in it.
        """
        with self._lock:
            self._is_begun = True
            if self.seat is not None and (self._is_resting or together):
                self._is_resting = False
                self.seat.goes_on()

    def put_back(self) -> None:
        """Its turn has passed without an answer; it will have another."""
        with self._lock:
            self._is_begun = False
        self.rest()

    def was_used(self, use: Use) -> None:
        if self.seat is not None:
            self.seat.used(use)


class Memory(Protocol):
    """What the record wants to know of the card's memory."""

    def begin_peak(self) -> None: ...

    def peak_mib(self) -> int | None: ...


@dataclass(frozen=True, slots=True, eq=False)
class _Share:
    """A photo's rows of what came out of a pass with others."""

    rows: Any

    def copied(self) -> Any:
        return np.array(self.rows) if isinstance(self.rows, np.ndarray) else list(self.rows)


class Desk:
    """Owner threads, and the lanes that wait for them.

    Args:
        owners: Names of the owner threads; engines of different ones run side by side.
        linger_s: How long a pass that has room waits for other photos.
        died: Called on an owner's thread when that thread ends without being told to.
        memory: By owner: asked around every pass of that owner, and of no other, which would
            begin anew in the midst of one.
    """

    def __init__(
        self,
        owners: Iterable[str],
        linger_s: float,
        *,
        died: Callable[[], None],
        memory: Mapping[str, Memory] | None = None,
    ) -> None:
        self._changed = threading.Condition()
        self._linger_s = linger_s
        self._died = died
        self._memory = dict(memory or {})
        self._queues: dict[str, list[Request]] = {name: [] for name in owners}
        self._at: dict[str, list[Request]] = {name: [] for name in self._queues}
        self._present = 0
        self._waiting = 0
        self._is_broken = False
        self._is_closed = False
        self._threads = {
            name: threading.Thread(target=self._serve, args=(name,), name=name, daemon=True)
            for name in self._queues
        }
        for thread in self._threads.values():
            thread.start()

    # ── the lanes' side ───────────────────────────────────────────────────────────────────

    def enter(self) -> None:
        """A lane begins to work on a photo, and may ask."""
        with self._changed:
            self._present += 1

    def leave(self) -> None:
        """It has ended; nobody waits for its faces any more."""
        with self._changed:
            self._present -= 1
            self._changed.notify_all()

    def ask(self, owner: str, request: Request) -> Any:
        """Have an owner thread answer, and wait for it.

        Raises:
            EngineGone: The engines broke before this request's turn.
            Exception: Whatever ``run`` raised.
        """
        if threading.current_thread() is self._threads[owner]:
            return request.run(request.rows)
        with self._changed:
            if self._is_broken or self._is_closed:
                raise _gone()
            self._queues[owner].append(request)
            self._waiting += request.seat is not None
            self._changed.notify_all()
        if not wait([request.answer], REST_AFTER_S).done and self._is_at_work_for_others(owner):
            request.rest()
        made = request.answer.result()
        # Copied here, beside the next pass; a slice would keep all neighbours' faces in memory.
        return made.copied() if isinstance(made, _Share) else made

    def close(self) -> None:
        """End the owner threads once they have answered what they are at."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        for thread in self._threads.values():
            if thread is not threading.current_thread():
                thread.join()

    def _is_at_work_for_others(self, owner: str) -> bool:
        # Rest is safe only beside somebody whose deadline runs: a thread that hangs over
        # nobody's photo would never be found.
        with self._changed:
            return any(request.seat is not None for request in self._at[owner])

    # ── the owners' side ──────────────────────────────────────────────────────────────────

    def _serve(self, owner: str) -> None:
        was_told = False
        try:
            while group := self._next(owner):
                self._run(owner, group)
            was_told = True
        finally:
            self._refuse_all(owner)
            if not was_told:
                self._died()

    def _next(self, owner: str) -> list[Request]:
        """The requests of the next pass; empty at the end."""
        queue = self._queues[owner]
        with self._changed:
            self._at[owner] = []
            while not self._is_closed and not self._is_broken:
                now_s = time.monotonic()
                group = self._due(queue, now_s)
                if group:
                    for request in group:
                        queue.remove(request)
                    self._at[owner] = group
                    return group
                due_s = min((one.since_s + self._linger_s for one in queue), default=None)
                self._changed.wait(None if due_s is None else max(due_s - now_s, 0.0))
        return []

    def _due(self, queue: Sequence[Request], now_s: float) -> list[Request]:
        """The oldest requests that need wait no longer, with all that may go along."""
        nobody_else = self._waiting >= self._present
        for first in queue:
            if first.rows is None:
                return [first]
            group = _together(first, queue)
            is_full = sum(one.count for one in group) >= first.most
            if nobody_else or is_full or now_s - first.since_s >= self._linger_s:
                return group
        return []

    def _run(self, owner: str, group: list[Request]) -> None:
        if len(group) == 1:
            self._run_alone(owner, group[0])
            return
        try:
            made = self._pass(owner, group, group[0].run)
        except Exception as error:  # noqa: BLE001 - told to those whose call it was
            if _breaks(error):
                self._break(group, error)
                return
        else:
            at = 0
            for request in group:
                self._settle(request, _Share(made[at : at + request.count]))
                at += request.count
            return
        # Somebody's faces did this. One at a time, so that only they pay for it; out here the
        # error is gone, and with it what it held on the card.
        for request in group[1:]:
            request.put_back()
        for request in group:
            self._run_alone(owner, request)

    def _run_alone(self, owner: str, request: Request) -> None:
        if self._is_broken:
            self._settle(request, error=_gone())
            return
        try:
            made = self._pass(owner, [request], request.run)
        except Exception as error:  # noqa: BLE001 - told to the caller
            if _breaks(error):
                self._break([request], error)
            else:
                self._settle(request, error=error)
        else:
            self._settle(request, made)

    def _pass(
        self, owner: str, group: list[Request], run: Callable[[NDArray[Any] | None], Any]
    ) -> Any:
        memory = self._memory.get(owner)
        for request in group:
            request.begin(together=len(group) > 1)
        rows = [request.rows for request in group if request.rows is not None]
        together = None if not rows else rows[0] if len(rows) == 1 else np.concatenate(rows)
        if memory is not None:
            memory.begin_peak()
        begin_s = time.perf_counter()
        made = run(together)
        spent_ms = (time.perf_counter() - begin_s) * 1000
        peak_mib = None if memory is None else memory.peak_mib()
        if together is not None and len(made) != len(together):
            message = f"{len(together)} faces went in and {len(made)} came out"
            raise EngineError(message, engine=group[0].task)
        batch = 0 if together is None else len(together)
        for request in group:
            request.was_used(Use(request.task, spent_ms, request.count, batch, peak_mib))
        return made

    def _settle(
        self, request: Request, made: Any = None, error: BaseException | None = None
    ) -> None:
        with self._changed:
            # Here, not where the lane wakes up: until then it counts as one that may ask again.
            self._waiting -= request.seat is not None
        if error is None:
            request.answer.set_result(made)
        else:
            request.answer.set_exception(error)

    def _break(self, group: list[Request], error: Exception) -> None:
        """Nothing works in this process any more: all who took part are told so."""
        with self._changed:
            self._is_broken = True
        for request in group:
            self._settle(request, error=_same(error))

    def _refuse_all(self, owner: str) -> None:
        """An owner has ended: nobody may wait for it, or ask it, any more."""
        with self._changed:
            self._is_closed = True
            # In its hands is something only where a library had the thread exit.
            left = [request for request in self._at[owner] if not request.answer.done()]
            for queue in self._queues.values():
                left += queue
                queue.clear()
            self._changed.notify_all()
        for request in left:
            self._settle(request, error=_gone())


def _together(first: Request, queue: Sequence[Request]) -> list[Request]:
    """Those that may share a pass with the first, as many as it holds."""
    group, rows = [first], first.count
    for other in queue:
        is_alike = other is not first and other.rows is not None and other.key == first.key
        if is_alike and rows + other.count <= first.most:
            group.append(other)
            rows += other.count
    return group


def _breaks(error: Exception) -> bool:
    """Whether every later call in this process would fail, too."""
    if isinstance(error, MemoryError):
        return False  # of the one photo that is too large, until it has shown otherwise alone
    return isinstance(error, BoothError) and error.fault is FaultVerdict.RESTART_WORKER


def _same(error: Exception) -> EngineBroken:
    """An error of one's own for each lane, with the place where it happened."""
    facts = error.facts if isinstance(error, BoothError) else {}
    return EngineBroken(str(error), **facts).with_traceback(error.__traceback__)


def _gone() -> EngineGone:
    message = "another photo's work broke the engines before this one's turn"
    return EngineGone(message)
