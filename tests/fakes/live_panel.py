"""The panel's server in a thread of the test, on a port of its own, over real sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask

from admin.serving import serve
from daemon.config.model import Config


@dataclass(frozen=True, slots=True)
class LivePanel:
    """A server that runs.

    Attributes:
        port: Where it listens, on 127.0.0.1.
        server: waitress's own object.
    """

    port: int
    server: Any

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def say(self, content: bytes, timeout_s: float = 10.0) -> bytes:
        """Send bytes over a connection of their own and read until the server hangs up."""
        with self.connect(timeout_s) as peer:
            peer.sendall(content)
            heard = b""
            while chunk := peer.recv(65536):
                heard += chunk
        return heard

    def connect(self, timeout_s: float = 10.0) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s)


@contextmanager
def live(app: Flask, config: Config) -> Iterator[LivePanel]:
    """Serve the application until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = serve(app, config, listener)
    over = threading.Event()

    def turn() -> None:
        while not over.is_set():
            server.asyncore.loop(timeout=0.02, map=server._map, count=1, use_poll=True)

    thread = threading.Thread(target=turn, name="live-panel")
    thread.start()
    try:
        yield LivePanel(port, server)
    finally:
        over.set()
        thread.join()
        server.task_dispatcher.shutdown()
        for channel in list(server.active_channels.values()):
            channel.handle_close()
        server.close()
