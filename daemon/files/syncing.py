"""Many files made durable at the price of a few waits.

A disk confirms many writes at once nearly as fast as a single one, if it is asked for them at
the same time. Whoever writes a file is therefore a generator: where it must wait until the disk
has confirmed something, it yields what, and goes on when that is done. ``in_step`` takes many of
them from one such point to the next, syncs what all of them asked for side by side, and a folder
that several asked for once. The order within each of them is what it says; threads are used for
the waiting alone, because several that compete for the interpreter cost more than they gain.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias, TypeVar

from daemon.errors import BoothError

A = TypeVar("A")
B = TypeVar("B")
T = TypeVar("T")

# What is to be durable before the next step: an open file's content, or a folder's names.
Wish: TypeAlias = int | Path
Way: TypeAlias = Generator[Wish, None, T]
Outcome: TypeAlias = T | OSError | BoothError

# Enough that a disk merges them; each is a thread that only waits.
STREAMS = 16


class Spread(Protocol):
    """``map``, or that of a pool of threads."""

    def __call__(self, do: Callable[[A], B], each: Iterable[A], /) -> Iterator[B]: ...


def fsync_dir(folder: Path) -> bool:
    """Make the folder's entries durable; False where the filesystem refuses."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno in {errno.EINVAL, errno.EACCES, errno.EBADF, errno.ENOTSUP}:
            return False
        raise
    finally:
        os.close(handle)
    return True


def in_step(ways: Sequence[Way[T]], *, sync: Spread = map, going: Spread = map) -> list[Outcome[T]]:
    """Take every way to its end, waiting for the disk together.

    Args:
        ways: What to do, one for each thing; the order among them is not kept.
        sync: How the waits are made side by side.
        going: How the parts between the waits are run; ``map`` where they do not wait.

    Returns:
        What each way returned or, in its place, the error that ended it: one that met one does
        not hold up the others. Errors which are neither the system's nor the booth's are raised.
    """
    ends: list[Outcome[T] | None] = [None] * len(ways)
    waiting: list[tuple[int, Way[T], OSError | None]] = [
        (number, way, None) for number, way in enumerate(ways)
    ]
    while waiting:
        wishes: list[tuple[int, Way[T], Wish]] = []
        steps = [(way, error) for _, way, error in waiting]
        for (number, way, _), (wish, end) in zip(waiting, going(_gone_on, steps), strict=True):
            if wish is None:
                ends[number] = end
            else:
                wishes.append((number, way, wish))
        met = _synced([wish for _, _, wish in wishes], sync)
        waiting = [(number, way, met[wish]) for number, way, wish in wishes]
    return ends  # type: ignore[return-value]  # every way has ended


def alone(way: Way[T]) -> T:
    """Take a single way to its end.

    Raises:
        OSError: What ended it.
        BoothError: The same.
    """
    (end,) = in_step([way])
    if isinstance(end, OSError | BoothError):
        raise end
    return end


def _gone_on(step: tuple[Way[T], OSError | None]) -> tuple[Wish | None, Outcome[T] | None]:
    """Go on to the next wait (which is returned) or to the end."""
    way, met = step
    try:
        return (next(way) if met is None else way.throw(met)), None
    except StopIteration as end:
        return None, end.value
    except (OSError, BoothError) as error:
        return None, error


def _synced(wishes: Iterable[Wish], sync: Spread) -> dict[Wish, OSError | None]:
    """Make everything durable, each once; what went wrong with it, if anything."""
    each = list(dict.fromkeys(wishes))
    return dict(zip(each, striped(_confirmed, each, sync), strict=True))


def striped(do: Callable[[A], B], each: Sequence[A], spread: Spread) -> list[B]:
    """What a call returns for each of many things, some of them in each thread."""
    if len(each) == 1:
        return [do(each[0])]
    width = min(STREAMS, len(each))
    stripes = [each[first::width] for first in range(width)]
    done = list(spread(lambda stripe: [do(item) for item in stripe], stripes))
    return [done[place % width][place // width] for place in range(len(each))]


def _confirmed(wish: Wish) -> OSError | None:
    try:
        if isinstance(wish, int):
            os.fsync(wish)
        else:
            fsync_dir(wish)
    except OSError as error:
        return error
    return None
