"""Committing a verdict: one transaction for verdict, measures, planned outputs and sums.

After it the job is ``publishing``: what it will become is decided, and everything left to do
can be done again from the row and the files.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from daemon.domain.artifact import OutputFile, Reason
from daemon.domain.job import Claim, Job, PlannedOutput, State, Verdict
from daemon.protocol import Result
from daemon.services.counting import count_verdict
from daemon.store.uow import UnitOfWork
from daemon.telemetry import events

# Targets are chosen by the publisher, which alone looks at the output folders.
UNPLACED = b""


def commit_result(uow: UnitOfWork, claim: Claim, result: Result, now_ms: int) -> bool:
    """Commit what the worker found; False where the claim is no longer ours."""
    outputs = _unplaced(result.outputs)
    mine = uow.queue.finish_if_mine(
        claim,
        result.verdict,
        result.reasons,
        outputs,
        measures=result.measures,
        engines=result.engines,
        timings_ms=result.timings_ms,
    )
    if mine:
        job = replace(
            claim.job,
            verdict=result.verdict,
            reasons=tuple(result.reasons),
            measures=result.measures,
            engines=result.engines,
            timings_ms=result.timings_ms,
        )
        _account(uow, job, now_ms)
    return mine


def commit_failure(uow: UnitOfWork, claim: Claim, reasons: tuple[Reason, ...], now_ms: int) -> bool:
    """Commit that a claimed job failed; False where the claim is no longer ours."""
    failed = Result(claim.job.id, claim.job.attempts, Verdict.FAILED, reasons)
    return commit_result(uow, claim, failed, now_ms)


def commit_without_worker(  # noqa: PLR0913 - the facts of a verdict, by keyword where it matters
    uow: UnitOfWork,
    job: Job,
    verdict: Verdict,
    reasons: tuple[Reason, ...],
    outputs: Iterable[OutputFile] = (),
    *,
    now_ms: int | None = None,
) -> bool:
    """Commit a verdict that needs no worker: a truncated file, a duplicate, a cancelled job.

    ``outputs`` lie in ``staging/<job>/<attempts>/`` as a worker's would. False where the job is
    not in a state that may end so (a worker has it, or it ended already).
    """
    at_ms = uow.now_ms() if now_ms is None else now_ms
    moved = uow.jobs.move(
        job.id,
        State.PUBLISHING,
        verdict=verdict,
        reasons=reasons,
        outputs=_unplaced(outputs),
    )
    if moved:
        _account(uow, replace(job, verdict=verdict, reasons=reasons), at_ms)
    return moved


def _unplaced(outputs: Iterable[OutputFile]) -> tuple[PlannedOutput, ...]:
    return tuple(PlannedOutput(output, UNPLACED) for output in outputs)


def _account(uow: UnitOfWork, job: Job, now_ms: int) -> None:
    """Count the verdict that a job now has, and write it into its history."""
    count_verdict(uow, job)
    codes = list(dict.fromkeys(reason.code for reason in job.reasons))
    facts = {"verdict": job.verdict, "codes": codes}
    uow.history.event(job.id, events.JOB_VERDICT_COMMITTED, facts, now_ms)
