"""What could not be done now and is tried again: with longer waits, and holding up nothing else."""

from __future__ import annotations

from daemon.clock import Clock
from daemon.domain.retry import backoff_s

LONGEST_WAIT_S = 60.0
"""Whoever mends a share or frees a disk does not wait longer for the booth to see it."""


class Tries:
    """Tries in vain of several things, and when each is due again; forgotten by a restart.

    Args:
        clock: Time for the back-off.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._made: dict[int | str, int] = {}
        self._due_s: dict[int | str, float] = {}

    def is_due(self, key: int | str) -> bool:
        """Whether a thing may be tried now."""
        return self._due_s.get(key, 0.0) <= self._clock.monotonic_s()

    def postpone(self, key: int | str) -> int:
        """Count a try in vain and have the next one wait; returns how many there were."""
        tries = self._made[key] = self._made.get(key, 0) + 1
        self._due_s[key] = self._clock.monotonic_s() + min(LONGEST_WAIT_S, backoff_s(tries))
        return tries

    def forget(self, key: int | str) -> None:
        """It is done."""
        self._made.pop(key, None)
        self._due_s.pop(key, None)

    def waits_s(self) -> list[float]:
        """Seconds until each is due; negative where it is."""
        return [due_s - self._clock.monotonic_s() for due_s in self._due_s.values()]
