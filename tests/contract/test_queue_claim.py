"""Which job is handed out next, on either database."""

from __future__ import annotations

import pytest

from daemon.domain.job import State
from daemon.store.database import Database
from tests.contract.conftest import Booths
from tests.fakes.store import job_row


def put(database: Database, *jobs):
    with database.write() as uow:
        assert uow.jobs.add_many(jobs) == [job.id for job in jobs]
    return jobs


def claim(database: Database, owner: str = "me", *, alone: bool = False, lease_s: float = 20):
    with database.write() as uow:
        return uow.queue.claim(owner, lease_s, alone=alone)


def claimed_ids(database: Database, number: int) -> list[str]:
    claims = [claim(database) for _ in range(number)]
    return [one.job.id for one in claims if one]


def test_nothing_is_claimed_from_an_empty_queue(database):
    assert claim(database) is None


def test_a_claim_records_owner_token_lease_and_attempt(database):
    put(database, job_row())
    got = claim(database, "worker 1")
    with database.read() as uow:
        row = uow.jobs.get(got.job.id)
    assert row == got.job
    assert row.state is State.WORKING
    assert (row.owner, row.token, row.attempts) == ("worker 1", got.token, 1)
    assert row.lease_until_ms - row.started_ms == 20_000


def test_a_claimed_job_is_not_claimed_again(database):
    put(database, job_row())
    assert claim(database) is not None
    assert claim(database) is None


def test_only_queued_jobs_are_claimed(database):
    put(
        database,
        *(job_row(state) for state in (State.ADMITTED, State.TAKEN, State.PUBLISHING)),
        *(job_row(state, finished_ms=1) for state in (State.DONE, State.WITHDRAWN)),
    )
    assert claim(database) is None


def test_the_oldest_of_an_inbox_comes_first(database):
    first, second, third = put(database, job_row(), job_row(), job_row())
    assert claimed_ids(database, 3) == [first.id, second.id, third.id]


def test_a_higher_priority_comes_before_age(database):
    low, high, mid = put(database, job_row(), job_row(priority=9), job_row(priority=3))
    assert claimed_ids(database, 3) == [high.id, mid.id, low.id]


def test_a_higher_priority_comes_before_fairness(database):
    *urgent, other = put(
        database, *(job_row(inbox="a", priority=5) for _ in range(3)), job_row(inbox="b")
    )
    assert claimed_ids(database, 4) == [*(job.id for job in urgent), other.id]


def test_inboxes_take_turns(database):
    """One inbox with a thousand photos must not keep the one photo of another waiting."""
    many = put(database, *(job_row(inbox="bulk") for _ in range(5)))
    few = put(database, *(job_row(inbox="desk") for _ in range(2)))
    assert claimed_ids(database, 7) == [
        many[0].id, few[0].id, many[1].id, few[1].id, many[2].id, many[3].id, many[4].id,
    ]  # fmt: skip


def test_an_inbox_that_had_nothing_for_long_is_next(database):
    put(database, *(job_row(inbox="a") for _ in range(6)))
    assert len(claimed_ids(database, 3)) == 3
    [late] = put(database, job_row(inbox="late"))
    assert claimed_ids(database, 1) == [late.id]


def test_a_held_queue_hands_out_nothing(database):
    put(database, job_row())
    with database.write() as uow:
        uow.control.hold("queue", "anna", "cleaning the lens")
    assert claim(database) is None
    with database.write() as uow:
        assert uow.control.lift("queue")
    assert claim(database) is not None


def test_a_held_inbox_is_passed_over(database):
    _, free = put(database, job_row(inbox="a", priority=9), job_row(inbox="b"))
    with database.write() as uow:
        uow.control.hold("inbox:a", "anna", "wrong folder")
    assert claimed_ids(database, 2) == [free.id]


def test_a_hold_ends_by_itself(booths: Booths):
    database = booths.open()
    put(database, job_row())
    with database.write() as uow:
        # A hold is placed by the booth's clock; the database's own may be far from a test's.
        now = uow.queue._now()
        uow.control.hold("queue", "booth", "DISK_FULL", until_ms=now + 60_000)
    assert claim(database) is None
    booths.pass_time(61)
    assert claim(database) is not None


def test_a_suspect_waits_until_the_worker_has_nothing_else(database):
    """Nothing is handed out beside it, so that the next death has one suspect only."""
    suspect, _ = put(database, job_row(crashes=1), job_row())
    assert claim(database, alone=False) is None
    assert claim(database, alone=True).job.id == suspect.id


def test_suspects_go_first_when_alone(database):
    plain, suspect = put(database, job_row(priority=9), job_row(crashes=1))
    assert claim(database, alone=True).job.id == suspect.id
    assert claim(database, alone=True).job.id == plain.id


def test_a_suspect_of_a_held_inbox_blocks_nobody(database):
    _, free = put(database, job_row(inbox="a", crashes=1), job_row(inbox="b"))
    with database.write() as uow:
        uow.control.hold("inbox:a", "anna", "looking into it")
    assert claim(database, alone=False).job.id == free.id


def test_a_suspect_that_is_not_due_blocks_nobody(booths: Booths):
    database = booths.open()
    suspect, free = put(database, job_row(), job_row())
    first = claim(database)
    assert first.job.id == suspect.id
    with database.write() as uow:
        later = booths.clock.now_ms() + 60_000
        assert uow.queue.release(first, not_before_ms=later, crashed=True)
    assert claim(database, alone=False).job.id == free.id
    booths.pass_time(61)
    assert claim(database, alone=False) is None
    assert claim(database, alone=True).job.id == suspect.id


def test_a_claim_that_is_rolled_back_never_was(database):
    [job] = put(database, job_row())

    def claim_and_fail() -> None:
        with database.write() as uow:
            assert uow.queue.claim("me", 20, alone=False)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        claim_and_fail()
    again = claim(database)
    assert (again.job.id, again.job.attempts) == (job.id, 1)


def test_several_jobs_are_claimed_in_one_unit_of_work(database):
    """A worker with room for more takes a handful at the price of one commit."""
    put(database, *(job_row(inbox="ab"[n % 2]) for n in range(5)))
    with database.write() as uow:
        claims = [uow.queue.claim("me", 20, alone=False) for _ in range(6)]
    assert claims[5] is None
    assert [one.job.inbox for one in claims[:5]] == ["a", "b", "a", "b", "a"]
    assert len({one.token for one in claims[:5]}) == 5
    with database.write() as uow:
        assert all(uow.queue.heartbeat(one, 20) for one in claims[:5])
