"""A person decides about a photo in review: where files go, what is recorded, told and counted."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from daemon.domain.artifact import OutputKind
from daemon.domain.job import Job, State, Verdict
from daemon.domain.review import DECLINE_CODES, LOOK_MS, Outcome
from daemon.errors import UsageError
from daemon.services.fsck import examine, rebuild
from daemon.services.retention import expire
from daemon.services.review import DecidedAlready, LooksDifferent, ReviewDesk
from daemon.services.review_again import Again
from daemon.services.review_carry import ReviewCarrier
from daemon.services.thumbnails import thumbnail_path
from daemon.services.webhooks import delivery_of
from daemon.store import schema
from daemon.store.database import Database
from daemon.store.deliveries import Which
from tests.fakes.jobs import record_beside
from tests.integration.conftest import Bench

ORIGINAL, CANDIDATE, WHY = b"a photo", b"restored", b"\xff\xd8 why"
CODE = "IDENTITY_CHANGED"
HOOKS = [
    {
        "name": "hr",
        "url": "https://hr.example.org/booth",
        "events": ["photo.done", "photo.rejected", "photo.review"],
        "secret_file": "hr.secret",
    }
]


@pytest.fixture
def desk(bench: Bench) -> ReviewDesk:
    return desk_of(bench)


def desk_of(bench: Bench) -> ReviewDesk:
    return ReviewDesk(bench.config, lambda: bench.database, bench.clock)


def carrier_of(bench: Bench) -> ReviewCarrier:
    return ReviewCarrier(bench.config, bench.database, bench.clock, bench.publisher)


def in_review(bench: Bench, content: bytes = ORIGINAL, **facts: Any) -> Job:
    job = bench.drop(content, **facts)
    outputs = {OutputKind.RESULT: CANDIDATE, OutputKind.WHY_PICTURE: WHY}
    bench.decide(Verdict.REVIEW, (CODE,), outputs)
    bench.publish_all()
    return bench.job(job.id)


def files(folder: Path) -> list[str]:
    return sorted(os.fspath(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def day_folder(bench: Bench) -> Path:
    (day,) = bench.config.layout.archive("in").iterdir()
    return day


def history(bench: Bench, job: Job) -> list[str]:
    with bench.database.read() as uow:
        return [event.name for event in uow.history.of(job.id)]


def audit(bench: Bench) -> list[tuple[str, str, str]]:
    with bench.database.read() as uow:
        return [(one.who, one.action, one.facts.get("outcome", "")) for one in uow.audit.latest()]


# ── accept ────────────────────────────────────────────────────────────────────────────────


def test_an_accepted_candidate_goes_out_and_its_original_to_the_archive(bench, desk) -> None:
    job = in_review(bench, notes={"photo.jpg.txt": b"smooth"})
    bench.clock.advance(60)
    desk.accept(job.id, by="panel:alice", seen_ms=job.finished_ms)
    carrier_of(bench).step()

    assert files(bench.config.layout.out("in")) == ["photo.jpg"]
    assert (bench.config.layout.out("in") / "photo.jpg").read_bytes() == CANDIDATE
    day = day_folder(bench)
    assert files(day) == [
        "photo.jpg", "photo.jpg.boothd.json", "photo.jpg.txt", "photo.why.jpg",
    ]  # fmt: skip
    assert (day / "photo.jpg").read_bytes() == ORIGINAL
    assert files(bench.config.layout.review("in")) == []
    ended = bench.job(job.id)
    assert (ended.state, ended.verdict, ended.reasons) == (State.DONE, Verdict.DONE, ())
    assert ended.filed == os.fsencode(day / "photo.jpg")
    assert ended.finished_ms == bench.clock.now_ms()
    assert examine(bench.config, bench.database) == []


def test_the_record_says_who_decided_and_when(bench, desk) -> None:
    job = in_review(bench)
    desk.accept(job.id, by="panel:alice")
    carrier_of(bench).step()

    record = record_beside(day_folder(bench) / "photo.jpg")
    assert record["verdict"] == "done"
    assert record["decided"] == {
        "kind": "accept", "by": "panel:alice", "at_ms": bench.clock.now_ms(), "code": "",
        "note": "",
    }  # fmt: skip


def test_an_order_its_outcome_and_the_end_are_recorded(bench, desk) -> None:
    job = in_review(bench)
    desk.accept(job.id, by="panel:alice")
    carrier_of(bench).step()

    assert audit(bench) == [
        ("panel:alice", "review.accept", "accepted"),
        ("panel:alice", "review.accept", ""),
    ]
    assert history(bench, job)[-3:] == ["review.decided", "job.finished", "review.carried_out"]


def test_receivers_are_told_of_the_decision_in_the_commit_that_makes_it(make_bench) -> None:
    bench = make_bench(webhooks=HOOKS)
    job = in_review(bench)
    desk_of(bench).accept(job.id, by="panel:alice")
    carrier_of(bench).step()

    with bench.database.read() as uow:
        events = [one.event for one in uow.deliveries.listed(Which())]
    assert sorted(events) == ["photo.done", "photo.review"]


def test_a_name_that_is_taken_in_out_is_not_replaced(bench, desk) -> None:
    job = in_review(bench)
    theirs = bench.config.layout.out("in") / "photo.jpg"
    theirs.parent.mkdir(parents=True, exist_ok=True)
    theirs.write_bytes(b"theirs")
    desk.accept(job.id, by="panel:alice")
    carrier_of(bench).step()

    assert theirs.read_bytes() == b"theirs"
    (output, *_) = bench.job(job.id).outputs
    assert output.target != os.fsencode(theirs)
    assert Path(os.fsdecode(output.target)).read_bytes() == CANDIDATE
    assert examine(bench.config, bench.database) == []


def test_a_photo_of_the_same_name_in_the_archive_is_not_replaced(bench, desk) -> None:
    job, day = in_review(bench), None
    bench.drop(b"another", relative=b"photo.jpg")
    bench.decide(Verdict.DONE)
    bench.publish_all()
    day = day_folder(bench)
    desk.accept(job.id, by="panel:alice")
    carrier_of(bench).step()

    assert (day / "photo.jpg").read_bytes() == b"another"
    assert Path(os.fsdecode(bench.job(job.id).filed)).read_bytes() == ORIGINAL
    assert examine(bench.config, bench.database) == []


@pytest.mark.parametrize(
    "name", [b"a\xffb.jpg", "证件 照.jpg".encode(), b"-rf $(x).jpg", b"d/e.jpg"]
)
@pytest.mark.parametrize("kind", ["accept", "reject", "redo"])
def test_any_name_that_a_share_gives_is_carried_out(bench, desk, name, kind) -> None:
    job = in_review(bench, relative=name)
    act = {
        "accept": lambda: desk.accept(job.id, by="a"),
        "reject": lambda: desk.reject(job.id, by="a", code="DECLINED_FACE"),
        "redo": lambda: desk.redo(job.id, Again(), by="a"),
    }[kind]
    act()
    carrier_of(bench).step()

    assert bench.job(job.id).state is not State.REVIEW
    assert files(bench.config.layout.review("in")) == []
    assert examine(bench.config, bench.database) == []


def test_a_candidate_that_was_changed_is_not_accepted(bench, desk) -> None:
    job = in_review(bench)
    (path,) = [
        Path(os.fsdecode(one.target)) for one in job.outputs if one.file.kind is OutputKind.RESULT
    ]
    path.write_bytes(b"something else")
    desk.accept(job.id, by="panel:alice")
    carrier_of(bench).step()

    with bench.database.read() as uow:
        (decision,) = uow.reviews.of(job.id)
    assert decision.outcome is Outcome.CANDIDATE_CHANGED
    assert bench.job(job.id).state is State.REVIEW
    assert files(bench.config.layout.out("in")) == []
    assert desk.waiting()[0].line.id == job.id, "it waits for a person again"


def test_a_photo_that_took_the_place_of_another_is_not_decided_for_it(bench, desk) -> None:
    first = in_review(bench)
    for path in bench.config.layout.review("in").iterdir():
        path.unlink()  # somebody tidied the folder
    second = in_review(bench, b"second")
    assert second.filed == first.filed
    before = files(bench.config.layout.review("in"))
    desk.reject(first.id, by="panel:alice", code="DECLINED_NOT_ALIKE")
    carrier_of(bench).step()
    with bench.database.read() as uow:
        (decision,) = uow.reviews.of(first.id)
    assert decision.outcome is Outcome.ORIGINAL_GONE
    assert files(bench.config.layout.review("in")) == before
    assert bench.job(first.id).state is State.REVIEW


def test_without_a_candidate_there_is_nothing_to_accept(bench, desk) -> None:
    job = bench.drop()
    bench.decide(Verdict.REVIEW, (CODE,), {OutputKind.WHY_PICTURE: WHY})
    bench.publish_all()

    with pytest.raises(UsageError, match="no candidate"):
        desk.accept(job.id, by="panel:alice")


def test_a_receiver_of_thumbnails_gets_the_one_that_was_kept(make_bench) -> None:
    bench = make_bench(webhooks=[{**HOOKS[0], "events": ["photo.done"], "payload": "thumbnail"}])
    job = in_review(bench)
    small = thumbnail_path(bench.config.layout, job.id)
    small.parent.mkdir(parents=True)
    small.write_bytes(b"\xff\xd8small")
    desk_of(bench).accept(job.id, by="panel:alice")
    carrier_of(bench).step()

    with bench.database.read() as uow:
        (told,) = uow.deliveries.listed(Which())
    _, body, _ = delivery_of(bench.database, told.message_id)
    assert json.loads(body)["data"]["picture"]["base64"] == "/9hzbWFsbA=="


# ── reject ────────────────────────────────────────────────────────────────────────────────


def test_a_rejected_photo_lies_in_rejected_with_the_persons_reason(bench, desk) -> None:
    job = in_review(bench)
    desk.reject(
        job.id, by="panel:alice", code="DECLINED_NOT_ALIKE", note="  looks\nyoun\x1b[31m\0ger "
    )
    carrier_of(bench).step()

    folder = bench.config.layout.rejected("in")
    assert files(folder) == ["photo.jpg", "photo.jpg.boothd.json", "photo.why.jpg", "photo.why.txt"]
    text = (folder / "photo.why.txt").read_text("utf-8-sig")
    assert "does not look like the person" in text
    assert "Note: looks youn [31m ger" in text
    assert "\x1b" not in text
    ended = bench.job(job.id)
    assert ended.state is State.REJECTED
    assert [reason.code for reason in ended.reasons] == ["DECLINED_NOT_ALIKE", CODE]
    assert files(bench.config.layout.review("in")) == []
    assert files(bench.config.layout.out("in")) == []
    assert examine(bench.config, bench.database) == []


def test_the_reason_is_told_in_the_language_of_the_job(bench, desk) -> None:
    job = in_review(bench)
    with bench.database.write() as uow:
        uow.jobs.update(job.id, language="zh")
    desk.reject(job.id, by="panel:alice", code="DECLINED_OTHER", note="换一张")
    carrier_of(bench).step()

    text = (bench.config.layout.rejected("in") / "photo.why.txt").read_text("utf-8-sig")
    assert "备注: 换一张" in text
    assert "人工查看" in text


@pytest.mark.parametrize(
    ("code", "note"),
    [("NO_SUCH", ""), (CODE, ""), ("DECLINED_OTHER", " "), ("DECLINED_FACE", "x" * 501)],
)
def test_a_reason_that_is_none_is_refused(bench, desk, code, note) -> None:
    job = in_review(bench)
    with pytest.raises(UsageError):
        desk.reject(job.id, by="panel:alice", code=code, note=note)
    assert desk.count() == (1, False)


@pytest.mark.parametrize("code", DECLINE_CODES)
def test_every_reason_of_the_list_may_be_given(bench, desk, code) -> None:
    job = in_review(bench)
    desk.reject(job.id, by="panel:alice", code=code, note="so")
    carrier_of(bench).step()

    assert bench.job(job.id).reasons[0].code == code


# ── redo ──────────────────────────────────────────────────────────────────────────────────


def test_a_photo_is_done_again_otherwise_and_comes_back_as_the_same_job(bench, desk) -> None:
    job = in_review(bench, notes={"photo.jpg.txt": b"smooth"})
    again = Again(("restore",), {"restore": {"strength": 0.4}}, "be gentle")
    desk.redo(job.id, again, by="panel:alice")
    carrier_of(bench).step()

    again = bench.job(job.id)
    assert (again.state, again.attempts, again.verdict) == (State.QUEUED, 0, None)
    assert again.instruct == "be gentle"
    assert again.plan.as_json() == [{"route": "restore", "options": {"strength": 0.4}}]
    assert again.effect_key != job.effect_key
    claimed = bench.config.layout.claimed("in") / job.id
    assert files(claimed) == ["photo.jpg", "photo.jpg.txt"]
    assert files(bench.config.layout.review("in")) == []
    assert examine(bench.config, bench.database) == []

    bench.decide(Verdict.DONE, (), {OutputKind.RESULT: b"better"})
    bench.publish_all()
    assert bench.job(job.id).state is State.DONE
    assert (bench.config.layout.out("in") / "photo.jpg").read_bytes() == b"better"
    assert (day_folder(bench) / "photo.jpg").read_bytes() == ORIGINAL
    assert "review.decided" in history(bench, job)
    assert examine(bench.config, bench.database) == []


def test_what_is_left_out_of_a_redo_stays_as_it_was(bench, desk) -> None:
    job = in_review(bench)
    with bench.database.write() as uow:
        uow.jobs.update(job.id, instruct="as before")
    desk.redo(job.id, Again(), by="panel:alice")
    carrier_of(bench).step()

    again = bench.job(job.id)
    assert (again.plan, again.instruct) == (job.plan, "as before")


@pytest.mark.parametrize(
    "again",
    [
        Again(("no_such",)),
        Again((), {"restore": {}}),
        Again((), {}, "x" * 2001),
        Again(("restore",), {"restore": {"strenght": 0.4}}),
        Again(("restore",), {"restore": {"strength": 7}}),
    ],
)
def test_a_redo_that_makes_no_sense_is_refused(bench, desk, again) -> None:
    job = in_review(bench)
    with pytest.raises(UsageError):
        desk.redo(job.id, again, by="panel:alice")
    assert desk.count() == (1, False)


def test_nobody_claims_a_photo_before_its_original_is_back(bench, desk, monkeypatch) -> None:
    job = in_review(bench)
    desk.redo(job.id, Again(), by="panel:alice")

    def away(*_args: Any) -> None:
        raise OSError(5, "the share is away")

    with monkeypatch.context() as patched:
        patched.setattr("daemon.services.review_redo.move", away)
        carrier_of(bench).step()
        assert bench.job(job.id).state is State.QUEUED
        assert list(bench.dispatch.next_work(1, alone=True)) == []
    carrier_of(bench).step()
    assert bench.claim().job.id == job.id


def test_a_photo_of_a_ledger_is_done_again_from_its_source(bench, desk) -> None:
    job = in_review(bench)
    source = bench.config.layout.inbox("in") / "photo.jpg"
    source.write_bytes(ORIGINAL)
    with bench.database.write() as uow:
        uow.jobs.update(job.id, in_ledger=True)
    desk.redo(job.id, Again(), by="panel:alice")
    carrier_of(bench).step()

    assert files(bench.config.layout.review("in")) == []
    bench.decide(Verdict.DONE)
    bench.publish_all()
    assert (day_folder(bench) / "photo.jpg").read_bytes() == ORIGINAL
    assert source.read_bytes() == ORIGINAL


def test_an_original_that_was_swapped_is_not_done_again(bench, desk) -> None:
    job = in_review(bench)
    Path(os.fsdecode(job.filed)).write_bytes(b"another photo")
    desk.redo(job.id, Again(), by="panel:alice")
    carrier_of(bench).step()

    with bench.database.read() as uow:
        (decision,) = uow.reviews.of(job.id)
    assert decision.outcome is Outcome.ORIGINAL_GONE
    assert bench.job(job.id).state is State.REVIEW


def test_one_photo_can_be_decided_about_again_after_a_redo(bench, desk) -> None:
    job = in_review(bench)
    desk.redo(job.id, Again(), by="panel:alice")
    carrier_of(bench).step()
    bench.clock.advance(5)
    bench.decide(Verdict.REVIEW, (CODE,), {OutputKind.RESULT: b"second"})
    bench.publish_all()

    with pytest.raises(LooksDifferent):
        desk.accept(job.id, by="panel:bob", seen_ms=job.finished_ms)
    desk.accept(job.id, by="panel:bob", seen_ms=bench.job(job.id).finished_ms)
    carrier_of(bench).step()
    assert (bench.config.layout.out("in") / "photo.jpg").read_bytes() == b"second"
    assert examine(bench.config, bench.database) == []


def test_a_decision_that_cannot_be_read_holds_up_no_other(bench, desk) -> None:
    broken, whole = in_review(bench, b"1", relative=b"1.jpg"), in_review(bench, relative=b"2.jpg")
    for job in (broken, whole):
        desk.accept(job.id, by="panel:alice")
    with bench.database.write() as uow:
        (first, _) = uow.reviews.open()
        uow.reviews.plan(first.id, b"{", b"no record")
    carrier_of(bench).step()

    assert bench.job(whole.id).state is State.DONE
    assert bench.job(broken.id).state is State.REVIEW


# ── two people ────────────────────────────────────────────────────────────────────────────


def test_the_second_who_decides_is_told_who_did_and_when(bench, desk) -> None:
    job = in_review(bench)
    desk.accept(job.id, by="panel:alice")
    for is_carried_out in (False, True):
        if is_carried_out:
            carrier_of(bench).step()
        with pytest.raises(DecidedAlready, match="accept by panel:alice at 2023-11-14T"):
            desk.reject(job.id, by="panel:bob", code="DECLINED_FACE")
    assert bench.job(job.id).state is State.DONE


def test_of_many_who_decide_at_once_one_is_heard(bench) -> None:
    job = in_review(bench)
    together, said = threading.Barrier(6), []

    def decide(number: int) -> None:
        # Each through a connection of its own, as panel, command and program have.
        database = Database(bench.config.layout.database, bench.clock)
        try:
            together.wait()
            ReviewDesk(bench.config, lambda: database, bench.clock).accept(job.id, by=f"p{number}")
            said.append("heard")
        except DecidedAlready:
            said.append("late")
        finally:
            database.close()

    people = [threading.Thread(target=decide, args=(number,)) for number in range(6)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(said) == ["heard", *["late"] * 5]
    with bench.database.read() as uow:
        assert len(uow.reviews.of(job.id)) == 1


def test_each_person_is_handed_another_photo(bench, desk) -> None:
    jobs = []
    for number in range(3):
        bench.clock.advance(1)
        jobs.append(in_review(bench, b"%d" % number, relative=b"%d.jpg" % number).id)

    assert desk.next("alice") == jobs[0]
    assert desk.next("bob") == jobs[1]
    assert desk.next("alice", after_id=jobs[0]) == jobs[2]
    desk.look_away(jobs[0], "alice")
    assert desk.next("carol") == jobs[0]
    assert desk.next("dave") is None
    bench.clock.advance(LOOK_MS / 1000 + 1)
    assert desk.next("dave") == jobs[0]


def test_others_are_told_who_looks(bench, desk) -> None:
    job = in_review(bench)
    assert desk.item(job.id, "alice").look.who == "alice"
    assert desk.item(job.id, "bob").look.who == "alice"
    assert desk.waiting()[0].look.who == "alice"
    desk.accept(job.id, by="bob")
    assert desk.next("alice") is None


def test_a_photo_that_is_decided_is_not_run_again(bench, desk) -> None:
    job = in_review(bench)
    desk.accept(job.id, by="panel:alice")
    with bench.database.write() as uow:
        number = uow.control.order("retry", job.id, "panel:bob")
    bench.orders.obey()
    with bench.database.read() as uow:
        assert uow.control.outcome(number) == "decided"
    carrier_of(bench).step()
    assert bench.job(job.id).state is State.DONE


def test_a_photo_that_is_run_again_is_not_decided(bench, desk) -> None:
    job = in_review(bench)
    with bench.database.write() as uow:
        uow.control.order("retry", job.id, "panel:bob")
    with pytest.raises(UsageError, match="about to be run again"):
        desk.accept(job.id, by="panel:alice")
    bench.orders.obey()
    assert desk.waiting() == []
    with pytest.raises(UsageError):
        desk.accept(job.id, by="panel:alice")


def run_again(bench: Bench, job: Job) -> str | None:
    with bench.database.write() as uow:
        number = uow.control.order("retry", job.id, "panel:bob")
    bench.clock.advance(1)
    bench.orders.obey()
    with bench.database.read() as uow:
        outcome: str | None = uow.control.outcome(number)
    return outcome


def test_a_photo_that_is_run_again_waits_no_more_and_counts_once(bench, desk) -> None:
    job = in_review(bench, notes={"photo.jpg.txt": b"smooth"})
    assert run_again(bench, job) == "retried"

    inbox = bench.config.layout.inbox("in")
    assert (inbox / "photo.jpg").read_bytes() == ORIGINAL
    assert (inbox / "photo.jpg.txt").read_bytes() == b"smooth"
    assert files(bench.config.layout.review("in")) == []
    ended = bench.job(job.id)
    assert (ended.state, ended.verdict, ended.filed) == (State.WITHDRAWN, None, None)
    with bench.database.read() as uow:
        assert uow.jobs.count(State.REVIEW) == 0
        assert uow.sums.kept() == {}
        (told,) = [one for one in uow.history.of(job.id) if one.name == "job.retried"]
    assert told.facts == {"codes": [CODE]}
    assert examine(bench.config, bench.database) == []


def test_a_row_that_is_withdrawn_is_pruned_like_others(bench, desk) -> None:
    job = in_review(bench)
    run_again(bench, job)
    bench.clock.advance(3600)
    with bench.database.write() as uow:
        assert uow.jobs.prune(bench.clock.now_ms(), 10) == 1
        assert uow.jobs.get(job.id) is None


def in_ledger_review(bench: Bench, lies_there: bytes) -> Job:
    """A photo in review whose source stayed in its inbox, with what lies there by now."""
    job = in_review(bench)
    (bench.config.layout.inbox("in") / "photo.jpg").write_bytes(lies_there)
    with bench.database.write() as uow:
        uow.jobs.update(job.id, in_ledger=True)
    return bench.job(job.id)


def test_a_photo_of_a_ledger_is_run_again_from_its_source(bench, desk) -> None:
    job = in_ledger_review(bench, ORIGINAL)
    assert run_again(bench, job) == "retried"

    assert desk.waiting() == []
    assert files(bench.config.layout.review("in")) == []
    assert bench.job(job.id).state is State.WITHDRAWN
    with bench.database.read() as uow:
        (again,) = uow.jobs.in_state(State.ADMITTED)
    assert again.retry_of == job.id


def test_a_photo_of_a_ledger_stays_in_review_where_its_source_is_another(bench, desk) -> None:
    job = in_ledger_review(bench, b"another photo")
    assert run_again(bench, job) == "original_gone"
    assert [one.line.id for one in desk.waiting()] == [job.id]


# ── lists ─────────────────────────────────────────────────────────────────────────────────


def test_the_copy_of_another_photo_stays_where_a_photo_of_a_ledger_is_run_again(
    bench, desk
) -> None:
    job = in_ledger_review(bench, ORIGINAL)
    for path in bench.config.layout.review("in").iterdir():
        path.unlink()  # somebody tidied the folder
    following = in_review(bench, b"another")
    assert following.filed == job.filed
    before = files(bench.config.layout.review("in"))
    assert run_again(bench, job) == "retried"
    assert files(bench.config.layout.review("in")) == before


def test_the_list_is_filtered_and_paged(bench, desk) -> None:
    first = in_review(bench, b"1", relative=b"1.jpg")
    bench.clock.advance(1)
    second = in_review(bench, b"2", relative=b"2.jpg")

    assert [one.line.id for one in desk.waiting()] == [first.id, second.id]
    assert [one.line.id for one in desk.waiting(after_id=first.id)] == [second.id]
    assert desk.waiting(code="BLURRED") == []
    assert desk.waiting(inbox="nowhere") == []
    assert desk.count(code=CODE) == (2, False)


# ── upkeep ────────────────────────────────────────────────────────────────────────────────


def test_a_database_is_rebuilt_with_the_decisions(make_bench, tmp_path) -> None:
    bench = make_bench()
    desk = desk_of(bench)
    job = in_review(bench)
    desk.reject(job.id, by="panel:alice", code="DECLINED_POSE", note="eyes")
    carrier_of(bench).step()

    lost = tmp_path / "again.db"
    schema.upgrade(lost)
    fresh = Database(lost, bench.clock)
    rebuild(bench.config, fresh)
    with fresh.read() as uow:
        again, (decision,) = uow.jobs.get(job.id), uow.reviews.of(job.id)
    fresh.close()
    assert again == bench.job(job.id)
    assert (decision.by, decision.code, decision.note) == ("panel:alice", "DECLINED_POSE", "eyes")


def test_retention_knows_the_photos_that_people_decided_about(make_bench) -> None:
    bench = make_bench(retention={"failed_days": 1, "archive_days": 2})
    desk = desk_of(bench)
    rejected = in_review(bench, b"r", relative=b"r.jpg")
    desk.reject(rejected.id, by="a", code="DECLINED_FACE")
    accepted = in_review(bench, b"a", relative=b"a.jpg")
    desk.accept(accepted.id, by="a")
    carrier_of(bench).step()
    bench.clock.advance(4 * 86_400)
    gone = expire(bench.config, bench.database, bench.clock)

    assert gone.photos == 2
    assert files(bench.config.layout.rejected("in")) == []
    assert files(bench.config.layout.archive("in")) == []
    assert files(bench.config.layout.out("in")) == ["a.jpg"]
    assert examine(bench.config, bench.database) == []


@pytest.mark.parametrize("kind", ["accept", "reject", "redo"])
def test_a_share_that_is_away_postpones_and_loses_nothing(
    bench, desk, kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = in_review(bench)
    {
        "accept": lambda: desk.accept(job.id, by="a"),
        "reject": lambda: desk.reject(job.id, by="a", code="DECLINED_FACE"),
        "redo": lambda: desk.redo(job.id, Again(), by="a"),
    }[kind]()
    carrier = carrier_of(bench)

    def away(*_args: Any, **_more: Any) -> None:
        raise OSError(5, "the share is away")

    with monkeypatch.context() as patched:
        patched.setattr("daemon.services.review_carry.move", away)
        patched.setattr("daemon.services.review_redo.move", away)
        carrier.step()
        carrier.step()
    bench.clock.advance(120)
    carrier.step()
    assert bench.job(job.id).state is not State.REVIEW
    assert examine(bench.config, bench.database) == []
