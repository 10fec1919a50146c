"""Jobs without files, for tests of the store alone."""

from __future__ import annotations

from itertools import count
from typing import Any

from daemon.domain.job import Job, State
from daemon.domain.route import Plan

NOW_MS = 1_700_000_000_000

_numbers = count(1)


def job_row(state: State = State.QUEUED, *, inbox: str = "in", **fields: Any) -> Job:
    """A job of its own name; ids sort in the order of the calls."""
    number = next(_numbers)
    name = f"photo {number}.jpg"
    given: dict[str, Any] = {
        "id": f"{NOW_MS + number:012x}{number:010x}",
        "inbox": inbox,
        "relative": name.encode(),
        "name_key": name,
        "generation": f"1:{number}",
        "state": state,
        "plan": Plan.of(["copy"]),
        "priority": 0,
        "language": "en",
        "created_ms": NOW_MS,
    }
    return Job(**{**given, **fields})
