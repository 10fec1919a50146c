"""The panel with every page, over a bench: no threads, no server, a worker answered by hand."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from admin import PanelServices, create_app
from daemon.bootstrap import PanelParts, panel_parts
from daemon.config.origins import Origins
from daemon.protocol import Answer, Ask
from daemon.services.accounts import Accounts, Role
from daemon.services.answering import Answering
from daemon.services.health import DaemonStatus, write_status

PASSWORD = "correct horse battery"
# As weak as the library allows: what is tested is who may do what, not how long a guess takes.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass(frozen=True, slots=True)
class Pages:
    """A panel to be asked.

    Attributes:
        bench: The booth behind it.
        app: The panel.
        parts: Its services.
        answering: The daemon's side of questions.
    """

    bench: Any
    app: Flask
    parts: PanelParts
    answering: Answering

    def client(self) -> FlaskClient:
        """A browser."""
        return self.app.test_client()

    def accounts(self) -> None:
        """From now on people sign in: alice may give orders, victor may look."""
        accounts = Accounts(self.bench.config.layout.accounts, QUICK)
        accounts.set_password("alice", Role.OPERATOR, PASSWORD)
        accounts.set_password("bob", Role.OPERATOR, PASSWORD)
        accounts.set_password("victor", Role.VIEWER, PASSWORD)

    def signed_in(self, name: str) -> FlaskClient:
        """That person's browser."""
        client = self.client()
        data = {"csrf": word_of(client.get("/login").text), "name": name, "password": PASSWORD}
        assert client.post("/login", data=data).status_code == 303
        return client

    def daemon_runs(self, worker: str = "ready") -> None:
        """Leave the notice that a daemon would leave."""
        now_ms = self.bench.clock.now_ms()
        status = DaemonStatus(
            pid=1, version="1", started_ms=now_ms, at_ms=now_ms, worker=worker,
            worker_since_ms=now_ms,
        )  # fmt: skip
        write_status(self.bench.config.layout, status)

    def next_ask(self) -> Ask | None:
        """What the worker would be asked now."""
        self.bench.clock.advance(1.0)  # the daemon looks for questions now and then
        return self.answering.next()

    def worker_says(self, facts: dict[str, Any]) -> Ask:
        """Answer the question that waits."""
        ask = self.next_ask()
        assert ask is not None
        self.answering.answered(Answer(ask.ask_id, facts))
        return ask


@contextmanager
def open_pages(bench: Any, config_path: Path | None = None) -> Iterator[Pages]:
    """A panel over a bench."""
    with panel_parts(bench.config, bench.clock, config_path) as parts:
        services = PanelServices(
            parts.health.checks,
            parts.overview,
            parts.desk,
            clock=bench.clock,
            pages=parts.pages,
            origins=None if config_path is None else Origins(config_path, {}),
        )
        app = create_app(bench.config, services)
        answering = Answering(bench.config, bench.database, bench.clock, "here")
        yield Pages(bench, app, parts, answering)


def word_of(page: str) -> str:
    """The word that a page's forms carry."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    return found.group(1) if found else ""


def post(
    client: FlaskClient, path: str, page: str, *, headers: Any = None, **data: Any
) -> TestResponse:
    """Send a form as its page has it; photos are ``(bytes, name)`` or lists of them."""
    form: dict[str, Any] = {"csrf": word_of(client.get(page).text)}
    for name, value in data.items():
        many = value if isinstance(value, list) else [value]
        files = [(io.BytesIO(v[0]), v[1]) if isinstance(v, tuple) else v for v in many]
        form[name] = files if isinstance(value, list) else files[0]
    return client.post(
        path, data=form, headers=headers, content_type="multipart/form-data", buffered=True
    )
