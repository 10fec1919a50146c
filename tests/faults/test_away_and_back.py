"""Inboxes that vanish and return, processes that are stopped, a database that is busy."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.domain.job import Verdict
from tests.fakes import oracles
from tests.fakes.booth_process import BoothProcess, wait_until
from tests.fakes.mounting import bind, small_disk, unmount
from tests.fakes.photos import Drop, jpeg
from tests.fakes.watcher import Watcher

MakeBooth = Callable[..., BoothProcess]
ENDS = (Verdict.DONE, Verdict.REJECTED, Verdict.DONE, Verdict.FAILED)


def photos(first: int = 0, ends: tuple[Verdict, ...] = ENDS) -> list[Drop]:
    return [
        Drop("in", b"p%d.jpg" % n, jpeg(n, verdict, 2000), verdict)
        for n, verdict in enumerate(ends, first)
    ]


def inbox_state(booth: BoothProcess) -> str:
    rows = booth.query("SELECT state FROM inboxes WHERE name='in'")
    return str(rows[0][0]) if rows else ""


def hold(booth: BoothProcess) -> list[int]:
    jobs = oracles.hold(booth.config, booth.drops)
    # Nobody took a photo away, so nothing may have been called withdrawn.
    assert "withdrawn" not in {job.state.value for job in jobs}
    oracles.resting_again(booth.config)
    oracles.swept_clean(booth.config)
    return [job.attempts for job in jobs]


# ── inboxes ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("when", ["at rest", "while photos are on their way"])
def test_a_mount_that_vanishes_and_returns_withdraws_nothing(
    make_booth: MakeBooth, tmp_path: Path, when: str
) -> None:
    """What stands in for the mount is an empty local folder, as after a failed boot."""
    point = tmp_path / "share"
    with small_disk(tmp_path / "nas", "20m") as nas:
        bind(nas, point)
        booth = make_booth(
            inbox={"path": point, "options": {"sort": {"wait_s": 0.1}}, "settle_s": 0.2}
        )
        booth.keep_outside(point / ".outside")
        try:
            with Watcher(booth.config, also=[nas]) as watcher:
                booth.start_ready()
                watcher.put(booth, *photos())
                if when == "at rest":
                    booth.wait_drained()
                    watcher.put(booth, *photos(10))
                else:
                    booth.wait_for_event("job.claimed")
                unmount(point)
                wait_until(lambda: inbox_state(booth) == "offline", "it did not notice")
                assert list(point.iterdir()) == []
                bind(nas, point)
                wait_until(lambda: inbox_state(booth) == "online", "it did not come back")
                watcher.put(booth, *photos(20))
                booth.wait_drained()
                booth.stop()
            hold(booth)
        finally:
            unmount(point)


def test_a_mount_that_is_missing_at_the_start_is_waited_for(
    make_booth: MakeBooth, tmp_path: Path
) -> None:
    point = tmp_path / "share"
    with small_disk(tmp_path / "nas", "20m") as nas:
        bind(nas, point)
        booth = make_booth(inbox={"path": point})
        booth.keep_outside(point / ".outside")
        try:
            with Watcher(booth.config, also=[nas]) as watcher:
                watcher.put(booth, *photos())
                booth.start("W3:daemon:2")
                booth.wait_death()
                unmount(point)
                booth.start()
                wait_until(lambda: inbox_state(booth) == "offline", "it did not notice")
                assert booth.states().get("withdrawn", 0) == 0
                bind(nas, point)
                booth.wait_drained()
                booth.stop()
            hold(booth)
        finally:
            unmount(point)


def test_an_inbox_that_is_renamed_away_and_back_loses_nothing(
    make_booth: MakeBooth, tmp_path: Path
) -> None:
    booth = make_booth(inbox={"settle_s": 0.2})
    away = tmp_path / "away"
    with Watcher(booth.config, also=[away]) as watcher:
        booth.start_ready()
        watcher.put(booth, *photos())
        wait_until(lambda: booth.query("SELECT 1 FROM waiting_files"), "nothing was seen")
        booth.inbox.rename(away)
        wait_until(lambda: inbox_state(booth) == "offline", "it did not notice")
        away.rename(booth.inbox)
        booth.wait_drained()
        booth.stop()
    hold(booth)


# ── stopped processes ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("also_worker", [False, True])
def test_a_daemon_that_stood_still_past_the_lease_goes_on(
    make_booth: MakeBooth, *, also_worker: bool
) -> None:
    booth = make_booth(inbox={"options": {"sort": {"wait_s": 0.3}}})
    with Watcher(booth.config) as watcher:
        booth.start_ready()
        watcher.put(booth, *photos())
        booth.wait_for_event("job.claimed")
        worker = booth.worker_pid()
        booth.kill(signal.SIGSTOP)
        if also_worker:
            booth.kill_worker(signal.SIGSTOP)
        time.sleep(3 * booth.config.queue.lease_s)
        if also_worker:
            booth.kill_worker(signal.SIGCONT)
        booth.kill(signal.SIGCONT)
        booth.wait_drained()
        assert booth.worker_pid() == worker, "the worker was killed for the daemon's sake"
        booth.stop()
    # Nobody else could take the claims, so they still stood.
    assert hold(booth) == [1] * len(ENDS)


def test_a_worker_that_stands_still_is_replaced(make_booth: MakeBooth) -> None:
    booth = make_booth(worker={"heartbeat_s": 0.25}, inbox={"options": {"sort": {"wait_s": 0.2}}})
    with Watcher(booth.config) as watcher:
        booth.start_ready()
        watcher.put(booth, *photos())
        booth.wait_for_event("job.claimed")
        stopped = booth.worker_pid()
        booth.kill_worker(signal.SIGSTOP)
        wait_until(lambda: booth.worker_pid() != stopped, "it is not replaced")
        booth.wait_drained()
        booth.stop()
    assert max(hold(booth)) == 2


# ── a busy database ───────────────────────────────────────────────────────────────────────

HOLD_THE_LOCK = """
import sys, time
import pysqlite3.dbapi2 as sqlite
connection = sqlite.connect(sys.argv[1], isolation_level=None, timeout=30)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
connection.execute("ROLLBACK")
"""


@pytest.mark.slow
def test_a_database_locked_for_longer_than_anybody_waits(make_booth: MakeBooth) -> None:
    booth = make_booth(inbox={"options": {"sort": {"wait_s": 0.2}}})
    with Watcher(booth.config) as watcher:
        booth.start_ready()
        watcher.put(booth, *photos())
        booth.wait_for_event("job.claimed")
        holder = subprocess.Popen(
            [
                sys.executable,
                "-c",
                textwrap.dedent(HOLD_THE_LOCK),
                booth.config.layout.database,
                "12",
            ],
            stdout=subprocess.PIPE,
        )
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        watcher.put(booth, *photos(10))
        assert holder.wait(30) == 0
        holder.stdout.close()
        booth.wait_drained()
        booth.stop()
    assert "SERVICE_BUSY" in booth.all_logs()
    assert "Traceback" not in booth.all_logs()
    assert max(hold(booth)) == 1
