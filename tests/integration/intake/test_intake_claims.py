"""Row first, then the rename: every place a crash can leave is taken up again, once."""

# ruff: noqa: PTH108, PTH110, PTH123 - names on a share are bytes

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest

from daemon.config.quality import PROFILES
from daemon.domain.artifact import OutputFile, OutputKind
from daemon.domain.job import PlannedOutput, State, Verdict
from daemon.files.digest import digest_of
from daemon.telemetry import failpoints
from tests.fakes.shares import TroubledShare, photo
from tests.integration.intake.conftest import Hand, mounted


class Crash(BaseException):
    """Stands for the kill: nothing in between may catch it."""


@pytest.fixture
def crash_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def arm(window: str) -> None:
        def reached(at: str) -> None:
            if at == window:
                raise Crash

        monkeypatch.setattr(failpoints, "reached", reached)

    return arm


WINDOWS = ["W2", "W3b", "W3", "W4", "W5", "W6", "W7"]


@pytest.mark.parametrize("window", WINDOWS)
def test_a_photo_is_queued_once_wherever_the_daemon_dies(
    hand: Hand, crash_at: Callable[[str], None], window: str
) -> None:
    hand.drop("sub/a.jpg")
    hand.drop("sub/a.jpg.txt", b"brighter")
    hand.scan()
    crash_at(window)
    with pytest.raises(Crash):
        hand.scan(after_s=2.1)
    crash_at("none")
    hand.restart()
    hand.take_in()

    job = hand.only_job()
    assert job.state is State.QUEUED
    assert job.instruct == "brighter"
    assert (hand.config.layout.staging / job.id / "in").read_bytes() == photo()
    assert hand.lying() == []
    assert sorted(path.name for path in hand.claimed()) == ["a.jpg", "a.jpg.txt"]
    assert not (hand.config.layout.staging / job.id / "in.tmp").exists()


@pytest.mark.parametrize("window", WINDOWS)
def test_reconciling_twice_changes_nothing(
    hand: Hand, crash_at: Callable[[str], None], window: str
) -> None:
    hand.drop("a.jpg")
    hand.scan()
    crash_at(window)
    with pytest.raises(Crash):
        hand.scan(after_s=2.1)
    crash_at("none")
    hand.restart()
    hand.take_in()
    before = hand.jobs()
    hand.restart()
    hand.intake.recover()
    hand.take_in()

    assert hand.jobs() == before


def test_a_half_copy_is_never_trusted(hand: Hand, crash_at: Callable[[str], None]) -> None:
    hand.drop("a.jpg")
    hand.scan()
    crash_at("W5")
    with pytest.raises(Crash):
        hand.scan(after_s=2.1)
    crash_at("none")
    job = hand.only_job()
    (hand.config.layout.staging / job.id / "in.tmp").write_bytes(b"half of somethi")
    hand.restart()
    hand.take_in()

    assert (
        hand.only_job().content_sha256
        == digest_of(hand.config.layout.staging / job.id / "in").sha256
    )
    assert hand.only_job().size == len(photo())


def test_a_photo_taken_away_after_its_row_is_withdrawn(
    hand: Hand, crash_at: Callable[[str], None]
) -> None:
    path = hand.drop("a.jpg")
    hand.scan()
    crash_at("W2")
    with pytest.raises(Crash):
        hand.scan(after_s=2.1)
    crash_at("none")
    os.unlink(path)
    hand.restart()
    hand.scan()

    assert hand.only_job().state is State.WITHDRAWN
    assert list(hand.config.layout.claimed("in").iterdir()) == []


def test_a_photo_replaced_after_its_row_is_a_new_generation(
    hand: Hand, crash_at: Callable[[str], None]
) -> None:
    hand.drop("a.jpg")
    hand.scan()
    crash_at("W2")
    with pytest.raises(Crash):
        hand.scan(after_s=2.1)
    crash_at("none")
    hand.drop("a.jpg", photo(5, side=80))
    hand.restart()
    hand.take_in()

    old, new = hand.jobs()
    assert (old.state, new.state) == (State.WITHDRAWN, State.QUEUED)
    assert new.size == len(photo(5, side=80))


def test_a_name_used_again_while_queued_is_a_new_job(hand: Hand) -> None:
    hand.drop("scan0001.jpg", photo(1))
    hand.take_in()
    hand.drop("scan0001.jpg", photo(2))
    hand.take_in()

    first, second = hand.jobs(State.QUEUED)
    assert first.content_sha256 != second.content_sha256
    assert len(hand.claimed()) == 2


def test_a_storm_of_events_makes_one_job(hand: Hand) -> None:
    hand.drop("a.jpg")
    for _ in range(100):
        hand.hint("a.jpg")
        hand.clock.advance(0.01)
    hand.take_in()

    assert hand.only_job().state is State.QUEUED


def test_a_claimed_photo_without_a_row_is_adopted(hand: Hand) -> None:
    hand.drop("a.jpg")
    hand.drop("a.jpg.txt", b"brighter")
    hand.take_in()
    job = hand.only_job()
    hand.close()
    for path in hand.config.layout.state.glob("boothd.db*"):
        path.unlink()
    shutil.rmtree(hand.config.layout.staging)
    fresh = Hand(hand.config, hand.clock)
    try:
        fresh.take_in()
        adopted = fresh.only_job()
        assert (adopted.id, adopted.state) == (job.id, State.QUEUED)
        assert adopted.instruct == "brighter"
        assert adopted.content_sha256 == job.content_sha256
    finally:
        fresh.close()


def test_a_lost_staging_disk_is_filled_again_from_the_claimed_photo(hand: Hand) -> None:
    hand.drop("a.jpg")
    hand.take_in()
    staged = hand.config.layout.staging / hand.only_job().id / "in"
    shutil.rmtree(hand.config.layout.staging)
    hand.restart()
    hand.scan()

    assert staged.read_bytes() == photo()
    assert hand.only_job().state is State.QUEUED


def test_a_photo_still_written_to_after_its_claim_settles_again(
    make_hand: Callable[..., Hand],
) -> None:
    class WritesOn(TroubledShare):
        """A writer that the lease cannot see goes on after the rename."""

        def rename(self, source: bytes, target: bytes) -> None:
            super().rename(source, target)
            if target.endswith(b"a.jpg"):
                with open(target, "ab") as writer:
                    writer.write(b"more")

    hand = make_hand(operations=WritesOn())
    hand.scan()
    hand.drop("a.jpg")
    hand.scan()
    hand.scan(after_s=2.1)
    assert hand.only_job().state is State.TAKEN
    hand.take_in()

    job = hand.only_job()
    assert job.state is State.QUEUED
    assert job.size == len(photo()) + 4


def test_an_interrupted_link_and_unlink_leaves_one_photo(hand: Hand) -> None:
    path = hand.drop("a.jpg")
    hand.scan()

    class LinksOnly(TroubledShare):
        def rename(self, source: bytes, target: bytes) -> None:
            os.link(source, target)
            raise Crash

    hand.restart(operations=LinksOnly())
    with pytest.raises(Crash):
        hand.scan(after_s=2.1)
    assert os.path.exists(path)
    hand.restart(operations=TroubledShare())
    hand.take_in()

    assert hand.only_job().state is State.QUEUED
    assert hand.lying() == []


def test_a_cancelled_job_is_not_queued(hand: Hand, crash_at: Callable[[str], None]) -> None:
    hand.drop("a.jpg")
    hand.scan()
    crash_at("W4")
    with pytest.raises(Crash):
        hand.scan(after_s=2.1)
    crash_at("none")
    with hand.database.write() as uow:
        uow.jobs.move(hand.only_job().id, State.PUBLISHING, verdict=Verdict.FAILED)
    hand.restart()
    hand.take_in()

    assert hand.only_job().state is State.PUBLISHING


# ── notes ─────────────────────────────────────────────────────────────────────────────────────


def test_a_note_sets_options_and_is_taken_along(make_hand: Callable[..., Hand]) -> None:
    hand = make_hand(inbox={"sidecar_s": 60, "options": {"copy": {"a": 1, "b": 1}}})
    hand.drop("a.jpg")
    hand.take_in()
    assert hand.waiting() == {b"a.jpg": "awaiting_sidecar"}
    hand.drop("a.jpg.yaml", b"copy: {b: 2}")
    hand.drop("._a.jpg", b"\0\5\x16\7")
    hand.take_in()

    job = hand.only_job()
    assert job.plan.steps[0].options == {"a": 1, "b": 2}
    assert set(job.sidecars) == {b"a.jpg.yaml", b"._a.jpg"}
    assert hand.lying() == []


def test_without_a_note_the_photo_goes_when_the_time_is_over(
    make_hand: Callable[..., Hand],
) -> None:
    hand = make_hand(inbox={"sidecar_s": 8})
    hand.drop("a.jpg")
    hand.take_in(within_s=12)

    assert hand.only_job().state is State.QUEUED


def test_a_broken_note_fails_the_photo_with_its_own_code(hand: Hand) -> None:
    hand.drop("a.jpg.yaml", b"- not\n- options")
    hand.drop("a.jpg")
    hand.take_in()

    job = hand.only_job()
    assert (job.state, job.verdict) == (State.PUBLISHING, Verdict.FAILED)
    assert job.reasons[0].code == "SIDECAR_INVALID"
    assert job.reasons[0].facts["file"] == "a.jpg.yaml"


@pytest.mark.parametrize(
    ("note", "told"),
    [
        (b"quality: {complete: true}", "quality.complete"),
        (b"profile: lenient", "quality.reject.max_noise: 10 > 7"),
        (b"reject_below: 0", "quality.reject_below: 0 < 0.4"),
        (b"reject: {max_yaw_deg: null}", "quality.reject.max_yaw_deg: null"),
    ],
)
def test_a_note_cannot_open_the_gate(
    make_hand: Callable[..., Hand], note: bytes, told: str
) -> None:
    hand = make_hand(inbox={"plan": ["quality"], "options": {"quality": {"profile": "hr"}}})
    hand.drop("a.jpg.yaml", note)
    hand.drop("a.jpg")
    hand.take_in()

    job = hand.only_job()
    assert (job.state, job.verdict) == (State.PUBLISHING, Verdict.FAILED)
    assert job.reasons[0].code == "SIDECAR_INVALID"
    assert job.reasons[0].facts["file"] == "a.jpg.yaml"
    assert told in job.reasons[0].facts["detail"]


def test_a_note_may_ask_the_gate_for_more(make_hand: Callable[..., Hand]) -> None:
    own = {"quality": {"profile": "hr", "reject": {"max_noise": 2}}}
    hand = make_hand(inbox={"plan": ["quality"], "options": own})
    hand.drop("a.jpg.yaml", b"reject: {max_yaw_deg: 5}\nmin_score: 0.9")
    hand.drop("a.jpg")
    hand.take_in()

    job = hand.only_job()
    assert job.state is State.QUEUED
    options = job.plan.steps[0].options
    assert options["min_score"] == 0.9
    assert options["reject"] == {
        **PROFILES["hr"].reject.in_force(), "max_noise": 2, "max_yaw_deg": 5
    }  # fmt: skip


def test_a_note_without_a_photo_stays_and_is_listed(hand: Hand) -> None:
    hand.drop("a.jpg.txt", b"brighter")
    hand.take_in()

    assert hand.ignored() == {b"a.jpg.txt": "note without its photo"}
    assert hand.lying() == ["a.jpg.txt"]


def test_rules_choose_plan_options_and_priority(make_hand: Callable[..., Hand]) -> None:
    hand = make_hand(
        sections={
            "rules": [
                {"inbox": "in", "match": "urgent/**", "priority": 50, "options": {"copy": {"x": 1}}}
            ]
        }
    )
    hand.drop("urgent/a.jpg", photo(1))
    hand.drop("b.jpg", photo(2))
    hand.take_in()

    by_name = {job.relative: job for job in hand.jobs(State.QUEUED)}
    assert by_name[b"urgent/a.jpg"].priority == 50
    assert by_name[b"urgent/a.jpg"].plan.steps[0].options == {"x": 1}
    assert by_name[b"b.jpg"].priority == 0


# ── duplicates ────────────────────────────────────────────────────────────────────────────────


def finish(hand: Hand) -> str:
    """What worker and publisher would have made of the only queued job."""
    (job,) = hand.jobs(State.QUEUED)
    target = hand.config.layout.out("in") / "a.jpg"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(b"a result")
    digest = digest_of(target)
    file = OutputFile(OutputKind.RESULT, "result.jpg", ".jpg", digest.sha256, digest.size)
    planned = PlannedOutput(file, os.fsencode(target), 1)
    with hand.database.write() as uow:
        uow.jobs.move(
            job.id, State.PUBLISHING, verdict=Verdict.DONE, outputs=(planned,), measures={"m": 1}
        )
        uow.jobs.move(job.id, State.DONE)
    return job.id


@pytest.mark.parametrize("policy", ["process", "reuse", "refuse"])
def test_the_same_bytes_again_follow_the_inboxs_policy(
    make_hand: Callable[..., Hand], policy: str
) -> None:
    hand = make_hand(inbox={"duplicates": policy})
    hand.drop("a.jpg")
    hand.take_in()
    first = finish(hand)
    hand.drop("b.jpg")
    hand.take_in()

    (again,) = [job for job in hand.jobs() if job.id != first]
    if policy == "process":
        assert again.state is State.QUEUED
        return
    assert again.state is State.PUBLISHING
    if policy == "refuse":
        assert again.verdict is Verdict.REJECTED
        assert again.reasons[0].facts == {"job": first}
    else:
        assert again.verdict is Verdict.DONE
        assert again.measures == {"m": 1}
        copy = hand.config.layout.staging / again.id / "0" / "result.jpg"
        assert copy.read_bytes() == b"a result"


def test_a_result_that_was_edited_since_is_not_given_out_again(
    make_hand: Callable[..., Hand],
) -> None:
    hand = make_hand(inbox={"duplicates": "reuse"})
    hand.drop("a.jpg")
    hand.take_in()
    finish(hand)
    (hand.config.layout.out("in") / "a.jpg").write_bytes(b"edited!!")
    hand.drop("b.jpg")
    hand.take_in()

    assert len(hand.jobs(State.QUEUED)) == 1


def test_other_options_make_it_another_photo(make_hand: Callable[..., Hand]) -> None:
    hand = make_hand(inbox={"duplicates": "refuse"})
    hand.drop("a.jpg")
    hand.take_in()
    finish(hand)
    hand.drop("b.jpg.yaml", b"copy: {x: 1}")
    hand.drop("b.jpg")
    hand.take_in()

    assert len(hand.jobs(State.QUEUED)) == 1


# ── no room ───────────────────────────────────────────────────────────────────────────────────


def test_a_full_local_disk_costs_nothing_and_goes_on_later(hand: Hand) -> None:
    staging = hand.config.layout.staging
    with mounted("-t", "tmpfs", "-o", "size=64k", "none", point=staging):
        hand.drop("a.jpg", photo() + os.urandom(100_000))
        hand.drop("b.jpg", photo(2))
        hand.take_in()
        states = {job.relative: job.state for job in hand.jobs()}
        assert states[b"a.jpg"] is State.TAKEN
        assert not list(staging.glob("*/in.tmp"))
    hand.take_in(within_s=20)

    assert len(hand.jobs(State.QUEUED)) == 2


def test_little_space_keeps_photos_in_their_inbox(make_hand: Callable[..., Hand]) -> None:
    free = [10 << 20]
    hand = make_hand(sections={"retention": {"min_free_mib": 100}}, free=lambda _: free[0])
    hand.drop("a.jpg")
    hand.take_in()
    assert hand.waiting() == {b"a.jpg": "disk_low"}
    assert hand.lying() == ["a.jpg"]

    free[0] = 1 << 30
    hand.take_in()

    assert hand.only_job().state is State.QUEUED
