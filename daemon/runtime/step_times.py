"""How long steps usually take, to tell a slow one from a hung one."""

from __future__ import annotations

import math
from collections import defaultdict, deque

# Source: docs/worker.md; ten times the rolling 99th percentile, never under half a minute.
FLOOR_S = 30.0
FACTOR = 10.0
# A percentile of fewer is guesswork, and the first of each step in a fresh worker loads an engine.
ENOUGH = 50
KEPT = 200


class StepTimes:
    """Rolling durations by step of one worker process.

    Args:
        cap_s: A step's deadline is never later than this.
        adaptive: Whether durations seen shorten it.
    """

    def __init__(self, cap_s: float, *, adaptive: bool) -> None:
        self._cap_s = cap_s
        self._adaptive = adaptive
        self._seen: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=KEPT))

    def add(self, step: str, seconds: float) -> None:
        """Record how long a step went on before the job's next sign of life."""
        self._seen[step].append(seconds)

    def deadline_s(self, step: str) -> float:
        """Seconds without a sign of life after which the step counts as hung."""
        seen = self._seen.get(step, ())
        if not self._adaptive or len(seen) < ENOUGH:
            return self._cap_s
        ordered = sorted(seen)
        percentile_s = ordered[math.ceil(0.99 * len(ordered)) - 1]
        return min(self._cap_s, max(FLOOR_S, FACTOR * percentile_s))
