"""Files that must meet a rule to the byte."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from daemon.imaging.decode import read_photo
from daemon.imaging.exact_file import (
    BEST_QUALITY,
    LEAST_QUALITY,
    SizeBand,
    SizeUnreachableError,
    write_exact,
)
from daemon.imaging.limits import Limits


@pytest.fixture(scope="module")
def face(astronaut: Any) -> Any:
    """``(413, 295, 3)`` uint8: a one-inch photo at 300 dpi."""
    image = Image.fromarray(astronaut[0:413, 80:375])
    return np.asarray(image)


def test_without_a_band_the_quality_is_high_and_the_resolution_is_tagged(face) -> None:
    file = write_exact(face, form="jpeg", dpi=300)
    image = Image.open(io.BytesIO(file.content))
    assert (image.size, image.info["dpi"]) == ((295, 413), (300, 300))
    assert (file.quality, file.subsampling, file.padding) == (BEST_QUALITY, 0, 0)
    assert "exif" not in image.info
    assert not image.info.get("progressive")


@pytest.mark.parametrize("most_kb", [18, 24, 30, 60])
def test_the_quality_is_the_highest_that_fits(face, most_kb) -> None:
    file = write_exact(face, form="jpeg", dpi=300, band=SizeBand.of_kb(None, most_kb))
    assert len(file.content) <= most_kb * 1000
    assert LEAST_QUALITY <= file.quality <= BEST_QUALITY
    better = io.BytesIO()
    Image.fromarray(face).save(
        better, "JPEG", quality=file.quality + 1, subsampling=file.subsampling, optimize=True,
        dpi=(300, 300),
    )  # fmt: skip
    assert file.quality == BEST_QUALITY or len(better.getvalue()) > most_kb * 1000


def test_a_file_that_is_too_small_is_padded_before_the_picture(face) -> None:
    plain = np.full_like(face, 200)
    file = write_exact(plain, form="jpeg", dpi=300, band=SizeBand.of_kb(200, 240))
    assert 200 * 1024 <= len(file.content) <= 240 * 1000
    assert file.padding > 65_535  # more than one segment holds
    assert file.content.endswith(b"\xff\xd9")
    assert file.content.index(b"\xff\xda") > file.padding


def test_more_picture_comes_before_padding(face) -> None:
    best = len(write_exact(face, form="jpeg", dpi=300).content)
    band = SizeBand(best + 1000, best * 4)
    file = write_exact(face, form="jpeg", dpi=300, band=band)
    assert file.quality > BEST_QUALITY
    assert file.padding == 0
    assert band.holds(len(file.content))


def test_what_no_decent_quality_reaches_is_said(face) -> None:
    with pytest.raises(SizeUnreachableError) as caught:
        write_exact(face, form="jpeg", dpi=300, band=SizeBand(0, 3000))
    assert caught.value.reached > 3000
    with pytest.raises(SizeUnreachableError):
        write_exact(face, form="png", dpi=300, band=SizeBand(0, 3000))


@given(least=st.integers(0, 90_000), width=st.integers(300, 20_000))
@settings(max_examples=25, deadline=None)
def test_a_file_within_a_wide_enough_band_is_always_found(least, width) -> None:
    rng = np.random.default_rng(7)
    picture = rng.integers(0, 255, (64, 64, 3), np.uint8)
    band = SizeBand(least, least + width)
    smallest = io.BytesIO()
    Image.fromarray(picture).save(
        smallest, "JPEG", quality=LEAST_QUALITY, subsampling=2, optimize=True, dpi=(350, 350)
    )
    if len(smallest.getvalue()) > band.most:
        with pytest.raises(SizeUnreachableError):
            write_exact(picture, form="jpeg", dpi=350, band=band)
    else:
        assert band.holds(len(write_exact(picture, form="jpeg", dpi=350, band=band).content))


def test_the_same_picture_gives_the_same_bytes_and_our_own_reader_reads_them(
    face, tmp_path
) -> None:
    for form in ("jpeg", "png"):
        file = write_exact(face, form=form, dpi=350, comment="edited: background")
        assert file == write_exact(face, form=form, dpi=350, comment="edited: background")
        path = tmp_path / f"photo{file.suffix}"
        path.write_bytes(file.content)
        photo = read_photo(path, Limits())
        assert photo.size == (295, 413)
        assert photo.container.dpi == pytest.approx((350, 350), abs=0.1)
        assert b"edited: background" in file.content


def test_a_band_in_kb_holds_for_both_meanings_of_kb() -> None:
    band = SizeBand.of_kb(20, 80)
    assert band == SizeBand(20_480, 80_000)
    assert not band.holds(20_000)
    assert not band.holds(81_000)


def test_a_transparent_photo_is_written_as_png_only(face) -> None:
    alpha = np.zeros(face.shape[:2], np.uint8)
    assert Image.open(io.BytesIO(
        write_exact(face, form="png", dpi=300, alpha=alpha).content
    )).mode == "RGBA"  # fmt: skip
    with pytest.raises(ValueError, match="transparent"):
        write_exact(face, form="jpeg", dpi=300, alpha=alpha)
