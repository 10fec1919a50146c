"""The doctor's parts side by side, each in a thread of its own, with one limit for all of them.

A share that is away can hold a call of the kernel for minutes, and no thread can be called back
from it. So the threads are daemons: what did not answer in time is left behind and said to be
hung, and the process that asked comes to its end all the same.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence

from daemon.config.model import Config
from daemon.services.doctor import Part, parts_of
from daemon.services.doctor_trials import Finding, Level
from daemon.services.doctor_wording import sentence

# A healthy share answers in milliseconds, one that wakes up its disks in ten seconds.
LIMIT_S = 45.0
_Done = tuple[int, list[Finding] | None]


def examine_within(
    config: Config, limit_s: float = LIMIT_S, parts: Sequence[Part] | None = None
) -> list[Finding]:
    """Try everything out, but wait no longer than that.

    Args:
        config: With absolute paths.
        limit_s: For all parts together.
        parts: What to try; the doctor's own unless a test brings others.

    Returns:
        Every finding in the doctor's order; one error for each part that did not answer.
    """
    todo = list(parts_of(config) if parts is None else parts)
    done: queue.SimpleQueue[_Done] = queue.SimpleQueue()
    for number, part in enumerate(todo):
        name = f"examining-{part.name}"
        threading.Thread(target=_try, args=(number, part, done), name=name, daemon=True).start()
    found = _gathered(done, len(todo), time.monotonic() + limit_s)
    findings: list[Finding] = []
    for number, part in enumerate(todo):
        answer = found.get(number)
        if answer is not None:
            findings += answer
        elif number in found:
            findings.append(_failed(config, "part.died", part=part.name))
        else:
            findings.append(_failed(config, "part.hung", part=part.name, limit=f"{limit_s:g}"))
    return findings


def _gathered(
    done: queue.SimpleQueue[_Done], expected: int, until_s: float
) -> dict[int, list[Finding] | None]:
    found: dict[int, list[Finding] | None] = {}
    while len(found) < expected:
        try:
            number, findings = done.get(timeout=max(0.0, until_s - time.monotonic()))
        except queue.Empty:
            break
        found[number] = findings
    return found


def _try(number: int, part: Part, done: queue.SimpleQueue[_Done]) -> None:
    findings: list[Finding] | None = None
    try:
        findings = part.findings()
    finally:
        # What a fault raised goes to standard error by the thread's hook; the rest is told.
        done.put((number, findings))


def _failed(config: Config, key: str, **facts: str) -> Finding:
    """That nothing is known of a part."""
    message = sentence(key, config.language, Level.ERROR.value, **facts)
    return Finding(Level.ERROR, key, message, facts)
