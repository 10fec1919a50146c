"""Routes that fail on purpose, one per way to fail; loaded through ``development.routes``.

None looks at pixels, so a worker that runs them loads no array library. Routes that must fail
for some photos only look at the file's first bytes: ``poison`` there means this one.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon.domain.artifact import Reason
from daemon.domain.job import Verdict
from daemon.errors import DiskFull, EngineError, FaultVerdict, InputError, UsageError
from daemon.routes.base import Context, Outcome, StagedFile

POISON = b"poison"


def is_poison(photo: StagedFile) -> bool:
    with photo.path.open("rb") as reader:
        return reader.read(len(POISON)) == POISON


class EngineBroken(EngineError):
    """A sticky engine error: nothing works in this process any more."""

    code = "GPU_RESOURCE_EXHAUSTED"
    fault = FaultVerdict.RESTART_WORKER


@dataclass(frozen=True, slots=True)
class Fake:
    """A route made of one function; its options are handed to the function as they are."""

    act: Callable[[StagedFile, Mapping[str, Any], Context], Outcome | None]
    known: frozenset[str] = frozenset()
    passes_bytes: bool = True

    def parse_options(self, raw: Mapping[str, object]) -> Mapping[str, object]:
        for name in raw:
            if name not in self.known:
                msg = f"unknown option {name!r}"
                raise UsageError(msg)
        return dict(raw)

    def run(self, photo: Any, options: Any, context: Context) -> Outcome:
        return self.act(photo, options, context) or Outcome(photo)


def crash(photo: StagedFile, options: Mapping[str, Any], context: Context) -> None:
    """Die by a signal, as an out-of-memory killer or a wild pointer would have it."""
    if options.get("only_poison") and not is_poison(photo):
        return
    if options.get("signal") == "SEGV":
        ctypes.string_at(0)
    os.kill(os.getpid(), signal.SIGKILL)


def hang(photo: StagedFile, options: Mapping[str, Any], context: Context) -> None:
    """Never get on, while heartbeats go on: a call lost in a driver."""
    if not options.get("only_poison") or is_poison(photo):
        threading.Event().wait()


def freeze(photo: StagedFile, options: Mapping[str, Any], context: Context) -> None:
    """Stop the whole process, heartbeats too."""
    os.kill(os.getpid(), signal.SIGSTOP)


_LEAK: list[bytearray] = []


def leak(photo: StagedFile, options: Mapping[str, Any], context: Context) -> None:
    """Keep memory; with ``then_hang`` stay there, as a runaway allocation would."""
    _LEAK.append(bytearray(os.urandom(1024)) * 1024 * int(options.get("mib", 64)))
    if options.get("then_hang"):
        while True:
            context.progress("leak", 0, 0)
            time.sleep(0.05)


def fail(photo: StagedFile, options: Mapping[str, Any], context: Context) -> Outcome | None:
    """Raise, or end with a verdict, as asked."""
    kind = options.get("kind", "bug")
    if kind == "bug":
        msg = "张三's passport.jpg is not what it should be"
        raise ValueError(msg)
    if kind == "input":
        raise InputError("IMAGE_TOO_SMALL", actual=3, limit=16)
    if kind == "disk":
        raise DiskFull
    if kind == "enospc":
        raise OSError(28, "No space left on device")
    if kind == "memory":
        raise MemoryError
    if kind == "rejected":
        return Outcome(photo, Verdict.REJECTED, (Reason("FACE_NOT_FOUND"),), {"faces": 0})
    if kind == "not_json":
        return Outcome(photo, measures={"faces": object()})
    sys.exit(1)


def slow(photo: StagedFile, options: Mapping[str, Any], context: Context) -> None:
    """Take long, and say all the while that it gets on."""
    parts = int(options.get("parts", 5))
    for part in range(parts):
        context.progress("part", part, parts)
        time.sleep(float(options.get("part_s", 0.1)))


def chatter(photo: StagedFile, options: Mapping[str, Any], context: Context) -> None:
    """Print to standard output from Python and from C, as libraries do."""
    print("a library's banner")
    print('{"v":1,"type":"stop"}', flush=True)
    os.write(1, b"raw bytes \xff on descriptor one\n")
    libc = ctypes.CDLL(None)
    libc.puts(b"from C")
    libc.fflush(None)


def garbage(photo: StagedFile, options: Mapping[str, Any], context: Context) -> None:
    """Write on every pipe this process has, the messages' own among them."""
    for handle in range(3, 64):
        with contextlib.suppress(OSError):
            os.write(handle, b"\x00\xffgarbage\n")
    threading.Event().wait()


def sticky(photo: StagedFile, options: Mapping[str, Any], context: Context) -> None:
    """Break the engine for good at a poisoned photo."""
    if is_poison(photo):
        raise EngineBroken


def meet(photo: StagedFile, options: Mapping[str, Any], context: Context) -> None:
    """Stay on the engine until a file appears: proof that others got on meanwhile."""
    Path(options["arrived"]).touch()
    while not Path(options["go_on"]).exists():
        context.progress("wait", 0, 0)
        time.sleep(0.01)


def once_only(photo: StagedFile, options: Mapping[str, Any], context: Context) -> None:
    """Crash the first time only."""
    marker = Path(options["marker"])
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)


class Gatekeeper:
    """A route that speaks up while its options are judged, on the decode thread."""

    passes_bytes = True

    def parse_options(self, raw: Mapping[str, object]) -> None:
        Path(str(raw["touch"])).touch()

    def run(self, photo: Any, options: None, context: Context) -> Outcome:
        return Outcome(photo)


ROUTES: Mapping[str, Any] = {
    "crash": Fake(crash, frozenset({"signal", "only_poison"})),
    "hang": Fake(hang, frozenset({"only_poison"})),
    "freeze": Fake(freeze),
    "leak": Fake(leak, frozenset({"mib", "then_hang"})),
    "fail": Fake(fail, frozenset({"kind"})),
    "slow": Fake(slow, frozenset({"parts", "part_s"})),
    "chatter": Fake(chatter),
    "garbage": Fake(garbage),
    "sticky": Fake(sticky),
    "meet": Fake(meet, frozenset({"arrived", "go_on"})),
    "once_only": Fake(once_only, frozenset({"marker"})),
    "gatekeeper": Gatekeeper(),
}
