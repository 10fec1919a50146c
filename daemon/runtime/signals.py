"""Signals become entries of a queue; nothing else happens in a handler."""

from __future__ import annotations

import queue
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPPING = frozenset({signal.SIGTERM, signal.SIGINT})


@contextmanager
def queued(*numbers: signal.Signals) -> Iterator[queue.SimpleQueue[signal.Signals]]:
    """Queue the given signals while the block runs; the old handlers come back after it."""
    arrived: queue.SimpleQueue[signal.Signals] = queue.SimpleQueue()

    def handle(number: int, _frame: FrameType | None) -> None:
        arrived.put(signal.Signals(number))

    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield arrived
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
