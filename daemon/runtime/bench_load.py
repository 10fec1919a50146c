"""The API under load: many callers at once, and how soon a question about a task is answered.

The callers are threads of this process, each with a connection of its own; they share the
machine with the booth, as programs in an office do.
"""

from __future__ import annotations

import http.client
import json
import random
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from daemon.domain.job import State
from daemon.errors import BoothError
from daemon.runtime.bench_booth import START_S, Booth, Figure, tiny_jpeg, wait_for

API = "/api/v1"
SYNC_CALLS, ASYNC_CALLS, ASYNC_CALLERS = 200, 2000, 16
ASKED, ASKED_EVERY_S = 500, 0.02
# Photos that keep the worker busy while tasks are asked about.
BUSY_WITH = 3000
_ANSWER_S = 60.0
_FIRST_BUSY = 1_000_000


@dataclass
class Calls:
    """What became of many calls; threads add to it under ``lock``.

    Attributes:
        tasks: Ids of what was accepted.
        statuses: How often each status was answered, refusals that were tried again included.
        broken: Calls without an answer, and refusals that do not say when to come again.
        took_s: How long each accepted call took, waiting times of refusals left out.
    """

    tasks: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    took_s: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def api_load(folder: Path) -> list[Figure]:
    """Synchronous and asynchronous calls of small photos through a plan without engine work."""
    port = _free_port()
    sections = {
        "panel": {"port": port},
        "inboxes": [
            {"name": "in", "plan": ["copy"], "settle_s": 0, "scan_s": 0.1},
            {"name": "busy", "plan": ["copy"]},
        ],
        "api": {"inbox": "in"},
    }
    booth = Booth(folder, ("copy",), sections)
    booth.config.layout.inbox("busy").mkdir(parents=True)
    with booth.running(), booth.database() as database:
        _await_panel(port)
        sync, sync_s = _call_at_once(port, "sync", SYNC_CALLS, SYNC_CALLS)
        later, later_s = _call_at_once(port, "async", ASYNC_CALLS, ASYNC_CALLERS)
        wait_for(database, len(sync.tasks) + len(later.tasks), lambda: None, 300)
        lost = _lost(port, [*sync.tasks, *later.tasks])
        asked_s = _ask_while_busy(port, booth, later.tasks)
        with database.read() as uow:
            ended = uow.jobs.count(State.DONE)
    expected = SYNC_CALLS + ASYNC_CALLS
    was_busy = f"{ended - expected} other photos went through meanwhile"
    return [
        _told("synchronous calls", sync, SYNC_CALLS, sync_s),
        _told("asynchronous calls", later, ASYNC_CALLS, later_s),
        Figure("photos of calls that did not end done", lost, "", 0,
               note=f"of {expected}; every task asked for again"),
        Figure("GET /task, p99, worker busy", _share(asked_s, 0.99) * 1000, "ms", 20,
               note=f"{len(asked_s)} calls, p50 {_share(asked_s, 0.5) * 1000:.1f} ms, slowest "
               f"{max(asked_s) * 1000:.1f} ms; {was_busy}"),
    ]  # fmt: skip


def _told(what: str, calls: Calls, wanted: int, took_s: float) -> Figure:
    wrong = wanted - len(calls.tasks) + len(calls.broken)
    statuses = ", ".join(
        f"{number} x {status}" for status, number in sorted(calls.statuses.items())
    )
    note = (
        f"{wanted} in {took_s:.1f} s: {statuses}; a call p50 {_share(calls.took_s, 0.5):.2f} s, "
        f"p99 {_share(calls.took_s, 0.99):.2f} s"
    )
    if calls.broken:
        note += f"; first: {calls.broken[0]}"
    return Figure(f"{what}: lost, or refused without Retry-After", wrong, "", 0, note=note)


def _call_at_once(port: int, kind: str, count: int, callers: int) -> tuple[Calls, float]:
    """Make so many calls by so many callers, who begin together; each keeps its connection."""
    calls, start = Calls(), threading.Barrier(callers)

    def call(first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_S)
        start.wait()
        for number in range(first, count, callers):
            _submit(connection, f"{API}/face/enhance/{kind}", number, calls)
        connection.close()

    begun_s = time.monotonic()
    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(call, range(callers)))
    return calls, time.monotonic() - begun_s


def _submit(connection: http.client.HTTPConnection, path: str, number: int, calls: Calls) -> None:
    photo = tiny_jpeg(number if path.endswith("/async") else number + ASYNC_CALLS)
    while True:
        begun_s = time.monotonic()
        try:
            connection.request("POST", path, photo, {"Content-Type": "image/jpeg"})
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            with calls.lock:
                calls.broken.append(repr(error))
            return
        with calls.lock:
            calls.statuses[answer.status] += 1
            if answer.status in {200, 202}:
                calls.took_s.append(time.monotonic() - begun_s)
                task = answer.headers.get("X-Boothd-Task") or json.loads(body)["task_id"]
                calls.tasks.append(task)
                return
            wait = answer.headers.get("Retry-After")
            if answer.status != http.client.SERVICE_UNAVAILABLE or wait is None:
                calls.broken.append(f"{answer.status} {body[:200]!r}")
                return
        time.sleep(float(wait))


def _lost(port: int, tasks: list[str]) -> int:
    """How many tasks are not known, known twice, or did not end done."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_S)
    states = Counter(str(_ask(connection, task)["state"]) for task in set(tasks))
    connection.close()
    return len(tasks) - states["done"]


def _ask_while_busy(port: int, booth: Booth, tasks: list[str]) -> list[float]:
    """Seconds that each question about a task took while other photos went through."""
    inbox = booth.config.layout.inbox("busy")
    for number in range(_FIRST_BUSY, _FIRST_BUSY + BUSY_WITH):
        (inbox / f"{number}.jpg").write_bytes(tiny_jpeg(number))
    choose = random.Random(1)  # noqa: S311 - any choice does, and always the same
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_S)
    took_s = []
    for _ in range(ASKED):
        task, begun_s = choose.choice(tasks), time.monotonic()
        _ask(connection, task)
        took_s.append(time.monotonic() - begun_s)
        time.sleep(ASKED_EVERY_S)
    connection.close()
    return took_s


def _ask(connection: http.client.HTTPConnection, task: str) -> dict[str, object]:
    connection.request("GET", f"{API}/task/{task}")
    answer = connection.getresponse()
    said: dict[str, object] = json.loads(answer.read())
    return said if answer.status == http.client.OK else {"state": answer.status}


def _await_panel(port: int) -> None:
    deadline_s = time.monotonic() + START_S
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_S)
    while True:
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            answer.read()
            if answer.status == http.client.OK:
                connection.close()
                return
        except OSError:
            connection.close()
        if time.monotonic() > deadline_s:
            msg = "the panel did not start"
            raise BoothError(msg)
        time.sleep(0.05)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def _share(values: list[float], share: float) -> float:
    """The value that such a share of all does not exceed; 0 of none."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0
