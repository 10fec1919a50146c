"""A named thread that runs a step again and again, and survives what a step did not expect."""

from __future__ import annotations

import threading
from collections.abc import Callable

from daemon.errors import BoothError
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

# After a step failed: long enough not to spin, short enough that nobody waits for it.
PAUSE_AFTER_ERROR_S = 1.0


class Loop:
    """Runs ``step`` until told to stop.

    Args:
        name: The thread's name.
        step: Does one round and returns the seconds it may wait for the next.
        beat: Called before each round, so that a watchdog sees the loop turn.
        may_hang: A round may block for ever (a dead share); the process ends without it then.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], float],
        beat: Callable[[], None] = lambda: None,
        *,
        may_hang: bool = False,
    ) -> None:
        self.name = name
        self._step = step
        self._beat = beat
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=may_hang)
        self._log = get_logger(name)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Cut the present wait short; safe from any thread."""
        self._wake.set()

    def stop(self) -> None:
        """Ask for the end; the round in hand is finished."""
        self._stopping.set()
        self._wake.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; False where the thread still runs. One never started has ended."""
        if self._thread.ident is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._beat()
            self._wake.clear()
            wait_s = self._one_round()
            if wait_s > 0:
                self._wake.wait(wait_s)

    def _one_round(self) -> float:
        try:
            return self._step()
        except BoothError as error:
            self._log.warning(events.LOOP_FAILED, code=error.code, detail=str(error))
        except Exception:  # noqa: BLE001 - the loop runner is one of the three that may
            self._log.exception(events.LOOP_FAILED)
        return PAUSE_AFTER_ERROR_S
