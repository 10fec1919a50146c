"""Mask, paste, tone, sharpness, similarity: each on pictures small enough to reason about."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from daemon.imaging.align import CROP_PX, FFHQ_TEMPLATE, align
from daemon.imaging.geometry import Box, tiles
from daemon.imaging.mask import BOX_SUPPORT, SUPPORT, box_mask, cut_to, face_mask, inner_face
from daemon.imaging.paste import Canvas, Region
from daemon.imaging.sharpness import Detail
from daemon.imaging.similarity import luma, similarity_map
from daemon.imaging.tone import matched_change, with_grain


@pytest.fixture(scope="module")
def crop() -> np.ndarray:
    from skimage.data import astronaut

    found = align(
        np.array([(204, 112), (244, 112), (224, 132), (209, 152), (241, 152)], np.float32)
    )
    assert found is not None
    return found.crop(astronaut())


def test_the_mask_is_exactly_zero_outside_its_support() -> None:
    mask = face_mask().copy()
    rows = slice(round(SUPPORT.top), round(SUPPORT.bottom) + 1)
    mask[rows, round(SUPPORT.left) : round(SUPPORT.right) + 1] = 0
    assert not mask.any()


def test_the_mask_has_no_edge() -> None:
    mask = face_mask()
    assert mask.max() == 1
    assert np.abs(np.diff(mask, axis=0)).max() < 0.04
    assert np.abs(np.diff(mask, axis=1)).max() < 0.04


def test_everything_is_measured_inside_the_mask() -> None:
    assert face_mask()[inner_face()].min() > 0.2


def test_pasting_nothing_changes_nothing(astronaut) -> None:
    canvas = Canvas.of(astronaut)
    face = align((FFHQ_TEMPLATE * 0.6).astype(np.float32))
    canvas.add(np.zeros((CROP_PX, CROP_PX, 3), np.float32), face)
    assert np.array_equal(canvas.srgb, astronaut)


@pytest.mark.parametrize("left", [-150, 100, 400])
def test_a_change_stays_inside_the_mask_even_at_the_border(astronaut, left) -> None:
    canvas = Canvas.of(astronaut)
    face = align((FFHQ_TEMPLATE * 0.6 + np.array((left, 90))).astype(np.float32))
    canvas.add(np.full((CROP_PX, CROP_PX, 3), 40, np.float32), face)
    changed = (canvas.srgb != astronaut).any(axis=2)
    assert changed.any()
    assert not changed[canvas.touched == 0].any()


def test_a_face_off_the_picture_is_no_error(astronaut) -> None:
    canvas = Canvas.of(astronaut)
    canvas.add(
        np.full((CROP_PX, CROP_PX, 3), 40, np.float32),
        align((FFHQ_TEMPLATE + 5000).astype(np.float32)),
    )
    assert np.array_equal(canvas.srgb, astronaut)


def test_overlapping_faces_are_not_added_twice() -> None:
    grey = np.full((512, 700, 3), 100, np.uint8)
    canvas = Canvas.of(grey)
    for left in (0, 60):
        face = align((FFHQ_TEMPLATE + np.array((left, 0))).astype(np.float32))
        canvas.add(np.full((CROP_PX, CROP_PX, 3), 50, np.float32), face)
    assert canvas.srgb.max() == 150


def test_what_was_put_back_is_bit_equal(astronaut) -> None:
    canvas = Canvas.of(astronaut)
    face = align((FFHQ_TEMPLATE * 0.5 + 40).astype(np.float32))
    kept = canvas.keep(canvas.window(Region.oval(face)))
    canvas.add(np.full((CROP_PX, CROP_PX, 3), 40, np.float32), face)
    canvas.put_back(kept)
    assert np.array_equal(canvas.srgb, astronaut)
    assert not canvas.touched.any()


def test_sharpness_falls_with_blur(crop) -> None:
    lost = [Detail(cv2.GaussianBlur(crop, (0, 0), s)).lost_at(96) for s in (1, 4, 8, 14)]
    assert lost == sorted(lost, reverse=True)


def test_noise_is_not_taken_for_sharpness(crop) -> None:
    soft = cv2.GaussianBlur(crop, (0, 0), 6)
    grain = np.random.default_rng(3).normal(0, 6, (CROP_PX, CROP_PX, 1)).astype(np.float32)
    noisy = Detail(soft + grain)
    assert noisy.noise == pytest.approx(6, rel=0.2)
    assert noisy.lost_at(128) < 0.6 * Detail(crop).lost_at(128)


def test_a_shift_of_light_and_colour_is_taken_back(crop) -> None:
    restored = np.clip(crop * 0.8 + np.array((30, 0, -10), np.float32), 0, 255)
    change = matched_change(crop, restored)
    assert np.abs(change[inner_face()].mean(axis=0)).max() < 1


def test_a_good_part_of_the_grain_stays(crop) -> None:
    soft = cv2.GaussianBlur(crop, (0, 0), 5)
    grain = np.random.default_rng(4).normal(0, 8, crop.shape).astype(np.float32)
    before = soft + grain
    after = before + with_grain(before, -grain, Detail(before).noise)
    left = (after - soft)[inner_face()].std()
    assert 0.2 * 8 < left < 0.7 * 8


def test_a_clean_face_gets_no_grain(crop) -> None:
    change = np.zeros_like(crop)
    assert with_grain(crop, change, 0.4) is change


def test_similarity_is_one_for_equal_pictures_and_falls_with_damage(astronaut) -> None:
    grey = luma(astronaut, 256)
    assert grey.shape == (256, 256)
    assert similarity_map(grey, grey).min() == pytest.approx(1, abs=1e-4)
    assert similarity_map(grey, cv2.GaussianBlur(grey, (0, 0), 4)).mean() < 0.8


def test_tiles_cover_a_picture_once() -> None:
    seen = np.zeros((300, 517), int)
    for window in tiles(517, 300, 112):
        assert window.width <= 112
        assert window.height <= 112
        seen[window.slices] += 1
    assert (seen == 1).all()


def test_share_of_the_smaller_box() -> None:
    assert Box(0, 0, 10, 10).share_of_smaller(Box(2, 2, 4, 4)) == 1
    assert Box(0, 0, 10, 10).share_of_smaller(Box(5, 0, 15, 10)) == 0.5
    assert Box(0, 0, 10, 10).share_of_smaller(Box(20, 0, 30, 10)) == 0


def test_the_box_is_zero_at_the_border_of_the_crop_and_has_no_edge() -> None:
    mask = box_mask()
    inside = slice(round(BOX_SUPPORT.left), round(BOX_SUPPORT.right))
    outside = mask.copy()
    outside[inside, inside] = 0
    assert not outside.any()
    assert mask[100:400, 100:400].min() == 1
    assert np.abs(np.diff(mask, axis=0)).max() < 0.04


def test_a_mask_is_cut_inside_of_what_is_allowed() -> None:
    allowed = np.zeros((CROP_PX, CROP_PX), np.bool_)
    allowed[100:400, 150:350] = True
    allowed[200:203, 150:350] = False  # a strand of hair
    mask = cut_to(allowed, box_mask())
    assert not mask[~allowed].any()
    assert not mask[203:205].any()
    assert mask[300, 250] == 1
    assert np.abs(np.diff(mask, axis=1)).max() < 0.15
    assert np.array_equal(cut_to(np.ones_like(allowed), box_mask()), box_mask())
    assert not cut_to(np.zeros_like(allowed), box_mask()).any()


@pytest.mark.parametrize("scale", [0.3, 1.0, 2.7])
def test_what_is_not_allowed_stays_bit_for_bit_at_any_size(scale) -> None:
    grey = np.full((round(600 * scale),) * 2 + (3,), 100, np.uint8)
    canvas = Canvas.of(grey)
    place = align((FFHQ_TEMPLATE * scale + 30 * scale).astype(np.float32))
    assert place is not None
    allowed = np.zeros((CROP_PX, CROP_PX), np.bool_)
    allowed[:, :256] = True
    region = Region(place, cut_to(allowed, box_mask()), BOX_SUPPORT)
    canvas.add(np.full((CROP_PX, CROP_PX, 3), 50, np.float32), place, region)
    edge = round((256 + 30) * scale)
    assert (canvas.srgb[:, edge:] == 100).all()
    assert (canvas.srgb[:, :edge] == 150).any()


def test_light_is_held_to_the_photo_at_every_size_of_crop() -> None:
    """A broad shade goes, a fine line stays, alike in crops of 512 and 1024."""
    for side in (512, 1024):
        by = side / CROP_PX
        x = np.arange(side, dtype=np.float32)
        shade = 40 * np.sin(x * 2 * np.pi / (400 * by))
        line = np.where(np.arange(side) % round(8 * by) < 4 * by, 10, -10)
        before = np.full((side, side, 3), 128, np.float32)
        left = matched_change(before, before + (shade + line)[None, :, None], by)
        middle = left[side // 2, side // 4 : -side // 4, 1]
        assert 8 < middle.std() < 14, side
