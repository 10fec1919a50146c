"""Names, links, depth, ignored things, and what shares refuse."""

# ruff: noqa: PTH104 - names on a share are bytes

from __future__ import annotations

import errno
import os
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from daemon.domain.job import State
from daemon.domain.readiness import Arrival, Hindrance
from daemon.files.share import ShareFacts
from tests.fakes.shares import TroubledShare, mounted_as, photo
from tests.integration.intake.conftest import Hand

HOSTILE = [
    b"\xff\xfe\x80.jpg",
    b"new\nline.jpg",
    b"\x1b[31mred.jpg",
    b"-rf.jpg",
    b"%s{0}$(id).jpg",
    "照片 (1).jpg".encode(),
    "\u202egpj.exe.jpg".encode(),
    b"con.jpg",
    b" lead and trail .jpg",
    "长".encode() * 83 + b".jpg",
    b"a:b*c?.jpg",
]


def test_hostile_names_are_taken_in_as_the_bytes_they_are(hand: Hand) -> None:
    for seed, name in enumerate(HOSTILE):
        hand.drop(name, photo(seed))
    hand.take_in()

    assert {job.relative for job in hand.jobs(State.QUEUED)} == set(HOSTILE)
    assert len(hand.claimed()) == len(HOSTILE)
    assert hand.lying() == []


def test_composed_and_decomposed_names_are_two_photos(hand: Hand) -> None:
    composed = "caf\N{LATIN SMALL LETTER E WITH ACUTE}.jpg"
    decomposed = unicodedata.normalize("NFD", composed)
    hand.drop(composed, photo(1))
    hand.drop(decomposed, photo(2))
    hand.take_in()

    first, second = hand.jobs(State.QUEUED)
    assert first.relative != second.relative
    assert first.name_key == second.name_key


def test_on_a_share_that_ignores_case_names_are_compared_folded(
    make_hand: Callable[..., Hand],
) -> None:
    hand = make_hand(probe=lambda _: ShareFacts(folds_case=True))
    hand.drop("Photo.JPG")
    hand.take_in()

    assert hand.only_job().name_key == "photo.jpg"
    assert hand.only_job().relative == b"Photo.JPG"


def test_links_pipes_and_sockets_are_listed_and_left_alone(hand: Hand) -> None:
    outside = hand.config.root / "secret.jpg"
    outside.write_bytes(photo())
    (hand.inbox / "link.jpg").symlink_to(outside)
    (hand.inbox / "loop").symlink_to(hand.inbox)
    os.mkfifo(hand.inbox / "pipe.jpg")
    hand.take_in()
    hand.hint("pipe.jpg")
    hand.hint("link.jpg", Arrival.MOVED)
    hand.hint("loop/link.jpg", Arrival.MOVED)

    assert hand.jobs() == []
    assert hand.ignored() == dict.fromkeys([b"link.jpg", b"loop", b"pipe.jpg"], "not_regular")
    assert outside.exists()


def test_a_hard_link_is_a_photo(hand: Hand) -> None:
    other = hand.config.root / "other.jpg"
    other.write_bytes(photo())
    os.link(other, hand.inbox / "a.jpg")
    hand.take_in()

    assert hand.only_job().state is State.QUEUED
    assert other.exists()


def test_a_folder_that_is_called_like_a_photo_is_a_folder(hand: Hand) -> None:
    hand.drop("x.jpg/y.jpg")
    hand.take_in()

    assert hand.only_job().relative == b"x.jpg/y.jpg"


def test_unknown_files_are_taken_in_for_the_worker_to_refuse(hand: Hand) -> None:
    hand.drop("setup.exe", b"MZ" + bytes(50) + b"x")
    hand.drop("data.json", b"{}")
    hand.take_in()

    assert len(hand.jobs(State.QUEUED)) == 2


def test_what_is_ignored_is_listed_with_its_rule(make_hand: Callable[..., Hand]) -> None:
    hand = make_hand(inbox={"ignore": ["*.raw"]})
    for name in ("Thumbs.db", "a.RAW", "@eaDir/a.jpg", ".hidden.jpg"):
        hand.drop(name)
    hand.take_in()

    assert hand.jobs() == []
    assert hand.ignored() == {
        b"Thumbs.db": "thumbs.db",
        b"a.RAW": "*.raw",
        b"@eaDir": "@eadir",
        b".hidden.jpg": ".*",
    }


def test_a_marked_folder_is_left_alone_for_events_too(hand: Hand) -> None:
    hand.drop("drafts/.boothdignore", b"")
    hand.drop("drafts/deep/a.jpg")
    hand.take_in()
    hand.hint("drafts/deep/a.jpg", Arrival.MOVED)

    assert hand.jobs() == []
    assert hand.ignored() == {b"drafts": "folder holds .boothdignore"}


def test_folders_too_deep_are_told(make_hand: Callable[..., Hand]) -> None:
    hand = make_hand(inbox={"max_depth": 2})
    hand.drop("1/2/a.jpg", photo(1))
    hand.drop("1/2/3/b.jpg", photo(2))
    hand.take_in()
    hand.hint("1/2/3/b.jpg", Arrival.MOVED)

    assert hand.only_job().relative == b"1/2/a.jpg"
    assert hand.waiting() == {b"1/2/3": "too_deep"}


def test_a_whole_tree_moved_in_is_found(hand: Hand) -> None:
    tree = hand.config.root / "tree"
    for number in range(60):
        folder = tree / f"{number % 7}" / f"{number % 5}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.jpg").write_bytes(photo(number))
    os.rename(tree, hand.inbox / "tree")
    hand.take_in()

    assert len(hand.jobs(State.QUEUED)) == 60


def test_files_created_and_renamed_at_random_are_none_lost(hand: Hand) -> None:
    import random

    chance, dropped = random.Random(7), 0
    for _ in range(60):
        for _ in range(chance.randrange(6)):
            path = hand.drop(f"{dropped}.tmp", photo(dropped))
            if chance.random() < 0.5:
                hand.scan(after_s=chance.random() * 3)
            os.rename(path, path[:-4] + b".jpg")
            dropped += 1
        hand.scan(after_s=chance.random() * 20)
    hand.take_in()

    assert len(hand.jobs(State.QUEUED)) == dropped


# ── shares that refuse ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_where_renames_are_refused_photos_stay_and_run_once(
    make_hand: Callable[..., Hand], number: int
) -> None:
    share = TroubledShare(rename=number)
    hand = make_hand(operations=share)
    hand.scan()
    hand.drop("sub/a.jpg")
    hand.take_in()

    job = hand.only_job()
    assert (job.state, job.in_ledger) == (State.QUEUED, True)
    assert hand.lying() == ["sub/a.jpg"]
    assert list(hand.config.layout.claimed("in").iterdir()) == []
    hand.take_in(within_s=30)
    hand.restart()
    hand.take_in(within_s=30)
    assert hand.only_job() == job
    assert hand.waiting() == {}


def test_a_read_only_share_runs_in_ledger_mode_from_the_start(
    make_hand: Callable[..., Hand],
) -> None:
    hand = make_hand(probe=lambda _: ShareFacts(create_error=errno.EROFS))
    for number in range(30):
        hand.drop(f"{number}.jpg", photo(number))
    hand.take_in()

    assert hand.scan().mode == "events+ledger"
    jobs = hand.jobs(State.QUEUED)
    assert len(jobs) == 30
    assert all(job.in_ledger for job in jobs)
    assert len(hand.lying()) == 30


def test_in_a_ledger_a_changed_photo_is_a_new_one_and_a_touched_name_is_not(
    make_hand: Callable[..., Hand],
) -> None:
    hand = make_hand(inbox={"ledger": "always"})
    hand.drop("a.jpg", photo(1))
    hand.take_in()
    hand.drop("a.jpg", photo(2, side=64))
    hand.take_in()

    first, second = hand.jobs(State.QUEUED)
    assert first.content_sha256 != second.content_sha256


def test_without_permission_to_stay_a_refused_photo_waits(make_hand: Callable[..., Hand]) -> None:
    hand = make_hand(inbox={"ledger": "never"}, operations=TroubledShare(rename=errno.EACCES))
    hand.drop("a.jpg")
    hand.take_in()

    assert hand.only_job().state is State.ADMITTED
    assert hand.lying() == ["a.jpg"]


def test_a_file_held_open_on_smb_is_claimed_when_it_is_let_go(
    make_hand: Callable[..., Hand],
) -> None:
    share = TroubledShare(rename=errno.EBUSY)
    hand = make_hand(operations=share, mounts=mounted_as("cifs"))
    hand.drop("a.jpg")
    hand.take_in(within_s=20)
    assert hand.only_job().state is State.ADMITTED

    share.trouble.clear()
    hand.take_in(within_s=20)

    assert hand.only_job().state is State.QUEUED


def test_a_file_that_may_not_be_read_waits_with_its_reason(make_hand: Callable[..., Hand]) -> None:
    share = TroubledShare(open=errno.EACCES)
    hand = make_hand(operations=share)
    hand.drop("a.jpg")
    hand.take_in()
    assert hand.waiting() == {b"a.jpg": "no_permission"}

    share.trouble.clear()
    hand.take_in()

    assert hand.only_job().state is State.QUEUED


def test_a_folder_that_may_not_be_listed_does_not_stop_the_others(
    make_hand: Callable[..., Hand],
) -> None:
    share = TroubledShare(listing=errno.EACCES)
    share.hits = lambda path: path.endswith(b"/closed")
    hand = make_hand(operations=share)
    hand.drop("closed/a.jpg", photo(1))
    hand.drop("open/b.jpg", photo(2))
    hand.take_in()

    assert hand.only_job().relative == b"open/b.jpg"
    assert hand.waiting() == {b"closed": "no_permission"}


def test_one_bad_sector_does_not_take_the_inbox_offline(make_hand: Callable[..., Hand]) -> None:
    share = TroubledShare(open=errno.EIO)
    share.hits = lambda path: path.endswith(b"bad.jpg")
    hand = make_hand(operations=share)
    hand.drop("bad.jpg", photo(1))
    hand.drop("good.jpg", photo(2))
    hand.take_in()

    assert hand.only_job().relative == b"good.jpg"
    assert hand.waiting() == {b"bad.jpg": "unreadable"}
    assert hand.status().state == "online"


def test_folders_that_cannot_be_synced_are_no_failure(make_hand: Callable[..., Hand]) -> None:
    hand = make_hand(operations=TroubledShare(sync_folder=errno.EINVAL))
    hand.drop("a.jpg")
    hand.take_in()

    assert hand.only_job().state is State.QUEUED


def test_the_same_file_again_on_a_share_waits_for_the_first(
    make_hand: Callable[..., Hand],
) -> None:
    hand = make_hand(mounts=mounted_as("cifs"))
    for _ in range(2):
        hand.drop("a.jpg")
        os.utime(hand.inbox / "a.jpg", (1, 1))
        hand.take_in(within_s=20)
    first = hand.only_job()
    assert hand.waiting() == {b"a.jpg": "already_queued"}

    with hand.database.write() as uow:
        uow.jobs.move(first.id, State.PUBLISHING)
        uow.jobs.move(first.id, State.DONE)
    hand.take_in(within_s=20)

    assert len(hand.jobs()) == 2


def test_a_paused_inbox_takes_nothing_in(make_hand: Callable[..., Hand]) -> None:
    hand = make_hand(inbox={"paused": True})
    hand.drop("a.jpg")
    hand.take_in()

    assert hand.jobs() == []
    assert hand.status().state == "paused"


# ── many ──────────────────────────────────────────────────────────────────────────────────────


def test_more_photos_than_may_be_ahead_stay_in_their_inbox(
    make_hand: Callable[..., Hand],
) -> None:
    hand = make_hand(sections={"intake": {"max_ahead": 10, "batch": 4}})
    for number in range(25):
        hand.drop(f"{number:02}.jpg", photo(number))
    report = hand.scan()

    assert report.queued == 10
    assert report.waiting == {Hindrance.QUEUE_FULL: 15}
    assert len(hand.lying()) == 15
    for _ in range(3):
        with hand.database.write() as uow:
            for job in uow.jobs.in_state(State.QUEUED):
                uow.jobs.move(job.id, State.PUBLISHING)
        hand.take_in()
    assert len(hand.jobs()) == 25
    assert hand.lying() == []


def test_a_full_inbox_does_not_keep_another_out(booth: Callable[..., object]) -> None:
    from daemon.clock import ManualClock

    inboxes = [{"name": name, "plan": ["copy"]} for name in ("in", "other")]
    config = booth(inboxes=inboxes, intake={"max_ahead": 10}, retention={"min_free_mib": 0})
    hand = Hand(config, ManualClock())  # type: ignore[arg-type]
    try:
        for number in range(30):
            hand.drop(f"{number}.jpg", photo(number))
        hand.scan()
        (config.layout.inbox("other") / "late.jpg").write_bytes(photo(99))  # type: ignore[attr-defined]
        assert hand.scan(inbox="other").queued == 1
    finally:
        hand.close()


@pytest.mark.slow
def test_twenty_thousand_photos_dropped_while_stopped_become_as_many_jobs(
    make_hand: Callable[..., Hand],
) -> None:
    count = 20_000
    root = Path("/dev/shm")
    if not os.access(root, os.W_OK):
        pytest.skip("needs /dev/shm: a disk's own pace is not what is tested")
    with tempfile.TemporaryDirectory(dir=root) as folder:
        _twenty_thousand(make_hand, Path(folder), count)


def _twenty_thousand(make_hand: Callable[..., Hand], folder: Path, count: int) -> None:
    hand = make_hand(
        sections={"root": folder / "booth", "intake": {"max_ahead": count, "batch": 1000}}
    )
    content = photo()
    for number in range(count):
        (hand.inbox / f"{number:05}.jpg").write_bytes(content)
    before_mib = psutil.Process().memory_info().rss >> 20
    report = hand.intake.step("in", slice_s=3600)
    grown_mib = (psutil.Process().memory_info().rss >> 20) - before_mib

    assert report.queued == count
    with hand.database.read() as uow:
        assert uow.jobs.count(State.QUEUED) == count
    assert hand.lying() == []
    assert grown_mib < 64
