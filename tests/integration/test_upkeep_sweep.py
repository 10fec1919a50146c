"""What a crash left behind goes away (W22); what belongs to a live job, or to people, does not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from daemon.files.atomic import part_path
from daemon.services.sweep import sweep

HOUR_S = 3600
UNKNOWN = "0123456789abcdef012345"


def _sweep(bench):
    return sweep(bench.config, bench.database, bench.clock)


def _aged(bench, path: Path, hours: float) -> Path:
    at_s = bench.clock.now_ms() / 1000 - hours * HOUR_S
    os.utime(path, (at_s, at_s))
    return path


def _part(bench, folder: Path, tag: str, hours: float) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    part = part_path(folder / "result.jpg", tag)
    part.write_bytes(b"half")
    return _aged(bench, part, hours)


def _staging(bench, job_id: str, hours: float) -> Path:
    folder = bench.config.layout.staging / job_id
    (folder / "1").mkdir(parents=True, exist_ok=True)
    (folder / "1" / "out.jpg").write_bytes(b"x")
    return _aged(bench, folder, hours)


def _finished(bench):
    job = bench.drop()
    bench.decide()
    bench.publish_all()
    return job


def test_staging_of_a_finished_job_goes_after_a_moment(bench):
    job = _finished(bench)
    folder = _staging(bench, job.id, hours=0.1)
    assert _sweep(bench).stagings == 0
    _aged(bench, folder, hours=0.2)

    assert _sweep(bench).stagings == 1
    assert not folder.exists()


def test_staging_of_a_live_job_stays_however_old(bench):
    job = bench.drop()
    folder = _aged(bench, bench.config.layout.staging / job.id, hours=9999)

    assert _sweep(bench).stagings == 0
    assert (folder / "in").exists()


def test_staging_of_an_unknown_job_waits_a_day_and_a_half(bench):
    folder = _staging(bench, UNKNOWN, hours=35)
    assert _sweep(bench).stagings == 0
    _aged(bench, folder, hours=37)

    assert _sweep(bench).stagings == 1


@pytest.mark.parametrize("place", ["out", "rejected", "review", "failed", "archive"])
def test_a_stale_part_file_goes_from_every_output_folder(bench, place):
    folder = bench.config.layout.root / place / "in" / "sub"
    part = _part(bench, folder, UNKNOWN, hours=37)

    assert _sweep(bench).parts == 1
    assert not part.exists()
    assert folder.exists()


def test_what_was_cut_off_on_its_way_into_an_inbox_goes(bench):
    inbox = bench.config.layout.inbox("in")
    fresh = _part(bench, inbox, UNKNOWN, hours=35)
    assert _sweep(bench).parts == 0
    _aged(bench, fresh, hours=37)

    assert _sweep(bench).parts == 1
    assert not fresh.exists()


def test_a_part_file_of_a_live_job_stays(bench):
    job = bench.drop()
    part = _part(bench, bench.config.layout.out("in"), job.id, hours=9999)

    assert _sweep(bench).parts == 0
    assert part.exists()


def test_a_stale_part_of_the_booths_own_small_files_goes(bench):
    part = _part(bench, bench.config.layout.state, "status", hours=37)

    assert _sweep(bench).parts == 1
    assert not part.exists()


def test_a_stale_part_of_a_backup_goes_and_backups_stay(bench):
    folder = bench.config.layout.backups
    folder.mkdir(parents=True, exist_ok=True)
    part, whole = folder / ".boothd-20231114-221320.42.boothd-part", folder / "boothd-x.db"
    for path in (part, whole):
        path.write_bytes(b"x")
        _aged(bench, path, hours=37)

    assert _sweep(bench).parts == 1
    assert (part.exists(), whole.exists()) == (False, True)


@pytest.mark.parametrize("name", [".hidden", "photo.boothd-part", ".short.x.boothd-part", "a.jpg"])
def test_a_file_that_only_looks_like_ours_stays(bench, name):
    folder = bench.config.layout.out("in")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(b"theirs")
    _aged(bench, path, hours=9999)

    _sweep(bench)

    assert path.exists()


def test_a_folder_that_is_no_job_stays_in_staging(bench):
    folder = bench.config.layout.staging / "notes"
    folder.mkdir(parents=True)
    _aged(bench, folder, hours=9999)

    _sweep(bench)

    assert folder.exists()


def test_an_empty_claim_folder_goes_and_a_full_one_never_does(bench):
    claimed = bench.config.layout.claimed("in")
    empty, full = claimed / UNKNOWN, claimed / UNKNOWN.replace("0", "f")
    empty.mkdir(parents=True)
    full.mkdir()
    (full / "photo.jpg").write_bytes(b"the only copy")
    for folder in (empty, full):
        _aged(bench, folder, hours=9999)

    assert _sweep(bench).claims == 1
    assert (empty.exists(), full.exists()) == (False, True)


def test_a_copy_into_claimed_that_was_cut_short_goes_once_nobody_needs_it(bench):
    folder = bench.config.layout.claimed("in") / UNKNOWN
    part = _part(bench, folder, UNKNOWN, hours=37)
    _aged(bench, folder, hours=37)

    swept = _sweep(bench)

    assert (swept.parts, part.exists()) == (1, False)


def test_links_are_not_followed(bench, tmp_path):
    outside = tmp_path / "outside"
    part = _part(bench, outside, UNKNOWN, hours=9999)
    folder = bench.config.layout.out("in")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "link").symlink_to(outside)

    _sweep(bench)

    assert part.exists()


def test_a_clock_set_back_deletes_nothing(bench):
    part = _part(bench, bench.config.layout.out("in"), UNKNOWN, hours=-48)

    assert _sweep(bench).parts == 0
    assert part.exists()


def test_sweeping_twice_changes_nothing_more(bench):
    _part(bench, bench.config.layout.out("in"), UNKNOWN, hours=37)
    _staging(bench, UNKNOWN, hours=37)
    first, second = _sweep(bench), _sweep(bench)

    assert (first.parts, first.stagings) == (1, 1)
    assert (second.parts, second.stagings, second.claims, second.refused) == (0, 0, 0, 0)
