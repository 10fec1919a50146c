"""The doctor on request of the panel: ``boothd check`` as a process of its own.

The panel must never touch a share, for a share that hangs would hang the page. It starts the
command, whose parts have one limit, and reads what it wrote; a command that hangs all the same is
killed and said to have been. The last answer lies in the state folder until the next one.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.files.atomic import replace_bytes
from daemon.services.doctor_trials import Finding, Level
from daemon.services.doctor_wording import sentence
from daemon.store.database import Database

FOLDER = "checkup"
ANSWER, RUNNING = "answer.json", "running.json"
# The command gives its parts 45 s; reading the settings may take a share's time as well.
LIMIT_MS = 75_000
_MOST_BYTES = 4 << 20
_LAST_WAIT_S = 1.0


@dataclass(frozen=True, slots=True)
class Examined:
    """The doctor's last answer.

    Attributes:
        at_ms: When it was asked for.
        took_ms: How long it took.
        findings: What was tried, in the doctor's order, good ones too.
        problems: Mistakes in the configuration file as it is now, a line each.
        database: ``{"path", "exists", "revision", "head", "code", "detail"}``.
        is_cut: It was killed: nothing of it is known.
    """

    at_ms: int
    took_ms: int
    findings: tuple[Finding, ...] = ()
    problems: tuple[str, ...] = ()
    database: Mapping[str, Any] | None = None
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What the page shows: the last answer, and since when the next is being found."""

    last: Examined | None
    running_ms: int | None


class Checkup:
    """Starts the doctor and reads what he said; no call waits for him. Safe from threads.

    Args:
        config: The whole configuration.
        config_path: The file it came from.
        database: For the audit.
        clock: Time.
        start: Starts a command with its output going to a file.
    """

    def __init__(
        self,
        config: Config,
        config_path: Path,
        database: Callable[[], Database],
        clock: Clock,
        *,
        start: Callable[[list[str], IO[bytes]], subprocess.Popen[bytes]] | None = None,
    ) -> None:
        self._folder = config.layout.state / FOLDER
        config_file = os.fspath(config_path)
        self._command = [sys.executable, "-m", "daemon.cli", "--config", config_file]
        self._command += ["check", "--json"]
        self._database = database
        self._clock = clock
        self._start = start or _start
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        # Killed, but held by the kernel until their share answers.
        self._left: list[subprocess.Popen[bytes]] = []
        self._began_ms = 0

    def begin(self, *, by: str) -> bool:
        """Have the doctor look again; False where he is looking already.

        Raises:
            OSError: The command cannot be started, or the state folder cannot be written to.
        """
        with self._lock:
            self._collect()
            if self._child is not None:
                return False
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with (self._folder / RUNNING).open("wb") as output:
                self._child = self._start(self._command, output)
            self._began_ms = self._clock.now_ms()
        with self._database().write() as uow:
            uow.audit.add(by, "booth.check", "", {}, self._clock.now_ms())
        return True

    def standing(self) -> Standing:
        """The last answer, and whether another is on its way."""
        with self._lock:
            self._collect()
            running_ms = self._began_ms if self._child is not None else None
            return Standing(self._last(), running_ms)

    def close(self) -> None:
        """End what still runs; a command that the kernel holds on to is left to it."""
        with self._lock:
            if self._child is not None:
                self._abandon(self._child)
                self._child = None
            for child in self._left:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(_LAST_WAIT_S)

    def _abandon(self, child: subprocess.Popen[bytes]) -> None:
        """Kill it, but wait for nothing: a call that hangs in the kernel outlives its process."""
        child.kill()
        self._left.append(child)

    def _collect(self) -> None:
        """Take the answer of a command that has ended, or end one that takes too long."""
        self._left = [child for child in self._left if child.poll() is None]
        child = self._child
        if child is None:
            return
        took_ms = self._clock.now_ms() - self._began_ms
        if child.poll() is None:
            if took_ms < LIMIT_MS:
                return
            self._abandon(child)
            self._keep({}, took_ms)
        else:
            self._keep(_read(self._folder / RUNNING), took_ms)
        self._child = None

    def _keep(self, said: Mapping[str, Any], took_ms: int) -> None:
        told = {name: said[name] for name in ("findings", "problems", "database") if name in said}
        kept = {**told, "at_ms": self._began_ms, "took_ms": took_ms}
        content = json.dumps(kept, ensure_ascii=False).encode()
        replace_bytes(self._folder / ANSWER, "answer", content)

    def _last(self) -> Examined | None:
        said = _read(self._folder / ANSWER)
        if "at_ms" not in said:
            return None
        return Examined(
            at_ms=int(said["at_ms"]),
            took_ms=int(said["took_ms"]),
            findings=tuple(_finding(row) for row in said.get("findings", ())),
            problems=tuple(map(str, said.get("problems", ()))),
            database=said.get("database"),
            is_cut="findings" not in said,
        )


def spoken(finding: Finding, language: str) -> str:
    """A finding's sentence in a language; as it was written where this version has none."""
    try:
        return sentence(finding.key, language, finding.level.value, **finding.facts)
    except KeyError:
        return finding.message


def _finding(row: Mapping[str, Any]) -> Finding:
    return Finding(Level(row["level"]), row["key"], row["message"], row.get("facts", {}))


def _read(path: Path) -> Mapping[str, Any]:
    """What a command wrote, or nothing where it wrote no whole answer."""
    try:
        with path.open("rb") as source:
            found = json.loads(source.read(_MOST_BYTES))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _start(command: list[str], output: IO[bytes]) -> subprocess.Popen[bytes]:
    # A session of its own: a Ctrl-C at the panel's terminal is not for it.
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=output, start_new_session=True
    )
