"""A wall clock that is set by a day neither loses nor doubles a job."""

from __future__ import annotations

import pytest

from daemon.domain.job import State, Verdict
from tests.contract.conftest import Booths
from tests.contract.test_queue_claim import claim, put
from tests.contract.test_queue_token import finish, get, release, sweep
from tests.fakes.store import job_row

DAY_S = 86_400
JUMPS = pytest.mark.parametrize("jump_s", [DAY_S, -DAY_S], ids=["ahead", "back"])


@JUMPS
def test_a_job_in_hand_stays_in_hand(booths: Booths, jump_s):
    database = booths.open()
    put(database, job_row())
    mine = claim(database, "me")
    booths.clock.jump(jump_s)
    assert sweep(database, "me", held=frozenset({mine.token})) == []
    assert claim(database, "me") is None
    assert finish(database, mine, Verdict.DONE)


@JUMPS
def test_a_renewed_lease_holds_by_the_new_time(booths: Booths, jump_s):
    database = booths.open()
    put(database, job_row())
    mine = claim(database, "me")
    booths.clock.jump(jump_s)
    with database.write() as uow:
        assert uow.queue.heartbeat(mine, 20)
    assert sweep(database, "other") == []
    booths.pass_time(21)
    assert [taken.job.id for taken in sweep(database, "other")] == [mine.job.id]


@JUMPS
def test_a_dead_owners_job_is_found(booths: Booths, jump_s):
    """Put back by a day, the clock must not make it wait for a day."""
    database = booths.open()
    put(database, job_row())
    dead = claim(database, "dead")
    booths.clock.jump(jump_s)
    booths.pass_time(21)
    [taken] = sweep(database, "other")
    assert taken.job.id == dead.job.id
    assert release(database, taken)
    assert finish(database, claim(database, "other"))
    assert not finish(database, dead)


@JUMPS
def test_a_job_that_backs_off_comes_back(booths: Booths, jump_s):
    database = booths.open()
    put(database, job_row())
    got = claim(database)
    assert release(database, got, not_before_ms=booths.clock.now_ms() + 600_000)
    booths.clock.jump(jump_s)
    booths.pass_time(601)
    assert claim(database).job.id == got.job.id


def test_a_back_off_is_never_longer_than_an_hour(booths: Booths):
    database = booths.open()
    put(database, job_row())
    got = claim(database)
    assert release(database, got, not_before_ms=booths.clock.now_ms() + DAY_S * 1000)
    assert claim(database) is None
    booths.pass_time(3601)
    assert claim(database).job.id == got.job.id


@JUMPS
def test_every_job_ends_once_whatever_the_clock_does(booths: Booths, jump_s):
    database = booths.open()
    jobs = put(database, *(job_row(inbox="ab"[n % 2]) for n in range(20)))
    ended: list[str] = []
    for step in range(200):
        if step % 7 == 3:
            booths.clock.jump(jump_s if step % 2 else -jump_s)
        got = claim(database, "me")
        if got is None:
            booths.pass_time(700)
            for lost in sweep(database, "me"):
                release(database, lost)
        elif step % 3 == 0:
            release(database, got, not_before_ms=booths.clock.now_ms() + 5000)
        elif step % 5 != 0:  # every fifth worker dies and says nothing
            assert finish(database, got, Verdict.DONE)
            ended.append(got.job.id)
    assert sorted(ended) == [job.id for job in jobs]
    assert {get(database, job.id).state for job in jobs} == {State.PUBLISHING}
