"""Photos that come, are judged and end, through the services' own transactions and no file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon.domain.artifact import Reason
from daemon.domain.job import Job, State, Verdict
from daemon.protocol import Result
from daemon.services.counting import count_ends, count_verdict
from daemon.services.verdicts import commit_result
from daemon.store.database import Database
from daemon.store.uow import UnitOfWork
from tests.fakes.store import NOW_MS, job_row

HOUR_MS = 3_600_000
# The start of an hour.
HOUR_0 = NOW_MS - NOW_MS % HOUR_MS
MISSING = ("eyes_open", "mouth_closed")

_TIMINGS = {"decode": 20.5, "quality": 80.0}


def quality(score: float | None, *, engine: str = "e1", profile: str = "hr") -> dict[str, Any]:
    """Measures of a gate."""
    part = {"score": score, "engine": engine, "profile": profile, "not_assessed": list(MISSING)}
    return {"quality": part}


def came(database: Database, *, at_ms: int = HOUR_0, inbox: str = "gate", number: int = 0) -> Job:
    """A photo that was admitted and waits to be claimed."""
    name = f"{at_ms:012x}{number:010x}"
    job = job_row(inbox=inbox, id=name, name_key=name, generation=name, created_ms=at_ms)
    with database.write() as uow:
        assert uow.jobs.add(job)
    return job


def judged(
    database: Database,
    verdict: Verdict = Verdict.DONE,
    codes: tuple[str, ...] = (),
    measures: Mapping[str, Any] | None = None,
) -> Job:
    """Claim the next photo and commit its verdict."""
    with database.write() as uow:
        claim = uow.queue.claim("worker", 20.0, alone=True)
        assert claim is not None
        result = Result(
            claim.job.id,
            claim.job.attempts,
            verdict,
            tuple(map(Reason, codes)),
            (),
            measures or {},
            {},
            _TIMINGS,
        )
        assert commit_result(uow, claim, result, NOW_MS)
    return _whole(database, claim.job.id)


def ended(database: Database, job: Job, *, after_ms: int = 1500) -> Job:
    """End a judged photo so long after it came."""
    assert job.verdict is not None
    finished_ms = job.created_ms + after_ms
    with database.write() as uow:
        assert uow.jobs.move(job.id, job.verdict.state, filed=b"/there", finished_ms=finished_ms)
        count_ends(uow, [_of(uow, job.id)])
    return _whole(database, job.id)


def taken_back(database: Database, job: Job) -> None:
    """Send a judged photo back to the queue, as where its outputs were lost."""
    with database.write() as uow:
        assert uow.jobs.requeue(job.id)
        count_verdict(uow, job, sign=-1)


def through(
    database: Database,
    score: float | None = None,
    verdict: Verdict = Verdict.DONE,
    codes: tuple[str, ...] = (),
    *,
    engine: str = "e1",
    profile: str = "hr",
    after_ms: int = 1500,
    **where: Any,
) -> Job:
    """A photo from coming to its end; without a score no gate judged it."""
    came(database, **where)
    measures = {} if score is None else quality(score, engine=engine, profile=profile)
    return ended(database, judged(database, verdict, codes, measures), after_ms=after_ms)


def withdrawn(database: Database, **where: Any) -> None:
    """A photo that its owner took away before it was taken in."""
    at_ms = where.pop("at_ms", HOUR_0)
    job = job_row(State.ADMITTED, inbox="gate", created_ms=at_ms, **where)
    with database.write() as uow:
        assert uow.jobs.add(job)
        assert uow.jobs.move(job.id, State.WITHDRAWN)


def _whole(database: Database, job_id: str) -> Job:
    with database.read() as uow:
        return _of(uow, job_id)


def _of(uow: UnitOfWork, job_id: str) -> Job:
    job = uow.jobs.get(job_id)
    assert job is not None
    return job
