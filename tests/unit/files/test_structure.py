"""Whole pictures are whole, every cut of them is partial, and nothing is read at length."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from daemon.domain.readiness import Whole
from daemon.files.structure import Structure, examine
from tests.fakes.archives import zipped

Examine = Callable[[bytes], Structure]


def picture(kind: str, size: int = 160, **options: object) -> bytes:
    image = Image.effect_noise((size, size), 80).convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture
def look(tmp_path: Path) -> Examine:
    def make(content: bytes) -> Structure:
        path = tmp_path / "x"
        path.write_bytes(content)
        handle = os.open(path, os.O_RDONLY)
        try:
            return examine(handle, len(content))
        finally:
            os.close(handle)

    return make


def heif(brand: str) -> bytes:
    pillow_heif = pytest.importorskip("pillow_heif")
    buffer = io.BytesIO()
    image = Image.effect_noise((160, 160), 80).convert("RGB")
    pillow_heif.from_pillow(image).save(buffer, format=brand)
    return buffer.getvalue()


MAKERS: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: picture("JPEG"),
    "jpeg progressive": lambda: picture("JPEG", progressive=True),
    "jpeg restart": lambda: picture("JPEG", restart_marker_blocks=4),
    "png": lambda: picture("PNG"),
    "gif": lambda: picture("GIF"),
    "webp lossy": lambda: picture("WEBP"),
    "webp lossless": lambda: picture("WEBP", lossless=True),
    "tiff": lambda: picture("TIFF"),
    "tiff lzw": lambda: picture("TIFF", compression="tiff_lzw"),
    "bmp": lambda: picture("BMP"),
    "heic": lambda: heif("HEIF"),
    "avif": lambda: picture("AVIF"),
    "zip": lambda: zipped({"a.jpg": picture("JPEG"), "b.csv": b"id,name"}),
}


@pytest.mark.parametrize("name", MAKERS)
def test_a_whole_picture_is_proven(look: Examine, name: str) -> None:
    found = look(MAKERS[name]())

    assert found.whole is Whole.PROVEN
    assert found.kind == {"heic": "heif", "avif": "heif"}.get(name, name.split(maxsplit=1)[0])


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("share", [0.999, 0.9, 0.5, 0.1, 0.01])
def test_a_cut_picture_is_partial(look: Examine, name: str, share: float) -> None:
    content = MAKERS[name]()

    assert look(content[: int(len(content) * share)]).whole is Whole.PARTIAL


# Uncompressed pixels that were not written yet are black pixels to any eye: only the header
# tells there.
_PLAIN = ("bmp", "tiff", "tiff lzw")


@pytest.mark.parametrize(
    ("name", "share"),
    [
        (name, share)
        for name in MAKERS
        for share in (0.9, 0.5, 0.0)
        if not share or name not in _PLAIN
    ],
)
def test_a_preallocated_picture_with_zeros_to_come_is_partial(
    look: Examine, name: str, share: float
) -> None:
    content = MAKERS[name]()
    written = int(len(content) * share)

    found = look(content[:written] + bytes(len(content) - written))

    assert found.whole is Whole.PARTIAL


@pytest.mark.parametrize(
    "name", ["jpeg", "jpeg progressive", "png", "gif", "bmp", "webp lossy", "zip"]
)
def test_trailing_vendor_data_is_allowed(look: Examine, name: str) -> None:
    assert look(MAKERS[name]() + b"SEFT\0\0vendor" * 300).whole is not Whole.PARTIAL


def test_an_embedded_thumbnails_end_mark_does_not_count(look: Examine) -> None:
    thumbnail = picture("JPEG", 32)
    exif = b"Exif\0\0" + thumbnail
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    whole = picture("JPEG")
    content = whole[:2] + segment + whole[2:]

    assert look(content).whole is Whole.PROVEN
    assert look(content[: 2 + len(segment)]).whole is Whole.PARTIAL
    assert look(content[: 2 + len(segment) + 300]).whole is Whole.PARTIAL


@pytest.mark.parametrize("further", [b"", b"\xff\xd8 second picture \xff\xd9"])
def test_a_multi_picture_index_that_overruns_is_doubted_not_refused(
    look: Examine, further: bytes
) -> None:
    whole = picture("JPEG")
    index = b"MPF\0" + b"II*\0" + struct.pack("<I", 8)
    index += struct.pack("<HHHII", 1, 0xB002, 7, 32, 26) + struct.pack("<I", 0)
    # Offsets count from the byte order mark; 4 + 16 bytes of entries follow the directory.
    behind = len(whole) + 4 + 4 + 26 + 32 - 10
    entries = struct.pack("<IIIHH", 0, len(whole), 0, 0, 0)
    entries += struct.pack("<IIIHH", 0, 20, behind, 0, 0)
    body = index + entries
    segment = b"\xff\xe2" + struct.pack(">H", len(body) + 2) + body

    found = look(whole[:2] + segment + whole[2:] + further)

    assert found.whole is (Whole.PROVEN if further else Whole.ACCEPTED)


def test_a_sparse_hole_within_a_picture_is_noticed(tmp_path: Path) -> None:
    content = picture("JPEG", 900)
    path = tmp_path / "holed.jpg"
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        os.pwrite(handle, content[:20_000], 0)
        os.pwrite(handle, content[-20_000:], len(content) - 20_000)
        hole = os.lseek(handle, 0, os.SEEK_HOLE)
        if hole >= len(content):
            pytest.skip("this filesystem does not report holes")
        assert examine(handle, len(content)).whole is Whole.PARTIAL
    finally:
        os.close(handle)


@pytest.mark.parametrize("content", [b"MZ" + b"x" * 80, b"hello", b"{}"])
def test_unknown_kinds_are_accepted_for_the_worker_to_refuse(look: Examine, content: bytes) -> None:
    assert look(content) == Structure("unknown", Whole.ACCEPTED)


@pytest.mark.parametrize(
    ("content", "whole"),
    [
        (b"%PDF-1.7 some document text", Whole.ACCEPTED),
        (b"%PDF-1.7 1 0 obj trailer startxref 9 %%EOF\n", Whole.PROVEN),
        (b"%PDF-1.7 %%EOF" + b"x" * 2000, Whole.ACCEPTED),
    ],
)
def test_a_pdf_is_whole_with_its_end_mark(look: Examine, content: bytes, whole: Whole) -> None:
    assert look(content) == Structure("pdf", whole)


@pytest.mark.parametrize("content", [b"\xff\xd8", b"\x89PN", b"GIF8", b"II*", bytes(4096)])
def test_the_first_bytes_of_a_picture_are_a_picture_to_come(look: Examine, content: bytes) -> None:
    assert look(content).whole is Whole.PARTIAL


@pytest.mark.parametrize("seed", range(40))
def test_damaged_headers_never_raise(look: Examine, seed: int) -> None:
    import random

    chance = random.Random(seed)
    content = bytearray(MAKERS[list(MAKERS)[seed % len(MAKERS)]]())
    for _ in range(12):
        content[chance.randrange(min(400, len(content)))] = chance.randrange(256)

    assert look(bytes(content)).whole in set(Whole)


def test_endless_structures_end(look: Examine) -> None:
    looping = b"II*\0" + struct.pack("<I", 8) + struct.pack("<HHHII", 1, 256, 4, 1, 1)
    looping += struct.pack("<I", 8)

    assert look(looping).whole is Whole.PROVEN
    assert look(b"\xff\xd8" + b"\xff\xe0\0\2" * 300_000).whole in set(Whole)


def test_a_big_file_is_not_read_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = picture("JPEG", 400)
    path = tmp_path / "big.jpg"
    path.write_bytes(content + os.urandom(8 << 20).replace(b"\xff", b"\0") + b"\xff\xd9")
    read = []
    original = os.pread
    monkeypatch.setattr(os, "pread", lambda *args: read.append(args[1]) or original(*args))
    handle = os.open(path, os.O_RDONLY)
    try:
        assert examine(handle, path.stat().st_size).whole is Whole.PROVEN
    finally:
        os.close(handle)
    assert sum(read) < 1 << 20
    assert max(read) <= 64 * 1024
