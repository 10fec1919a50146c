"""A receiver of webhooks on loopback: real sockets, and any answer that a test wants.

Requests are kept as they came. How each is answered is a function of the socket, so that an
answer may come in drips, be cut off, or never come.
"""

from __future__ import annotations

import socket
import socketserver
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import standardwebhooks

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_KEY = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        line: Its first line.
        headers: By name in lower case.
        body: All of it.
    """

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, key: str = KEY) -> Any:
        """The body as the library for receivers takes it: signature, age and JSON in order."""
        return standardwebhooks.Webhook(key).verify(self.body, self.headers)


Answer = Callable[[socket.socket, threading.Event], None]


def status(code: int, headers: str = "", body: bytes = b"ok") -> Answer:
    """A whole answer; each header ends with CR and LF."""
    head = f"HTTP/1.1 {code} X\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    return raw(head.encode("latin-1") + body)


def raw(content: bytes) -> Answer:
    def give(peer: socket.socket, _over: threading.Event) -> None:
        peer.sendall(content)

    return give


def drips(content: bytes, pause_s: float = 0.05) -> Answer:
    """A byte at a time, over and over, until the test is over or the other side leaves."""

    def give(peer: socket.socket, over: threading.Event) -> None:
        for byte in content:
            if over.wait(pause_s):
                return
            peer.sendall(bytes([byte]))

    return give


def silence(_peer: socket.socket, over: threading.Event) -> None:
    """Nothing, as long as the test lasts."""
    over.wait()


def reset(peer: socket.socket, _over: threading.Event) -> None:
    """The connection is cut the hard way."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


@dataclass(slots=True)
class Receiver:
    """Listens on 127.0.0.1 until it is closed.

    Attributes:
        answers: What the next requests are answered with; then ``otherwise``.
        requests: What came, in order.
    """

    tls: ssl.SSLContext | None = None
    answers: deque[Answer] = field(default_factory=deque)
    otherwise: Answer = field(default_factory=lambda: status(204, body=b""))
    requests: list[Request] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _server: _Server | None = None
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._server = _Server(self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="receiver"
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        assert self._thread is not None
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.server_address[1])

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def section(self, **settings: Any) -> dict[str, Any]:
        """Settings of a webhook that leads here."""
        scheme = "http" if self.tls is None else "https"
        url = f"{scheme}://{self.place}/in"
        return {"name": "hr", "url": url, "allow": [self.place], **settings}

    def ids(self) -> list[str]:
        return [request.id for request in self.requests]

    def handle(self, peer: socket.socket) -> None:
        """Take one request and answer it."""
        request = _read(peer)
        if request is not None:
            self.requests.append(request)
            answer = self.answers.popleft() if self.answers else self.otherwise
            answer(peer, self._over)


class _Server(socketserver.ThreadingTCPServer):
    # Handlers are joined when the server closes.
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, receiver: Receiver) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.receiver = receiver

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The other side left: what most tests here are about."""


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        receiver = self.server.receiver  # type: ignore[attr-defined] - the one class it serves
        peer: socket.socket = self.request
        if receiver.tls is None:
            receiver.handle(peer)
            return
        with receiver.tls.wrap_socket(peer, server_side=True) as secured:
            receiver.handle(secured)


def _read(peer: socket.socket) -> Request | None:
    content = b""
    while b"\r\n\r\n" not in content:
        more = peer.recv(65_536)
        if not more:
            return None
        content += more
    head, _, body = content.partition(b"\r\n\r\n")
    line, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (h.partition(":") for h in rest)}
    while len(body) < int(headers["content-length"]):
        body += peer.recv(65_536)
    return Request(line, headers, body)
