"""A change in sRGB comes back as a difference; what was left alone stays bit-equal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from daemon.imaging import profiles
from daemon.imaging.colour import (
    LUMA,
    apply_srgb_change,
    is_grey,
    profile_problem,
    project_tone,
    tint,
    to_srgb,
)
from daemon.imaging.decode import read_photo
from daemon.imaging.limits import Limits
from daemon.imaging.photo import Container, Photo
from tests.fakes import pictures

RGB = pictures.portrait()
GREY = np.asarray(Image.fromarray(RGB).convert("L"))[:, :, None]
CMYK = np.asarray(Image.fromarray(RGB).convert("CMYK"))


def _photo(pixels: np.ndarray, mode: str, icc: bytes | None = None) -> Photo:
    container = Container("TIFF", mode, 8 * pixels.dtype.itemsize, icc=icc)
    return Photo(pixels, to_srgb(pixels, container), None, container)


KINDS: dict[str, Callable[[], Photo]] = {
    "rgb": lambda: _photo(RGB, "RGB"),
    "rgb 16": lambda: _photo(pictures.deep(RGB), "RGB"),
    "rgb wide": lambda: _photo(RGB, "RGB", pictures.wide_profile()),
    "rgb 16 wide": lambda: _photo(pictures.deep(RGB), "RGB", pictures.wide_profile()),
    "grey": lambda: _photo(GREY, "L"),
    "grey 16": lambda: _photo(pictures.deep(GREY), "L"),
    "grey gamma 1.8": lambda: _photo(GREY, "L", pictures.grey_profile()),
    "cmyk": lambda: _photo(CMYK, "CMYK"),
    "cmyk 16": lambda: _photo(pictures.deep(CMYK), "CMYK"),
}


def _mask() -> np.ndarray:
    mask = np.zeros(RGB.shape[:2], np.float32)
    mask[60:200, 50:180] = np.linspace(0, 1, 130)
    return mask


def _changed(photo: Photo) -> np.ndarray:
    """Lighter by a third where the mask is, and nonsense outside, which must not matter."""
    shifted = photo.srgb.astype(float) * 0.8 + 40
    return np.clip(np.rint(shifted), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", KINDS)
def test_pixels_outside_the_mask_stay_bit_equal(name: str) -> None:
    photo, mask = KINDS[name](), _mask()
    before = photo.pixels.copy()
    result = apply_srgb_change(photo, _changed(photo), mask)
    np.testing.assert_array_equal(result.pixels[mask == 0], before[mask == 0])
    np.testing.assert_array_equal(result.srgb[mask == 0], photo.srgb[mask == 0])
    np.testing.assert_array_equal(photo.pixels, before)
    assert result.pixels.dtype == before.dtype
    assert (result.pixels[mask > 0] != before[mask > 0]).any()


@pytest.mark.parametrize("name", KINDS)
def test_inside_the_mask_the_view_becomes_what_was_asked(name: str) -> None:
    photo, mask = KINDS[name](), _mask()
    wanted = _changed(photo)
    result = apply_srgb_change(photo, wanted, mask)
    error = np.abs(result.srgb.astype(int) - wanted)[mask > 0]
    assert error.mean() < 1.5
    # Colours past sRGB's gamut have no exact way there and back.
    assert np.quantile(error, 0.99) <= (12 if "wide" in name else 8)
    np.testing.assert_array_equal(result.srgb, to_srgb(result.pixels, photo.container))


@pytest.mark.parametrize("name", KINDS)
def test_no_change_is_no_change(name: str) -> None:
    photo = KINDS[name]()
    result = apply_srgb_change(photo, photo.srgb.copy(), np.ones(RGB.shape[:2]))
    np.testing.assert_array_equal(result.pixels, photo.pixels)


def test_plain_rgb_takes_exactly_what_was_asked() -> None:
    photo, mask = KINDS["rgb"](), _mask()
    wanted = _changed(photo)
    result = apply_srgb_change(photo, wanted, mask)
    np.testing.assert_array_equal(result.pixels[mask > 0], wanted[mask > 0])
    assert result.srgb is result.pixels


def test_sixteen_bits_keep_their_low_bits_under_a_change() -> None:
    photo = KINDS["rgb 16"]()
    wanted = photo.srgb + np.where(photo.srgb < 200, 10, 0).astype(np.uint8)
    result = apply_srgb_change(photo, wanted, np.ones(RGB.shape[:2]))
    moved = photo.srgb < 200
    step = result.pixels.astype(int) - photo.pixels
    assert set(np.unique(step[moved])) == {2570}
    assert set(np.unique(step[~moved])) <= {0}


def test_grey_stays_grey_even_if_a_coloured_face_is_pasted() -> None:
    photo = KINDS["grey"]()
    result = apply_srgb_change(photo, RGB, np.ones(RGB.shape[:2]))
    assert result.pixels.shape[2] == 1
    assert (result.srgb[:, :, 0] == result.srgb[:, :, 2]).all()


def test_a_change_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="change"):
        apply_srgb_change(KINDS["rgb"](), RGB[1:], np.ones(RGB.shape[:2]))


def test_a_wide_profile_shows_other_numbers_and_srgb_the_same() -> None:
    wide = KINDS["rgb wide"]()
    assert np.abs(wide.srgb.astype(int) - RGB).max() > 10
    plain = _photo(RGB, "RGB", pictures.srgb_profile())
    assert plain.srgb is plain.pixels


@pytest.mark.parametrize(
    ("icc", "mode", "problem"),
    [
        (b"short", "RGB", "size"),
        (b"x" * 400, "RGB", "damaged:OSError"),
        (pictures.grey_profile(), "RGB", "colour_space"),
        (pictures.wide_profile(), "CMYK", "colour_space"),
        (pictures.wide_profile(), "RGB", None),
        (pictures.grey_profile(), "L", None),
    ],
)
def test_a_profile_that_does_not_fit_is_named(icc: bytes, mode: str, problem: str | None) -> None:
    assert profile_problem(icc, mode) == problem


def test_transforms_are_built_once() -> None:
    icc = pictures.wide_profile()
    _photo(RGB, "RGB", icc)
    built = profiles._to_srgb.cache_info().misses
    _photo(RGB, "RGB", icc)
    assert profiles._to_srgb.cache_info().misses == built


def _sepia(grey: np.ndarray) -> np.ndarray:
    level = grey[:, :, 0].astype(float)
    toned = np.stack([level * 1.06 + 12, level * 0.97 + 4, level * 0.78], axis=2)
    return np.clip(np.rint(toned), 0, 255).astype(np.uint8)


def test_grey_is_told_from_colour_through_jpeg_noise(tmp_path: Path) -> None:
    grey = np.repeat(GREY, 3, axis=2)
    assert is_grey(grey)
    assert not is_grey(RGB)
    assert not is_grey(_sepia(GREY))
    for quality in (50, 75, 95):
        path = tmp_path / "grey.jpg"
        path.write_bytes(pictures.saved(Image.fromarray(grey), "JPEG", quality=quality))
        assert is_grey(read_photo(path, Limits()).srgb)


def test_sepia_has_a_tone_and_a_portrait_in_colour_has_none(tmp_path: Path) -> None:
    path = tmp_path / "sepia.jpg"
    path.write_bytes(pictures.saved(Image.fromarray(_sepia(GREY)), "JPEG", quality=75))
    assert tint(read_photo(path, Limits()).srgb) is not None
    assert tint(np.repeat(GREY, 3, axis=2)) is not None
    assert tint(RGB) is None


def test_a_coloured_patch_is_brought_back_to_the_tone() -> None:
    sepia = _sepia(GREY)
    curve, projected = tint(sepia), project_tone(RGB, sepia)
    assert np.abs(project_tone(sepia, sepia).astype(int) - sepia).mean() < 1
    assert np.abs(projected @ LUMA - RGB @ LUMA).mean() < 1.5
    shown = tint(projected)
    assert curve is not None
    assert shown is not None
    assert shown.spread < 1
    np.testing.assert_array_equal(project_tone(RGB, curve), projected)


def test_a_patch_in_a_grey_picture_becomes_exactly_grey() -> None:
    projected = project_tone(RGB, np.repeat(GREY, 3, axis=2))
    assert (projected == projected[:, :, :1]).all()
    assert np.abs(projected[:, :, 0].astype(int) - GREY[:, :, 0]).max() <= 1


def test_real_colour_photos_are_not_taken_for_toned(shared_photos: Callable[[str], Path]) -> None:
    coloured = ("portrait/person0.jpg", "phone/selfie0.jpg", "headshot/0001_female.jpg")
    for name in coloured:
        assert tint(read_photo(shared_photos(name), Limits()).srgb) is None, name


def test_real_grey_photos_are_recognised(shared_photos: Callable[[str], Path]) -> None:
    for name in ("gray/106000_gray.jpg", "gray/762000_gray.jpg"):
        srgb = read_photo(shared_photos(name), Limits()).srgb
        assert is_grey(srgb), name
        assert tint(srgb) is not None
