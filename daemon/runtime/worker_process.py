"""One worker process as its parent holds it: pipes, reader threads, its end."""

from __future__ import annotations

import contextlib
import fcntl
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import IO, TypeAlias

import psutil

from daemon.config.boot import WorkerBoot
from daemon.protocol import Message, ProtocolError, decode, encode
from daemon.telemetry.failpoints import VARIABLE

# A result lists every face of a group photo with its measures: some hundred kilobytes. A line
# past this is no message but a program gone wild.
MAX_LINE = 32 * 1024 * 1024
# Orders are small; a pipe this large takes them all while the worker is stopped or hung.
_PIPE_BYTES = 1 << 20

_TAIL_LINES = 20
_JOIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Closed:
    """The worker closed its end of the pipe: it is gone, or going."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that a reader thread brought.

    Attributes:
        process: Which worker process it is of.
        item: A message, what came instead of one, or the end.
    """

    process: WorkerProcess
    item: Message | ProtocolError | Closed


Inbox: TypeAlias = "queue.SimpleQueue[Arrival | None]"


class WorkerProcess:
    """A running child; arrivals go to ``inbox`` until ``Closed``.

    Args:
        command: What to run.
        environment: Its environment.
        inbox: Where its messages go, each with this object.

    Raises:
        OSError: The command cannot be run.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], inbox: Inbox
    ) -> None:
        self._inbox = inbox
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        started: Future[subprocess.Popen[bytes]] = Future()
        # The kernel kills the child when the thread that started it ends (the worker asks for
        # that), so the thread that reads its messages starts it, and lives as long as the pipe.
        self._reader = threading.Thread(
            target=self._run, args=(command, environment, started), name="worker-messages"
        )
        self._reader.daemon = True
        self._reader.start()
        try:
            self._child = started.result()
        except OSError:
            self._reader.join()
            raise
        self._stdin, self._stderr = _pipe(self._child.stdin), _pipe(self._child.stderr)
        _widen(self._stdin)
        self._forwarder = threading.Thread(target=self._forward, name="worker-log", daemon=True)
        self._forwarder.start()

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def last_line(self) -> str:
        """The last line it wrote to standard error."""
        return self._tail[-1] if self._tail else ""

    def send(self, message: Message) -> None:
        """Write a message; a worker that is gone is noticed by its end, not here."""
        with contextlib.suppress(BrokenPipeError):
            self._stdin.write(encode(message))
            self._stdin.flush()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it is gone."""
        self._child.send_signal(number)

    def rss_mib(self) -> int:
        """Its resident memory in MiB; 0 when it is gone."""
        try:
            return int(psutil.Process(self.pid).memory_info().rss) >> 20
        except psutil.Error:
            return 0

    def end(self) -> int | None:
        """Close the pipes, reap it and join the threads.

        Returns:
            The exit status, negative for a signal; ``None`` for a process that even SIGKILL
            does not end (it hangs in the kernel), which is left to itself.
        """
        with contextlib.suppress(OSError):
            self._stdin.close()
        try:
            status: int | None = self._child.wait(_JOIN_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            status = self._killed()
        ends = ((self._reader, _pipe(self._child.stdout)), (self._forwarder, self._stderr))
        for thread, stream in ends:
            thread.join(_JOIN_S)
            # A grandchild may hold the pipe open: the thread is a daemon and is left to it.
            if not thread.is_alive():
                stream.close()
        return status

    def _killed(self) -> int | None:
        try:
            return self._child.wait(_JOIN_S)
        except subprocess.TimeoutExpired:
            return None

    # ── threads ───────────────────────────────────────────────────────────────────────────

    def _run(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        started: Future[subprocess.Popen[bytes]],
    ) -> None:
        pipe = subprocess.PIPE
        try:
            child = subprocess.Popen(
                list(command), stdin=pipe, stdout=pipe, stderr=pipe, env=dict(environment)
            )
        except OSError as error:
            started.set_exception(error)
            return
        started.set_result(child)
        self._read(_pipe(child.stdout))
        self._inbox.put(Arrival(self, Closed()))

    def _read(self, stream: IO[bytes]) -> None:
        while line := stream.readline(MAX_LINE):
            try:
                self._inbox.put(Arrival(self, decode(line)))
            except ProtocolError as error:
                self._inbox.put(Arrival(self, error))
                return

    def _forward(self) -> None:
        while line := self._stderr.readline(MAX_LINE):
            text = line.decode("utf-8", "replace").rstrip()
            if text:
                self._tail.append(text)
                print(text, file=sys.stderr, flush=True)  # noqa: T201 - the worker's own log


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def _widen(pipe: IO[bytes]) -> None:

    # A user's share of pipe memory may be used up; the default size does for usual work.
    with contextlib.suppress(OSError):
        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def start_process(
    boot: WorkerBoot, inbox: Inbox, command: Sequence[str] | None, *, first: bool
) -> WorkerProcess:
    """Start a worker with these settings; see ``environment_for`` for ``first``.

    Args:
        boot: Settings of the worker.
        inbox: Where its messages go.
        command: What to run instead of ``python -m daemon.worker``, for tests.
        first: Whether this is the first worker of this daemon.

    Raises:
        OSError: It could not be started.
    """
    environment = environment_for(boot.engines.threads, first=first)
    return WorkerProcess(command or command_for(boot), environment, inbox)


def command_for(boot: WorkerBoot) -> tuple[str, ...]:
    """How a worker with these settings is started."""
    told = boot.for_child().model_dump_json(exclude_defaults=True)
    return (sys.executable, "-m", "daemon.worker", "--config-json", told)


def environment_for(threads: int, *, first: bool) -> dict[str, str]:
    """The child's environment.

    Args:
        threads: CPU threads for libraries that read the environment, 0 for no bound.
        first: Whether this is the first worker of this daemon; a fail point is for that one
            only, or the restarted worker would die at the same place for ever.
    """
    environment = dict(os.environ)
    if not first:
        environment.pop(VARIABLE, None)
    if threads:
        environment.setdefault("OMP_NUM_THREADS", str(threads))
    return environment
