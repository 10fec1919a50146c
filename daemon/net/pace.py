"""A deadline for long answers: the head within a time, then so many bytes in each span of it.

A limit on the whole would have to be hours for a file of twenty gigabytes; a limit on each read
is none, because a sender that gives a byte a second keeps it open for ever.
"""

from __future__ import annotations

from dataclasses import dataclass

from daemon.clock import Clock
from daemon.net.wire import Deadline


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a sender is waited for.

    Attributes:
        head_s: Connecting, TLS and the answer's head, together.
        span_s: In every span of this length …
        least_bytes: … so much of the body must come.
    """

    head_s: float = 30.0
    span_s: float = 30.0
    least_bytes: int = 65_536


class Pace(Deadline):
    """Begins with the head's deadline; call ``body_begins``, then ``came`` for what comes.

    Args:
        patience: The limits.
        clock: Its monotonic time is asked.
    """

    def __init__(self, patience: Patience, clock: Clock) -> None:
        super().__init__(patience.head_s, clock)
        self._patience = patience
        self._came = 0

    def body_begins(self) -> None:
        """The head is here; from now on the body's limits count."""
        self._came = 0
        self._end_s = self._clock.monotonic_s() + self._patience.span_s

    def came(self, count: int) -> None:
        """So many bytes came; a full measure buys another span."""
        self._came += count
        if self._came >= self._patience.least_bytes:
            self.body_begins()
