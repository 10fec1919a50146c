"""Every crash window of docs/durability.md × {daemon, worker, both}, by real processes.

A handful of photos is dropped, the victim is killed right where the window says, the daemon is
started again, and all oracles must hold (``tests.fakes.oracles``, ``tests.fakes.watcher``).
W21 belongs to the sender of webhooks; here its outbox rows are compared (I5).
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.domain.job import Verdict
from daemon.store import engine, schema
from tests.fakes import oracles
from tests.fakes.booth_process import BoothProcess, is_gone, wait_until
from tests.fakes.photos import Drop, jpeg
from tests.fakes.watcher import Watcher

# Each alone says which of the two lost something; both at once is one of each.
VICTIMS = ("daemon", "worker", pytest.param("both", marks=pytest.mark.long))
# Passed once for each photo: the victim of the second and third kind dies later on.
PER_PHOTO = ("W3b", "W3", "W5", "W6", "W9", "W10", "W13", "W14", "W15", "W17", "W18", "W19")
PER_BATCH = ("W2", "W4", "W7", "W8", "W11", "W12", "W20", "W22")
COUNTDOWN = {"daemon": 1, "worker": 2, "both": 3}

ALL_EVENTS = ["photo.done", "photo.rejected", "photo.review", "photo.failed"]
# Nobody listens there: what matters here is what was written down to be told.
RECEIVER = {"url": "http://127.0.0.1:9/booth", "allow": ["127.0.0.1:9"]}
WEBHOOKS = [{**RECEIVER, "events": ALL_EVENTS}]
ENDS = (Verdict.DONE, Verdict.REJECTED, Verdict.DONE, Verdict.FAILED)

MakeBooth = Callable[..., BoothProcess]


@pytest.fixture
def elsewhere() -> Path:
    """A folder on another filesystem than the temporary folder; gone after the test."""
    import shutil
    import tempfile

    shared_memory = Path("/dev/shm")
    if not shared_memory.is_dir() or not os.access(shared_memory, os.W_OK):
        pytest.skip("there is no second filesystem (/dev/shm) to write to")
    if shared_memory.stat().st_dev == Path(tempfile.gettempdir()).stat().st_dev:
        pytest.skip("the temporary folder lies on /dev/shm itself")
    folder = Path(tempfile.mkdtemp(dir=shared_memory))
    yield folder
    shutil.rmtree(folder)


def photos(ends: tuple[Verdict, ...] = ENDS) -> list[Drop]:
    return [
        Drop("in", b"day/photo %d.jpg" % number, jpeg(number, verdict, 3000), verdict)
        for number, verdict in enumerate(ends)
    ]


def namesake() -> Drop:
    """A later photo by the name of an earlier one, as cameras do."""
    return Drop("in", b"day/photo 0.jpg", jpeg(1000))


def crash_and_carry_on(booth: BoothProcess, failpoint: str, drops: list[Drop]) -> None:
    """Die where the fail point says, start again, finish, and take a namesake in besides."""
    victim = failpoint.split(":")[1]
    with Watcher(booth.config) as watcher:
        watcher.put(booth, *drops)
        booth.start(failpoint)
        die_as_told(booth, victim)
        booth.wait_drained()
        watcher.put(booth, namesake())
        booth.wait_drained()
        booth.stop()


def die_as_told(booth: BoothProcess, victim: str) -> None:
    """Wait for the victim's death; after the daemon's, start it again."""
    if victim == "worker":
        booth.wait_for_event("worker.died")
        assert booth.runs, booth.log_tail()
        return
    assert booth.wait_death() == -signal.SIGKILL, booth.log_tail()
    booth.start()


def hold(booth: BoothProcess, drops: int) -> list[object]:
    jobs = oracles.hold(booth.config, booth.drops)
    assert len(jobs) == drops
    oracles.resting_again(booth.config)
    oracles.swept_clean(booth.config)
    return jobs


@pytest.mark.parametrize("victim", VICTIMS)
@pytest.mark.parametrize("window", [*PER_PHOTO, *PER_BATCH])
def test_a_kill_in_a_window_loses_and_doubles_nothing(
    make_booth: MakeBooth, request: pytest.FixtureRequest, window: str, victim: str
) -> None:
    inbox = {}
    if window == "W13":
        # Results are linked into place; only another disk makes the booth copy.
        inbox["out"] = request.getfixturevalue("elsewhere") / "out"
    booth = make_booth(webhooks=WEBHOOKS, inbox=inbox)
    number = COUNTDOWN[victim] if window in PER_PHOTO else 1
    # Only photos with a result pass these three: two of four.
    number = min(number, 2) if window in {"W10", "W13", "W14", "W15"} else number
    crash_and_carry_on(booth, f"{window}:{victim}:{number}", photos())
    jobs = hold(booth, len(ENDS) + 1)
    assert max(job.attempts for job in jobs) <= 2  # one death costs one attempt at most


@pytest.mark.parametrize("window", ["W3", "W5", "W13", "W14", "W15", "W17", "W18", "W19"])
def test_a_kill_where_originals_are_filed_on_another_disk(
    make_booth: MakeBooth, elsewhere: Path, window: str
) -> None:
    """The inbox is a share: what was one rename is a copy, and the source is set aside."""
    share = elsewhere / "share"
    share.mkdir()
    booth = make_booth(webhooks=WEBHOOKS, inbox={"path": share})
    booth.keep_outside(elsewhere / "outside")
    crash_and_carry_on(booth, f"{window}:daemon:2", photos())
    hold(booth, len(ENDS) + 1)
    set_aside = [path for path in (share / ".boothd" / "filed").rglob("*") if path.is_file()]
    assert sorted(map(oracles.digest_at, set_aside)) == sorted(d.sha256 for d in booth.drops)


@pytest.mark.parametrize("victim", VICTIMS)
def test_w1_a_photo_that_was_only_seen_is_seen_again(make_booth: MakeBooth, victim: str) -> None:
    booth = make_booth(webhooks=WEBHOOKS, inbox={"settle_s": 0.4})
    drops = photos()
    with Watcher(booth.config) as watcher:
        watcher.put(booth, *drops)
        booth.start_ready()
        wait_until(lambda: booth.query("SELECT 1 FROM waiting_files"), "nothing waits")
        assert booth.states() == {}
        if victim in {"worker", "both"}:
            assert booth.kill_worker()
        if victim in {"daemon", "both"}:
            booth.kill()
        die_as_told(booth, victim)
        booth.wait_drained()
        booth.stop()
    hold(booth, len(drops))


@pytest.mark.parametrize("victim", VICTIMS)
def test_w16_some_of_several_outputs_stand(make_booth: MakeBooth, victim: str) -> None:
    booth = make_booth(webhooks=WEBHOOKS)
    drops = photos((Verdict.REVIEW, Verdict.DONE))
    crash_and_carry_on(booth, f"W16:{victim}:1", drops)
    jobs = hold(booth, 3)
    assert sorted(len(job.outputs) for job in jobs) == [1, 1, 2]


def test_w11_a_finished_attempt_is_adopted_and_not_made_again(make_booth: MakeBooth) -> None:
    booth = make_booth()
    crash_and_carry_on(booth, "W11:daemon:1", photos())
    jobs = hold(booth, len(ENDS) + 1)
    assert "job.result_adopted" in booth.all_logs()
    assert min(job.attempts for job in jobs) == 1


# ── W23: retention ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("victim", VICTIMS)
def test_w23_a_deletion_that_was_cut_off_is_finished_and_told_once(
    make_booth: MakeBooth, victim: str
) -> None:
    booth = make_booth(webhooks=WEBHOOKS)
    # Never evicted on the day they were finished; 26 hours further east it is tomorrow.
    booth.environment = {"TZ": "UTC+12"}
    with Watcher(booth.config) as watcher:
        watcher.put(booth, *photos())
        booth.start()
        booth.wait_drained()
        booth.stop()
    booth.environment = {"TZ": "UTC-14"}
    # No disk has that much room, so every archived original goes early, at once.
    booth.configure(webhooks=WEBHOOKS, retention={"min_free_mib": 1 << 40})
    booth.start(f"W23:{victim}:1")
    die_as_told(booth, victim)
    wait_until(
        lambda: booth.query("SELECT count(*) FROM jobs WHERE filed IS NOT NULL") == [(2,)],
        lambda: f"not all are gone:\n{booth.log_tail()}",
    )
    booth.stop()
    audited = oracles.ask(booth.config, "SELECT target FROM audit WHERE action='original.delete'")
    done = oracles.ask(booth.config, "SELECT id FROM jobs WHERE state='done'")
    assert sorted(audited) == sorted(done)
    archive = booth.config.layout.archive("in")
    assert [path for path in archive.rglob("*") if path.is_file()] == []
    booth.configure(webhooks=WEBHOOKS)
    booth.start_ready()
    late = booth.drop(namesake())
    booth.wait_drained()
    booth.stop()
    oracles.resting_again(booth.config)
    with oracles.opened(booth.config) as database:
        assert oracles.fsck.examine(booth.config, database) == []
    assert oracles.ask(booth.config, "SELECT * FROM holds") == []
    assert late.relative == b"day/photo 0.jpg"


# ── W24: schema upgrade ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("victim", VICTIMS)
def test_w24_a_first_start_that_was_cut_off_is_made_again(
    make_booth: MakeBooth, victim: str
) -> None:
    if victim == "worker":
        pytest.skip("W24 × worker: no worker runs while the schema is upgraded")
    booth = make_booth(webhooks=WEBHOOKS)
    crash_and_carry_on(booth, f"W24:{victim}:1", photos())
    hold(booth, len(ENDS) + 1)


def test_w24_an_upgrade_that_was_cut_off_left_the_old_schema_and_a_backup(
    make_booth: MakeBooth,
) -> None:
    booth = make_booth(webhooks=WEBHOOKS)
    database = booth.config.layout.database
    drops = photos()
    with Watcher(booth.config) as watcher:
        watcher.put(booth, *drops)
        booth.start("W7:daemon:1")
        die_as_told_and_stay(booth)
        _downgrade(database)
        before = schema.current_revision(database)
        booth.start("W24:daemon:1")
        die_as_told_and_stay(booth)
        assert schema.current_revision(database) == before
        assert list(booth.config.layout.backups.glob("*before-*"))
        booth.start()
        booth.wait_drained()
        booth.stop()
    assert schema.current_revision(database) == schema.head_revision()
    hold(booth, len(drops))


def die_as_told_and_stay(booth: BoothProcess) -> None:
    assert booth.wait_death() == -signal.SIGKILL, booth.log_tail()


def _downgrade(path: Path) -> None:
    """Back to the revision before the newest, as an older boothd would have left it."""
    writer = engine.sqlite_writer(path, foreign_keys=False)
    try:
        schema.move_to(writer, "-1")
    finally:
        writer.dispose()


# ── W25: the orderly stop ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("victim", VICTIMS)
def test_w25_a_kill_during_the_orderly_stop(make_booth: MakeBooth, victim: str) -> None:
    slow = {"options": {"sort": {"wait_s": 0.1}}}
    booth = make_booth(webhooks=WEBHOOKS, inbox=slow)
    drops = photos()
    with Watcher(booth.config) as watcher:
        watcher.put(booth, *drops)
        booth.start(f"W25:{victim}:1")
        booth.wait_for_event("job.claimed")
        began = time.monotonic()
        booth.kill(signal.SIGTERM)
        status = booth.wait_death()
        assert time.monotonic() - began < 10  # TimeoutStopSec is longer
        assert status == (0 if victim == "worker" else -signal.SIGKILL), booth.log_tail()
        booth.start()
        booth.wait_drained()
        booth.stop()
    jobs = hold(booth, len(drops))
    # The stop waited for what was in hand: nothing was done twice.
    assert max(job.attempts for job in jobs) == 1


def test_a_daemon_that_is_killed_takes_its_worker_along(make_booth: MakeBooth) -> None:
    booth = make_booth(inbox={"options": {"sort": {"wait_s": 30}}})
    booth.drop(photos()[0])
    booth.start()
    booth.wait_for_event("job.claimed")
    worker = booth.worker_pid()
    assert worker is not None
    booth.kill()
    booth.wait_death()
    assert is_gone(worker)
