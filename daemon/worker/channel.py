"""The worker's end of the pipes, kept apart from what libraries print."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import NoReturn

from daemon.protocol import EXIT_OK, Message, decode, encode


def leave_at_once() -> NoReturn:
    """Exit because the parent is gone: nobody is left to take a result."""
    os._exit(EXIT_OK)


class Channel:
    """Messages in, messages out; any thread may send.

    Args:
        inward: Descriptor that the parent writes to.
        outward: Descriptor that the parent reads from.
        gone: Called when the parent no longer reads.
    """

    def __init__(
        self, inward: int, outward: int, gone: Callable[[], NoReturn] = leave_at_once
    ) -> None:
        self._inward = inward
        self._outward = outward
        self._gone = gone
        self._lock = threading.Lock()

    @classmethod
    def take_over(cls) -> Channel:
        """Move the pipes away from descriptors 0 and 1.

        Whatever a library prints to standard output, from Python or from C, goes to standard
        error afterwards; whatever reads standard input meets its end.
        """
        sys.stdout.flush()
        inward, outward = os.dup(0), os.dup(1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        return cls(inward, outward)

    def send(self, message: Message) -> None:
        """Write one message whole; lines of several threads never mix.

        Raises:
            TypeError: A value in the message is not JSON; nothing was sent.
        """
        view = memoryview(encode(message))
        try:
            with self._lock:
                while view:
                    view = view[os.write(self._outward, view) :]
        except BrokenPipeError:
            self._gone()

    def messages(self) -> Iterator[Message]:
        """Messages of the parent, until it closes its end.

        Raises:
            daemon.protocol.ProtocolError: A line that is not a message of this version.
        """
        with os.fdopen(self._inward, "rb", closefd=False) as lines:
            for line in lines:
                yield decode(line)
