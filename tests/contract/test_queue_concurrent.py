"""Several claimers at once, each with connections of its own: none lost, none doubled."""

from __future__ import annotations

import threading
from collections import Counter

from daemon.domain.job import State, Verdict
from daemon.store.database import Database
from tests.contract.conftest import Booths
from tests.contract.test_queue_claim import put
from tests.fakes.store import job_row

CLAIMERS = 4
JOBS = 500


def in_threads(number, work) -> None:
    errors: list[BaseException] = []

    def guarded(index: int) -> None:
        try:
            work(index)
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            errors.append(error)

    threads = [
        threading.Thread(target=guarded, args=(n,), name=f"claimer {n}") for n in range(number)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(50)
    assert errors == []


def drain(database: Database, owner: str) -> list[str]:
    """Claim and finish until the queue is empty; a look that finds all rows locked is not."""
    ended = []
    while True:
        with database.write() as uow:
            got = uow.queue.claim(owner, 20, alone=False)
        if got is not None:
            with database.write() as uow:
                assert uow.queue.finish_if_mine(got, Verdict.DONE, (), (), {}, {}, {})
            ended.append(got.job.id)
            continue
        with database.read() as uow:
            if not uow.jobs.count(State.QUEUED):
                return ended


def test_every_job_is_claimed_by_exactly_one(booths: Booths):
    database = booths.open()
    jobs = put(database, *(job_row(inbox="abc"[n % 3]) for n in range(JOBS)))
    ended: dict[int, list[str]] = {}
    claimers = [booths.open() for _ in range(CLAIMERS)]

    def work(index: int) -> None:
        ended[index] = drain(claimers[index], f"claimer {index}")

    in_threads(CLAIMERS, work)
    times = Counter(job_id for ids in ended.values() for job_id in ids)
    assert times == Counter(job.id for job in jobs)
    with database.read() as uow:
        assert uow.jobs.count(State.PUBLISHING) == JOBS
        assert {job.attempts for job in uow.jobs.in_state(State.PUBLISHING)} == {1}


def test_a_lost_claim_is_swept_by_exactly_one(booths: Booths):
    database = booths.open()
    put(database, *(job_row() for _ in range(40)))
    for _ in range(40):
        with database.write() as uow:
            assert uow.queue.claim("dead", 1, alone=False)
    booths.pass_time(2)
    sweepers = [booths.open() for _ in range(CLAIMERS)]
    swept: list[str] = []

    def work(index: int) -> None:
        with sweepers[index].write() as uow:
            taken = uow.queue.sweep(f"sweeper {index}", held=frozenset())
        swept.extend(claim.job.id for claim in taken)

    in_threads(CLAIMERS, work)
    assert len(swept) == len(set(swept)) == 40


def test_one_file_seen_by_several_becomes_one_job(booths: Booths):
    """The same photo reported a hundred times: the row is there once."""
    booths.open()
    twins = [job_row(relative=b"one.jpg", name_key="one.jpg", generation="1") for _ in range(40)]
    writers = [booths.open() for _ in range(CLAIMERS)]
    added: list[str] = []

    def work(index: int) -> None:
        for twin in twins[index::CLAIMERS]:
            with writers[index].write() as uow:
                if uow.jobs.add(twin):
                    added.append(twin.id)

    in_threads(CLAIMERS, work)
    assert len(added) == 1
