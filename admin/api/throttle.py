"""How often one caller may call: a bucket of calls each, which fills up again steadily.

The arithmetic is two lines; the library for it (decision 29) starts a thread for each call and
goes by the wall clock, which people set.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict

from daemon.clock import Clock

# Callers that are remembered; the one who called longest ago is forgotten, with a full bucket.
MOST_CALLERS = 10_000


class Throttle:
    """Calls by caller; safe from several threads.

    Args:
        per_minute: Calls that each may make in a minute, all at once or spread; 0: any number.
        clock: Time.
    """

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._most = per_minute
        self._clock = clock
        self._lock = threading.Lock()
        # Caller → calls left, and when that was so.
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, caller: str) -> int:
        """Count a call; 0, or the whole seconds after which the next one is taken."""
        if not self._most:
            return 0
        with self._lock:
            now_s = self._clock.monotonic_s()
            left, at_s = self._left.pop(caller, (float(self._most), now_s))
            left = min(float(self._most), left + (now_s - at_s) * self._most / 60)
            is_taken = left >= 1
            left -= is_taken
            self._left[caller] = (left, now_s)
            while len(self._left) > MOST_CALLERS:
                self._left.popitem(last=False)
        return 0 if is_taken else max(1, math.ceil((1 - left) * 60 / self._most))
