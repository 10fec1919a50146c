"""Jobs: admitting, moving, looking up."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.domain.artifact import OutputFile, OutputKind, Reason
from daemon.domain.job import LEGAL_MOVES, LIVE, TERMINAL, PlannedOutput, State, Verdict
from daemon.domain.route import Plan
from daemon.store import rows
from tests.fakes.store import NOW_MS, job_row

DAY_MS = 86_400_000


def output(name: bytes = b"/out/a.jpg") -> PlannedOutput:
    return PlannedOutput(OutputFile(OutputKind.RESULT, "a", ".jpg", "ab" * 32, 3), name)


def ended(state: State = State.DONE, **fields):
    return job_row(state, **{"finished_ms": NOW_MS + 5, "verdict": Verdict.DONE, **fields})


def add(database, *jobs):
    with database.write() as uow:
        assert uow.jobs.add_many(jobs) == [job.id for job in jobs]


def get(database, job_id):
    with database.read() as uow:
        return uow.jobs.get(job_id)


def move(database, job_id, to, **changes):
    with database.write() as uow:
        return uow.jobs.move(job_id, to, **changes)


def test_a_job_comes_back_as_it_was_written(database):
    job = job_row(
        State.REVIEW,
        relative=b"sub/\xff\xfe \n\x1b[0m.jpg",
        name_key="sub/\udcff\udcfe \n\x1b[0m.jpg",
        plan=Plan.of(["quality", "restore"], {"restore": {"strength": 0.5, "名": [1, None]}}),
        sidecars=(b"a.jpg.txt", b"\xff.yaml"),
        instruct="白底\x00\udcff 一寸",
        in_ledger=True,
        content_sha256="cd" * 32,
        size=1 << 40,
        effect_key="ef" * 32,
        attempts=3,
        crashes=1,
        queued_ms=NOW_MS + 1,
        started_ms=NOW_MS + 2,
        verdict=Verdict.REVIEW,
        reasons=(Reason("IDENTITY_CHANGED", {"actual": 0.61, "文": "字"}), Reason("EMPTY")),
        outputs=(output(b"/out/\xff.jpg"), dataclasses.replace(output(), published_ms=7)),
        measures={"restore": {"faces": [{"box": [1, 2.5]}]}},
        engines={"detect": "centerface"},
        timings_ms={"restore": 12.5},
        filed=b"/review/\xff",
        finished_ms=NOW_MS + 3,
        retry_of="0" * 22,
    )
    add(database, job)
    assert get(database, job.id) == job


@given(st.text(st.characters(codec=None)))
def test_any_text_survives_as_bytes(text):
    assert rows.blob_text(rows.text_blob(text)) == text


def test_an_unknown_job_is_none(database):
    assert get(database, "nowhere") is None
    assert not move(database, "nowhere", State.TAKEN)


def test_a_second_live_job_for_the_same_content_is_refused(database):
    first = job_row(State.ADMITTED, name_key="a", generation="1")
    add(database, first)
    with database.write() as uow:
        assert not uow.jobs.add(job_row(name_key="a", generation="1"))
        assert uow.jobs.add(job_row(name_key="a", generation="2"))
        assert uow.jobs.add(job_row(name_key="a", generation="1", inbox="other"))


def test_the_same_content_may_come_again_once_the_first_has_ended(database):
    first = job_row(State.ADMITTED, name_key="a", generation="1")
    add(database, first)
    assert move(database, first.id, State.WITHDRAWN)
    with database.write() as uow:
        assert uow.jobs.add(job_row(name_key="a", generation="1"))


def test_add_many_passes_over_what_is_there(database):
    old = job_row(name_key="a", generation="1")
    add(database, old)
    fresh, twin = job_row(), job_row(name_key="a", generation="1")
    with database.write() as uow:
        assert uow.jobs.add_many([fresh, twin]) == [fresh.id]


MOVES = list(itertools.product(State, State))


@pytest.mark.parametrize(("source", "target"), MOVES, ids=lambda state: state.value)
def test_only_legal_moves_change_a_job(database, source, target):
    """And none at all in or out of a worker's hands, or back from a verdict: those have functions
    of their own."""
    job = job_row(source, finished_ms=1 if source in TERMINAL else None)
    add(database, job)
    if target is State.WORKING:
        with pytest.raises(ValueError, match="claim"):
            move(database, job.id, target)
        return
    taken_back = target is State.QUEUED and source in {State.PUBLISHING, State.REVIEW}
    is_guarded = source is State.WORKING or taken_back
    legal = target in LEGAL_MOVES[source] and not is_guarded
    assert move(database, job.id, target) is legal
    assert get(database, job.id).state is (target if legal else source)


def test_a_move_sets_what_is_given_and_what_it_implies(database, manual_clock):
    job = job_row(State.TAKEN)
    add(database, job)
    assert move(database, job.id, State.QUEUED, content_sha256="ab", size=3, effect_key="k")
    queued = get(database, job.id)
    assert (queued.content_sha256, queued.size, queued.effect_key) == ("ab", 3, "k")
    assert queued.queued_ms == manual_clock.now_ms()
    manual_clock.advance(5)
    reasons = (Reason("CANCELLED"),)
    assert move(
        database, job.id, State.PUBLISHING, verdict=Verdict.FAILED, reasons=reasons,
        outputs=(output(),), measures={"a": 1},
    )  # fmt: skip
    assert move(database, job.id, State.FAILED, filed=b"/failed/a")
    failed = get(database, job.id)
    assert failed.finished_ms == manual_clock.now_ms()
    assert (failed.verdict, failed.reasons, failed.filed) == (Verdict.FAILED, reasons, b"/failed/a")
    assert (failed.outputs, failed.measures) == ((output(),), {"a": 1})


def test_a_move_that_fails_changes_nothing(database):
    job = ended()
    add(database, job)
    assert not move(database, job.id, State.PUBLISHING, reasons=(Reason("EMPTY"),), filed=b"x")
    assert get(database, job.id) == job


def test_a_person_may_change_a_review(database):
    job = ended(State.REVIEW, verdict=Verdict.REVIEW, reasons=(Reason("IDENTITY_CHANGED"),))
    add(database, job)
    assert move(database, job.id, State.DONE, verdict=Verdict.DONE, reasons=())
    done = get(database, job.id)
    assert (done.state, done.verdict, done.reasons) == (State.DONE, Verdict.DONE, ())


def test_update_changes_fields_and_keeps_the_rest(database):
    job = ended(measures={"a": 1}, engines={"e": "1"}, reasons=(Reason("EMPTY"),))
    add(database, job)
    with database.write() as uow:
        uow.jobs.update(job.id, filed=b"/x", engines={"e": "2"})
    changed = dataclasses.replace(job, filed=b"/x", engines={"e": "2"})
    assert get(database, job.id) == changed


def test_update_refuses_states_and_names_that_are_no_fields(database):
    job = job_row()
    add(database, job)
    with database.write() as uow:
        with pytest.raises(ValueError, match="move"):
            uow.jobs.update(job.id, state=State.DONE)
        with pytest.raises(KeyError, match="colour"):
            uow.jobs.update(job.id, colour="red")


def test_a_result_before_a_verdict_is_refused(database):
    job = job_row()
    add(database, job)
    with database.write() as uow:
        with pytest.raises(ValueError, match="no result yet"):
            uow.jobs.update(job.id, measures={"a": 1})
        with pytest.raises(ValueError, match="no result yet"):
            uow.jobs.add(job_row(reasons=(Reason("EMPTY"),)))


def test_a_verdict_whose_outputs_were_lost_is_taken_back_whole(database):
    job = job_row(
        State.PUBLISHING,
        verdict=Verdict.REVIEW,
        attempts=1,
        reasons=(Reason("EMPTY"),),
        outputs=(output(),),
        measures={"a": 1},
        filed=b"/x",
    )
    add(database, job)
    with database.write() as uow:
        assert uow.jobs.requeue(job.id)
        assert not uow.jobs.requeue(job.id)
        again = uow.queue.claim("me", 20, alone=False)
        assert uow.queue.finish_if_mine(again, Verdict.DONE, (), (output(),), {}, {}, {})
    done = get(database, job.id)
    assert (done.verdict, done.attempts, done.reasons) == (Verdict.DONE, 2, ())
    assert (done.outputs, done.measures, done.filed) == ((output(),), {}, None)


def test_in_state_pages_by_id_over_states_and_inboxes(database):
    jobs = [job_row(state, inbox=inbox) for state in LIVE for inbox in "ab" for _ in range(2)]
    add(database, *jobs)
    wanted = sorted(job.id for job in jobs if job.state in {State.QUEUED, State.TAKEN})
    seen: list[str] = []
    with database.read() as uow:
        while page := uow.jobs.in_state(
            State.QUEUED, State.TAKEN, limit=3, after_id=seen[-1] if seen else ""
        ):
            seen += [job.id for job in page]
        of_a = uow.jobs.in_state(*LIVE, inbox="a")
        assert uow.jobs.count(*LIVE) == len(jobs)
        assert uow.jobs.count(State.QUEUED, inbox="b") == 2
    assert seen == wanted
    assert {job.inbox for job in of_a} == {"a"}
    assert len(of_a) == len(jobs) / 2


def test_newest_pages_backwards(database):
    jobs = [job_row(inbox=inbox) for inbox in "abab"]
    add(database, *jobs)
    with database.read() as uow:
        first = uow.jobs.newest(State.QUEUED, limit=3)
        rest = uow.jobs.newest(State.QUEUED, limit=3, before_id=first[-1].id)
    assert [job.id for job in first + rest] == [job.id for job in reversed(jobs)]


def test_a_page_brings_the_results_of_each_job(database):
    jobs = [ended(reasons=(Reason("EMPTY"),) * n, outputs=(output(),) * n) for n in range(4)]
    add(database, *jobs)
    with database.read() as uow:
        assert uow.jobs.in_state(State.DONE) == jobs


def test_generations_knows_jobs_of_any_state(database):
    add(
        database,
        job_row(name_key="a", generation="1"),
        ended(name_key="a", generation="2"),
        job_row(State.WITHDRAWN, finished_ms=1, name_key="\udcff", generation="3", in_ledger=True),
        job_row(name_key="a", generation="9", inbox="other"),
    )
    with database.read() as uow:
        assert uow.jobs.generations("in") == {("a", "1"), ("a", "2"), ("\udcff", "3")}
        assert uow.jobs.generations("in", ["\udcff", "nothing"]) == {("\udcff", "3")}
        assert uow.jobs.generations("in", []) == set()
        assert uow.jobs.generations("in", in_ledger=True) == {("\udcff", "3")}
        many = [f"x{n}" for n in range(2000)]
        assert uow.jobs.generations("in", [*many, "a"]) == {("a", "1"), ("a", "2")}


def test_last_done_is_the_latest_of_its_inbox(database):
    jobs = [ended(effect_key="k"), ended(effect_key="k"), ended(effect_key="k", inbox="other")]
    add(database, *jobs, ended(State.FAILED, effect_key="k"), job_row(effect_key="k"))
    with database.read() as uow:
        assert uow.jobs.last_done("k", "in").id == jobs[1].id
        assert uow.jobs.last_done("none", "in") is None


def test_published_outputs_are_recorded_one_by_one(database):
    job = job_row(State.PUBLISHING, verdict=Verdict.DONE, outputs=(output(), output(b"/out/b")))
    add(database, job)
    with database.write() as uow:
        uow.jobs.outputs_published(job.id, 1, b"/out/b (2)", NOW_MS + 9)
    first, second = get(database, job.id).outputs
    assert first == output()
    assert (second.target, second.published_ms) == (b"/out/b (2)", NOW_MS + 9)


def test_pruning_forgets_old_ended_jobs_with_all_that_is_theirs(database):
    old = ended(reasons=(Reason("EMPTY"),), outputs=(output(),), measures={"a": 1})
    young = ended(finished_ms=NOW_MS + DAY_MS)
    kept = [
        young,
        ended(State.REVIEW),
        ended(in_ledger=True),
        job_row(State.PUBLISHING),
    ]
    add(database, old, *kept)
    with database.write() as uow:
        uow.history.event(old.id, "job.finished", {}, NOW_MS)
        assert uow.jobs.prune(NOW_MS + DAY_MS, 10) == 1
        assert uow.jobs.prune(NOW_MS + DAY_MS, 10) == 0
    with database.read() as uow:
        left = uow.jobs.in_state(*State)
        assert uow.history.of(old.id) == []
        for table in ("job_codes", "job_outputs", "job_results", "job_events"):
            count = uow._connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
            assert count == 0, table
    assert [job.id for job in left] == [job.id for job in kept]


def test_pruning_takes_the_oldest_first_and_no_more_than_asked(database):
    jobs = [ended(inbox=inbox) for inbox in "abab"]
    add(database, *jobs)
    with database.write() as uow:
        assert uow.jobs.prune(NOW_MS + DAY_MS, 3) == 3
        assert [job.id for job in uow.jobs.in_state(State.DONE)] == [jobs[3].id]
