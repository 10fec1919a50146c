"""What the worker asks of the kernel for itself (Linux)."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from daemon.errors import BoothError

# linux/prctl.h
_PR_SET_PDEATHSIG = 1
# Twice as likely to be chosen by the kernel as its size alone says: when memory runs out the
# worker must go, not the daemon which knows where every photo is.
_OOM_SCORE = "500"
_PAGE = os.sysconf("SC_PAGE_SIZE")


class ParentGone(BoothError):
    """The process that started this worker no longer lives."""


def die_with(parent_pid: int) -> None:
    """Have the kernel kill this process when its parent dies, even if it hangs.

    The signal comes when the *thread* that started this process ends; the parent keeps its
    worker in a thread that lives as long.

    Raises:
        ParentGone: It died before this call.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    if parent_pid and os.getppid() != parent_pid:
        msg = "the process that started this worker is gone"
        raise ParentGone(msg)


def go_first_when_memory_ends() -> bool:
    """Offer this process to the kernel's out-of-memory killer; False where it may not."""
    try:
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE, encoding="ascii")
    except OSError:
        return False
    return True


def on_terminate(tell: Callable[[], None]) -> None:
    """Call ``tell`` at SIGTERM; leave Ctrl-C to the parent, which drains its workers."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: tell())
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def rss_mib() -> int:
    """Resident memory of this process, in MiB."""
    resident = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(resident) * _PAGE >> 20


def gpu_mib() -> int | None:
    """Memory this process holds on GPUs, in MiB; ``None`` while it uses none."""
    # Whoever computes there has loaded it; another thread may be at that now, with half done.
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    is_initialized = getattr(cuda, "is_initialized", None)
    if cuda is None or is_initialized is None or not is_initialized():
        return None
    # Of each by its number: without one it is the first's, and the engines may be on another.
    return sum(int(cuda.memory_reserved(number)) for number in range(cuda.device_count())) >> 20
