"""A mirror of weight files on loopback: real sockets, and any misbehaviour that a test wants.

How each request is answered is a function of the request and the socket; requests are kept.
"""

from __future__ import annotations

import re
import socket
import socketserver
import ssl
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from tests.fakes.receiver import drips, raw, silence, status

__all__ = ["Answer", "Mirror", "Request", "drips", "moved", "raw", "serves", "silence", "status"]


@dataclass(frozen=True, slots=True)
class Request:
    """One request: its first line, and its headers by name in lower case."""

    line: str
    headers: dict[str, str]

    @property
    def start(self) -> int:
        """Where the part that it asks for begins."""
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("range", ""))
        return int(found[1]) if found else 0


Answer = Callable[[socket.socket, threading.Event], None]
Play = Callable[[Request], Answer]


def serves(
    content: bytes,
    *,
    etag: str = '"v1"',
    cut: int | None = None,
    stall: int | None = None,
    headers: str = "",
) -> Play:
    """The file, or the part that is asked for, as RFC 9110 has it.

    Args:
        content: The whole file.
        etag: Its version; a part is given only for that one.
        cut: So many bytes of the body are sent, then the connection ends.
        stall: The same, but then nothing more comes as long as the test lasts.
        headers: More of them, each ending with CR and LF.
    """

    def play(request: Request) -> Answer:
        start = request.start
        if request.headers.get("if-range", etag) != etag:
            start = 0
        if start >= len(content) > 0:
            return status(416)
        body = content[start:]
        head = f"HTTP/1.1 {206 if start else 200} OK\r\nContent-Length: {len(body)}\r\n{headers}"
        if etag:
            head += f"ETag: {etag}\r\n"
        if start:
            head += f"Content-Range: bytes {start}-{len(content) - 1}/{len(content)}\r\n"

        def give(peer: socket.socket, over: threading.Event) -> None:
            sent = body[: cut if stall is None else stall]
            peer.sendall(head.encode("latin-1") + b"\r\n" + sent)
            if stall is not None:
                over.wait()

        return give

    return play


def moved(to: str, code: int = 302) -> Answer:
    return status(code, f"Location: {to}\r\n")


@dataclass(slots=True)
class Mirror:
    """Listens on 127.0.0.1 until it is closed.

    Attributes:
        plays: How the next requests are answered; then ``otherwise``.
        requests: What came, in order.
    """

    otherwise: Play | Answer = field(default_factory=lambda: status(404))
    tls: ssl.SSLContext | None = None
    plays: deque[Play | Answer] = field(default_factory=deque)
    requests: list[Request] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _server: Any = None
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.mirror = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="mirror"
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._thread is not None
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, name: str = "a.pth", host: str = "127.0.0.1") -> str:
        return f"{'http' if self.tls is None else 'https'}://{host}:{self.port}/{name}"

    def handle(self, peer: socket.socket) -> None:
        request = _read(peer)
        if request is None:
            return
        self.requests.append(request)
        play: Any = self.plays.popleft() if self.plays else self.otherwise
        answer = play(request) if play.__code__.co_argcount == 1 else play
        answer(peer, self._over)


class _Server(socketserver.ThreadingTCPServer):
    # Handlers are joined when the server closes.
    daemon_threads = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The other side left: what most tests here are about."""


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        mirror = self.server.mirror  # type: ignore[attr-defined] - the one class it serves
        if mirror.tls is None:
            mirror.handle(self.request)
            return
        with mirror.tls.wrap_socket(self.request, server_side=True) as secured:
            mirror.handle(secured)


def _read(peer: socket.socket) -> Request | None:
    content = b""
    while b"\r\n\r\n" not in content:
        more = peer.recv(65_536)
        if not more:
            return None
        content += more
    line, *rest = content.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    pairs = (header.partition(":") for header in rest)
    return Request(line, {name.lower(): value.strip() for name, _, value in pairs})
