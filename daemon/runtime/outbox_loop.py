"""The threads that deliver announcements: one looks what is due, one for each attempt.

A receiver that never answers keeps its own few threads busy and nobody else's; nothing that
takes photos in or brings them out ever waits for one of these.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from daemon.errors import BoothError
from daemon.runtime.loop import Loop
from daemon.services.deliver import Deliverer
from daemon.services.stall import StallWatch
from daemon.store.deliveries import Delivery
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

# Rows may come from any process: no wake-up tells of them.
LOOK_S = 1.0
# After the database refused to take down what came of an attempt: it is made again by then.
PAUSE_S = 5.0


class OutboxLoop:
    """Delivers until told to stop.

    Args:
        deliverer: Knows what is due and makes the attempts.
        stall: Asked in every round whether nothing gets on any more.
        beat: Called before each round, so that a watchdog sees the loop turn.
    """

    def __init__(
        self,
        deliverer: Deliverer,
        stall: StallWatch | None = None,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._deliverer = deliverer
        self._stall = stall
        self._lock = threading.Lock()
        self._in_hand: dict[int, str] = {}
        self._threads: set[threading.Thread] = set()
        self._stopping = threading.Event()
        self._is_settled = False
        self._loop = Loop("outbox", self._step, beat)
        self._log = get_logger("outbox")

    def start(self) -> None:
        self._loop.start()

    def wake(self) -> None:
        """Look now; safe from any thread."""
        self._loop.wake()

    def stop(self) -> None:
        """Begin no further attempt."""
        self._stopping.set()
        self._loop.stop()

    def join(self, timeout_s: float) -> bool:
        """Wait for attempts under way; one that outlasts this is made again after a start.

        Returns:
            False: some still run.
        """
        self._loop.join(timeout_s)
        with self._lock:
            threads = list(self._threads)
        each_s = timeout_s / max(1, len(threads))
        for thread in threads:
            thread.join(each_s)
        return not any(thread.is_alive() for thread in threads)

    def _step(self) -> float:
        if not self._is_settled:
            self._deliverer.settle_in()
            self._is_settled = True
        if self._stall is not None:
            self._stall.look()
        with self._lock:
            in_hand = dict(self._in_hand)
        for delivery in self._deliverer.due(in_hand):
            if self._stopping.is_set():
                break
            self._begin(delivery)
        return LOOK_S

    def _begin(self, delivery: Delivery) -> None:
        # An attempt may outlast the daemon's end: the process must not wait for it.
        thread = threading.Thread(
            target=self._attempt, args=(delivery,), name="delivery", daemon=True
        )
        with self._lock:
            self._in_hand[delivery.outbox_id] = delivery.endpoint
            self._threads.add(thread)
        thread.start()

    def _attempt(self, delivery: Delivery) -> None:
        try:
            self._deliverer.deliver(delivery)
        except BoothError as error:
            self._log.warning(events.LOOP_FAILED, code=error.code, detail=str(error))
            self._stopping.wait(PAUSE_S)
        except Exception:  # noqa: BLE001 - a thread's own end; the row is due still
            self._log.exception(events.LOOP_FAILED)
            self._stopping.wait(PAUSE_S)
        finally:
            with self._lock:
                del self._in_hand[delivery.outbox_id]
                self._threads.discard(threading.current_thread())
            self._loop.wake()
