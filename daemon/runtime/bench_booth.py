"""What every part of the bench stands on: a booth of its own, the machine, a figure."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from daemon.clock import SystemClock
from daemon.config.model import Config
from daemon.domain.job import LIVE, State
from daemon.errors import BoothError
from daemon.services.health import read_status
from daemon.store.database import Database

START_S = 60.0
LOOK_S = 0.05
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value beside its target.

    Attributes:
        what: What was measured.
        value: The measured value.
        unit: Of value and limit.
        limit: The target.
        at_most: Whether the target is an upper limit (else a lower one).
        note: How, and how many.
    """

    what: str
    value: float
    unit: str
    limit: float
    at_most: bool = True
    note: str = ""

    @property
    def is_met(self) -> bool:
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "value": round(self.value, 3),
            "unit": self.unit,
            "target": f"{'<=' if self.at_most else '>='} {self.limit:g}",
            "met": self.is_met,
            "note": self.note,
        }


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(psutil.virtual_memory().total / (1 << 30), 1),
        "processor": platform.machine(),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


class Booth:
    """A daemon of its own in a temporary folder.

    Args:
        folder: Where everything lies.
        plan: Of its only inbox, ``in``.
        sections: Further sections of the configuration; with ``panel`` it has a panel too.
    """

    def __init__(
        self, folder: Path, plan: tuple[str, ...], sections: Mapping[str, Any] | None = None
    ) -> None:
        settings: dict[str, Any] = {
            "root": os.fspath(folder / "booth"),
            "language": "en",
            "inboxes": [{"name": "in", "plan": list(plan)}],
            "retention": {"min_free_mib": 0},
            "intake": {"max_ahead": 20_000},
            "logging": {"level": "warning"},
            **(sections or {}),
        }
        self._arguments = ["run"] if "panel" in settings else ["run", "--no-panel"]
        self._file = folder / "boothd.yaml"
        # JSON is YAML.
        self._file.write_text(json.dumps(settings), "utf-8")
        self.config = Config.model_validate(settings)
        self.inbox = self.config.layout.inbox("in")
        self.inbox.mkdir(parents=True)
        self.started_s = 0.0
        self._log = folder / "boothd.log"
        self._child: subprocess.Popen[bytes] | None = None

    @contextlib.contextmanager
    def running(self) -> Iterator[psutil.Process]:
        """The daemon, ready; how long that took is ``started_s``."""
        command = [sys.executable, "-m", "daemon.cli", "--config", os.fspath(self._file)]
        begun_s = time.monotonic()
        with self._log.open("ab") as log:
            child = subprocess.Popen([*command, *self._arguments], stdout=log, stderr=log)
        try:
            while (status := read_status(self.config.layout)) is None or status.pid != child.pid:
                if child.poll() is not None or time.monotonic() - begun_s > START_S:
                    msg = f"the daemon did not start: {self._log.read_text()[-500:]}"
                    raise BoothError(msg)
                time.sleep(0.002)
            self.started_s = time.monotonic() - begun_s
            yield psutil.Process(child.pid)
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(START_S)

    @contextlib.contextmanager
    def database(self) -> Iterator[Database]:
        database = Database(self.config.layout.database, SystemClock())
        try:
            yield database
        finally:
            database.close()


def wait_for(database: Database, count: int, each: Callable[[], None], limit_s: float) -> float:
    """Seconds until so many jobs have ended; ``each`` is called at every look."""
    begun_s = time.monotonic()
    while True:
        with database.read() as uow:
            done, live = uow.jobs.count(State.DONE), uow.jobs.count(*LIVE)
        if done >= count and live == 0:
            return time.monotonic() - begun_s
        if time.monotonic() - begun_s > limit_s:
            msg = f"{done} of {count} photos were through after {limit_s:.0f} s"
            raise BoothError(msg)
        each()
        time.sleep(LOOK_S)


def tiny_jpeg(number: int) -> bytes:
    """A structurally whole JPEG of 2 KB, different for each number; ``copy`` never decodes it."""
    comment = f"{number:>2000}".encode()
    size = (len(comment) + 2).to_bytes(2, "big")
    # Baseline, 8 bits, 30 x 40, one component.
    frame = b"\xff\xc0\x00\x0b\x08\x00\x1e\x00\x28\x01\x01\x11\x00"
    return b"\xff\xd8\xff\xfe" + size + comment + frame + b"\xff\xda\x00\x02\x00\xff\xd9"
