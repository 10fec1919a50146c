"""Canaries: how soon a file is noticed, measured without ever becoming a job."""

from __future__ import annotations

import os

import pytest

from daemon.domain.job import new_job_id
from daemon.domain.readiness import Whole
from daemon.files.structure import examine
from daemon.services.intake_canary import canary_bytes, canary_name


def _canaries(hand):
    with hand.database.read() as uow:
        return uow.inboxes.canaries("in")


@pytest.fixture
def watched(make_hand):
    """An inbox with a canary a minute, the first one out."""
    hand = make_hand(sections={"intake": {"canary_s": 60.0}})
    hand.scan()
    hand.scan(after_s=60.0)
    return hand


def test_a_canary_is_noticed_measured_and_gone(watched):
    (name,) = watched.lying()
    assert name.startswith("boothd-canary-")

    for _ in range(5):
        watched.scan(after_s=1.0)

    assert watched.lying() == []
    (run,) = _canaries(watched)
    assert run.outcome == "claimed"
    assert run.latency_ms is not None
    assert 0 < run.latency_ms <= 5000
    assert watched.jobs() == []


def test_the_next_one_comes_when_its_time_has_come(watched):
    for _ in range(5):
        watched.scan(after_s=1.0)
    watched.scan(after_s=50.0)
    assert len(_canaries(watched)) == 1
    watched.scan(after_s=10.0)
    assert len(_canaries(watched)) == 2


def test_without_the_setting_there_is_none(make_hand):
    hand = make_hand()
    for _ in range(3):
        hand.scan(after_s=100.0)
    assert (hand.lying(), _canaries(hand)) == ([], [])


def test_what_a_crash_left_is_removed_and_not_measured(watched):
    (name,) = watched.lying()
    watched.restart()
    watched.scan(after_s=3600.0)
    for _ in range(5):
        watched.scan(after_s=1.0)

    assert name not in watched.lying()
    assert [run.outcome for run in _canaries(watched)][-1] == "missed"
    assert watched.jobs() == []


def test_somebodys_file_of_such_a_name_is_a_photo_like_any_other(make_hand):
    """The bytes decide: nothing that is not exactly ours is ever removed."""
    hand = make_hand(sections={"intake": {"canary_s": 60.0}})
    name = canary_name(new_job_id(1))
    hand.drop(name, canary_bytes(new_job_id(2)))
    for _ in range(5):
        hand.scan(after_s=1.0)

    assert [job.relative for job in hand.jobs()] == [name]


def test_one_that_nobody_notices_is_given_up(watched):
    (name,) = watched.lying()
    # Somebody holds it back: another file stands in its place.
    (watched.inbox / name).write_bytes(b"\x89PNG\r\n\x1a\n half")
    watched.scan(after_s=601.0)

    assert [run.outcome for run in _canaries(watched)] == ["missed"]
    assert (watched.inbox / name).exists()


@pytest.mark.parametrize("settings", [{"ready_marker": True}, {"ledger": "always"}])
def test_where_it_could_not_come_out_again_none_is_put_down(make_hand, settings):
    hand = make_hand(inbox=settings, sections={"intake": {"canary_s": 60.0}})
    hand.scan()
    hand.scan(after_s=100.0)
    assert (hand.lying(), _canaries(hand)) == ([], [])


def test_it_is_a_whole_picture(tmp_path):
    path = tmp_path / "c.png"
    path.write_bytes(canary_bytes("0" * 22))
    descriptor = os.open(path, os.O_RDONLY)
    try:
        assert examine(descriptor, path.stat().st_size).whole is Whole.PROVEN
    finally:
        os.close(descriptor)


def test_when_an_inbox_went_and_came_is_kept(make_hand):
    hand = make_hand()
    hand.scan()
    hidden = hand.inbox.with_name("hidden")
    hand.inbox.rename(hidden)
    hand.scan(after_s=5.0)
    hidden.rename(hand.inbox)
    hand.scan(after_s=60.0)

    with hand.database.read() as uow:
        changes = uow.inboxes.changes("in")
    assert [change.state for change in changes] == ["online", "offline", "online"]
    assert changes[1].reason
    assert changes[0].at_ms > changes[1].at_ms
