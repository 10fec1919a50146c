"""Disks that are full or read-only: everything waits, nothing fails, no attempt is burnt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from daemon.domain.job import Verdict
from tests.fakes import oracles
from tests.fakes.booth_process import BoothProcess, wait_until
from tests.fakes.mounting import fill, remount, small_disk
from tests.fakes.photos import Drop, jpeg
from tests.fakes.watcher import Watcher

MakeBooth = Callable[..., BoothProcess]
PATIENCE_S = 45.0
ENDS = (Verdict.DONE, Verdict.REJECTED, Verdict.DONE, Verdict.FAILED, Verdict.REVIEW, Verdict.DONE)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "6m") as point:
        yield point


def photos(size: int = 100_000) -> list[Drop]:
    return [Drop("in", b"p%d.jpg" % n, jpeg(n, v, size), v) for n, v in enumerate(ENDS)]


def hold_and_first_attempts(booth: BoothProcess) -> None:
    """All oracles; and what was not the photo's fault cost it nothing."""
    jobs = oracles.hold(booth.config, booth.drops)
    assert [job.attempts for job in jobs] == [1] * len(jobs)
    oracles.resting_again(booth.config)
    oracles.swept_clean(booth.config)


def test_results_wait_for_space_on_the_output_disk(make_booth: MakeBooth, disk: Path) -> None:
    booth = make_booth(inbox={"out": disk / "out"})
    filler = fill(disk, but=20_000)
    with Watcher(booth.config) as watcher:
        watcher.put(booth, *photos())
        booth.start()
        booth.wait_for_event("publish.postponed")
        wait_until(
            lambda: booth.states() == {"publishing": 3, "rejected": 1, "failed": 1, "review": 1},
            lambda: f"{booth.states()}\n{booth.log_tail()}",
        )
        filler.unlink()
        booth.wait_drained(patience_s=PATIENCE_S)
        booth.stop()
    hold_and_first_attempts(booth)


def test_results_wait_for_an_output_disk_that_turned_read_only(
    make_booth: MakeBooth, disk: Path
) -> None:
    booth = make_booth(inbox={"out": disk / "out"})
    with Watcher(booth.config) as watcher:
        booth.start_ready()
        remount(disk, "ro")
        watcher.put(booth, *photos())
        booth.wait_for_event("publish.postponed")
        remount(disk, "rw")
        booth.wait_drained(patience_s=PATIENCE_S)
        booth.stop()
    hold_and_first_attempts(booth)


@pytest.mark.parametrize("left", [0, 9_000, 150_000])
def test_a_full_local_disk_costs_no_photo_an_attempt(
    make_booth: MakeBooth, disk: Path, left: int
) -> None:
    """Database and staging lie there; how much is left decides who meets the wall first."""
    booth = make_booth(state=disk / "state", inbox={"options": {"sort": {"wait_s": 0.05}}})
    with Watcher(booth.config) as watcher:
        booth.start_ready()
        booth.wait_for_event("worker.ready")
        filler = fill(disk, but=left)
        watcher.put(booth, *photos())
        wait_until(lambda: met_a_full_disk(booth), lambda: f"nobody minds:\n{booth.log_tail()}")
        assert booth.states().get("failed", 0) <= 1
        filler.unlink()
        booth.wait_drained(patience_s=PATIENCE_S)
        booth.stop()
    hold_and_first_attempts(booth)


def test_a_disk_that_fills_while_work_is_in_hand(make_booth: MakeBooth, disk: Path) -> None:
    booth = make_booth(state=disk / "state", inbox={"options": {"sort": {"wait_s": 0.2}}})
    with Watcher(booth.config) as watcher:
        booth.start_ready()
        watcher.put(booth, *photos())
        booth.wait_for_event("job.claimed")
        filler = fill(disk)
        wait_until(lambda: met_a_full_disk(booth), lambda: f"nobody minds:\n{booth.log_tail()}")
        filler.unlink()
        booth.wait_drained(patience_s=PATIENCE_S)
        booth.stop()
    hold_and_first_attempts(booth)


def met_a_full_disk(booth: BoothProcess) -> bool:
    log = booth.log_path.read_text()
    return any(word in log for word in ("DISK_FULL", "ENOSPC", '"errno": 28'))


def test_a_daemon_killed_on_a_full_disk_starts_when_there_is_room(
    make_booth: MakeBooth, disk: Path
) -> None:
    booth = make_booth(state=disk / "state")
    with Watcher(booth.config) as watcher:
        watcher.put(booth, *photos())
        booth.start("W12:daemon:1")
        booth.wait_death()
        filler = fill(disk)
        booth.start()
        # It may come up and wait, or say what is the matter and go; a traceback is neither.
        wait_until(lambda: not booth.runs or booth.events("daemon.ready"), "it says nothing")
        assert met_a_full_disk(booth)
        assert "Traceback" not in booth.log_tail(1000)
        if not booth.runs:
            assert booth.wait_death() not in {0, 1}
            filler.unlink()
            booth.start()
        filler.unlink(missing_ok=True)
        booth.wait_drained(patience_s=PATIENCE_S)
        booth.stop()
    oracles.hold(booth.config, booth.drops)
    oracles.resting_again(booth.config)
