"""A question to the worker that is no job, and what can become of it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from daemon.domain.artifact import Reason

# A question may be what kills the worker: it is asked so often at most.
MAX_ASKS = 2


class QuestionState(enum.StrEnum):
    """Where a question stands."""

    WAITING = "waiting"
    ASKED = "asked"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question as it is kept until its answer was read.

    Attributes:
        id: As a job's (``new_job_id``); names its folder too.
        kind: Which question (``daemon.worker.questions``).
        arguments: What it is about, JSON values.
        language: ``zh`` or ``en``.
        state: Where it stands.
        asks: How often the worker was asked.
        owner: The daemon that asked, or ``None``.
        placed_ms: When it was put.
        answered_ms: When it was answered, or ``None``.
        facts: The answer; empty where there is none.
        reason: Why there is none.
    """

    id: str
    kind: str
    arguments: Mapping[str, Any]
    language: str
    placed_ms: int
    state: QuestionState = QuestionState.WAITING
    asks: int = 0
    owner: str | None = None
    answered_ms: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    reason: Reason | None = None
