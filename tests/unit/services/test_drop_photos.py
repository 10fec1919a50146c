from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.config.model import Config
from daemon.errors import DiskFull, UsageError
from daemon.files import atomic
from daemon.services.drop import drop

Booth = Callable[..., Config]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"not really a photo")
    return path


def names(config: Config) -> list[str]:
    return sorted(path.name for path in config.layout.inbox("in").iterdir())


def test_a_photo_is_copied_under_its_own_name(booth: Booth, photo: Path) -> None:
    config = booth()
    dropped = list(drop(config, "in", [photo], ""))
    assert [one.relative for one in dropped] == [b"photo.jpg"]
    assert (config.layout.inbox("in") / "photo.jpg").read_bytes() == photo.read_bytes()
    assert names(config) == ["photo.jpg"]
    assert photo.exists()


def test_a_name_that_is_taken_gets_a_number(booth: Booth, photo: Path) -> None:
    config = booth()
    for _ in range(3):
        list(drop(config, "in", [photo], ""))
    assert names(config) == ["photo (2).jpg", "photo (3).jpg", "photo.jpg"]


def test_the_note_lies_there_before_the_photo(
    booth: Booth, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, seen = booth(), []
    rename = atomic.rename_noreplace

    def watched(source: Path, target: Path) -> None:
        rename(source, target)
        seen.append(target.name)

    monkeypatch.setattr(atomic, "rename_noreplace", watched)
    list(drop(config, "in", [photo], "白底,一寸"))
    assert seen == ["photo.jpg.txt", "photo.jpg"]
    assert (config.layout.inbox("in") / "photo.jpg.txt").read_text() == "白底,一寸\n"


def test_a_foreign_note_is_never_taken_for_ours(booth: Booth, photo: Path) -> None:
    config = booth()
    (config.layout.inbox("in") / "photo.jpg.txt").write_text("about another photo")
    dropped = list(drop(config, "in", [photo], "ours"))
    assert dropped[0].relative == b"photo (2).jpg"
    assert (config.layout.inbox("in") / "photo.jpg.txt").read_text() == "about another photo"


def test_a_race_for_the_name_leaves_no_note_behind(
    booth: Booth, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = booth()
    rename, raced = atomic.rename_noreplace, []

    def race(source: Path, target: Path) -> None:
        if target.name == "photo.jpg" and not raced:
            raced.append(target)
            target.write_bytes(b"somebody else's")
        rename(source, target)

    monkeypatch.setattr(atomic, "rename_noreplace", race)
    dropped = list(drop(config, "in", [photo], "ours"))
    assert dropped[0].relative == b"photo (2).jpg"
    assert names(config) == ["photo (2).jpg", "photo (2).jpg.txt", "photo.jpg"]


def test_a_hostile_name_stays_as_it_is(booth: Booth, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"-x\xff\n\x1b.jpg")
    path.write_bytes(b"x")
    config = booth()
    dropped = list(drop(config, "in", [path], ""))
    assert dropped[0].relative == b"-x\xff\n\x1b.jpg"
    assert [os.fsencode(name) for name in names(config)] == [b"-x\xff\n\x1b.jpg"]


def test_everything_wrong_is_told_before_anything_is_copied(
    booth: Booth, photo: Path, tmp_path: Path
) -> None:
    config = booth(language="en")
    with pytest.raises(UsageError) as caught:
        list(drop(config, "inn", [photo, tmp_path / "no.jpg", tmp_path], "two\nlines"))
    told = str(caught.value).splitlines()
    assert told[0] == "there is no inbox inn (did you mean in?)"
    assert len(told) == 4
    assert names(config) == []


def test_a_full_disk_is_told_and_leaves_nothing(
    booth: Booth, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = booth()

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        list(drop(config, "in", [photo], ""))
    assert names(config) == []


def test_a_folder_of_our_own_is_made_and_a_shares_is_not(
    booth: Booth, photo: Path, tmp_path: Path
) -> None:
    share = tmp_path / "share"
    config = booth(
        inboxes=[
            {"name": "in", "plan": ["copy"]},
            {"name": "share", "plan": ["copy"], "path": share},
        ]
    )
    config.layout.inbox("in").rmdir()
    share.rmdir()
    list(drop(config, "in", [photo], ""))
    assert names(config) == ["photo.jpg"]
    with pytest.raises(FileNotFoundError):
        list(drop(config, "share", [photo], ""))
    assert not share.exists()
