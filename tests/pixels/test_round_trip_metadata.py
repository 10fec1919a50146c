"""Orientation once, EXIF kept, place and small copies gone — in every format that has them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image

from daemon.imaging import tiff_tags
from daemon.imaging.decode import read_photo
from daemon.imaging.encode import encode_photo
from daemon.imaging.limits import Limits
from daemon.imaging.photo import Photo
from tests.fakes import pictures

RGB = pictures.portrait()
PICTURE = Image.fromarray(RGB)


def _turned(rgb: Any, orientation: int) -> Any:
    """How an EXIF number shows stored pixels, spelt out (Exif 2.32, table 6)."""
    return {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: np.rot90(a, 2),
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: np.rot90(a, -1),
        7: lambda a: np.rot90(a, 2).swapaxes(0, 1),
        8: lambda a: np.rot90(a, 1),
    }[orientation](rgb)


def _jpeg(block: bytes) -> bytes:
    base = pictures.saved(PICTURE, "JPEG", quality=95, subsampling=0)
    return pictures.with_jpeg_segments(base, (0xE1, b"Exif\0\0" + block))


def _png(block: bytes) -> bytes:
    return pictures.with_png_chunks(pictures.saved(PICTURE, "PNG"), (b"eXIf", block))


def _webp(block: bytes) -> bytes:
    return pictures.saved(PICTURE, "WEBP", lossless=True, exif=block)


def _heic(block: bytes) -> bytes:
    return pictures.heic(RGB, exif=b"Exif\0\0" + block)


def _avif(block: bytes) -> bytes:
    return pictures.saved(PICTURE, "AVIF", quality=95, exif=block)


WITH_EXIF: dict[str, Callable[[bytes], bytes]] = {
    "jpeg": _jpeg,
    "png": _png,
    "webp": _webp,
    "heic": _heic,
    "avif": _avif,
}


@pytest.fixture
def read(tmp_path: Path) -> Callable[[bytes], Photo]:
    def of(content: bytes) -> Photo:
        path = tmp_path / "photo"
        path.write_bytes(content)
        return read_photo(path, Limits())

    return of


def _tags(photo: Photo) -> tuple[dict[int, Any], dict[int, Any], dict[int, Any], dict[int, Any]]:
    exif = Image.Exif()
    exif.load(photo.container.exif or b"")
    return (
        dict(exif),
        exif.get_ifd(ExifTags.IFD.Exif),
        exif.get_ifd(ExifTags.IFD.GPSInfo),
        exif.get_ifd(ExifTags.IFD.IFD1),
    )


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", WITH_EXIF)
def test_orientation_is_applied_once(
    name: str, orientation: int, read: Callable[[bytes], Photo]
) -> None:
    photo = read(WITH_EXIF[name](pictures.exif(orientation)))
    again = read(encode_photo(photo).content)
    wanted = _turned(RGB, orientation)
    for view in (photo, again):
        assert view.srgb.shape == wanted.shape
        assert np.abs(view.srgb.astype(int) - wanted).mean() < 4
    assert _tags(again)[0].get(0x0112, 1) == 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_a_tiff_is_applied_once(
    orientation: int, read: Callable[[bytes], Photo]
) -> None:
    extra = [(274, 3, 1, orientation, True)]
    page = (pictures.deep(RGB), {"photometric": "rgb", "extratags": extra})
    photo = read(pictures.tiff(page))
    encoded = encode_photo(photo).content
    np.testing.assert_array_equal(photo.pixels, _turned(pictures.deep(RGB), orientation))
    np.testing.assert_array_equal(read(encoded).pixels, photo.pixels)
    with tifffile.TiffFile(io.BytesIO(encoded)) as file:
        assert file.pages[0].tags[274].value == 1


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("name", WITH_EXIF)
def test_exif_is_kept_without_place_and_thumbnail(
    name: str, order: str, read: Callable[[bytes], Photo]
) -> None:
    encoded = encode_photo(read(WITH_EXIF[name](pictures.exif(1, order=order))))
    main, camera, place, small = _tags(read(encoded.content))
    assert main[0x010F] == "Kamera AG"
    assert main[0x013B].startswith("Somebody")
    assert camera[0x8827] == 400
    assert camera[0x927C].startswith(b"MakerNote\0")
    assert place == {}
    assert small == {}
    assert {"gps_dropped", "thumbnail_dropped"} <= set(encoded.notes)
    if name == "png":
        assert encoded.content.count(b"\xff\xd8\xff") == 0


def test_place_and_thumbnail_stay_where_the_policy_says_so(read: Callable[[bytes], Photo]) -> None:
    photo = read(_jpeg(pictures.exif(6)))
    encoded = encode_photo(photo, keep_gps=True, keep_thumbnail=True)
    main, _, place, small = _tags(read(encoded.content))
    assert main[0x0112] == small[0x0112] == 1
    assert place[1] == "N"
    assert 0x0201 in small
    assert encoded.notes == ()


def test_no_trace_of_place_or_small_copy_is_left_in_the_bytes(
    read: Callable[[bytes], Photo],
) -> None:
    encoded = encode_photo(read(pictures.rich_jpeg(6)))
    for trace in (b"GPS", b"thumbnail", b"Thumbnails", b"xmpGImg"):
        assert trace not in encoded.content
    assert encoded.content.count(b"\xff\xd8\xff") == 1
    assert b"Grandmother" in encoded.content
    assert b'xmp:Rating="4"' in encoded.content
    assert b'tiff:Orientation="1"' in encoded.content
    assert "photoshop_thumbnail_dropped" in encoded.notes


def test_xmp_is_kept_by_the_formats_that_hold_it(read: Callable[[bytes], Photo]) -> None:
    for format_name in ("JPEG", "WEBP", "AVIF"):
        photo = read(pictures.saved(PICTURE, format_name, xmp=pictures.XMP))
        again = read(encode_photo(photo).content)
        assert b"Grandmother" in again.container.extra["xmp"], format_name
        assert b"GPS" not in again.container.extra["xmp"]
    text = b"XML:com.adobe.xmp\0\0\0\0\0" + pictures.XMP
    photo = read(pictures.with_png_chunks(pictures.saved(PICTURE, "PNG"), (b"iTXt", text)))
    assert b"Grandmother" in read(encode_photo(photo).content).container.extra["xmp"]


def test_the_sizes_that_exif_states_follow_the_picture(read: Callable[[bytes], Photo]) -> None:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif).update({0xA002: 300, 0xA003: 240})
    exif[0x0112] = 6
    photo = read(_jpeg(exif.tobytes().removeprefix(b"Exif\0\0")))
    camera = _tags(read(encode_photo(photo).content))[1]
    assert (camera[0xA002], camera[0xA003]) == photo.size


def test_the_fields_of_a_tiff_are_kept_on_every_page(read: Callable[[bytes], Photo]) -> None:
    def page(name: str) -> tuple[Any, dict[str, Any]]:
        return RGB, {"photometric": "rgb", "description": name, "software": "Scanner"}

    encoded = encode_photo(read(pictures.tiff(page("one"), page("two"))))
    with tifffile.TiffFile(io.BytesIO(encoded.content)) as file:
        assert [p.description for p in file.pages] == ["one", "two"]
        assert file.pages[0].tags["Software"].value == "Scanner"


def _camera_tiff(order: str) -> bytes:
    main, subs = tiff_tags.parse_block(pictures.exif(1, order=order))[1:]
    entries = [
        tiff_tags.longs(order, tiff_tags.WIDTH, [RGB.shape[1]]),
        tiff_tags.longs(order, tiff_tags.HEIGHT, [RGB.shape[0]]),
        tiff_tags.shorts(order, tiff_tags.BITS, [8, 8, 8]),
        tiff_tags.shorts(order, tiff_tags.COMPRESSION, [1]),
        tiff_tags.shorts(order, tiff_tags.PHOTOMETRIC, [2]),
        tiff_tags.shorts(order, tiff_tags.SAMPLES, [3]),
        *main,
    ]
    return tiff_tags.assemble(order, [tiff_tags.TiffPage(entries, [RGB.tobytes()], subs)])


@pytest.mark.parametrize("order", ["<", ">"])
def test_camera_data_of_a_tiff_are_kept_without_place(
    order: str, read: Callable[[bytes], Photo]
) -> None:
    encoded = encode_photo(read(_camera_tiff(order)))
    shown = Image.open(io.BytesIO(encoded.content)).getexif()
    assert shown[0x010F] == "Kamera AG"
    assert shown.get_ifd(ExifTags.IFD.Exif)[0x8827] == 400
    assert not shown.get_ifd(ExifTags.IFD.GPSInfo)
    assert "gps_dropped" in encoded.notes


def test_heic_believes_its_own_turning_not_exif(read: Callable[[bytes], Photo]) -> None:
    """ISO/IEC 23008-12 makes EXIF orientation information only."""
    content = pictures.heic(RGB, exif=b"Exif\0\0" + pictures.exif(6))
    assert content.count(b"irot") == 1
    assert read(content).size == (RGB.shape[0], RGB.shape[1])
    still = content.replace(b"irot", b"free")
    assert read(still).size == (RGB.shape[1], RGB.shape[0])


def test_data_behind_the_end_are_not_carried_over(read: Callable[[bytes], Photo]) -> None:
    base = pictures.saved(PICTURE, "JPEG", quality=90)
    photo = read(base + b"MotionPhoto" + bytes(1000))
    assert "trailing_bytes:1011" in photo.container.extra["notes"]
    assert b"MotionPhoto" not in encode_photo(photo).content


def test_private_text_of_a_png_is_dropped_and_captions_stay(
    read: Callable[[bytes], Photo],
) -> None:
    content = pictures.with_png_chunks(
        pictures.saved(PICTURE, "PNG"),
        (b"tEXt", b"Title\0Grandmother"),
        (b"tEXt", b"Raw profile type exif\0\nexif\n 10\n4750530000"),
        (b"tEXt", b"Thumb::URI\0file:///home/somebody/photo.png"),
    )
    encoded = encode_photo(read(content)).content
    assert b"Title\0Grandmother" in encoded
    assert b"Raw profile" not in encoded
    assert b"somebody" not in encoded
