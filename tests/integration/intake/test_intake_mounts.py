"""Inboxes that vanish, come back, stand on other disks, and have mounts below them."""

# ruff: noqa: PTH104 - names on a share are bytes

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.domain.job import State
from daemon.files.ignore import SENTINEL
from tests.fakes.shares import TroubledShare, photo, with_mount
from tests.integration.intake.conftest import Hand, mounted


@pytest.mark.parametrize(
    "number", [errno.EIO, errno.ESTALE, errno.EHOSTDOWN, errno.ENOTCONN, errno.ETIMEDOUT]
)
def test_a_share_that_fails_is_offline_and_comes_back_by_itself(
    make_hand: Callable[..., Hand], number: int
) -> None:
    share = TroubledShare()
    hand = make_hand(operations=share)
    hand.scan()
    hand.drop("a.jpg")
    share.trouble["everything"] = number

    waits = [hand.scan(after_s=60.0).next_scan_s for _ in range(9)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert (hand.status().state, hand.status().reason) == ("offline", errno.errorcode[number])
    assert hand.lying() == ["a.jpg"]

    share.trouble.clear()
    hand.take_in()

    assert hand.status().state == "online"
    assert hand.only_job().state is State.QUEUED


@pytest.mark.parametrize("operation", ["rename", "open", "make_folder", "sync_folder"])
@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.EHOSTDOWN])
def test_trouble_at_any_step_loses_nothing(
    make_hand: Callable[..., Hand], operation: str, number: int
) -> None:
    share = TroubledShare()
    hand = make_hand(operations=share)
    hand.scan()
    for seed in range(5):
        hand.drop(f"{seed}.jpg", photo(seed))
    hand.scan()
    share.trouble[operation] = number
    for _ in range(5):
        hand.scan(after_s=2.1)
    share.trouble.clear()
    hand.restart()
    hand.take_in(within_s=60)

    assert len(hand.jobs(State.QUEUED)) == 5
    assert {job.relative for job in hand.jobs()} == {b"%d.jpg" % seed for seed in range(5)}
    assert hand.lying() == []


def test_after_trouble_nothing_is_called_taken_whose_rename_the_disk_did_not_confirm(
    make_hand: Callable[..., Hand],
) -> None:
    share = TroubledShare()
    hand = make_hand(operations=share)
    hand.scan()
    for seed in range(5):
        hand.drop(f"{seed}.jpg", photo(seed))
    hand.scan()
    share.trouble |= {"sync_folder": errno.EIO, "rename": errno.EIO}
    share.hits = lambda path: path.endswith(b"4.jpg") or b"claimed" in path
    for _ in range(3):
        hand.scan(after_s=2.1)
    assert any(hand.inbox.parent.rglob("claimed/*/*.jpg"))
    assert not hand.jobs(State.TAKEN)


def test_an_inbox_folder_that_vanishes_is_offline_and_makes_nobody_withdraw(hand: Hand) -> None:
    hand.drop("a.jpg", photo()[:-9])
    hand.take_in()
    os.rename(hand.inbox, hand.inbox.with_name("away"))
    for _ in range(5):
        report = hand.scan(after_s=60)
    assert (report.state, report.reason) == ("offline", "ENOENT")
    assert hand.waiting() == {b"a.jpg": "incomplete"}

    os.rename(hand.inbox.with_name("away"), hand.inbox)
    hand.drop("b.jpg", photo(2))
    hand.take_in(within_s=70)

    assert hand.only_job().relative == b"b.jpg"


def test_an_empty_folder_in_place_of_a_missing_mount_is_no_empty_inbox(
    make_hand: Callable[..., Hand], tmp_path: Path
) -> None:
    point = tmp_path / "share"
    with mounted("-t", "tmpfs", "none", point=point):
        hand = make_hand(inbox={"path": point})
        hand.drop("half.jpg", photo()[:-9])
        hand.take_in()
        assert hand.waiting() == {b"half.jpg": "incomplete"}
    report = hand.scan(after_s=5)
    assert (report.state, report.reason) == ("offline", "device_changed")
    hand.restart()
    (point / "stray.jpg").write_bytes(photo(7))
    for _ in range(4):
        report = hand.scan(after_s=30)
    assert report.reason == "device_changed"
    assert hand.jobs() == []
    assert hand.waiting() == {b"half.jpg": "incomplete"}

    with mounted("-t", "tmpfs", "none", point=point):
        hand.drop("b.jpg", photo(2))
        hand.take_in(within_s=70)
        assert hand.status().state == "online"
        assert hand.only_job().relative == b"b.jpg"


def test_a_sentinel_that_is_gone_takes_the_inbox_offline(hand: Hand) -> None:
    sentinel = hand.inbox / os.fsdecode(SENTINEL)
    sentinel.touch()
    hand.scan()
    sentinel.unlink()
    assert hand.scan().reason == "sentinel_gone"

    sentinel.touch()

    assert hand.scan(after_s=2).state == "online"


def test_a_sentinel_vouches_for_a_changed_disk(
    make_hand: Callable[..., Hand], tmp_path: Path
) -> None:
    point = tmp_path / "share"
    with mounted("-t", "tmpfs", "none", point=point):
        hand = make_hand(inbox={"path": point})
        hand.scan()
    assert hand.scan(after_s=2).state == "offline"
    (point / os.fsdecode(SENTINEL)).touch()

    assert hand.scan(after_s=2).state == "online"


def test_a_missing_share_is_never_made(make_hand: Callable[..., Hand], tmp_path: Path) -> None:
    hand = make_hand(inbox={"path": tmp_path / "share"})
    (tmp_path / "share").rmdir()

    assert hand.scan().reason == "ENOENT"
    assert not (tmp_path / "share").exists()


def test_a_photo_on_a_mount_below_the_inbox_is_copied_in_and_put_aside(hand: Hand) -> None:
    point = hand.inbox / "usb"
    with mounted("-t", "tmpfs", "none", point=point):
        hand.drop("usb/sub/a.jpg")
        hand.drop("usb/sub/a.jpg.txt", b"brighter")
        os.utime(hand.inbox / "usb/sub/a.jpg", (5, 5))
        hand.take_in()

        job = hand.only_job()
        assert (job.state, job.instruct) == (State.QUEUED, "brighter")
        assert job.relative == b"usb/sub/a.jpg"
        claimed = hand.config.layout.claimed("in") / job.id / "a.jpg"
        assert claimed.read_bytes() == photo()
        assert claimed.stat().st_mtime == 5
        aside = point / ".boothd" / "claimed" / job.id / "a.jpg"
        assert aside.read_bytes() == photo()
        assert hand.lying() == []


def test_a_copy_in_that_was_interrupted_is_gone_on_with(hand: Hand) -> None:
    point = hand.inbox / "usb"
    with mounted("-t", "tmpfs", "none", point=point):
        hand.drop("usb/a.jpg")
        share = TroubledShare()

        def is_setting_aside(path: bytes) -> bool:
            return path.endswith(b"/usb/a.jpg") and share.calls["rename"] % 3 == 0

        share.trouble["rename"] = errno.EIO
        share.hits = is_setting_aside
        hand.restart(operations=share)
        for _ in range(6):
            hand.scan(after_s=2.1)
        share.trouble.clear()
        hand.take_in(within_s=70)

        assert hand.only_job().state is State.QUEUED
        assert hand.lying() == []


def test_each_mount_below_an_inbox_is_judged_by_its_own_kind(
    make_hand: Callable[..., Hand],
) -> None:
    hand = make_hand()
    hand.drop("remote/a.jpg", photo(1))
    hand.restart(mounts=with_mount(os.fsencode(hand.inbox / "remote"), "nfs4"))
    hand.scan()
    hand.drop("b.jpg", photo(2))
    hand.drop("remote/c.jpg", photo(3))
    hand.scan()

    assert hand.scan(after_s=2.1).queued == 1
    assert hand.only_job().relative == b"b.jpg"
    hand.take_in()
    assert len(hand.jobs(State.QUEUED)) == 3


def test_writes_through_another_path_of_a_bind_mount_are_found_by_the_scan(
    make_hand: Callable[..., Hand], tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    with mounted("--bind", os.fspath(source), point=tmp_path / "share"):
        hand = make_hand(inbox={"path": tmp_path / "share"})
        hand.scan()
        (source / "a.jpg").write_bytes(photo())
        hand.take_in()

        assert hand.only_job().state is State.QUEUED
