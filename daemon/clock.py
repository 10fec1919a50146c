"""The only source of time.

Two clocks, never mixed: ``now_ms`` is wall time for records and people, ``monotonic_s`` is
for waiting, settling and deadlines, because an administrator may set the wall clock.
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What a part needs to know about time; tests pass their own."""

    def now_ms(self) -> int:
        """Wall time, milliseconds since 1970-01-01 UTC."""
        ...

    def monotonic_s(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that moves only when told to, for tests and for replaying."""

    def __init__(self, now_ms: int = 1_700_000_000_000, monotonic_s: float = 1000.0) -> None:
        self._now_ms = now_ms
        self._monotonic_s = monotonic_s

    def now_ms(self) -> int:
        return self._now_ms

    def monotonic_s(self) -> float:
        return self._monotonic_s

    def advance(self, seconds: float) -> None:
        """Let both clocks run on."""
        self._now_ms += round(seconds * 1000)
        self._monotonic_s += seconds

    def jump(self, seconds: float) -> None:
        """Set the wall clock only, as an administrator or NTP would."""
        self._now_ms += round(seconds * 1000)
