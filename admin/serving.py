"""The server under the panel and the API: how long it listens to whom, and its own refusals.

waitress reads a whole request before the application hears of it, in one thread for all, so
that slow callers cost a connection and no thread. There are only so many connections, too:
whoever dribbles is put out. What waitress refuses by itself (a broken header, a body without
end) is a problem in JSON like any other; nothing here ever answers a page.
"""

from __future__ import annotations

import copy
import json
import secrets
import socket
import time
from collections.abc import Callable
from typing import Any, ClassVar

import waitress
from flask import Flask
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask

from admin.security import HEADERS
from daemon.config.model import Config
from daemon.domain.artifact import Reason
from daemon.domain.codes import explain

# A page is a few short reads; more threads would only queue up at the database. Those that wait
# for a photo come on top.
THREADS = 4
# Programs keep theirs open; one that is not accepted hears nothing at all until another goes.
CONNECTIONS = 1000
HEAD_BYTES = 32 * 1024
# From its first byte to the end of its header a request may take so long;
HEAD_S = 20.0
# then its body so long, and a second more for so many bytes: the slowest line that gets through.
BODY_S = 30.0
SLOWEST_BYTES = 2048
IDLE_S = 120
_LOOK_EVERY_S = 5
# An answer is kept for a caller who reads slowly, on disk where it is large: no thread waits.
_ANSWER_BYTES = 1 << 30
# Beside the file: fields, boundaries.
_SLACK_BYTES = 64 * 1024
BATCHES = "/api/v1/batches"

_CODES = {400: "BAD_REQUEST", 413: "REQUEST_TOO_LARGE", 431: "BAD_REQUEST", 501: "BAD_REQUEST"}


def serve(app: Flask, config: Config, listener: socket.socket) -> Any:
    """A server of the application, not running yet; ``run`` and ``close`` are its own."""
    server = waitress.create_server(
        app,
        sockets=[listener],
        threads=THREADS + config.api.waiters,
        connection_limit=CONNECTIONS,
        asyncore_use_poll=True,  # select() ends at descriptor 1023
        max_request_body_size=max(4 * config.api.max_bytes, config.panel.upload_mib << 20),
        max_request_header_size=HEAD_BYTES,
        outbuf_high_watermark=_ANSWER_BYTES,
        channel_timeout=IDLE_S,
        cleanup_interval=_LOOK_EVERY_S,
        ident=None,
    )
    batches = copy.copy(server.adj)
    batches.max_request_body_size = config.api.max_batch_bytes + _SLACK_BYTES

    class Parser(_Parser):
        long_bodies = batches

    class Channel(_Channel):
        parser_class = Parser
        language = config.language

    server.channel_class = Channel
    server.maintenance = _patience(server, server.maintenance)
    return server


def _patience(server: Any, usual: Callable[[float], None]) -> Callable[[float], None]:
    def maintenance(now: float) -> None:
        for channel in list(server.active_channels.values()):
            if channel.is_dribbling(now):
                channel.will_close = True
        usual(now)

    return maintenance


class _Parser(HTTPRequestParser):  # type: ignore[misc] # waitress has no types
    """Reads a request; only batches may be as long as batches are."""

    long_bodies: ClassVar[Any]

    def __init__(self, adjustments: Any) -> None:
        super().__init__(adjustments)
        self.began_s = time.time()

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.path == BATCHES and self.command == "POST":
            self.adj = self.long_bodies


class _Refusal(ErrorTask):  # type: ignore[misc] # as above
    """What waitress refuses by itself, as a problem."""

    def execute(self) -> None:
        error = self.request.error
        code = _CODES.get(error.code, "BAD_REQUEST" if error.code < 500 else "INTERNAL_ERROR")
        request_id = secrets.token_hex(12)
        asked = self.request.headers.get("ACCEPT_LANGUAGE", "")
        language = asked[:2] if asked[:2] in {"zh", "en"} else self.channel.language
        facts = {"detail": error.reason, "limit": self.request.adj.max_request_body_size}
        said = {
            "code": code,
            "message": " ".join(explain(Reason(code, facts), language)),
            "request_id": request_id,
        }
        body = json.dumps(said, ensure_ascii=False).encode() + b"\n"
        self.status = f"{error.code} {error.reason}"
        self.response_headers.extend(
            [*HEADERS.items(), ("Content-Type", "application/problem+json")]
        )
        self.response_headers.append(("X-Request-ID", request_id))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc] # as above
    """A connection; knows whether its caller only keeps it busy."""

    error_task_class = _Refusal
    language: ClassVar[str]

    def is_dribbling(self, now_s: float) -> bool:
        """Whether a request has been under way for longer than anybody needs."""
        request = self.request
        if request is None:
            is_mute = self.last_activity <= self.creation_time and not self.requests
            return bool(is_mute and now_s - self.creation_time > HEAD_S)
        took_s = now_s - request.began_s
        if not request.headers_finished:
            return bool(took_s > HEAD_S)
        return bool(took_s > HEAD_S + BODY_S + request.body_bytes_received / SLOWEST_BYTES)
