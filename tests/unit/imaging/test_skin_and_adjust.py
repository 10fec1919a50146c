"""Skin evened and tones changed: as much as asked, nowhere else, nothing lost."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from daemon.imaging.adjust import adjusted, balanced
from daemon.imaging.align import Alignment, align
from daemon.imaging.skin import skin_mask, smoothed, whitened

# CenterFace's points on skimage's astronaut.
POINTS = np.array(((203.2, 101.7), (247.0, 104.5), (223.3, 125.1), (203.4, 142.3), (241.3, 144.4)))
# Bars of the acceptance: what is left of the 1 to 3 px band, and how far skin may shift.
KEPT = {0.3: (0.75, 0.95), 0.5: (0.55, 0.85), 0.8: (0.40, 0.75)}
SHIFT = {0.3: 1.0, 0.5: 1.5, 0.8: 2.0}


@pytest.fixture(scope="module")
def face(astronaut: Any) -> tuple[Any, Alignment]:
    """The astronaut as large as in a finished photo at 300 dpi."""
    large = cv2.resize(astronaut[0:260, 100:350], None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    # Enlarged skin has no pores; some grain stands in for them.
    grain = np.random.default_rng(5).normal(0, 5, large.shape[:2])[..., None]
    alignment = align(((POINTS - (100, 0)) * 2 + 0.5).astype(np.float32))
    assert alignment is not None
    return np.clip(large + grain, 0, 255).astype(np.uint8), alignment


@pytest.fixture(scope="module")
def mask(face) -> Any:
    return skin_mask(*face)


def light(rgb: Any) -> Any:
    return cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[..., 0]


def pores(rgb: Any) -> Any:
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return cv2.GaussianBlur(grey, (0, 0), 1) - cv2.GaussianBlur(grey, (0, 0), 3)


def test_cheeks_are_skin_and_eyes_mouth_hair_and_background_are_not(face, mask) -> None:
    _, alignment = face
    cheek, other_cheek = (185, 320), (329, 320)
    eye, mouth, hair = (193, 241), (257, 374), (257, 20)
    at = {
        name: cv2.transform(np.array([[spot]], np.float64), alignment.inverse)[0, 0]
        for name, spot in {
            "cheek": cheek, "other_cheek": other_cheek, "eye": eye, "mouth": mouth, "hair": hair,
        }.items()
    }  # fmt: skip
    values = {name: float(mask[int(y), int(x)]) for name, (x, y) in at.items()}
    assert values["cheek"] > 0.9
    assert values["other_cheek"] > 0.9
    assert max(values["eye"], values["mouth"], values["hair"]) < 0.05
    assert mask[:20].max() == 0


@pytest.mark.parametrize("strength", KEPT)
def test_texture_is_kept_as_far_as_the_acceptance_asks(face, mask, strength) -> None:
    rgb, _ = face
    skin = mask > 0.9
    even = smoothed(rgb, mask, strength)
    kept = pores(even)[skin].std() / pores(rgb)[skin].std()
    low, high = KEPT[strength]
    assert low <= kept <= high
    assert (even[mask == 0] == rgb[mask == 0]).all()
    means = [rgb2lab(picture)[skin].mean(axis=0) for picture in (rgb, even)]
    assert float(deltaE_ciede2000(*means)) <= SHIFT[strength]


def test_a_mole_stays(face, mask) -> None:
    rgb, alignment = face
    x, y = cv2.transform(np.array([[(185.0, 322.0)]]), alignment.inverse)[0, 0]
    marked = rgb.copy()
    cv2.circle(marked, (int(x), int(y)), 2, (70, 45, 40), -1)

    def contrast(picture: Any) -> float:
        spot, around = light(picture)[int(y), int(x)], light(picture)[int(y) - 9, int(x)]
        return float(around - spot)

    for strength, least in ((0.3, 0.8), (0.5, 0.6)):
        even = smoothed(marked, mask, strength)
        assert contrast(even) >= least * contrast(marked)


def test_strength_zero_is_the_very_same_array(face, mask) -> None:
    rgb, _ = face
    assert smoothed(rgb, mask, 0) is rgb
    assert whitened(rgb, mask, 0) is rgb
    assert adjusted(rgb) is rgb
    assert smoothed(rgb, np.zeros_like(mask), 1) is rgb


def test_whitening_lightens_skin_alone_and_clips_nothing(face, mask) -> None:
    rgb, _ = face
    skin = mask > 0.9
    pale = whitened(rgb, mask, 1)
    assert 1 <= float((light(pale) - light(rgb))[skin].mean()) <= 6
    assert (pale[mask == 0] == rgb[mask == 0]).all()
    assert float((pale[skin] == 255).any(axis=-1).mean()) <= 0.005


@pytest.mark.parametrize("strength", [-1.0, -0.3, 0.3, 1.0])
def test_each_wish_goes_its_way_and_no_other(face, strength) -> None:
    rgb, _ = face
    brighter = adjusted(rgb, brightness=strength)
    assert np.sign(light(brighter).mean() - light(rgb).mean()) == np.sign(strength)
    harder = adjusted(rgb, contrast=strength)
    assert np.sign(light(harder).std() - light(rgb).std()) == np.sign(strength)
    colourful = adjusted(rgb, saturation=strength)
    assert np.sign(np.ptp(colourful, 2).mean() - np.ptp(rgb, 2).mean()) == np.sign(strength)
    crisper = adjusted(rgb, sharpness=strength)
    assert np.sign(pores(crisper).std() - pores(rgb).std()) == np.sign(strength)


def test_black_and_white_survive_brightness() -> None:
    ends = np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8)
    assert (adjusted(ends, brightness=1) == ends).all()
    assert (adjusted(ends, brightness=-1) == ends).all()


def test_a_cast_is_taken_out_and_a_neutral_picture_keeps_its_colours() -> None:
    rng = np.random.default_rng(3)
    grey = np.repeat(rng.integers(30, 230, (40, 40, 1), np.uint8), 3, axis=2)
    warm = np.clip(grey * np.array((1.1, 1.0, 0.85)), 0, 255).astype(np.uint8)
    every = np.ones((40, 40), np.float32)
    assert (
        np.ptp(balanced(warm, every).astype(int), 2).mean() < np.ptp(warm.astype(int), 2).mean() / 3
    )
    assert np.abs(balanced(grey, every).astype(int) - grey).max() <= 1
    assert balanced(grey, every * 0) is grey
