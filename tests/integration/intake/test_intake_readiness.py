"""Half-written, held, empty, temporary: what is not ready waits, with its reason."""

# ruff: noqa: PTH104, PTH123 - names on a share are bytes

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from daemon.domain.job import State, Verdict
from daemon.domain.readiness import Arrival, Hindrance
from tests.fakes.shares import mounted_as, photo
from tests.integration.intake.conftest import Hand


def test_a_dropped_photo_is_queued_once_it_is_quiet(hand: Hand) -> None:
    hand.drop("a.jpg")

    assert hand.scan().waiting == {Hindrance.SETTLING: 1}
    assert hand.scan(after_s=1.9).queued == 0
    report = hand.scan(after_s=0.2)

    assert report.queued == 1
    assert hand.woken >= 1
    job = hand.only_job()
    assert job.state is State.QUEUED
    assert job.size == len(photo())
    assert (hand.config.layout.staging / job.id / "in").read_bytes() == photo()
    assert hand.lying() == []
    assert [path.name for path in hand.claimed()] == ["a.jpg"]


def test_the_report_says_when_the_next_look_is_worth_it(hand: Hand) -> None:
    hand.drop("a.jpg")

    assert hand.scan().next_scan_s <= 2.0


def test_a_photo_renamed_in_is_queued_at_once(hand: Hand) -> None:
    hand.drop("a.jpg.part")
    hand.scan()
    os.rename(hand.inbox / "a.jpg.part", hand.inbox / "a.jpg")

    assert hand.hint("a.jpg", Arrival.MOVED).queued == 1


def test_a_closed_photo_is_queued_after_two_looks(hand: Hand) -> None:
    hand.drop("a.jpg")

    first = hand.hint("a.jpg")
    assert first.queued == 0
    assert first.next_scan_s <= 0.021
    hand.clock.advance(0.02)

    assert hand.intake.step("in").queued == 1


def test_a_temporary_name_waits_visibly(hand: Hand) -> None:
    hand.drop("a.jpg.crdownload")
    hand.take_in()

    assert hand.jobs() == []
    assert hand.waiting() == {b"a.jpg.crdownload": "temp_name"}


def test_a_slow_writer_with_long_gaps_is_waited_for(hand: Hand) -> None:
    content = photo(side=900)
    with open(hand.inbox / "a.jpg", "wb", buffering=0) as writer:
        for start in range(0, len(content), 4000):
            writer.write(content[start : start + 4000])
            assert hand.scan(after_s=30.0).queued == 0
        hand.scan(after_s=5.0)
        assert hand.waiting() == {b"a.jpg": "held_by_writer"}
    hand.take_in()

    assert hand.only_job().size == len(content)


def test_a_writer_that_closes_in_between_is_waited_for_too(hand: Hand) -> None:
    content = photo(side=900)
    for start in range(0, len(content), 4000):
        with open(hand.inbox / "a.jpg", "ab") as writer:
            writer.write(content[start : start + 4000])
        if start + 4000 < len(content):
            assert hand.hint("a.jpg").queued == 0
            assert hand.scan(after_s=30.0).queued == 0
    assert hand.waiting() == {b"a.jpg": "incomplete"}
    hand.take_in()

    assert hand.only_job().size == len(content)


def test_a_truncated_photo_that_is_completed_later_is_taken_in(hand: Hand) -> None:
    content = photo()
    hand.drop("a.jpg", content[:-20])
    hand.take_in(within_s=60)
    assert hand.waiting() == {b"a.jpg": "incomplete"}

    with open(hand.inbox / "a.jpg", "ab") as writer:
        writer.write(content[-20:])
    hand.take_in()

    assert hand.only_job().state is State.QUEUED


def test_a_photo_that_stays_truncated_fails_with_its_own_code(hand: Hand) -> None:
    hand.drop("a.jpg", photo()[:-20])
    for _ in range(40):
        hand.scan(after_s=60.0)

    job = hand.only_job()
    assert (job.state, job.verdict) == (State.PUBLISHING, Verdict.FAILED)
    assert [reason.code for reason in job.reasons] == ["TRUNCATED"]
    assert hand.lying() == []


def test_a_preallocated_copy_waits_although_its_size_is_final(hand: Hand) -> None:
    content = photo(side=400)
    path = hand.inbox / "a.jpg"
    path.write_bytes(content[:500] + bytes(len(content) - 500))
    hand.take_in(within_s=30)
    assert hand.waiting() == {b"a.jpg": "incomplete"}

    path.write_bytes(content)
    hand.take_in(within_s=30)

    assert hand.only_job().state is State.QUEUED


def test_an_empty_file_waits_and_fails_at_last(hand: Hand) -> None:
    hand.drop("a.jpg", b"")
    hand.take_in()
    assert hand.waiting() == {b"a.jpg": "empty"}

    for _ in range(12):
        hand.scan(after_s=60.0)

    assert [reason.code for reason in hand.only_job().reasons] == ["EMPTY"]


def test_an_empty_placeholder_that_is_filled_is_taken_in(hand: Hand) -> None:
    hand.drop("a.jpg", b"")
    hand.take_in()
    hand.drop("a.jpg")
    hand.take_in()

    assert hand.only_job().state is State.QUEUED


def test_modification_times_of_the_past_and_future_change_nothing(hand: Hand) -> None:
    for name, stamp in (("old.jpg", 0), ("new.jpg", 4_000_000_000)):
        hand.drop(name, photo(stamp))
        os.utime(hand.inbox / name, (stamp, stamp))
    hand.take_in()

    assert len(hand.jobs(State.QUEUED)) == 2


def test_a_wall_clock_that_jumps_a_day_changes_nothing(hand: Hand) -> None:
    hand.drop("a.jpg")
    hand.scan()
    hand.clock.jump(-86_400)

    assert hand.scan(after_s=1.0).queued == 0
    assert hand.scan(after_s=1.1).queued == 1


def test_a_file_busy_for_ten_minutes_is_taken_in_afterwards(
    make_hand: Callable[..., Hand],
) -> None:
    import errno

    from tests.fakes.shares import TroubledShare

    share = TroubledShare()
    hand = make_hand(operations=share)
    hand.scan()
    hand.drop("a.jpg")
    share.trouble["open"] = errno.EBUSY
    for _ in range(20):
        hand.scan(after_s=30.0)
    assert hand.waiting() == {b"a.jpg": "held_by_writer"}

    share.trouble.clear()
    hand.take_in()

    assert hand.only_job().state is State.QUEUED


def test_a_share_waits_five_seconds_and_goes_by_scans(make_hand: Callable[..., Hand]) -> None:
    hand = make_hand(mounts=mounted_as("cifs"))
    report = hand.scan()
    assert (report.mode, report.wants_events) == ("scan", False)
    hand.drop("a.jpg")
    hand.hint("a.jpg", Arrival.MOVED)

    assert hand.scan(after_s=4.9).queued == 0
    assert hand.scan(after_s=0.2).queued == 1
    assert hand.only_job().generation.count(":") == 1


def test_photos_that_lay_there_before_the_start_are_judged_too(
    make_hand: Callable[..., Hand],
) -> None:
    hand = make_hand()
    hand.drop("whole.jpg")
    hand.drop("half.jpg", photo(1)[:-40])
    with open(hand.inbox / "open.jpg", "wb", buffering=0) as writer:
        writer.write(photo(2))
        report = hand.scan()
    assert report.queued == 1
    assert hand.only_job().relative == b"whole.jpg"


@pytest.mark.parametrize("marker_first", [True, False])
def test_a_ready_marker_is_waited_for_and_taken_along(
    make_hand: Callable[..., Hand], marker_first: bool
) -> None:
    hand = make_hand(inbox={"ready_marker": True})
    names = [("a.jpg", None), ("a.jpg.ready", b"")]
    for name, content in reversed(names) if marker_first else names:
        hand.drop(name, content)
        hand.take_in()

    job = hand.only_job()
    assert job.state is State.QUEUED
    assert hand.lying() == []


def test_without_its_marker_a_photo_waits(make_hand: Callable[..., Hand]) -> None:
    hand = make_hand(inbox={"ready_marker": True})
    hand.drop("a.jpg")
    hand.take_in()

    assert hand.waiting() == {b"a.jpg": "awaiting_marker"}


def test_a_waiting_files_age_goes_on_over_a_restart(hand: Hand) -> None:
    hand.drop("a.jpg", photo()[:-20])
    hand.take_in()
    with hand.database.read() as uow:
        since_ms = uow.inboxes.waiting("in")[0].since_ms
    hand.restart()
    hand.take_in()

    with hand.database.read() as uow:
        (row,) = uow.inboxes.waiting("in")
    assert row.since_ms == since_ms


def test_a_quiet_inbox_writes_nothing(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    hand.drop("a.jpg", photo()[:-20])
    hand.take_in(within_s=60)
    rows: list[Any] = []
    from daemon.store.inbox import Inboxes

    monkeypatch.setattr(
        Inboxes, "_put", lambda _self, table, _keys, new: rows.append((table.name, new))
    )
    hand.scan(after_s=1.0)

    assert [new for name, new in rows if name == "waiting_files" and new] == []


def test_a_file_that_waits_for_a_day_is_reported_once(
    hand: Hand, capsys: pytest.CaptureFixture[str]
) -> None:
    hand.drop("a.jpg.part")
    hand.drop("held.jpg")
    with open(hand.inbox / "held.jpg", "ab"):
        hand.take_in()
        hand.scan(after_s=80_000)
        assert "file.waited_long" not in capsys.readouterr().out
        for _ in range(4):
            hand.scan(after_s=4_000)

    assert capsys.readouterr().out.count("file.waited_long") == 1
