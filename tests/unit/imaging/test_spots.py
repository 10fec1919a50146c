"""Spots drawn on skin: the right kind goes, everything else stays to the bit."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from daemon.imaging.spots import Spot, found_spots, without_spots

BLEMISH, MOLE = (100, 120), (200, 160)
ALL = frozenset(Spot)


@pytest.fixture
def face() -> tuple[np.ndarray, np.ndarray]:
    """Grainy skin with a red spot, a brown one and a wrinkle; and the mask of skin."""
    grain = np.random.default_rng(5).normal(0, 2, (300, 300, 1))
    rgb = np.clip(np.array((214.0, 170.0, 146.0)) + grain, 0, 255).astype(np.uint8)
    cv2.circle(rgb, BLEMISH, 3, (205, 120, 110), -1, cv2.LINE_AA)
    cv2.circle(rgb, MOLE, 3, (120, 90, 76), -1, cv2.LINE_AA)
    cv2.line(rgb, (60, 220), (160, 224), (170, 130, 110), 2, cv2.LINE_AA)
    skin = np.zeros((300, 300), np.float32)
    skin[20:280, 20:280] = 1
    return rgb, skin


@pytest.mark.parametrize(
    ("kind", "place", "other"), [(Spot.BLEMISH, BLEMISH, MOLE), (Spot.MOLE, MOLE, BLEMISH)]
)
def test_only_the_kind_that_was_named_goes(face, kind, place, other) -> None:
    rgb, skin = face
    out = without_spots(rgb, skin, skin, frozenset({kind}))
    clean = np.array((214, 170, 146))
    assert np.abs(out[place[1], place[0]] - clean).max() < 16
    assert (out[other[1], other[0]] == rgb[other[1], other[0]]).all()


def test_away_from_spots_nothing_changes_and_a_wrinkle_is_no_spot(face) -> None:
    rgb, skin = face
    out = without_spots(rgb, skin, skin, ALL)
    changed = (out != rgb).any(axis=2)
    for x, y in (BLEMISH, MOLE):
        changed[y - 10 : y + 11, x - 10 : x + 11] = False
    assert not changed.any()


def test_skin_without_spots_is_the_very_same_array(face) -> None:
    _, skin = face
    plain = np.full((300, 300, 3), (214, 170, 146), np.uint8)
    assert without_spots(plain, skin, skin, ALL) is plain


def test_outside_skin_nothing_is_a_spot(face) -> None:
    rgb, skin = face
    assert not found_spots(rgb, skin, np.zeros_like(skin), ALL).any()
