"""What the API hears and says of review, as models."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from admin.api.models import Model
from daemon.domain.review import MOST_NOTE_CHARS


class ReviewBody(BaseModel):
    """What a person decided; see docs/api.md."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    decision: Literal["accept", "redo", "reject"]
    code: str = ""
    """Of a rejection: one of the DECLINED_ codes."""
    note: str = Field("", max_length=MOST_NOTE_CHARS)
    """Of a rejection: the person's own words."""
    options: dict[str, dict[str, object]] = {}
    """Of a redo: options by route, over those it had."""
    instruct: str | None = None
    """Of a redo: another line of instruction."""
    seen_ms: int | None = None
    """finished_ms of the job as the person saw it: refused where it was done again since."""


class DecisionSaid(Model):
    """A decision that is written down; the daemon carries it out."""

    job_id: str
    decision: str
    by: str
    decided_ms: int
