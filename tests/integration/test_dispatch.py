"""Claims and their ends: results, faults, crashes, take-over, and the fencing token."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daemon.domain.artifact import OutputKind, Reason
from daemon.domain.job import State, Verdict
from daemon.errors import FaultVerdict
from daemon.protocol import Fault
from daemon.services.filing import attempt_dir
from daemon.services.fsck import examine, rebuild
from tests.fakes.jobs import work_like_a_worker
from tests.integration.conftest import Bench


def _fault(bench: Bench, verdict: FaultVerdict, code: str = "INTERNAL_ERROR") -> str:
    claim = bench.claim()
    bench.dispatch.fault(claim, Fault(claim.job.id, claim.job.attempts, Reason(code), verdict))
    return claim.job.id


def test_a_fault_of_the_photo_fails_it_at_once(bench: Bench) -> None:
    bench.drop()
    job = bench.job(_fault(bench, FaultVerdict.FAIL, "TRUNCATED"))
    assert (job.state, job.verdict) == (State.PUBLISHING, Verdict.FAILED)
    assert [reason.code for reason in job.reasons] == ["TRUNCATED"]


def test_a_passing_fault_is_tried_again_later_and_then_fails(bench: Bench) -> None:
    bench.drop()
    for _ in range(2):
        job = bench.job(_fault(bench, FaultVerdict.RETRY))
        assert job.state is State.QUEUED
        assert bench.dispatch.next_work(1, alone=True) == []
        bench.clock.advance(700)
    job = bench.job(_fault(bench, FaultVerdict.RETRY))
    assert job.verdict is Verdict.FAILED
    assert job.attempts == 3


def test_a_full_disk_costs_no_attempt(bench: Bench) -> None:
    bench.drop()
    for _ in range(10):
        job = bench.job(_fault(bench, FaultVerdict.HOLD_QUEUE, "DISK_FULL"))
        assert (job.state, job.attempts) == (State.QUEUED, 0)
        bench.clock.advance(10)


def test_a_photo_that_kills_the_worker_three_times_fails_and_names_why(bench: Bench) -> None:
    bench.drop()
    for _ in range(3):
        claim = bench.claim()
        bench.dispatch.lost([claim], "WORKER_CRASHED")
    job = bench.job(claim.job.id)
    assert job.verdict is Verdict.FAILED
    assert job.reasons[0].code == "WORKER_CRASHED"


def test_after_a_crash_each_suspect_runs_alone(bench: Bench) -> None:
    for number in range(3):
        bench.drop(b"photo %d" % number, relative=b"%d.jpg" % number)
    claims = [bench.claim(), bench.claim(alone=False)]
    bench.dispatch.lost(claims, "WORKER_CRASHED")
    first = bench.claim(alone=True)
    assert first.job.crashes == 1
    assert bench.dispatch.next_work(1, alone=False) == []


def test_work_the_worker_never_began_costs_no_attempt(bench: Bench) -> None:
    bench.drop()
    claim = bench.claim()
    bench.dispatch.returned([claim])
    assert bench.job(claim.job.id).attempts == 0


def test_a_late_worker_cannot_commit(bench: Bench) -> None:
    bench.drop()
    late = bench.claim()
    result = work_like_a_worker(bench.config, late)
    (attempt_dir(bench.config.layout, late.job.id, 1) / "result.json").unlink()
    bench.dispatch.sweep(frozenset(), everyone=True)
    bench.claim()
    bench.dispatch.finish(late, result)
    assert bench.job(late.job.id).state is State.WORKING


def test_a_complete_result_left_behind_is_adopted(bench: Bench) -> None:
    bench.drop()
    claim = bench.claim()
    work_like_a_worker(bench.config, claim, outputs={OutputKind.RESULT: b"restored"})
    assert bench.dispatch.sweep(frozenset(), everyone=True) == 1
    bench.publish_all()
    assert bench.job(claim.job.id).state is State.DONE
    assert (bench.config.layout.out("in") / "photo.jpg").read_bytes() == b"restored"


@pytest.mark.parametrize("damage", ["other attempt", "other bytes", "not json"])
def test_a_result_that_is_not_whole_is_not_adopted(bench: Bench, damage: str) -> None:
    bench.drop()
    claim = bench.claim()
    work_like_a_worker(bench.config, claim)
    folder = attempt_dir(bench.config.layout, claim.job.id, 1)
    marker = folder / "result.json"
    if damage == "other attempt":
        marker.write_bytes(marker.read_bytes().replace(b'"attempt":1', b'"attempt":2'))
    elif damage == "other bytes":
        (folder / "result.jpg").write_bytes(b"half")
    else:
        marker.write_bytes(b"{")
    bench.dispatch.sweep(frozenset(), everyone=True)
    assert bench.job(claim.job.id).state is State.QUEUED


def test_the_daemons_own_death_grants_one_attempt_past_the_limit(bench: Bench) -> None:
    bench.drop()
    for attempt in (1, 2, 3, 4):
        claim = bench.claim()
        assert claim.job.attempts == attempt
        bench.dispatch.sweep(frozenset(), everyone=True)
    job = bench.job(claim.job.id)
    assert job.verdict is Verdict.FAILED
    assert job.attempts == 4


def test_a_cancelled_job_fails_with_its_original_kept(bench: Bench) -> None:
    job = bench.drop(b"original")
    with bench.database.write() as uow:
        uow.control.order("cancel", job.id, "operator")
    assert bench.orders.obey() == ()
    bench.publish_all()
    assert bench.job(job.id).reasons[0].code == "CANCELLED"
    assert (bench.config.layout.failed("in") / "photo.jpg").read_bytes() == b"original"


def test_a_cancelled_job_in_the_workers_hands_is_given_up_by_its_holder(bench: Bench) -> None:
    job = bench.drop()
    claim = bench.claim()
    with bench.database.write() as uow:
        uow.control.order("cancel", job.id, "operator")
    assert bench.orders.obey() == (job.id,)
    assert bench.dispatch.give_up(claim, Reason("CANCELLED"))
    bench.dispatch.finish(claim, work_like_a_worker(bench.config, claim))
    assert bench.job(job.id).reasons[0].code == "CANCELLED"


def test_a_retried_photo_lies_in_its_inbox_again_without_its_old_reasons(bench: Bench) -> None:
    job = bench.drop(b"original", relative=b"sub/photo.jpg", notes={"photo.jpg.txt": b"please"})
    bench.decide(Verdict.REJECTED, ("FACE_NOT_FOUND",), {OutputKind.WHY_PICTURE: b"x"})
    bench.publish_all()
    with bench.database.write() as uow:
        uow.control.order("retry", job.id, "operator")
    bench.orders.obey()
    inbox = bench.config.layout.inbox("in")
    assert (inbox / "sub/photo.jpg").read_bytes() == b"original"
    assert (inbox / "sub/photo.jpg.txt").read_bytes() == b"please"
    assert not list(bench.config.layout.rejected("in").rglob("*.*"))
    with bench.database.read() as uow:
        (told,) = uow.audit.latest()
    assert (told.who, told.action, told.target) == ("operator", "job.retry", job.id)
    assert told.facts == {"outcome": "retried"}
    assert examine(bench.config, bench.database) == []


def test_a_retry_never_replaces_a_newer_photo_of_that_name(bench: Bench) -> None:
    job = bench.drop(b"original")
    bench.decide(Verdict.REJECTED, ("FACE_NOT_FOUND",), {OutputKind.WHY_PICTURE: b"x"})
    bench.publish_all()
    newer = bench.config.layout.inbox("in") / "photo.jpg"
    newer.write_bytes(b"newer")
    with bench.database.write() as uow:
        order = uow.control.order("retry", job.id, "operator")
    bench.orders.obey()
    with bench.database.read() as uow:
        assert uow.control.outcome(order) == "name_taken"
    assert newer.read_bytes() == b"newer"
    assert (bench.config.layout.rejected("in") / "photo.jpg").read_bytes() == b"original"


def test_a_lost_database_is_rebuilt_from_the_records(bench: Bench, make_bench) -> None:
    for number, verdict in enumerate((Verdict.DONE, Verdict.REJECTED, Verdict.REVIEW)):
        bench.drop(b"photo %d" % number, relative=b"%d.jpg" % number)
        codes = () if verdict is Verdict.DONE else ("FACE_NOT_FOUND",)
        bench.decide(verdict, codes)
        bench.publish_all()
    with bench.database.read() as uow:
        ended = uow.jobs.in_state(State.DONE, State.REJECTED, State.REVIEW)
    bench.database.close()
    for path in bench.config.layout.state.glob("boothd.db*"):
        path.unlink()
    again = make_bench()
    done = rebuild(again.config, again.database)
    assert (done.added, done.known, done.unreadable) == (3, 0, 0)
    # The claim is over and its back-off past; records do not hold either.
    assert [again.job(job.id) for job in ended] == [replace(job, crashes=0) for job in ended]
    assert examine(again.config, again.database) == []
    assert rebuild(again.config, again.database).known == 3
