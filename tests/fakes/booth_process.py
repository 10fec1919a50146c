"""A whole booth as a person has it: the real daemon in processes of its own, killed at will.

``BoothProcess`` writes the configuration, starts ``python -m daemon.cli run`` in its own process
group, drops photos, sends signals, and waits by looking at what the daemon leaves behind (its
log, its tables); no wait is longer than 10 ms at a time, and every one has an end.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite
import yaml

from daemon.config.load import load_config
from daemon.config.model import Config
from daemon.domain.job import LIVE, State
from tests.conftest import REPO
from tests.fakes.photos import Drop

PATIENCE_S = 30.0
LOOK_S = 0.01

FAST: Mapping[str, Mapping[str, Any]] = {
    "queue": {"lease_s": 1.0},
    # A machine that tests many things at once may stop a worker for a second.
    "worker": {"heartbeat_s": 1.0, "restart_max_s": 0.1, "breaker_crashes": 1000},
    "retention": {"min_free_mib": 0},
    "development": {"failpoints": True, "routes": "tests.fakes.booth_routes"},
    "logging": {"format": "json"},
}
INBOX: Mapping[str, Any] = {"name": "in", "plan": ["sort"], "scan_s": 0.05, "settle_s": 0.05}


def wait_until(
    is_so: Callable[[], Any], what: Callable[[], str] | str, *, patience_s: float = PATIENCE_S
) -> None:
    """Look again and again, for so long at most."""
    deadline_s = time.monotonic() + patience_s
    while not is_so():
        if time.monotonic() > deadline_s:
            raise AssertionError(what if isinstance(what, str) else what())
        time.sleep(LOOK_S)


class BoothProcess:
    """One booth folder and, from ``start`` to ``stop`` or death, its daemon.

    Args:
        folder: Where everything lies.
        inbox: Settings of the one inbox, over ``INBOX``.
        sections: Sections of the configuration, over ``FAST``.
    """

    RUN: tuple[str, ...] = ("run", "--no-panel")

    def __init__(
        self, folder: Path, *, inbox: Mapping[str, Any] | None = None, **sections: Any
    ) -> None:
        self.folder = folder
        self.config_path = folder / "boothd.yaml"
        self.drops: list[Drop] = []
        self.environment: dict[str, str] = {}
        self._inbox = {**INBOX, **(inbox or {})}
        self._child: subprocess.Popen[bytes] | None = None
        self._runs = 0
        self._ready = 0
        self._outside = folder / "outside"
        self._outside.mkdir(parents=True)
        self.configure(**sections)
        for path in (self.inbox, self.config.layout.out("in")):
            path.mkdir(parents=True, exist_ok=True)

    def configure(self, **sections: Any) -> None:
        """Write the configuration; it counts from the next start on."""
        body: dict[str, Any] = {"root": "./booth", "language": "en", "inboxes": [self._inbox]}
        for name in {**FAST, **sections}:
            wanted = sections.get(name, {})
            is_section = isinstance(wanted, Mapping)
            body[name] = {**FAST.get(name, {}), **wanted} if is_section else wanted
        self.config_path.write_text(yaml.safe_dump(_plain(body)))
        self.config: Config = load_config(self.config_path, {})

    @property
    def inbox(self) -> Path:
        return self.config.layout.inbox("in")

    # ── life and death ────────────────────────────────────────────────────────────────────

    def start(self, failpoint: str = "") -> None:
        """Start the daemon; returns at once."""
        assert self._child is None, "it runs already"
        environment = {**os.environ, "OMP_NUM_THREADS": "1", **self.environment}
        if failpoint:
            environment["BOOTHD_FAILPOINT"] = failpoint
        command = [sys.executable, "-m", "daemon.cli", "--config", os.fspath(self.config_path)]
        self._runs += 1
        with self.log_path.open("wb") as log:
            self._child = subprocess.Popen(
                [*command, *self.RUN],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=REPO,
                env=environment,
                start_new_session=True,
            )

    def start_ready(self, failpoint: str = "") -> None:
        """Start the daemon and wait until it says that it is ready."""
        self.start(failpoint)
        self.wait_for_event("daemon.ready")

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    @property
    def runs(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def worker_pid(self) -> int | None:
        """The process id of the worker started last, by the log."""
        pids = [event["pid"] for event in self._worker_starts()]
        return pids[-1] if pids else None

    def _worker_starts(self) -> list[dict[str, Any]]:
        return [
            event
            for event in self.events("worker.")
            if event["event"] in {"worker.started", "worker.restarted"}
        ]

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Signal the daemon alone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill_worker(self, number: signal.Signals = signal.SIGKILL) -> bool:
        """Signal the worker alone; False where there is none now."""
        pid = self.worker_pid()
        if pid is None or is_gone(pid):
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        return True

    def wait_death(self, *, patience_s: float = PATIENCE_S) -> int:
        """Wait until the daemon is dead and its worker with it; returns the exit status."""
        child = self._child
        assert child is not None
        wait_until(
            lambda: child.poll() is not None,
            lambda: f"the daemon lives on:\n{self.log_tail()}",
            patience_s=patience_s,
        )
        self._child = None
        workers = [event["pid"] for event in self._worker_starts()]
        wait_until(
            lambda: all(is_gone(pid) for pid in workers), "a worker outlives its daemon for long"
        )
        return child.returncode

    def stop(self) -> None:
        """An orderly end: SIGTERM to a daemon that has begun, exit status 0."""
        self.wait_for_event("daemon.ready")
        self.kill(signal.SIGTERM)
        status = self.wait_death()
        assert status == 0, f"exit status {status}:\n{self.log_tail()}"

    def end(self) -> None:
        """Whatever happened, leave no process behind."""
        if self._child is not None:
            for number in (signal.SIGCONT, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._child.pid, number)
            self._child.wait()
            self._child = None

    # ── photos ────────────────────────────────────────────────────────────────────────────

    def keep_outside(self, folder: Path) -> None:
        """Prepare photos there from now on: below a mount point, say."""
        folder.mkdir()
        self._outside = folder

    def prepared(self, drop: Drop) -> Path:
        """The photo beside the inbox, on the inbox's own filesystem, not yet dropped."""
        path = self._outside / f"{len(self.drops)}-{drop.sha256[:8]}"
        path.write_bytes(drop.content)
        return path

    def target(self, drop: Drop) -> Path:
        return self.inbox / os.fsdecode(drop.relative)

    def drop(self, drop: Drop) -> Drop:
        """Drop by one rename, as a person moves a file."""
        target = self.target(drop)
        target.parent.mkdir(parents=True, exist_ok=True)
        self.prepared(drop).rename(target)
        self.drops.append(drop)
        return drop

    def drop_slowly(self, drop: Drop, *, parts: int = 5) -> Iterator[None]:
        """Write the photo in place, bit by bit, with a ``yield`` after every part."""
        target = self.target(drop)
        target.parent.mkdir(parents=True, exist_ok=True)
        size = max(1, len(drop.content) // parts)
        with target.open("wb", buffering=0) as writer:
            for at in range(0, len(drop.content), size):
                writer.write(drop.content[at : at + size])
                yield
        self.drops.append(drop)

    # ── what it says ──────────────────────────────────────────────────────────────────────

    @property
    def log_path(self) -> Path:
        return self.folder / f"log-{self._runs}"

    def events(self, name: str = "") -> list[dict[str, Any]]:
        """What this run logged so far: by name, or by the beginning of one that ends in a dot."""
        found = []
        for line in self.log_path.read_bytes().splitlines():
            if name.encode() in line and line.startswith(b"{"):
                with contextlib.suppress(ValueError):
                    found.append(json.loads(line))
        if name.endswith("."):
            return [event for event in found if str(event.get("event")).startswith(name)]
        return [event for event in found if not name or event.get("event") == name]

    def log_tail(self, lines: int = 40) -> str:
        return b"\n".join(self.log_path.read_bytes().splitlines()[-lines:]).decode()

    def all_logs(self) -> str:
        logs = sorted(self.folder.glob("log-*"), key=lambda path: int(path.name[4:]))
        return "".join(log.read_text() for log in logs)

    def wait_for_event(
        self, name: str, count: int = 1, *, patience_s: float = PATIENCE_S
    ) -> dict[str, Any]:
        """Wait until the log has that event so many times; returns the last."""

        def is_there() -> bool:
            assert self.runs or self.events(name), f"it died:\n{self.log_tail()}"
            return len(self.events(name)) >= count

        wait_until(
            is_there, lambda: f"never said {name}:\n{self.log_tail()}", patience_s=patience_s
        )
        return self.events(name)[-1]

    # ── what it recorded ──────────────────────────────────────────────────────────────────

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the tables; an empty list where there are none yet."""
        path = self.config.layout.database
        if not path.exists():
            return []
        with contextlib.closing(sqlite.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            try:
                return list(connection.execute(sql))
            except sqlite.OperationalError:
                return []

    def states(self) -> dict[str, int]:
        return dict(self.query("SELECT state, count(*) FROM jobs GROUP BY state"))

    def is_drained(self) -> bool:
        """Whether every dropped photo has a job that ended and nothing is on its way."""
        states = self.states()
        if any(states.get(state.value) for state in LIVE):
            return False
        ended = sum(states.values()) - states.get(State.WITHDRAWN.value, 0)
        if ended < len(self.drops):
            return False
        rows = {row[0] for row in self.query("SELECT relative FROM jobs WHERE state<>'withdrawn'")}
        return all(drop.relative in rows for drop in self.drops)

    def wait_drained(self, *, patience_s: float = PATIENCE_S) -> None:
        """I8: the queue drains in bounded time."""

        def is_so() -> bool:
            assert self.runs, f"it died:\n{self.log_tail()}"
            return self.is_drained()

        wait_until(
            is_so,
            lambda: f"not drained: {self.states()} of {len(self.drops)}\n{self.log_tail()}",
            patience_s=patience_s,
        )


@contextlib.contextmanager
def booths(folder: Path) -> Iterator[Callable[..., BoothProcess]]:
    """A factory of booths in a folder; at the end none of their processes is left."""
    made: list[BoothProcess] = []

    def make(**sections: Any) -> BoothProcess:
        made.append(BoothProcess(folder / f"booth-{len(made)}", **sections))
        return made[-1]

    try:
        yield make
    finally:
        for booth in made:
            booth.end()


def is_gone(pid: int) -> bool:
    """Whether a process is dead; one that nobody reaped is dead too."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state in {"Z", "X"}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return os.fspath(value) if isinstance(value, Path) else value


__all__ = ["BoothProcess", "booths", "is_gone", "wait_until"]
