"""Named points where tests may kill the processes, to prove that nothing is lost there.

``BOOTHD_FAILPOINT=W3:daemon:2`` kills the daemon the second time it passes W3; the middle
part is ``daemon``, ``worker`` or ``both``. Honoured only where ``development.failpoints`` is
set; a production configuration refuses to start with the variable present.

The windows W1–W25 are those of the durability contract; R, B and O are of reviews, batches and
orders (docs/durability.md).
"""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass, field

VARIABLE = "BOOTHD_FAILPOINT"


@dataclass(slots=True)
class _Armed:
    window: str = ""
    victim: str = ""
    countdown: int = 0
    in_worker: bool = False
    worker_pids: set[int] = field(default_factory=set)


_armed = _Armed()


def arm(*, allowed: bool, in_worker: bool = False) -> None:
    """Read the variable once, at process start."""
    text = os.environ.get(VARIABLE, "")
    if not allowed or not text:
        return
    window, victim, countdown = [*text.split(":"), "daemon", "1"][:3]
    _armed.window, _armed.victim, _armed.countdown = window, victim, int(countdown)
    _armed.in_worker = in_worker


def register_worker(pid: int) -> None:
    """Tell which child a fail point of victim ``worker`` or ``both`` is to kill."""
    _armed.worker_pids = {pid}


def reached(window: str) -> None:
    """Mark that the program stands in a crash window."""
    if _armed.window != window:
        return
    _armed.countdown -= 1
    if _armed.countdown == 0:
        _kill()


def _kill() -> None:
    own, parent = os.getpid(), os.getppid()
    daemon, workers = (parent, {own}) if _armed.in_worker else (own, _armed.worker_pids)
    # The other process first: this one does not return from its own death.
    victims = [pid for pid in workers if _armed.victim in {"worker", "both"}]
    if _armed.victim in {"daemon", "both"}:
        victims.append(daemon)
    for pid in sorted(victims, key=lambda pid: pid == own):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
