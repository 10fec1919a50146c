"""Calls of one engine side by side, for libraries that use one core and let the others go.

The engine's owner waits until all have returned, so that to everybody else it is one call of one
thread. What is called must keep no state between calls, or have its own for each.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Ask(Generic[ResultT]):
    """One of several things that engines are asked at once.

    Attributes:
        task: Whose engine; no two of what is asked at once have the same.
        call: Handed the engine, maybe on another thread; may use no other engine.
    """

    task: str
    call: Callable[[Any], ResultT]


def timed(one: Ask[ResultT], told: Callable[[str, float], None]) -> Ask[ResultT]:
    """The same, which tells its task and how many milliseconds it took, neighbours included."""

    def call(engine: Any) -> ResultT:
        begin_s = time.perf_counter()
        made = one.call(engine)
        told(one.task, (time.perf_counter() - begin_s) * 1000)
        return made

    return Ask(one.task, call)


def cores(threads: int) -> int:
    """How many calls may run at once.

    Args:
        threads: As configured; 0 for all cores this process may use.
    """
    return threads or len(os.sched_getaffinity(0))


def abreast(calls: Sequence[Callable[[], ResultT]], threads: int) -> list[ResultT]:
    """What every call returns, in their order.

    Args:
        calls: Independent of each other.
        threads: At most so many at once; 0 for all cores. With 1 they run here, one by one.

    Raises:
        Exception: What the first of them, in their order, raised; the others have ended by then.
    """
    most = min(cores(threads), len(calls))
    if most <= 1:
        return [call() for call in calls]
    with ThreadPoolExecutor(most, thread_name_prefix="abreast") as pool:
        return [one.result() for one in [pool.submit(call) for call in calls]]
