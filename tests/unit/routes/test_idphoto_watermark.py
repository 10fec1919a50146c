"""Words across a photo: seen everywhere, known where, never silently left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from daemon.imaging.annotate import chinese_font
from daemon.routes.idphoto import watermark
from daemon.routes.idphoto.watermark import GlyphsMissing, Look, TextTooLong, watermarked

ENGLISH, CHINESE = "for HR only", "仅供入职使用"
BLUE, WHITE, RED = (67, 142, 219), (255, 255, 255), (190, 30, 40)
needs_chinese = pytest.mark.skipif(chinese_font() is None, reason="no font with Chinese glyphs")


def plain(rgb: tuple[int, int, int] = WHITE, size: tuple[int, int] = (413, 295)) -> Any:
    return np.full((*size, 3), rgb, np.uint8)


def test_only_the_pixels_that_are_reported_change(astronaut: Any) -> None:
    photo = np.ascontiguousarray(astronaut[:413, 80:375])
    marked = watermarked(photo, ENGLISH)
    changed = (marked.srgb != photo).any(axis=2)
    assert marked.touched.dtype == np.bool_
    assert marked.touched.shape == photo.shape[:2]
    assert not (changed & ~marked.touched).any()
    assert 0.05 < changed.mean() <= marked.touched.mean() < 0.35


def test_the_photo_itself_is_not_written_on() -> None:
    photo = plain()
    watermarked(photo, ENGLISH)
    assert (photo == 255).all()


@pytest.mark.parametrize("ground", [WHITE, (0, 0, 0), (128, 128, 128), BLUE, RED])
@pytest.mark.parametrize("rgb", [WHITE, (0, 0, 0), BLUE])
def test_words_are_seen_on_every_ground_in_every_colour(ground, rgb) -> None:
    marked = watermarked(plain(ground), ENGLISH, Look(rgb=rgb)).srgb.astype(int)
    distance = np.abs(marked - ground).max(axis=2)
    assert (distance > 30).mean() > 0.02


def test_the_words_are_spread_over_the_whole_photo() -> None:
    touched = watermarked(plain(), ENGLISH).touched
    parts = [cell for row in np.array_split(touched, 4) for cell in np.array_split(row, 3, axis=1)]
    assert min(part.mean() for part in parts) > 0.03


@pytest.mark.parametrize("slant_deg", [0.0, 45.0, -30.0])
def test_the_slant_is_that_of_the_words(slant_deg) -> None:
    """The line through the middle copy is covered most along the slant."""
    touched = watermarked(plain(size=(600, 600)), "III III III", Look(slant_deg=slant_deg)).touched
    along = np.arange(-120, 121)

    def cover(deg: float) -> float:
        x = 300 + np.rint(along * np.cos(np.radians(deg))).astype(int)
        y = 300 - np.rint(along * np.sin(np.radians(deg))).astype(int)
        return float(touched[y, x].mean())

    assert cover(slant_deg) > cover(slant_deg + 90)
    assert cover(slant_deg) > cover(slant_deg + 45)


def test_a_larger_size_makes_larger_letters_and_opacity_makes_them_stronger() -> None:
    def runs(size: float) -> float:
        rows = watermarked(plain(), "I", Look(size=size, slant_deg=0)).touched.any(axis=1)
        return rows.sum() / max(1, np.count_nonzero(np.diff(rows.astype(int)) == 1))

    assert runs(0.2) > 1.5 * runs(0.08)
    faint, strong = (watermarked(plain(), ENGLISH, Look(opacity=part)).srgb for part in (0.2, 0.8))
    assert int(strong.min()) < int(faint.min()) - 80


def test_the_same_words_give_the_same_pixels() -> None:
    one, other = (watermarked(plain(BLUE), ENGLISH).srgb for _ in range(2))
    assert np.array_equal(one, other)


def test_no_words_are_no_watermark() -> None:
    marked = watermarked(plain(BLUE), " \n ")
    assert np.array_equal(marked.srgb, plain(BLUE))
    assert not marked.touched.any()


def test_long_words_get_smaller_letters_and_are_whole() -> None:
    short, long = (watermarked(plain(), ENGLISH * times).touched for times in (1, 6))
    assert long.mean() > short.mean()


def test_more_words_than_can_be_read_are_refused() -> None:
    with pytest.raises(TextTooLong) as caught:
        watermarked(plain(size=(120, 90)), ENGLISH * 20)
    assert caught.value.code == "ID_WATERMARK_TOO_LONG"


@needs_chinese
def test_chinese_words_are_written_in_their_own_glyphs() -> None:
    one, other = (watermarked(plain(), words).touched for words in (CHINESE, "严禁转作他用"))
    assert 0.05 < one.mean() < 0.4
    assert (one != other).mean() > 0.02


def test_words_without_a_font_are_never_drawn_as_boxes(monkeypatch) -> None:
    """A machine without Chinese fonts says so instead of leaving the words out."""
    monkeypatch.setattr(
        watermark, "spoken_font", lambda size, _: (watermark.ImageFont.load_default(size), "en")
    )
    with pytest.raises(GlyphsMissing, match=r"U\+4EC5") as caught:
        watermarked(plain(), CHINESE)
    assert caught.value.code == "ID_WATERMARK_FONT"


@pytest.mark.parametrize("words", ["a\U0010fffdb", "a\x00b", "\ue123", "\ud800"])
def test_characters_nobody_can_write_are_named(words) -> None:
    with pytest.raises(GlyphsMissing):
        watermarked(plain(), words)


def test_what_cannot_be_seen_in_copied_text_is_no_reason_to_refuse_it() -> None:
    one, other = (watermarked(plain(), words).srgb for words in (ENGLISH, f"\ufeff{ENGLISH}\u200b"))
    assert np.array_equal(one, other)


@pytest.mark.parametrize("wrong", [{"opacity": 0}, {"opacity": 1.1}, {"size": 0}])
def test_a_look_that_cannot_be_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match="opacity"):
        Look(**wrong)
