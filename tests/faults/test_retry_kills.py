"""A kill between any two steps of running a photo again: the next start finishes the order."""

from __future__ import annotations

import pytest

from daemon.domain.artifact import OutputKind
from daemon.domain.job import State, Verdict
from daemon.services.filing import inbox_photo
from daemon.services.fsck import examine
from daemon.services.orders import Orders
from tests.fakes.kills import killed_at
from tests.integration.conftest import Bench, bench, make_bench  # noqa: F401 - fixtures

ORIGINAL = b"a photo"
ENDS = {Verdict.REJECTED: State.REJECTED, Verdict.REVIEW: State.WITHDRAWN}


def ordered(bench: Bench, verdict: Verdict):  # noqa: F811 - the fixture
    """A photo that ended so, and the open order to run it again."""
    job = bench.drop(ORIGINAL, notes={"photo.jpg.txt": b"smooth"})
    bench.decide(verdict, ("IDENTITY_CHANGED",), {OutputKind.WHY_PICTURE: b"why"})
    bench.publish_all()
    bench.clock.advance(1)
    with bench.database.write() as uow:
        number = uow.control.order("retry", job.id, "operator")
    return bench.job(job.id), number


def obeyed(bench: Bench, number: int) -> str | None:  # noqa: F811 - the fixture
    """As after a start: what became of the order."""
    Orders(bench.config, bench.database, bench.clock).obey()
    with bench.database.read() as uow:
        outcome: str | None = uow.control.outcome(number)
    return outcome


def dies_at(bench: Bench, window: str, monkeypatch) -> bool:  # noqa: F811 - the fixture
    return killed_at(window, Orders(bench.config, bench.database, bench.clock).obey, monkeypatch)


@pytest.mark.parametrize("verdict", ENDS)
@pytest.mark.parametrize("window", ["O1", "O2"])
def test_a_kill_in_any_window_is_made_good(bench, verdict, window, monkeypatch) -> None:  # noqa: F811
    job, number = ordered(bench, verdict)
    assert dies_at(bench, window, monkeypatch)
    assert obeyed(bench, number) == "retried"

    target = inbox_photo(bench.config.layout, job)
    assert target.read_bytes() == ORIGINAL
    assert target.with_name("photo.jpg.txt").read_bytes() == b"smooth"
    ended = bench.job(job.id)
    assert (ended.state, ended.filed) == (ENDS[verdict], None)
    left = [bench.config.layout.rejected("in"), bench.config.layout.review("in")]
    assert not [path for folder in left for path in folder.rglob("*") if path.is_file()]
    assert examine(bench.config, bench.database) == []


@pytest.mark.parametrize("verdict", ENDS)
def test_a_photo_that_was_taken_in_before_the_order_was_finished_is_known(
    bench,  # noqa: F811 - the fixture
    verdict,
    monkeypatch,
) -> None:
    job, number = ordered(bench, verdict)
    assert dies_at(bench, "O1", monkeypatch)
    inbox_photo(bench.config.layout, job).unlink()
    again = bench.drop(ORIGINAL)
    assert obeyed(bench, number) == "retried"
    assert bench.job(job.id).filed is None
    assert bench.job(again.id).state is State.QUEUED
    assert examine(bench.config, bench.database) == []


def test_an_original_that_somebody_took_away_is_gone(bench) -> None:  # noqa: F811 - the fixture
    job, number = ordered(bench, Verdict.REVIEW)
    (bench.config.layout.review("in") / "photo.jpg").unlink()
    bench.drop(b"another photo")
    assert obeyed(bench, number) == "original_gone"
    assert bench.job(job.id).state is State.REVIEW
