"""A job: one generation of one dropped file, from the inbox to its verdict.

What people see (``queued``, ``working``, ``publishing``, ``done`` …) are these states; the
two finer ones before ``queued`` show as "taking in".
"""

from __future__ import annotations

import enum
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from daemon.domain.artifact import OutputFile, Reason
from daemon.domain.route import Plan


class State(enum.StrEnum):
    """Where a job stands. Only ``LEGAL_MOVES`` may change it."""

    ADMITTED = "admitted"  # a row exists; the file still lies in the inbox
    TAKEN = "taken"  # the file was renamed into claimed/<job>/
    QUEUED = "queued"  # the staged copy and its digest are recorded
    WORKING = "working"  # claimed with owner, token and lease
    PUBLISHING = "publishing"  # the verdict is committed; files are on their way
    DONE = "done"
    REJECTED = "rejected"
    REVIEW = "review"
    FAILED = "failed"
    # The person took the file away before it was taken in, or had it run again out of review.
    WITHDRAWN = "withdrawn"


class Verdict(enum.StrEnum):
    """How a job can end for the person who dropped the photo."""

    DONE = "done"
    REJECTED = "rejected"
    REVIEW = "review"
    FAILED = "failed"

    @property
    def state(self) -> State:
        return State(self.value)


TERMINAL = frozenset({State.DONE, State.REJECTED, State.REVIEW, State.FAILED, State.WITHDRAWN})
LIVE = frozenset(State) - TERMINAL

LEGAL_MOVES: dict[State, frozenset[State]] = {
    State.ADMITTED: frozenset({State.TAKEN, State.WITHDRAWN}),
    State.TAKEN: frozenset({State.QUEUED, State.PUBLISHING, State.WITHDRAWN}),
    State.QUEUED: frozenset({State.WORKING, State.PUBLISHING}),
    State.WORKING: frozenset({State.QUEUED, State.PUBLISHING}),
    # Back to the queue only where a power cut took the outputs before they were published.
    State.PUBLISHING: frozenset(
        {State.DONE, State.REJECTED, State.REVIEW, State.FAILED, State.QUEUED}
    ),
    State.DONE: frozenset(),
    State.REJECTED: frozenset(),
    # A person decides: accept, turn down, have it done again otherwise, or run it as if dropped
    # anew (then another job brings it back).
    State.REVIEW: frozenset({State.DONE, State.REJECTED, State.QUEUED, State.WITHDRAWN}),
    State.FAILED: frozenset(),
    State.WITHDRAWN: frozenset(),
}


def sources_of(target: State) -> frozenset[State]:
    """States from which a job may move to ``target``."""
    return frozenset(state for state, targets in LEGAL_MOVES.items() if target in targets)


def new_job_id(now_ms: int) -> str:
    """A fresh id, 22 lower-case hex digits: 12 of time, 10 of chance.

    Ids sort by admission time, are safe as a folder name, and stay unique when a database is
    rebuilt from folders (a counter would start again).
    """
    return f"{now_ms:012x}{secrets.token_hex(5)}"


def admitted_ms(job_id: str) -> int:
    """When the job of that id was admitted: the time that its id sorts by."""
    return int(job_id[:12], 16)


def new_token() -> str:
    """A claim token; every write about a claimed job must carry the current one."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class PlannedOutput:
    """An output file and the final place chosen for it.

    Attributes:
        file: The file in the attempt's folder.
        target: Absolute final path, as bytes.
        published_ms: When it was found complete under its final name, or ``None``.
    """

    file: OutputFile
    target: bytes
    published_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One row of the jobs table.

    Attributes:
        id: See ``new_job_id``.
        inbox: Name of the inbox.
        relative: Path inside the inbox as the share gave it (bytes).
        name_key: Compare key of ``relative`` (NFC, case-folded where the share ignores case).
        generation: Which content of that name: size, mtime_ns, ctime_ns and inode at admission,
            as text.
        state: Where it stands.
        plan: Steps with every option resolved.
        priority: Higher first.
        language: Language of reasons, ``zh`` or ``en``.
        created_ms: When it was admitted.
        sidecars: Names (bytes) of the notes taken in with the photo, in its claimed folder.
        instruct: A person's one-line instruction, or empty.
        in_ledger: The source stays in the inbox (the share forbids renames).
        content_sha256: Digest of the staged copy, once queued.
        size: Bytes of the staged copy, once queued.
        effect_key: See ``daemon.domain.route.effect_key``, once queued.
        attempts: Claims counted so far.
        crashes: Worker deaths while this job was in its hands; such a job runs alone next time.
        owner: Who holds the claim.
        token: Current claim token.
        lease_until_ms: When the claim lapses unless renewed.
        not_before_ms: Earliest next claim (back-off), 0 for at once.
        queued_ms: When it became claimable.
        started_ms: When the last attempt was claimed.
        verdict: Once committed.
        reasons: Codes with facts.
        outputs: Planned outputs, once the verdict is committed.
        measures: What the routes measured.
        engines: What made the result.
        timings_ms: Step → milliseconds.
        filed: Absolute path (bytes) of the original's final place, once terminal.
        finished_ms: When it became terminal.
        retry_of: The earlier job an operator retried.
    """

    id: str
    inbox: str
    relative: bytes
    name_key: str
    generation: str
    state: State
    plan: Plan
    priority: int
    language: str
    created_ms: int
    sidecars: tuple[bytes, ...] = ()
    instruct: str = ""
    in_ledger: bool = False
    content_sha256: str | None = None
    size: int | None = None
    effect_key: str | None = None
    attempts: int = 0
    crashes: int = 0
    owner: str | None = None
    token: str | None = None
    lease_until_ms: int | None = None
    not_before_ms: int = 0
    queued_ms: int | None = None
    started_ms: int | None = None
    verdict: Verdict | None = None
    reasons: tuple[Reason, ...] = ()
    outputs: tuple[PlannedOutput, ...] = ()
    measures: Mapping[str, Any] = field(default_factory=dict)
    engines: Mapping[str, Any] = field(default_factory=dict)
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    filed: bytes | None = None
    finished_ms: int | None = None
    retry_of: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a job: every later write must carry its token.

    Attributes:
        job: The row as it was claimed (``attempts`` already counts this claim).
        owner: Who claimed.
        token: The fencing token.
    """

    job: Job
    owner: str
    token: str
