from __future__ import annotations

import pytest

from daemon.files.ignore import IgnoreList, note_owner

BUILT_IN = IgnoreList()


@pytest.mark.parametrize(
    "name",
    [
        b"._IMG.jpg", b".DS_Store", b"Icon\r", b"Thumbs.db", b"THUMBS.DB", b"ehthumbs.db",
        b"desktop.ini", b"~$report.jpg", b"photo.jpg~", b".~lock.a.jpg#", b".a.jpg.swp", b"a.lock",
        b"a.lck", b".nfs0000001", b".smbdeleteAAA", b".fuse_hidden0001", b"x.boothd-part",
        b"a.jpg.boothd.json", b"lonely.ready", b".hidden.jpg",
    ],
)  # fmt: skip
def test_names_that_are_never_photos_are_left_alone(name: bytes) -> None:
    leave = BUILT_IN.file(b"sub/" + name)

    assert leave is not None
    assert not leave.temporary


@pytest.mark.parametrize(
    "name",
    [
        b"a.jpg.tmp", b"a.TMP", b"a.temp", b"a.part", b"a.partial", b"a.filepart", b"a.crdownload",
        b"a.download", b"a.opdownload", b"a.!ut", b"a.!qB", b"a.bts", b"a.!sync",
        b".syncthing.a.jpg.tmp", b"~syncthing~a.jpg.tmp", b".goutputstream-ABC123",
        b".photo.jpg.Xa9Zq1",
    ],
)  # fmt: skip
def test_temporary_names_wait_for_the_real_one(name: bytes) -> None:
    leave = BUILT_IN.file(name)

    assert leave is not None
    assert leave.temporary


@pytest.mark.parametrize(
    "name",
    [
        b"a.jpg",
        b"IMG 1 (2).JPG",
        "照片.jpg".encode(),
        b"\xff\xfe.jpg",
        b"-rf.png",
        b"a\n.jpg",
        b"x",
    ],
)
def test_ordinary_names_are_looked_at(name: bytes) -> None:
    assert BUILT_IN.file(name) is None


@pytest.mark.parametrize(
    "name",
    [
        b".boothd", b".git", b"@eaDir", b"@EADIR", b"#recycle", b"#snapshot", b"~snapshot",
        b"$RECYCLE.BIN", b"System Volume Information", b".Trash-1000", b"__MACOSX", b"lost+found",
        b".stversions",
    ],
)  # fmt: skip
def test_folders_of_systems_are_left_alone(name: bytes) -> None:
    assert BUILT_IN.folder(b"a/" + name) is not None


def test_the_rule_that_matched_is_told_in_its_own_words() -> None:
    own = IgnoreList(ignore=["RAW_*", "drafts/*"])

    assert own.file(b"x/raw_1.jpg").rule == "RAW_*"  # type: ignore[union-attr]
    assert own.file(b"drafts/a.jpg").rule == "drafts/*"  # type: ignore[union-attr]
    assert own.file(b"x/drafts.jpg") is None
    assert BUILT_IN.file(b"Thumbs.db").rule == "thumbs.db"  # type: ignore[union-attr]


def test_the_list_can_be_overruled_but_not_for_the_booths_own_files() -> None:
    accepting = IgnoreList(accept_anyway=["*.tmp", ".*", "@eaDir", "*.boothd.json", ".boothd"])

    assert accepting.file(b"a.tmp") is None
    assert accepting.file(b".hidden.jpg") is None
    assert accepting.folder(b"@eaDir") is None
    assert accepting.file(b"a.jpg.boothd.json") is not None
    assert accepting.folder(b".boothd") is not None


@pytest.mark.parametrize(
    ("name", "siblings", "owner"),
    [
        (b"a.jpg.txt", set(), b"a.jpg"),
        (b"a.JPG.YAML", set(), b"a.JPG"),
        (b"a.heic.ready", set(), b"a.heic"),
        (b"notes.txt", {b"a.jpg"}, None),
        (b"notes.txt", {b"notes"}, b"notes"),
        (b"a.jpg", {b"a.jpg.txt"}, None),
        (b".txt", set(), None),
    ],
)
def test_a_note_is_told_from_a_text_file_by_its_owner(
    name: bytes, siblings: set[bytes], owner: bytes | None
) -> None:
    assert note_owner(name, siblings) == owner
