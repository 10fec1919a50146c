"""What is counted of a photo, in the transaction that makes it true.

That a photo came is counted where its row is added (``store.jobs``).
"""

from __future__ import annotations

from collections.abc import Iterable

from daemon.domain.assessment import assessment_of
from daemon.domain.gauges import places_of
from daemon.domain.job import Job
from daemon.store.counters import hour_of
from daemon.store.histograms import Kind, Tally
from daemon.store.uow import UnitOfWork


def count_verdict(uow: UnitOfWork, job: Job, *, sign: int = 1) -> None:
    """Count a verdict, and what was measured with it.

    Args:
        uow: The transaction that commits it, or takes it back.
        job: With verdict, reasons and measures.
        sign: -1 takes back what was counted before.
    """
    assert job.verdict is not None
    codes = [reason.code for reason in job.reasons]
    uow.counters.add(job.inbox, job.verdict, codes, hour_of(job.id), n=sign)
    tally, found = Tally(), assessment_of(job.measures, job.engines)
    if found is not None:
        tally.scored(job.id, job.inbox, job.verdict, found)
    places = places_of(job.measures, job.engines, job.reasons)
    if places is not None:
        tally.placed(job.id, job.inbox, places)
        uow.rejects.place(job, places, sign=sign)
    tally.worked(job.id, job.inbox, job.timings_ms)
    uow.histograms.add(tally, sign=sign)


def count_ends(uow: UnitOfWork, jobs: Iterable[Job], *, sign: int = 1) -> None:
    """Count how long jobs took from admission to their end, all of them in a few rows.

    Args:
        uow: The transaction in which they end.
        jobs: With ``finished_ms``.
        sign: -1 takes back what was counted before.
    """
    tally = Tally()
    for job in jobs:
        assert job.finished_ms is not None
        tally.took(Kind.LATENCY, job.id, job.inbox, job.finished_ms - job.created_ms)
    uow.histograms.add(tally, sign=sign)
