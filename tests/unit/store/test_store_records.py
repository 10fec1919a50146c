"""Inboxes, counters, holds and orders, announcements, history, upkeep."""

from __future__ import annotations

import pytest

from daemon.errors import StoreError
from daemon.store.inbox import IgnoredFile, WaitingFile
from tests.fakes.store import NOW_MS, job_row

HOUR_MS = 3_600_000
SEEN = {"device": 5, "mode": "events", "files": 2, "waiting": 1}


@pytest.fixture
def uow(database):
    with database.write() as uow:
        yield uow


def test_an_inbox_is_remembered_as_last_seen(uow, manual_clock):
    uow.inboxes.seen("b", state="online", reason="", scanned_ms=NOW_MS, **SEEN)
    uow.inboxes.seen("a", state="offline", reason="EIO", scanned_ms=None, **SEEN)
    since = manual_clock.now_ms()
    manual_clock.advance(60)
    uow.inboxes.seen("b", state="online", reason="", scanned_ms=NOW_MS + 60, **SEEN)
    uow.inboxes.seen("a", state="online", reason="", scanned_ms=NOW_MS + 60, **SEEN)
    first, second = uow.inboxes.all()
    assert (first.name, first.state, first.since_ms) == ("a", "online", since + 60_000)
    assert (second.name, second.since_ms, second.scanned_ms) == ("b", since, NOW_MS + 60)
    assert uow.inboxes.get("none") is None


def test_waiting_files_are_replaced_and_dropped_by_path(uow):
    hostile = b"\xff\n.jpg"
    uow.inboxes.put_waiting([
        WaitingFile("in", hostile, "settling", since_ms=2, size=1 << 40),
        WaitingFile("in", b"b.jpg", "incomplete", since_ms=1),
        WaitingFile("other", b"b.jpg", "settling", since_ms=1),
    ])  # fmt: skip
    uow.inboxes.put_waiting([WaitingFile("in", b"b.jpg", "settling", 1, 5, 9, 7)])
    assert uow.inboxes.waiting("in") == [
        WaitingFile("in", b"b.jpg", "settling", 1, 5, 9, 7),
        WaitingFile("in", hostile, "settling", 2, size=1 << 40),
    ]
    uow.inboxes.drop_waiting("in", [b"b.jpg", b"unknown"])
    assert uow.inboxes.waiting("in", limit=5) == [
        WaitingFile("in", hostile, "settling", 2, size=1 << 40)
    ]
    assert (uow.inboxes.count_waiting("in"), uow.inboxes.count_waiting("other")) == (1, 1)


def test_twenty_thousand_waiting_files_go_in_and_out(uow):
    files = [WaitingFile("in", b"%d" % n, "settling", n) for n in range(20_000)]
    uow.inboxes.put_waiting(files)
    assert uow.inboxes.waiting("in", limit=3) == files[:3]
    uow.inboxes.drop_waiting("in", (file.relative for file in files))
    assert uow.inboxes.count_waiting("in") == 0


def test_ignored_files_say_by_which_rule(uow):
    uow.inboxes.put_ignored([IgnoredFile("in", b"Thumbs.db", "Thumbs.db", 1)])
    uow.inboxes.put_ignored([IgnoredFile("in", b"Thumbs.db", "Thumbs.db", 2)])
    assert uow.inboxes.ignored("in") == [IgnoredFile("in", b"Thumbs.db", "Thumbs.db", 2)]
    uow.inboxes.drop_ignored("in", [b"Thumbs.db"])
    assert uow.inboxes.ignored("in") == []


def test_a_forgotten_inbox_leaves_its_jobs(uow):
    uow.inboxes.seen("in", state="online", reason="", scanned_ms=None, **SEEN)
    uow.inboxes.put_waiting([WaitingFile("in", b"a", "settling", 1)])
    job = job_row()
    uow.jobs.add(job)
    uow.inboxes.forget("in")
    assert (uow.inboxes.all(), uow.inboxes.waiting("in")) == ([], [])
    assert uow.jobs.get(job.id) == job


def test_a_hold_says_who_why_and_until_when(uow, manual_clock):
    now = manual_clock.now_ms()
    uow.control.hold("inbox:in", "anna", "wrong folder", until_ms=now + 1000)
    uow.control.hold("queue", "booth", "DISK_FULL")
    holds = {hold.scope: hold for hold in uow.control.holds()}
    assert (holds["inbox:in"].who, holds["inbox:in"].until_ms) == ("anna", now + 1000)
    assert (holds["queue"].why, holds["queue"].since_ms) == ("DISK_FULL", now)
    manual_clock.advance(2)
    assert [hold.scope for hold in uow.control.holds()] == ["queue"]
    assert uow.control.lift("queue")
    assert not uow.control.lift("queue")


def test_orders_are_carried_out_once_and_in_turn(uow):
    first = uow.control.order("retry", "a" * 22, "anna", {"plan": ["copy"]})
    second = uow.control.order("scan", None, "anna")
    assert [(order.id, order.kind, order.job_id) for order in uow.control.pending()] == [
        (first, "retry", "a" * 22),
        (second, "scan", None),
    ]
    assert uow.control.pending()[0].args == {"plan": ["copy"]}
    uow.control.close(first, "ok")
    uow.control.close(first, "too late")
    assert [order.id for order in uow.control.pending()] == [second]
    assert (uow.control.outcome(first), uow.control.outcome(second)) == ("ok", None)


def test_an_announcement_is_written_once_and_stays_as_it_was(uow):
    assert uow.outbox.add("j1", "photo.rejected", "https://a", b"\x00body", NOW_MS)
    assert not uow.outbox.add("j1", "photo.rejected", "https://a", b"other", NOW_MS + 1)
    assert uow.outbox.add("j1", "photo.rejected", "https://b", b"body", NOW_MS)
    first, second = uow.outbox.of("j1")
    assert (first.body, first.created_ms) == (b"\x00body", NOW_MS)
    assert uow.outbox.after(first.id) == [second]


def test_history_belongs_to_a_job(uow):
    job = job_row()
    uow.jobs.add(job)
    uow.history.event(job.id, "job.claimed", {"size": 3}, NOW_MS)
    uow.history.event(job.id, "job.claimed", {}, NOW_MS + 1)
    assert [(event.name, event.facts) for event in uow.history.of(job.id)] == [
        ("job.claimed", {"size": 3}),
        ("job.claimed", {}),
    ]


def test_history_of_nothing_is_refused(database):
    with pytest.raises(StoreError, match="FOREIGN KEY"), database.write() as uow:
        uow.history.event("nowhere", "job.claimed", {}, NOW_MS)


def test_the_audit_tells_the_latest_first(uow):
    uow.audit.add("anna", "job.retry", "j1", {"why": "again"}, NOW_MS)
    uow.audit.add("bo", "queue.hold", "queue", {}, NOW_MS + 1)
    assert [(entry.who, entry.action) for entry in uow.audit.latest()] == [
        ("bo", "queue.hold"),
        ("anna", "job.retry"),
    ]


def test_upkeep_remembers_its_last_run(uow):
    assert uow.upkeep.last_run("backup") is None
    uow.upkeep.ran("backup", NOW_MS, "ok")
    uow.upkeep.ran("backup", NOW_MS + 1, "DISK_FULL")
    last = uow.upkeep.last_run("backup")
    assert (last.at_ms, last.outcome) == (NOW_MS + 1, "DISK_FULL")
