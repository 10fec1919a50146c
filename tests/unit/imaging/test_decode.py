"""Formats by content, limits before decoding, and half files that decoders would let through."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from daemon.domain.artifact import Reason
from daemon.domain.codes import explain
from daemon.errors import InputError
from daemon.imaging.decode import read_photo, upright
from daemon.imaging.encode import encode_photo
from daemon.imaging.limits import Limits
from daemon.imaging.photo import Photo
from daemon.imaging.probe import sniff, unknown_name
from daemon.imaging.video_size import av1_size, hevc_size
from tests.fakes import pictures
from tests.fakes.hostile_files import healthy_samples

SAMPLES = healthy_samples(5)
PICTURE = Image.fromarray(pictures.portrait())


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Photo]:
    def of(content: bytes, name: str = "photo.dat", **limits: int) -> Photo:
        path = tmp_path / name
        path.write_bytes(content)
        return read_photo(path, Limits.from_message(limits))

    return of


def _code(read: Callable[..., Photo], content: bytes, **limits: int) -> str:
    with pytest.raises(InputError) as caught:
        read(content, **limits)
    for language in ("zh", "en"):
        message, _ = explain(Reason(caught.value.code, caught.value.facts), language)
        assert "?" not in message
    return caught.value.code


@pytest.mark.parametrize("name", SAMPLES)
def test_the_content_decides_not_the_suffix(name: str, read: Callable[..., Photo]) -> None:
    wanted = name.partition("-")[0].upper().replace("HEIC", "HEIF")
    for suffix in (".jpg", ".txt", ""):
        assert read(SAMPLES[name], "photo" + suffix).container.format == wanted


def test_a_stranger_is_named(read: Callable[..., Photo]) -> None:
    assert sniff(b"%PDF-1.7") is None
    assert unknown_name(b"%PDF-1.7") == "PDF"
    assert unknown_name(b"\0\0\0\x18ftypmp42") == "ISO mp42"
    assert unknown_name(b"\x00\x01\x02") == "unknown"
    assert _code(read, b"%PDF-1.7 and more") == "UNSUPPORTED_FORMAT"


def test_an_empty_file_says_so(read: Callable[..., Photo]) -> None:
    assert _code(read, b"") == "EMPTY"


@pytest.mark.parametrize("name", SAMPLES)
def test_limits_hold_for_every_format(name: str, read: Callable[..., Photo]) -> None:
    content = SAMPLES[name]
    assert _code(read, content, max_pixels=1000) in {"IMAGE_TOO_LARGE", "DECOMPRESSION_BOMB"}
    assert _code(read, content, max_side_px=60) == "IMAGE_TOO_LARGE"
    assert _code(read, content, max_bytes=100) == "IMAGE_TOO_LARGE"
    assert _code(read, content, min_side_px=2000) == "IMAGE_TOO_SMALL"


def test_limits_from_a_message_keep_defaults_and_ignore_strangers() -> None:
    limits = Limits.from_message({"max_pixels": 5, "of_a_later_version": 1})
    assert limits.max_pixels == 5
    assert limits.max_pages == Limits().max_pages


def test_pages_add_up_against_the_pixel_limit(read: Callable[..., Photo]) -> None:
    page = (pictures.portrait(), {"photometric": "rgb"})
    content = pictures.tiff(page, page, page)
    one = pictures.portrait().shape[0] * pictures.portrait().shape[1]
    assert read(content, max_pixels=3 * one).container.pages == 3
    assert _code(read, content, max_pixels=2 * one) == "IMAGE_TOO_LARGE"
    assert _code(read, content, max_pages=2) == "IMAGE_TOO_LARGE"


@pytest.mark.parametrize("name", [n for n in SAMPLES if n.startswith("jpeg")])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.8, 0.95])
def test_a_jpeg_without_its_end_is_truncated(
    name: str, share: float, read: Callable[..., Photo]
) -> None:
    content = SAMPLES[name]
    kept = content[: int(share * len(content))]
    assert _code(read, kept) == "TRUNCATED"
    assert _code(read, kept + bytes(len(content) - len(kept))) == "TRUNCATED"


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("subsampling", [0, 2])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_forged_end_marker_does_not_hide_missing_rows(
    mode: str, subsampling: int, share: float, read: Callable[..., Photo]
) -> None:
    content = pictures.saved(PICTURE.convert(mode), "JPEG", quality=85, subsampling=subsampling)
    assert _code(read, content[: int(share * len(content))] + b"\xff\xd9") == "TRUNCATED"


@pytest.mark.parametrize("optimize", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_picture_that_ends_in_mid_grey_is_whole(
    mode: str, optimize: bool, read: Callable[..., Photo]
) -> None:
    canvas = Image.new("RGB", (700, 700), (128, 128, 128))
    canvas.paste(PICTURE, (0, 0))
    for quality, subsampling, restarts in ((60, 2, 0), (90, 0, 3), (95, 1, 0), (80, 2, 1)):
        content = pictures.saved(
            canvas.convert(mode),
            "JPEG",
            quality=quality,
            subsampling=subsampling,
            optimize=optimize,
            restart_marker_rows=restarts,
        )
        assert read(content).size == (700, 700)


def test_a_progressive_jpeg_cut_between_scans_is_truncated(read: Callable[..., Photo]) -> None:
    content = pictures.saved(PICTURE, "JPEG", quality=85, progressive=True)
    starts = [at for at in range(len(content) - 1) if content[at : at + 2] == b"\xff\xda"]
    assert len(starts) > 5
    for start in starts[1:]:
        tables = content.rfind(b"\xff\xc4", 0, start)
        for at in {start, tables}:
            assert _code(read, content[:at] + b"\xff\xd9") == "TRUNCATED"


def test_missing_restart_intervals_are_noticed(read: Callable[..., Photo]) -> None:
    content = pictures.saved(PICTURE, "JPEG", quality=85, restart_marker_rows=1)
    marker = content.rfind(b"\xff\xd2")
    assert _code(read, content[:marker] + b"\xff\xd9") == "TRUNCATED"


def test_a_png_with_sound_chunks_but_missing_rows_is_truncated(
    read: Callable[..., Photo],
) -> None:
    import zlib

    from daemon.imaging.png import inflate
    from tests.fakes.hostile_files import png

    rows = b"".join(b"\0" + bytes(range(64)) * 3 for _ in range(64))
    whole = png((64, 64), 8, 2, [(b"IDAT", zlib.compress(rows))])
    short = png((64, 64), 8, 2, [(b"IDAT", zlib.compress(rows[: len(rows) // 2]))])
    assert read(whole).size == (64, 64)
    assert _code(read, short) == "TRUNCATED"
    assert inflate(zlib.compress(bytes(1000)), 100) is None


def test_a_wrong_checksum_is_damage(read: Callable[..., Photo]) -> None:
    content = bytearray(SAMPLES["png"])
    content[len(content) // 2] ^= 1
    assert _code(read, bytes(content)) == "INVALID_IMAGE"


def test_broken_extras_do_not_cost_the_picture(read: Callable[..., Photo]) -> None:
    base = pictures.saved(PICTURE, "JPEG", quality=90)
    content = pictures.with_jpeg_segments(
        base,
        (0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff"),
        (0xE2, b"ICC_PROFILE\0\1\1" + b"not a profile" * 20),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0\0\0binary"),
        (0xED, b"Photoshop 3.0\0nonsense and more of it"),
    )
    photo = read(content)
    np.testing.assert_array_equal(photo.pixels, read(base).pixels)
    assert photo.container.icc is None
    assert any(n.startswith("icc_ignored") for n in photo.container.extra["notes"])
    assert "exif_dropped:unreadable" in photo.container.extra["notes"]
    encoded = encode_photo(photo)
    assert {"xmp_dropped:encoding", "iptc_dropped:unreadable"} <= set(encoded.notes)
    assert read(encoded.content).container.extra.get("notes") is None


def test_leniency_switched_on_elsewhere_does_not_reach_us(
    read: Callable[..., Photo], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    content = SAMPLES["gif"]
    short = content[: len(content) // 2] + b"\0;"
    assert _code(read, short) in {"TRUNCATED", "INVALID_IMAGE"}


def test_sixteen_bits_are_shown_rounded(read: Callable[..., Photo]) -> None:
    ramp = np.arange(65_536, dtype=np.uint16).reshape(256, 256)
    photo = read(pictures.deep_png(ramp))
    np.testing.assert_array_equal(photo.srgb[:, :, 0], np.rint(ramp / 257).astype(np.uint8))


def test_the_size_inside_the_video_stream_is_read_too(tmp_path: Path) -> None:
    """A file may declare a small picture around an enormous stream."""
    at = SAMPLES["heic"].index(b"hvcC")
    length = int.from_bytes(SAMPLES["heic"][at - 4 : at], "big")
    assert hevc_size(SAMPLES["heic"][at + 4 : at - 4 + length]) == (128, 96)
    for content in (SAMPLES["avif"], pictures.deep_avif(pictures.deep(pictures.portrait()))):
        path = tmp_path / "photo.avif"
        path.write_bytes(content)
        photo = read_photo(path, Limits())
        start = content.index(b"mdat") + 4
        assert av1_size(content[start : start + 256]) == photo.size
    assert hevc_size(b"") is None
    assert av1_size(b"\x0a") is None


def test_a_wrong_declared_size_is_not_believed(read: Callable[..., Photo]) -> None:
    at = SAMPLES["heic"].index(b"ispe") + 8
    lying = SAMPLES["heic"][:at] + b"\0\0\0\x40\0\0\0\x40" + SAMPLES["heic"][at + 8 :]
    assert _code(read, lying) == "INVALID_IMAGE"


def test_upright_undoes_nothing_and_copies_nothing_for_one() -> None:
    samples = pictures.portrait()
    assert upright(samples, 1) is samples
    assert upright(samples, 6).flags.c_contiguous


def test_photos_decode_and_encode_the_same_in_parallel(tmp_path: Path) -> None:
    paths = []
    for number, content in enumerate(SAMPLES.values()):
        paths.append(tmp_path / str(number))
        paths[-1].write_bytes(content)

    def through(path: Path) -> bytes:
        return encode_photo(read_photo(path, Limits())).content

    alone = [through(path) for path in paths]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(through, paths * 3))
    assert together == alone * 3
