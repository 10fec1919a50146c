"""Review: what a person decides about a photo whose candidate waits beside its original."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class DecisionKind(enum.StrEnum):
    """What a person may decide."""

    ACCEPT = "accept"  # the candidate becomes the result
    REDO = "redo"  # the original is worked on once more, otherwise
    REJECT = "reject"  # the photo goes back, with the person's reason


class Outcome(enum.StrEnum):
    """What became of a decision once the daemon took it up."""

    ACCEPTED = "accepted"
    REDONE = "redone"
    REJECTED = "rejected"
    MOVED_ON = "moved_on"  # the job is not in review any more
    ORIGINAL_GONE = "original_gone"  # somebody took the original away
    CANDIDATE_CHANGED = "candidate_changed"  # not the file that the person saw
    ALREADY_QUEUED = "already_queued"  # the same photo is worked on already

    @property
    def is_done(self) -> bool:
        """Whether the person's word was carried out."""
        return self in {Outcome.ACCEPTED, Outcome.REDONE, Outcome.REJECTED}


# How each ends when all goes well.
OUTCOME_OF = {
    DecisionKind.ACCEPT: Outcome.ACCEPTED,
    DecisionKind.REDO: Outcome.REDONE,
    DecisionKind.REJECT: Outcome.REJECTED,
}
# Why a person sends a photo back; keys of ``daemon.domain.codes.CODES``.
DECLINE_CODES = (
    "DECLINED_NOT_ALIKE",
    "DECLINED_QUALITY",
    "DECLINED_FACE",
    "DECLINED_POSE",
    "DECLINED_BACKGROUND",
    "DECLINED_WRONG_PHOTO",
    "DECLINED_OTHER",
)
# With this one the note says why, so there must be one.
NEEDS_NOTE = "DECLINED_OTHER"
MOST_NOTE_CHARS = 500
# How long a photo counts as being looked at after somebody opened it.
LOOK_MS = 120_000


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's word about one photo, and how far it is carried out.

    Attributes:
        id: Its number.
        job_id: The photo's job.
        kind: What was decided.
        by: Who decided.
        decided_ms: When.
        code: Of a rejection, one of ``DECLINE_CODES``; else empty.
        note: The person's own words, or empty.
        args: Of a redo: ``plan`` (as ``Plan.as_json``) and ``instruct``.
        before: Record of the job as it was in review, once the daemon took the decision up.
        after: Record of the job as it is to end, with every place chosen.
        moved_ms: When the job left review.
        closed_ms: When all of it was done, or given up.
        outcome: What became of it, once closed.
    """

    id: int
    job_id: str
    kind: DecisionKind
    by: str
    decided_ms: int
    code: str = ""
    note: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)
    before: bytes | None = None
    after: bytes | None = None
    moved_ms: int | None = None
    closed_ms: int | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody has a photo before them just now.

    Attributes:
        who: Who.
        until_ms: Until when others are told so.
    """

    who: str
    until_ms: int
