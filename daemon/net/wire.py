"""A connection on which everything together has one deadline.

A time limit for each read is no limit: a server that sends a byte a second keeps a connection
open for ever. Here the socket never blocks, and each wait is for what is left of the whole.
"""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from daemon.clock import Clock
from daemon.config.webhook_address import Address

CONNECT_S = 5.0
PIECE_BYTES = 16_384

Result = TypeVar("Result")


class Deadline:
    """The moment by which everything must be done.

    Args:
        seconds: From now on.
        clock: Its monotonic time is asked.
    """

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._clock = clock
        self._end_s = clock.monotonic_s() + seconds

    def left_s(self) -> float:
        """Seconds left, more than 0.

        Raises:
            TimeoutError: None are.
        """
        left = self._end_s - self._clock.monotonic_s()
        if left <= 0:
            raise TimeoutError
        return left


class Wire:
    """A connected socket, TLS or not; close it.

    Args:
        connected: A socket; it belongs to the wire now.
        peer: The address at the other end.
        deadline: For all that is done on it.
    """

    def __init__(self, connected: socket.socket, peer: str, deadline: Deadline) -> None:
        self._socket = connected
        self._deadline = deadline
        self.peer = peer
        connected.setblocking(False)

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Begin TLS, and see that the other side is that host.

        Raises:
            ssl.SSLError: It is not, or does not speak TLS.
            TimeoutError: The deadline passed.
            OSError: The connection broke.
        """
        secured = context.wrap_socket(
            self._socket, server_hostname=host, do_handshake_on_connect=False
        )
        self._socket = secured
        self._patiently(secured.do_handshake, select.POLLIN)

    def send(self, data: bytes) -> None:
        """Send all of it.

        Raises:
            TimeoutError: The deadline passed.
            OSError: The connection broke.
        """
        rest = memoryview(data)
        while rest:
            piece = rest[:PIECE_BYTES]
            rest = rest[self._patiently(lambda: self._socket.send(piece), select.POLLOUT) :]  # noqa: B023 - called at once

    def receive(self) -> bytes:
        """What came, at most ``PIECE_BYTES``; nothing: the other side is done.

        Raises:
            TimeoutError: The deadline passed.
            OSError: The connection broke.
        """
        return self._patiently(lambda: self._socket.recv(PIECE_BYTES), select.POLLIN)

    def close(self) -> None:
        self._socket.close()

    def _patiently(self, act: Callable[[], Result], side: int) -> Result:
        """Do it as soon as it can be done; TLS may have to read in order to write."""
        while True:
            left_s = self._deadline.left_s()
            try:
                return act()
            except ssl.SSLWantReadError:
                wanted = select.POLLIN
            except ssl.SSLWantWriteError:
                wanted = select.POLLOUT
            except BlockingIOError:
                wanted = side
            poll = select.poll()
            poll.register(self._socket, wanted)
            poll.poll(max(1, round(left_s * 1000)))


def connect(addresses: Sequence[Address], port: int, deadline: Deadline, clock: Clock) -> Wire:
    """Connect to the first address that takes us, within ``CONNECT_S`` altogether.

    Args:
        addresses: Vetted ones, at least one; no name is looked up any more.
        port: 1 to 65535.
        deadline: Of the whole attempt.
        clock: For the deadline of connecting.

    Raises:
        OSError: None of them did; the last one's trouble.
    """
    soon = Deadline(min(CONNECT_S, deadline.left_s()), clock)
    for number, address in enumerate(addresses, 1):
        share_s = soon.left_s() / (len(addresses) - number + 1)
        try:
            connected = socket.create_connection((str(address), port), timeout=share_s)
        except OSError:
            if number == len(addresses):
                raise
        else:
            return Wire(connected, str(address), deadline)
    msg = "no address to connect to"
    raise ValueError(msg)


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """What certificates are checked with: always, and with nothing from the environment's key log.

    Args:
        ca_file: Authority that alone is trusted (PEM); ``None``: the machine's.

    Raises:
        OSError: The file cannot be read, or holds no certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks certificate and host name
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    else:
        context.load_verify_locations(cafile=ca_file)
    return context
