"""The worker's end of the pipes."""

from __future__ import annotations

import os
import threading
from typing import NoReturn

import pytest

from daemon.protocol import Heartbeat, Progress, ProtocolError, Stop, decode, encode
from daemon.worker.channel import Channel


class Gone(BaseException):
    """Stands for the end of the process."""


def leave() -> NoReturn:
    raise Gone


def test_messages_of_several_threads_never_mix() -> None:
    inward, outward = os.pipe()
    channel = Channel(-1, outward, leave)
    long_step = "x" * 9000  # past the size which the kernel writes in one piece

    def talk(name: str) -> None:
        for done in range(50):
            channel.send(Progress(name, long_step, done))

    threads = [threading.Thread(target=talk, args=(f"job{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    with os.fdopen(inward, "rb") as lines:
        heard = [decode(lines.readline()) for _ in range(200)]
    for thread in threads:
        thread.join()
    os.close(outward)
    assert sum(isinstance(message, Progress) for message in heard) == 200


def test_a_parent_that_is_gone_ends_the_process() -> None:
    inward, outward = os.pipe()
    os.close(inward)
    with pytest.raises(Gone):
        Channel(-1, outward, leave).send(Heartbeat(1, 2))
    os.close(outward)


def test_orders_end_with_the_pipe() -> None:
    inward, outward = os.pipe()
    os.write(outward, encode(Stop()))
    os.close(outward)
    assert list(Channel(inward, -1, leave).messages()) == [Stop()]
    os.close(inward)


def test_a_line_that_is_no_message_is_refused() -> None:
    inward, outward = os.pipe()
    os.write(outward, b"hello\n")
    os.close(outward)
    with pytest.raises(ProtocolError):
        list(Channel(inward, -1, leave).messages())
    os.close(inward)
