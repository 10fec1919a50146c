"""Many ways taken step by step, waiting for the disk together."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from daemon.errors import DiskFull
from daemon.files import syncing
from daemon.files.syncing import Way, alone, in_step


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files and folders in the order in which they were synced."""
    seen: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        seen.append(os.path.basename(os.readlink(f"/proc/self/fd/{handle}")))  # noqa: PTH115, PTH119 - a handle's name
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    return seen


def way_of(folder: Path, name: str, log: list[str]) -> Way[str]:
    handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        log.append(f"wrote {name}")
        yield handle
    finally:
        os.close(handle)
    log.append(f"named {name}")
    yield folder
    log.append(f"ended {name}")
    return name


def test_a_folder_that_many_asked_for_is_synced_once(tmp_path: Path, synced: list[str]) -> None:
    log: list[str] = []
    assert in_step([way_of(tmp_path, name, log) for name in "abc"]) == ["a", "b", "c"]
    assert sorted(synced[:3]) == ["a", "b", "c"]
    assert synced[3:] == [tmp_path.name]
    assert log == [f"{did} {name}" for did in ("wrote", "named", "ended") for name in "abc"]


def test_threads_only_wait(tmp_path: Path, synced: list[str]) -> None:
    log: list[str] = []
    names = [f"{number:02}" for number in range(40)]
    with ThreadPoolExecutor(4) as pool:
        assert in_step([way_of(tmp_path, n, log) for n in names], sync=pool.map) == names
    assert sorted(synced[:40]) == names
    assert synced[40:] == [tmp_path.name]


def test_one_that_fails_does_not_hold_up_the_others(tmp_path: Path) -> None:
    def filling(room: int) -> Way[str]:
        yield tmp_path
        if not room:
            raise DiskFull
        return "room"

    first, second = in_step([filling(0), way_of(tmp_path, "a", [])])
    assert isinstance(first, DiskFull)
    assert second == "a"


def test_what_could_not_be_confirmed_is_thrown_into_each_that_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_folder(folder: Path) -> bool:
        raise OSError(errno.EIO, "no", os.fspath(folder))

    monkeypatch.setattr(syncing, "fsync_dir", no_folder)
    log: list[str] = []
    ends = in_step([way_of(tmp_path, name, log) for name in "ab"])
    assert [end.errno for end in ends if isinstance(end, OSError)] == [errno.EIO] * 2
    assert not any(line.startswith("ended") for line in log)
    with pytest.raises(OSError, match="no"):
        alone(way_of(tmp_path, "c", log))


def test_a_file_is_closed_whatever_its_sync_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_file(_handle: int) -> None:
        raise OSError(errno.EIO, "no")

    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - counted, not used
    monkeypatch.setattr(os, "fsync", no_file)
    (end,) = in_step([way_of(tmp_path, "a", [])])
    assert isinstance(end, OSError)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - as above
