"""Workers for tests: real processes, short guards, a folder to work in."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from daemon.clock import Clock, SystemClock
from daemon.config.boot import WorkerBoot
from daemon.config.model import Worker
from daemon.domain.route import Plan
from daemon.protocol import Fault, Hello, Progress, Result, Work
from daemon.runtime.worker_handle import Event, Lost, WorkerHandle

T = TypeVar("T")
FAKE_ROUTES = "tests.fakes.routes"
# A machine that tests many things at once is slow; nothing waits for this in vain.
PATIENCE_S = 30.0


def boot(
    *, routes: str | None = FAKE_ROUTES, failpoints: bool = False, **worker: Any
) -> WorkerBoot:
    """Settings with guards as short as a test wants them."""
    settings = Worker(**{"restart_max_s": 0.2, "heartbeat_s": 0.5, **worker})
    return WorkerBoot(worker=settings, routes=routes, failpoints=failpoints)


@contextmanager
def running(
    settings: WorkerBoot, clock: Clock | None = None, **arguments: Any
) -> Iterator[WorkerHandle]:
    """A started handle that is stopped whatever happens."""
    handle = WorkerHandle(settings, clock or SystemClock(), **arguments)
    handle.start()
    try:
        yield handle
    finally:
        handle.stop(0.0)


def collect(handle: WorkerHandle, *, until: Any, patience_s: float = PATIENCE_S) -> list[Event]:
    """Poll until ``until(events)`` is true; returns everything that happened."""
    seen: list[Event] = []
    deadline_s = time.monotonic() + patience_s
    while not until(seen):
        assert time.monotonic() < deadline_s, f"waited in vain; {handle.state}: {seen}"
        seen += handle.poll(0.1)
    return seen


def of(kind: type[T], events: list[Event]) -> list[T]:
    return [event for event in events if isinstance(event, kind)]


def until_ready(handle: WorkerHandle) -> list[Event]:
    return collect(handle, until=lambda seen: of(Hello, seen))


def until_lost(handle: WorkerHandle) -> Lost:
    """The next loss that has a cause of its own."""
    return of(Lost, collect(handle, until=lambda seen: of(Lost, seen)))[0]


def until_answered(handle: WorkerHandle, count: int) -> dict[str, Result | Fault]:
    def answers(seen: list[Event]) -> dict[str, Result | Fault]:
        return {a.job_id: a for a in [*of(Result, seen), *of(Fault, seen)]}

    return answers(collect(handle, until=lambda seen: len(answers(seen)) >= count))


def until_at(handle: WorkerHandle, job_id: str, step: str) -> None:
    def is_there(seen: list[Event]) -> bool:
        return any(p.job_id == job_id and p.step == step for p in of(Progress, seen))

    collect(handle, until=is_there)


class Desk:
    """Makes works: a staged file, an empty output folder, a plan."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def work(
        self,
        job_id: str,
        *plan: str,
        content: bytes = b"not really a photo",
        attempt: int = 1,
        options: Mapping[str, Mapping[str, object]] | None = None,
    ) -> Work:
        staged = self._folder / job_id / "in"
        out = self._folder / job_id / str(attempt)
        out.mkdir(parents=True)
        staged.write_bytes(content)
        return Work(
            job_id=job_id,
            attempt=attempt,
            input=str(staged),
            name=f"{job_id}.JPG",
            output_dir=str(out),
            plan=Plan.of(plan or ("copy",), options),
            language="en",
        )
