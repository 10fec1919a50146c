"""Decisions carried out by the daemon itself: at once, and after a kill in the middle."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from daemon.clock import SystemClock
from daemon.domain.job import Verdict
from daemon.services.review import ReviewDesk
from daemon.services.review_again import Again
from tests.fakes import oracles
from tests.fakes.booth_process import BoothProcess, wait_until
from tests.fakes.photos import Drop, jpeg

HOOK = {
    "url": "http://127.0.0.1:9/booth",
    "allow": ["127.0.0.1:9"],
    "events": ["photo.done", "photo.rejected", "photo.review"],
}
OPEN = "SELECT count(*) FROM review_decisions WHERE closed_ms IS NULL"
MakeBooth = Callable[..., BoothProcess]


def waiting_booth(make_booth: MakeBooth, failpoint: str = "") -> tuple[BoothProcess, str]:
    """A running booth with one photo in review."""
    booth = make_booth(webhooks=[HOOK])
    booth.start_ready(failpoint)
    booth.drop(
        Drop("in", "day/证件 照.jpg".encode(), jpeg(1, Verdict.REVIEW, 3000), Verdict.REVIEW)
    )
    booth.wait_drained()
    assert booth.states() == {"review": 1}
    ((job_id,),) = booth.query("SELECT id FROM jobs")
    return booth, str(job_id)


def decide(booth: BoothProcess, job_id: str, kind: str) -> None:
    """As the panel does, from another process than the daemon's."""
    with oracles.opened(booth.config) as database:
        desk = ReviewDesk(booth.config, lambda: database, SystemClock())
        if kind == "accept":
            desk.accept(job_id, by="panel:alice")
        elif kind == "reject":
            desk.reject(job_id, by="panel:alice", code="DECLINED_OTHER", note="另一张")
        else:
            desk.redo(job_id, Again(), by="panel:alice")


def settled(booth: BoothProcess) -> None:
    wait_until(lambda: booth.query(OPEN) == [(0,)], lambda: f"still open:\n{booth.log_tail()}")
    booth.wait_drained()
    booth.stop()


def agrees(booth: BoothProcess) -> None:
    with oracles.opened(booth.config) as database:
        assert oracles.fsck.examine(booth.config, database) == []


def test_decisions_are_carried_out_while_the_daemon_runs(make_booth: MakeBooth) -> None:
    booth, job_id = waiting_booth(make_booth)
    decide(booth, job_id, "redo")
    wait_until(lambda: booth.query(OPEN) == [(0,)], booth.log_tail)
    booth.wait_drained()
    assert booth.states() == {"review": 1}, "the same photo, judged the same way"
    decide(booth, job_id, "accept")
    settled(booth)
    assert booth.query("SELECT state, attempts FROM jobs") == [("done", 1)]
    events = booth.query("SELECT event, seq FROM outbox ORDER BY id")
    assert events == [("photo.review", 1), ("photo.review", 2), ("photo.done", 3)]
    agrees(booth)


@pytest.mark.parametrize(
    ("kind", "window", "state"),
    [("accept", "R4", "done"), ("reject", "R3", "rejected"), ("redo", "R3", "review")],
)
def test_a_daemon_that_is_killed_in_the_middle_ends_it_after_its_start(
    make_booth: MakeBooth, kind: str, window: str, state: str
) -> None:
    booth, job_id = waiting_booth(make_booth, f"{window}:daemon:1")
    decide(booth, job_id, kind)
    assert booth.wait_death() == -signal.SIGKILL, booth.log_tail()
    booth.start()
    settled(booth)
    assert booth.states() == {state: 1}
    assert booth.query("SELECT outcome FROM review_decisions") != [(None,)]
    layout = booth.config.layout
    originals = [
        path
        for folder in (layout.archive("in"), layout.rejected("in"), layout.review("in"))
        for path in folder.rglob("证件 照.jpg")
    ]
    assert [oracles.digest_at(path) for path in originals] == [booth.drops[0].sha256]
    agrees(booth)
