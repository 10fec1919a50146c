"""Archives anyone may have made: what is good comes out, what is not is refused with its code."""

from __future__ import annotations

import stat
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from daemon.errors import InputError
from daemon.files.archive import ArchiveLimits, members, unpack

LIMITS = ArchiveLimits(most_members=20, most_bytes=5_000_000, most_file_bytes=2_000_000)
PHOTO = bytes(range(256)) * 40


def made(path: Path, files: dict[str, bytes], **options) -> Path:
    with zipfile.ZipFile(path, "w", options.get("method", zipfile.ZIP_DEFLATED)) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def refused(path: Path, limits: ArchiveLimits = LIMITS) -> str:
    folder = path.parent / "out"
    folder.mkdir(exist_ok=True)
    with pytest.raises(InputError) as caught:
        list(unpack(path, folder, limits))
    return caught.value.code


def test_photos_come_out_whole_under_names_of_ours(tmp_path) -> None:
    path = made(tmp_path / "a.zip", {"hr/1001.jpg": PHOTO, "hr/": b"", "manifest.csv": b"id\n1"})
    folder = tmp_path / "out"
    folder.mkdir()
    found = {member.name: target for member, target in unpack(path, folder, LIMITS)}
    assert set(found) == {"hr/1001.jpg", "manifest.csv"}
    assert found["hr/1001.jpg"].read_bytes() == PHOTO
    assert {target.parent for target in found.values()} == {folder}
    assert all(target.name.isdecimal() for target in folder.iterdir())


def test_chinese_names_of_windows_are_read(tmp_path) -> None:
    raw = "照片/王芳.jpg".encode("gbk")
    stand_in = "x" * len(raw)
    path = made(tmp_path / "a.zip", {stand_in: PHOTO})
    path.write_bytes(path.read_bytes().replace(stand_in.encode(), raw))
    assert [member.name for member in members(path, LIMITS)] == ["照片/王芳.jpg"]
    utf8 = made(tmp_path / "b.zip", {"照片/李雷.jpg": PHOTO})
    assert [member.name for member in members(utf8, LIMITS)] == ["照片/李雷.jpg"]


@pytest.mark.parametrize(
    "name", ["../../etc/cron.d/x", "/etc/passwd", "a/../../b", "..\\..\\b.jpg", "C:\\b.jpg"]
)
def test_a_name_that_leaves_the_folder_is_refused(tmp_path, name) -> None:
    assert refused(made(tmp_path / "a.zip", {"good.jpg": PHOTO, name: PHOTO})) == "ARCHIVE_UNSAFE"
    assert list(tmp_path.glob("out/*")) == []
    assert not (tmp_path / "b").exists()


def test_a_link_is_refused(tmp_path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("link.jpg")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert refused(path) == "ARCHIVE_UNSAFE"


def test_two_members_of_one_name_are_refused(tmp_path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.jpg", PHOTO)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.jpg", PHOTO * 2)
    assert refused(path) == "ARCHIVE_UNSAFE"
    assert refused(made(tmp_path / "b.zip", {"a.jpg": PHOTO, "A.JPG": PHOTO})) == "ARCHIVE_UNSAFE"


@pytest.mark.parametrize(
    "files",
    [
        {"bomb.jpg": b"\0" * 1_900_000},
        {f"{n}.jpg": PHOTO for n in range(21)},
        {f"{n}.bin": bytes([n]) * 30_000 + PHOTO * 170 for n in range(4)},
        {"large.jpg": PHOTO * 200},
    ],
    ids=["ratio", "members", "bytes", "file"],
)
def test_what_is_too_large_is_refused_before_it_is_unpacked(tmp_path, files) -> None:
    assert refused(made(tmp_path / "a.zip", files)) == "ARCHIVE_TOO_LARGE"
    assert list(tmp_path.glob("out/*")) == []


def test_a_member_that_gives_more_than_it_claims_is_refused(tmp_path) -> None:
    path = made(tmp_path / "a.zip", {"a.jpg": PHOTO}, method=zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    claimed = struct.pack("<I", len(PHOTO))
    lie = struct.pack("<I", 100)
    directory = content.rindex(b"PK\x01\x02")
    at = content.index(claimed, directory + 20)
    content[at + 4 : at + 8] = lie  # the uncompressed size of the directory entry
    path.write_bytes(content)
    assert refused(path) in {"ARCHIVE_TOO_LARGE", "ARCHIVE_UNREADABLE"}


@pytest.mark.parametrize(
    "content", [b"", b"no zip at all", b"PK\x05\x06" + b"\0" * 17, b"PK\x03\x04" + b"\xff" * 100]
)
def test_what_is_no_zip_is_refused(tmp_path, content) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    assert refused(path) == "ARCHIVE_UNREADABLE"


def test_a_zip_cut_short_or_damaged_is_refused(tmp_path) -> None:
    whole = made(tmp_path / "a.zip", {"a.jpg": PHOTO}).read_bytes()
    short = tmp_path / "short.zip"
    short.write_bytes(whole[: len(whole) // 2])
    assert refused(short) == "ARCHIVE_UNREADABLE"
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(whole[:60] + bytes(b ^ 0xFF for b in whole[60:80]) + whole[80:])
    assert refused(damaged) == "ARCHIVE_UNREADABLE"


def test_an_encrypted_member_is_refused(tmp_path) -> None:
    path = made(tmp_path / "a.zip", {"a.jpg": PHOTO})
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    path.write_bytes(content)
    assert refused(path) == "ARCHIVE_UNREADABLE"


def test_a_directory_of_a_million_entries_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    entry = b"PK\x01\x02" + bytes(24) + (1).to_bytes(2, "little") + bytes(16)
    directory = (entry + b"a") * 250_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(directory), 0, 0)
    path.write_bytes(directory + end)
    tracemalloc.start()
    with pytest.raises(InputError) as caught:
        members(path, ArchiveLimits())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.code == "ARCHIVE_TOO_LARGE"
    assert peak < 4_000_000


def test_members_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    """A few megabytes that many members claim for themselves unpack to terabytes."""
    path = made(tmp_path / "a.zip", {"0.jpg": PHOTO, "1.jpg": PHOTO}, method=zipfile.ZIP_STORED)
    with zipfile.ZipFile(path) as archive:
        first, second = archive.infolist()
    content = bytearray(path.read_bytes())
    # The second entry of the directory points at the first member, and claims its neighbour too.
    at = content.rindex(b"PK\x01\x02")
    content[at + 42 : at + 46] = first.header_offset.to_bytes(4, "little")
    size = len(content) - 1000
    content[at + 20 : at + 28] = size.to_bytes(4, "little") * 2
    path.write_bytes(bytes(content))
    assert second.header_offset > first.header_offset
    assert refused(path) == "ARCHIVE_UNSAFE"
