"""From an exception at the job boundary to a message that says what it means."""

from __future__ import annotations

import errno
import json
import traceback
from collections.abc import Mapping
from pathlib import Path

from daemon.domain.artifact import Reason
from daemon.errors import BoothError, DiskFull, EngineUnavailable, FaultVerdict, UsageError
from daemon.protocol import Answer, Ask, Fault, Work

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})
_ROOT = Path(__file__).resolve().parents[2]


def fault_of(work: Work, error: Exception) -> Fault:
    """The fault that an exception is for a job.

    A message written by a library may quote a file name, so of an unexpected exception only
    the type and the place are kept.
    """
    reason, verdict = _judged(error)
    return Fault(work.job_id, work.attempt, reason, verdict, f"{type(error).__name__} {_at(error)}")


def refusal_of(ask: Ask, error: Exception) -> tuple[Answer, FaultVerdict]:
    """The answer that an exception is for a question, and what it means for this worker."""
    reason, verdict = _judged(error)
    return Answer(ask.ask_id, {}, reason, f"{type(error).__name__} {_at(error)}"), verdict


def _judged(error: Exception) -> tuple[Reason, FaultVerdict]:
    if isinstance(error, OSError) and error.errno in _NO_SPACE:
        return Reason(DiskFull.code), DiskFull.fault
    if isinstance(error, UsageError):
        return Reason(
            "OPTIONS_INVALID", {**_json_facts(error.facts), "detail": str(error)}
        ), error.fault
    if isinstance(error, EngineUnavailable) and str(error) != error.code:
        # The sentence names the command that mends it; it is ours, and no photo is in it.
        return Reason(error.code, {"detail": str(error), **_json_facts(error.facts)}), error.fault
    if isinstance(error, BoothError):
        return Reason(error.code, _json_facts(error.facts)), error.fault
    if isinstance(error, MemoryError):
        # A fresh process has all its memory again; the attempt counts, so that a photo which
        # never fits ends. Holding the queue for it would hold up everybody.
        return Reason("OUT_OF_MEMORY"), FaultVerdict.RESTART_WORKER
    return Reason("INTERNAL_ERROR"), FaultVerdict.RETRY


def _json_facts(facts: Mapping[str, object]) -> dict[str, object]:
    """Facts as JSON values; what is none (an array's number, a path) becomes its text."""
    kept: dict[str, object] = json.loads(json.dumps(dict(facts), default=str))
    return kept


def _at(error: Exception) -> str:
    """Where it was raised: file, line and function, innermost frame of our own and of all."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "at an unknown place"
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(_ROOT / "daemon")]
    chosen = [frames[-1]] if not own or own[-1] is frames[-1] else [own[-1], frames[-1]]
    return "at " + " < ".join(
        f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in reversed(chosen)
    )


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else path.name
