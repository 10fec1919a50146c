"""What goes in comes out: pixels, depth, palette, alpha, pages, profile, quality class."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from daemon.imaging.decode import read_photo
from daemon.imaging.encode import Encoded, encode_photo, encode_picture
from daemon.imaging.limits import Limits
from daemon.imaging.photo import Photo
from tests.fakes import pictures

RGB = pictures.portrait()
PICTURE = Image.fromarray(RGB)
GREY = PICTURE.convert("L")
DEEP = pictures.deep(RGB)


def _rgba(mode: str = "RGBA") -> Image.Image:
    image = PICTURE.convert(mode)
    image.putalpha(Image.fromarray(pictures.slope(RGB.shape[:2])))
    return image


def _clear_palette() -> bytes:
    image = PICTURE.quantize(200)
    return pictures.saved(image, "PNG", transparency=bytes(range(200)))


LOSSLESS: dict[str, Callable[[], bytes]] = {
    "png rgb": lambda: pictures.saved(PICTURE, "PNG"),
    "png rgba": lambda: pictures.saved(_rgba(), "PNG"),
    "png grey": lambda: pictures.saved(GREY, "PNG"),
    "png grey alpha": lambda: pictures.saved(_rgba("LA"), "PNG"),
    "png one bit": lambda: pictures.saved(PICTURE.convert("1"), "PNG"),
    "png palette": lambda: pictures.saved(PICTURE.quantize(256), "PNG"),
    "png palette alpha": _clear_palette,
    "png 16 rgb": lambda: pictures.deep_png(DEEP),
    "png 16 grey": lambda: pictures.deep_png(DEEP[:, :, 0]),
    "png 16 rgba": lambda: pictures.deep_png(
        np.dstack([DEEP, pictures.slope(RGB.shape[:2], np.uint16)])
    ),
    "webp lossless": lambda: pictures.saved(PICTURE, "WEBP", lossless=True),
    "webp lossless alpha": lambda: pictures.saved(_rgba(), "WEBP", lossless=True, exact=True),
    "bmp rgb": lambda: pictures.saved(PICTURE, "BMP"),
    "bmp grey": lambda: pictures.saved(GREY, "BMP"),
    "bmp palette": lambda: pictures.saved(PICTURE.quantize(256), "BMP"),
    "bmp one bit": lambda: pictures.saved(PICTURE.convert("1"), "BMP"),
    "tiff fax": lambda: pictures.saved(PICTURE.convert("1"), "TIFF", compression="group4"),
    "tiff palette": lambda: pictures.saved(PICTURE.quantize(256), "TIFF", compression="tiff_lzw"),
    "tiff cmyk": lambda: pictures.saved(PICTURE.convert("CMYK"), "TIFF", compression="tiff_lzw"),
    "tiff cmyk 16": lambda: pictures.tiff(
        (np.dstack([DEEP, DEEP[:, :, :1]]), {"photometric": "separated"})
    ),
    "tiff grey alpha": lambda: pictures.saved(_rgba("LA"), "TIFF"),
    "tiff rgba": lambda: pictures.saved(_rgba(), "TIFF", compression="packbits"),
    "tiff 16 plain": lambda: pictures.tiff((DEEP, {"photometric": "rgb"})),
    "tiff 16 big endian": lambda: pictures.tiff((DEEP, {"photometric": "rgb"}), byteorder=">"),
    "tiff 16 bigtiff": lambda: pictures.tiff((DEEP, {"photometric": "rgb"}), bigtiff=True),
    "tiff 16 deflate tiles": lambda: pictures.tiff(
        (DEEP, {"photometric": "rgb", "compression": "zlib", "tile": (64, 64)})
    ),
    "tiff 16 planes": lambda: pictures.tiff(
        (DEEP.transpose(2, 0, 1), {"photometric": "rgb", "planarconfig": "separate"})
    ),
    "tiff 16 white is zero": lambda: pictures.tiff((DEEP[:, :, 0], {"photometric": "miniswhite"})),
}
LOSSY: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: pictures.saved(PICTURE, "JPEG", quality=85, dpi=(300, 300)),
    "jpeg progressive 4:4:4": lambda: pictures.saved(
        PICTURE, "JPEG", quality=92, subsampling=0, progressive=True
    ),
    "jpeg 4:2:2": lambda: pictures.saved(PICTURE, "JPEG", quality=70, subsampling=1),
    "jpeg grey": lambda: pictures.saved(GREY, "JPEG", quality=80),
    "jpeg cmyk": lambda: pictures.saved(PICTURE.convert("CMYK"), "JPEG", quality=90),
    "jpeg stored rgb": lambda: pictures.saved(PICTURE, "JPEG", quality=90, keep_rgb=True),
    "webp": lambda: pictures.saved(PICTURE, "WEBP", quality=85),
    "tiff jpeg": lambda: pictures.saved(PICTURE, "TIFF", compression="jpeg", quality=85),
    "heic": lambda: pictures.heic(RGB),
    "heic 10 bit": lambda: pictures.heic(DEEP),
    "heic 12 bit": lambda: pictures.heic(DEEP, bit_depth=12),
    "heic alpha": lambda: pictures.heic(np.dstack([RGB, pictures.slope(RGB.shape[:2])])),
    "avif": lambda: pictures.saved(PICTURE, "AVIF", quality=85),
    "avif 10 bit": lambda: pictures.deep_avif(DEEP),
    "avif alpha": lambda: pictures.saved(_rgba(), "AVIF", quality=85),
}


@pytest.fixture
def read(tmp_path: Path) -> Callable[[bytes], Photo]:
    def of(content: bytes) -> Photo:
        path = tmp_path / "photo"
        path.write_bytes(content)
        return read_photo(path, Limits())

    return of


def _kind(photo: Photo) -> tuple[Any, ...]:
    c = photo.container
    return c.format, c.mode, c.bits, photo.size, c.pages, photo.alpha is not None, c.icc


@pytest.mark.parametrize("name", LOSSLESS)
def test_a_lossless_file_comes_back_bit_equal(name: str, read: Callable[[bytes], Photo]) -> None:
    photo = read(LOSSLESS[name]())
    encoded = encode_photo(photo)
    again = read(encoded.content)
    assert _kind(again) == _kind(photo)
    assert encoded.notes == ()
    np.testing.assert_array_equal(again.pixels, photo.pixels)
    if photo.alpha is not None and again.alpha is not None:
        np.testing.assert_array_equal(again.alpha, photo.alpha)


@pytest.mark.parametrize("name", LOSSY)
def test_a_lossy_file_keeps_its_kind_and_loses_little(
    name: str, read: Callable[[bytes], Photo]
) -> None:
    photo = read(LOSSY[name]())
    again = read(encode_photo(photo).content)
    assert _kind(again) == _kind(photo)
    assert again.container.subsampling == photo.container.subsampling
    error = again.srgb.astype(float) - photo.srgb
    assert 10 * np.log10(255**2 / (error**2).mean()) > 36


@pytest.mark.parametrize("name", [*LOSSLESS, *LOSSY])
def test_the_same_photo_gives_the_same_bytes(name: str, read: Callable[[bytes], Photo]) -> None:
    photo = read((LOSSLESS | LOSSY)[name]())
    assert encode_photo(photo).content == encode_photo(photo).content


def test_the_samples_are_the_files_own(read: Callable[[bytes], Photo]) -> None:
    np.testing.assert_array_equal(read(LOSSLESS["png 16 rgb"]()).pixels, DEEP)
    np.testing.assert_array_equal(read(LOSSLESS["tiff 16 planes"]()).pixels, DEEP)
    np.testing.assert_array_equal(read(LOSSLESS["png rgb"]()).pixels, RGB)
    inverted = read(LOSSLESS["tiff 16 white is zero"]()).pixels[:, :, 0]
    np.testing.assert_array_equal(inverted, np.uint16(65_535) - DEEP[:, :, 0])


def test_red_stays_red_in_every_format(read: Callable[[bytes], Photo]) -> None:
    """Blue people come from one forgotten exchange of channels."""
    red = np.zeros((64, 64, 3), np.uint8)
    red[:, :, 0] = 230
    image, red16 = Image.fromarray(red), pictures.deep(red)
    files = [
        pictures.saved(image, f) for f in ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")
    ]
    files += [pictures.heic(red), pictures.heic(red16), pictures.deep_avif(red16)]
    files += [pictures.deep_png(red16), pictures.tiff((red16, {"photometric": "rgb"}))]
    files += [pictures.saved(image.convert("CMYK"), "JPEG")]
    for content in files:
        photo = read(content)
        for view in (photo, read(encode_photo(photo).content)):
            mean = view.srgb.mean(axis=(0, 1))
            assert mean[0] > 200, view.container
            assert max(mean[1], mean[2]) < 40, view.container


@pytest.mark.parametrize("quality", [30, 60, 75, 90, 97])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_a_jpeg_is_written_with_its_own_tables(
    quality: int, subsampling: int, read: Callable[[bytes], Photo]
) -> None:
    photo = read(pictures.saved(PICTURE, "JPEG", quality=quality, subsampling=subsampling))
    assert photo.container.quality == quality
    again = read(encode_photo(photo).content)
    assert again.container.extra["qtables"] == photo.container.extra["qtables"]
    assert again.container.subsampling == subsampling


def test_ten_generations_of_jpeg_stay_close(read: Callable[[bytes], Photo]) -> None:
    first = read(pictures.saved(PICTURE, "JPEG", quality=90, subsampling=0))
    photo = first
    for _ in range(10):
        photo = read(encode_photo(photo).content)
    error = photo.srgb.astype(float) - first.srgb
    assert 10 * np.log10(255**2 / (error**2).mean()) > 45


@pytest.mark.parametrize("quality", [20, 50, 75, 90, 100])
def test_a_webp_keeps_its_quality_class(quality: int, read: Callable[[bytes], Photo]) -> None:
    content = pictures.saved(PICTURE, "WEBP", quality=quality)
    photo = read(content)
    assert photo.container.quality == pytest.approx(quality, abs=10)
    assert len(encode_photo(photo).content) == pytest.approx(len(content), rel=0.25)


def test_all_pages_of_a_tiff_come_back_each_in_its_own_kind(read: Callable[[bytes], Photo]) -> None:
    pages = [
        (DEEP, {"photometric": "rgb", "compression": "zlib"}),
        (RGB[:100], {"photometric": "rgb"}),
        (RGB[:, :, 1], {"photometric": "minisblack", "compression": "lzma"}),
    ]
    photo = read(pictures.tiff(*pages))
    assert photo.container.pages == 3
    encoded = encode_photo(photo)
    with tifffile.TiffFile(io.BytesIO(encoded.content)) as file:
        assert [page.compression for page in file.pages] == [8, 1, 34925]
    again = read(encoded.content)
    for (samples, _), page in zip(pages, (again, *again.rest), strict=True):
        np.testing.assert_array_equal(page.pixels.squeeze(), samples)


@pytest.mark.parametrize("predictor", [False, True])
@pytest.mark.parametrize("compression", [1, 5, 8, 32946, 32773])
def test_other_readers_see_the_same_in_a_sixteen_bit_tiff_of_ours(
    compression: int, predictor: bool, read: Callable[[bytes], Photo]
) -> None:
    photo = read(LOSSLESS["tiff 16 plain"]())
    facts = {"compression": compression, "predictor": predictor, "photometric": 2}
    container = replace(photo.container, extra={**photo.container.extra, "tiff": facts})
    content = encode_photo(replace(photo, container=container)).content
    shown = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(shown[:, :, ::-1], DEEP)
    again = read(content)
    np.testing.assert_array_equal(again.pixels, DEEP)
    if predictor:
        assert again.container.extra["tiff"]["compression"] == compression


def test_a_thumbnail_page_of_a_tiff_is_left_out(read: Callable[[bytes], Photo]) -> None:
    photo = read(
        pictures.tiff(
            (RGB, {"photometric": "rgb"}), (RGB[::4, ::4], {"photometric": "rgb", "subfiletype": 1})
        )
    )
    assert photo.container.pages == 1
    assert "reduced_copies_dropped" in photo.container.extra["notes"]


def test_a_restored_palette_picture_grows_out_of_its_palette(
    read: Callable[[bytes], Photo],
) -> None:
    photo = read(LOSSLESS["png palette"]())
    pixels = photo.pixels.copy()
    pixels[:40, :40] = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    encoded = encode_photo(photo.with_pixels(pixels, pixels))
    assert "palette_expanded" in encoded.notes
    np.testing.assert_array_equal(read(encoded.content).pixels, pixels)


def test_a_gif_becomes_a_png_of_its_first_frame(read: Callable[[bytes], Photo]) -> None:
    frames = [PICTURE.quantize(200), PICTURE.rotate(180).quantize(200)]
    photo = read(pictures.saved(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    encoded = encode_photo(photo)
    assert (encoded.suffix, encoded.format) == (".png", "PNG")
    assert "gif_written_as_png" in encoded.notes
    assert "animation_dropped" in photo.container.extra["notes"]
    again = read(encoded.content)
    np.testing.assert_array_equal(again.pixels, np.asarray(frames[0].convert("RGB")))
    assert again.container.mode == "P"


def test_a_transparent_colour_becomes_alpha(read: Callable[[bytes], Photo]) -> None:
    photo = read(pictures.saved(PICTURE, "PNG", transparency=tuple(map(int, RGB[0, 0]))))
    assert photo.alpha is not None
    np.testing.assert_array_equal(photo.alpha == 0, (RGB[0, 0] == RGB).all(axis=2))


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "TIFF", "BMP"])
def test_resolution_is_kept(format_name: str, read: Callable[[bytes], Photo]) -> None:
    photo = read(pictures.saved(PICTURE, format_name, dpi=(300, 150)))
    again = read(encode_photo(photo).content)
    assert again.container.dpi == pytest.approx((300, 150), abs=0.1)


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_a_profile_is_kept(format_name: str, read: Callable[[bytes], Photo]) -> None:
    profile = pictures.wide_profile()
    photo = read(pictures.saved(PICTURE, format_name, icc_profile=profile))
    assert photo.container.icc == profile
    assert read(encode_photo(photo).content).container.icc == profile


def test_a_profile_is_kept_in_heic_and_deep_files(read: Callable[[bytes], Photo]) -> None:
    profile = pictures.wide_profile()
    base = read(pictures.heic(RGB)), read(pictures.deep_avif(DEEP)), read(LOSSLESS["png 16 rgb"]())
    for photo in base:
        marked = replace(photo, container=replace(photo.container, icc=profile))
        assert read(encode_photo(marked).content).container.icc == profile


def test_a_tiff_profile_survives_sixteen_bits(read: Callable[[bytes], Photo]) -> None:
    profile = pictures.wide_profile()
    page = (DEEP, {"photometric": "rgb", "iccprofile": profile, "resolution": (300, 300)})
    photo = read(pictures.tiff(page))
    again = read(encode_photo(photo).content)
    assert again.container.icc == profile
    assert again.container.dpi == pytest.approx((300, 300))


def test_a_why_picture_is_an_ordinary_jpeg() -> None:
    shown = np.asarray(Image.open(io.BytesIO(encode_picture(RGB))))
    assert shown.shape == RGB.shape
    assert np.abs(shown.astype(int) - RGB).mean() < 3


def test_an_upscaled_webp_past_the_formats_side_becomes_a_png(
    read: Callable[[bytes], Photo],
) -> None:
    photo = read(LOSSLESS["webp lossless"]())
    wide = np.zeros((16, 16_400, 3), np.uint8)
    encoded: Encoded = encode_photo(photo.with_pixels(wide, wide))
    assert encoded.suffix == ".png"
    assert encoded.notes == ("webp_written_as_png:side",)
