"""Low disk: room is made, else the queue held, and it goes on when there is room again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.services.space import MIB, free_bytes, keep_room, measure

DAY_S = 86_400


class Disk:
    """A disk of which the test says how much is free."""

    def __init__(self, free_mib: int) -> None:
        self.free_mib = free_mib

    def __call__(self, _path: Path) -> int:
        return self.free_mib * MIB


def _keep(bench, disk):
    return keep_room(bench.config, bench.database, bench.clock, free=disk)


def _holds(bench):
    with bench.database.read() as uow:
        return {hold.scope: hold for hold in uow.control.holds()}


def _archived(bench, **facts) -> Path:
    job = bench.drop(**facts)
    bench.decide()
    bench.publish_all()
    return Path(os.fsdecode(bench.job(job.id).filed))


def test_enough_room_holds_nothing(bench):
    assert not _keep(bench, Disk(1024)).is_held
    assert _holds(bench) == {}


def test_a_disk_that_runs_low_holds_the_queue_and_says_why(bench):
    assert _keep(bench, Disk(1023)).is_held

    hold = _holds(bench)["queue"]
    assert hold.who == "boothd"
    assert hold.why == "DISK_FULL: 1023 MiB free (state), 1024 MiB wanted"


def test_nothing_is_handed_out_while_the_disk_is_low(bench):
    bench.drop()
    _keep(bench, Disk(1))

    with bench.database.write() as uow:
        assert uow.queue.claim("test", 20.0, alone=True) is None


def test_the_queue_goes_on_only_when_a_quarter_more_is_free(bench):
    _keep(bench, Disk(1000))

    assert _keep(bench, Disk(1279)).is_held, "just above the limit it would flutter"
    assert not _keep(bench, Disk(1280)).is_held
    assert _holds(bench) == {}


def test_looking_twice_changes_nothing(bench):
    _keep(bench, Disk(1))
    before = _holds(bench)["queue"]
    bench.clock.advance(60)
    _keep(bench, Disk(2))

    assert _holds(bench)["queue"] == before


@pytest.mark.parametrize(
    ("who", "why"), [("alice", "moving house"), ("boothd", "WORKER_CRASHED: five in a row")]
)
def test_a_hold_of_somebody_else_is_neither_replaced_nor_lifted(bench, who, why):
    with bench.database.write() as uow:
        uow.control.hold("queue", who, why)

    _keep(bench, Disk(1))
    _keep(bench, Disk(9999))

    assert (_holds(bench)["queue"].who, _holds(bench)["queue"].why) == (who, why)


def test_a_disk_that_is_still_low_is_held_again_after_a_person_resumed(bench):
    _keep(bench, Disk(1))
    with bench.database.write() as uow:
        uow.control.lift("queue")

    assert _keep(bench, Disk(1)).is_held
    assert "queue" in _holds(bench)


def test_old_archives_make_room_before_the_queue_is_held(bench):
    originals = []
    for number in range(3):
        originals.append(_archived(bench, content=bytes([number]), relative=b"%d.jpg" % number))
        bench.clock.advance(DAY_S)

    def free(_path: Path) -> int:
        gone = sum(not original.exists() for original in originals)
        return (1000 + 150 * gone) * MIB

    space = keep_room(bench.config, bench.database, bench.clock, free=free)

    assert (space.is_held, space.evicted) == (False, 2)
    assert [original.exists() for original in originals] == [False, False, True]


def test_archives_are_not_deleted_for_a_disk_they_do_not_lie_on(bench, tmp_path):
    elsewhere = tmp_path / "share"
    elsewhere.mkdir()
    inbox = bench.config.inboxes[0].model_copy(update={"out": elsewhere})
    config = bench.config.model_copy(update={"inboxes": (inbox,)})
    original = _archived(bench)
    bench.clock.advance(5 * DAY_S)

    def free(path: Path) -> int:
        return (1 if path == elsewhere else 9999) * MIB

    space = keep_room(config, bench.database, bench.clock, free=free)

    assert (space.is_held, space.evicted) == (True, 0)
    assert original.exists()
    assert _holds(bench)["queue"].why.startswith("DISK_FULL: 1 MiB free (out:in)")


def test_a_share_that_does_not_answer_is_left_out(bench):
    inbox = bench.config.inboxes[0].model_copy(update={"out": Path("/nowhere")})
    config = bench.config.model_copy(update={"inboxes": (inbox,)})

    def free(path: Path) -> int:
        if path == Path("/nowhere"):
            raise OSError(112, "host is down")
        return 5000 * MIB

    assert measure(config, free) == {"state": 5000, "root": 5000}


def test_free_space_is_asked_of_the_nearest_folder_that_exists(tmp_path):
    assert free_bytes(tmp_path / "not" / "yet") > 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A filesystem of 4 MiB; needs the right to mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("mounting a tmpfs is not permitted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_real_disk_that_fills_up_holds_the_queue_until_it_is_cleared(make_bench, small_disk):
    bench = make_bench(root=small_disk / "booth", retention={"min_free_mib": 2})
    assert not keep_room(bench.config, bench.database, bench.clock).is_held
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(free_bytes(small_disk) - MIB))

    assert keep_room(bench.config, bench.database, bench.clock).is_held
    ballast.unlink()

    assert not keep_room(bench.config, bench.database, bench.clock).is_held
