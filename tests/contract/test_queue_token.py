"""Whose job it is: heartbeat, finish, release, sweep, on either database."""

from __future__ import annotations

import pytest

from daemon.domain.artifact import OutputFile, OutputKind, Reason
from daemon.domain.job import PlannedOutput, State, Verdict
from tests.contract.conftest import Booths
from tests.contract.test_queue_claim import claim, put
from tests.fakes.store import job_row

OUTPUT = PlannedOutput(
    OutputFile(OutputKind.RESULT, "out.jpg", ".jpg", "ab" * 32, 12), b"/out/\xff.jpg"
)
REASONS = (Reason("IDENTITY_CHANGED", {"actual": 0.5}), Reason("IDENTITY_CHANGED", {"face": 2}))


def finish(database, got, verdict=Verdict.REVIEW):
    with database.write() as uow:
        return uow.queue.finish_if_mine(
            got, verdict, REASONS, (OUTPUT,), {"restore": {"faces": []}}, {"e": "1"}, {"a": 1.5}
        )


def release(database, got, **how):
    with database.write() as uow:
        return uow.queue.release(got, **how)


def sweep(database, owner="sweeper", *, held=frozenset(), everyone=False):
    with database.write() as uow:
        return uow.queue.sweep(owner, held=held, everyone=everyone)


def get(database, job_id):
    with database.read() as uow:
        return uow.jobs.get(job_id)


@pytest.fixture
def got(database):
    put(database, job_row())
    return claim(database)


def test_a_verdict_is_committed_with_everything_that_belongs_to_it(database, got):
    assert finish(database, got)
    job = get(database, got.job.id)
    assert (job.state, job.verdict) == (State.PUBLISHING, Verdict.REVIEW)
    assert (job.reasons, job.outputs) == (REASONS, (OUTPUT,))
    assert job.measures == {"restore": {"faces": []}}
    assert (job.engines, job.timings_ms) == ({"e": "1"}, {"a": 1.5})
    assert (job.owner, job.token, job.lease_until_ms) == (None, None, None)


def test_a_job_is_finished_once(database, got):
    assert finish(database, got)
    assert not finish(database, got, Verdict.DONE)
    assert get(database, got.job.id).verdict is Verdict.REVIEW


def test_a_heartbeat_renews_the_lease(booths: Booths):
    database = booths.open()
    put(database, job_row())
    mine = claim(database)
    booths.pass_time(15)
    with database.write() as uow:
        assert uow.queue.heartbeat(mine, 20)
    booths.pass_time(15)
    assert sweep(database) == []


def test_a_heartbeat_for_a_lost_job_says_so(database, got):
    [taken] = sweep(database, everyone=True)
    with database.write() as uow:
        assert not uow.queue.heartbeat(got, 20)
        assert uow.queue.heartbeat(taken, 20)


def test_a_worker_that_lost_its_lease_changes_nothing(booths: Booths):
    """Stopped for longer than the lease, then woken: the job has gone to another by then."""
    database = booths.open()
    put(database, job_row())
    slow = claim(database, "slow", lease_s=20)
    booths.pass_time(21)
    [taken] = sweep(database, "other")
    assert release(database, taken)
    fresh = claim(database, "fresh")
    before = get(database, fresh.job.id)
    assert not finish(database, slow)
    assert not release(database, slow)
    assert get(database, fresh.job.id) == before
    assert finish(database, fresh, Verdict.DONE)


def test_a_released_job_can_be_claimed_again(database, got):
    assert release(database, got)
    again = claim(database)
    assert again.job.id == got.job.id
    assert again.token != got.token
    assert again.job.attempts == 2


def test_a_refund_gives_the_attempt_back(database, got):
    assert release(database, got, refund=True)
    assert get(database, got.job.id).attempts == 0
    assert claim(database).job.attempts == 1


def test_a_crash_is_counted(database, got):
    assert release(database, got, crashed=True)
    assert get(database, got.job.id).crashes == 1


def test_back_off_is_kept(booths: Booths):
    database = booths.open()
    put(database, job_row())
    got = claim(database)
    assert release(database, got, not_before_ms=booths.clock.now_ms() + 20_000)
    assert claim(database) is None
    booths.pass_time(19)
    assert claim(database) is None
    booths.pass_time(2)
    assert claim(database).job.id == got.job.id


def test_fresh_photos_pass_one_that_backs_off(booths: Booths):
    database = booths.open()
    put(database, job_row())
    release(database, claim(database), not_before_ms=booths.clock.now_ms() + 20_000)
    [fresh] = put(database, job_row())
    assert claim(database).job.id == fresh.id


def test_a_lapsed_lease_is_swept_without_counting_an_attempt(booths: Booths):
    database = booths.open()
    put(database, job_row())
    dead = claim(database, "dead")
    assert sweep(database) == []
    booths.pass_time(21)
    [taken] = sweep(database)
    assert taken.job.id == dead.job.id
    assert taken.token != dead.token
    assert (taken.owner, taken.job.owner, taken.job.attempts) == ("sweeper", "sweeper", 1)


def test_what_was_swept_is_not_swept_by_others(booths: Booths):
    database = booths.open()
    put(database, job_row())
    claim(database, "dead")
    booths.pass_time(21)
    assert len(sweep(database, "a")) == 1
    assert sweep(database, "b") == []


def test_an_owner_sweeps_what_it_no_longer_holds(database):
    put(database, job_row(), job_row())
    kept, lost = claim(database, "me"), claim(database, "me")
    [taken] = sweep(database, "me", held=frozenset({kept.token}))
    assert taken.job.id == lost.job.id
    assert finish(database, kept)


def test_after_a_start_everything_in_work_is_swept(database):
    put(database, job_row(), job_row())
    ids = {claim(database, owner).job.id for owner in ("a", "b")}
    assert {taken.job.id for taken in sweep(database, everyone=True)} == ids


def test_an_operator_cannot_move_a_job_out_of_a_workers_hands(database, got):
    with database.write() as uow:
        assert not uow.jobs.move(got.job.id, State.PUBLISHING, verdict=Verdict.FAILED)
    assert finish(database, got)
