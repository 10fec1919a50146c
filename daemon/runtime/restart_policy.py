"""When a worker that died may start again, and when to stop trying for a while."""

from __future__ import annotations

from collections import deque

FIRST_S = 1.0
BREAKER_WINDOW_S = 120.0
# A worker that cannot start will hardly start the fourth time.
BOOT_TRIES = 3


class RestartPolicy:
    """Counts deaths; knows nothing of processes.

    Args:
        longest_s: Longest pause between restarts.
        breaker_crashes: So many crashes within two minutes open the breaker.
    """

    def __init__(self, longest_s: float, breaker_crashes: int) -> None:
        self._longest_s = longest_s
        self._breaker_crashes = breaker_crashes
        self._in_a_row = 0
        self._boots_in_a_row = 0
        self._crashed_s: deque[float] = deque()

    @property
    def cool_down_s(self) -> float:
        """How long the breaker stays open: twice the longest pause."""
        return 2 * self._longest_s

    def job_ended_well(self) -> None:
        """Forget the row of crashes: this worker works."""
        self._in_a_row = 0

    def booted(self) -> None:
        """Forget failed starts."""
        self._boots_in_a_row = 0

    def boot_failed(self) -> bool:
        """Count a failed start; True when there is no use in another."""
        self._boots_in_a_row += 1
        self._in_a_row += 1
        return self._boots_in_a_row >= BOOT_TRIES

    def crashed(self, now_s: float) -> bool:
        """Count a crash; True when the breaker opens."""
        self._in_a_row += 1
        self._crashed_s.append(now_s)
        while self._crashed_s and self._crashed_s[0] <= now_s - BREAKER_WINDOW_S:
            self._crashed_s.popleft()
        if len(self._crashed_s) < self._breaker_crashes:
            return False
        self._crashed_s.clear()
        return True

    def pause_s(self) -> float:
        """Seconds before the next start: 1, 2, 4 … up to the longest; 0 after no crash."""
        if self._in_a_row == 0:
            return 0.0
        return float(min(self._longest_s, FIRST_S * 2 ** min(self._in_a_row - 1, 32)))
