"""Least-squares alignment to any template, and crops that stay true to the photo."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.imaging.template import (
    ARCFACE_PX,
    ARCFACE_TEMPLATE,
    gpen_template,
    narrow_template_112,
    similarity,
    warped,
)


def through(matrix, points):
    return points @ matrix[:, :2].T + matrix[:, 2]


@given(
    scale=st.floats(0.05, 40),
    degrees=st.floats(-180, 180),
    x=st.floats(-5000, 5000),
    y=st.floats(-5000, 5000),
)
def test_a_moved_turned_and_scaled_template_is_brought_back(scale, degrees, x, y) -> None:
    turn = math.radians(degrees)
    matrix = scale * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    found = similarity(ARCFACE_TEMPLATE @ matrix.T + (x, y), ARCFACE_TEMPLATE)
    assert found is not None
    landed = through(found, ARCFACE_TEMPLATE @ matrix.T + (x, y))
    assert np.abs(landed - ARCFACE_TEMPLATE).max() < 1e-6


def test_no_other_similarity_lies_nearer() -> None:
    rng = np.random.default_rng(2)
    points = ARCFACE_TEMPLATE * 3 + rng.normal(0, 6, (5, 2))
    best = similarity(points, ARCFACE_TEMPLATE)
    error = np.sum((through(best, points) - ARCFACE_TEMPLATE) ** 2)
    for _ in range(200):
        a, b, x, y = rng.normal(0, (0.01, 0.01, 0.3, 0.3))
        nudged = best + np.array([[a, -b, x], [b, a, y]])
        assert np.sum((through(nudged, points) - ARCFACE_TEMPLATE) ** 2) >= error


def test_a_mirrored_face_is_never_mirrored_back() -> None:
    found = similarity(ARCFACE_TEMPLATE * (-1, 1), ARCFACE_TEMPLATE)
    assert found is None or np.linalg.det(found[:, :2]) > 0


@pytest.mark.parametrize("points", [np.zeros((5, 2)), np.full((5, 2), np.nan)])
def test_points_that_allow_no_similarity_give_none(points) -> None:
    assert similarity(points, ARCFACE_TEMPLATE) is None


def test_templates_are_the_published_numbers() -> None:
    """As the fixtures' page prints GPEN's template for 512 pixels."""
    printed = [(202.0407, 242.8840), (309.4302, 242.2900), (256.0768, 303.9592)]
    assert gpen_template(512)[:3] == pytest.approx(np.array(printed), abs=1e-3)
    assert narrow_template_112() == pytest.approx(ARCFACE_TEMPLATE, abs=1e-3)


# ── crops ─────────────────────────────────────────────────────────────────────────────────


def crop(photo, scale, shift=(0.0, 0.0)):
    """The crop whose pixel (0, 0) shows the photo's ``shift``, ``scale`` photo pixels per pixel."""
    matrix = np.array([[1 / scale, 0, -shift[0] / scale], [0, 1 / scale, -shift[1] / scale]])
    return warped(photo, matrix, ARCFACE_PX)


def test_a_crop_at_the_photos_own_scale_is_the_photo(astronaut) -> None:
    assert np.array_equal(crop(astronaut, 1, (150, 40)), astronaut[40:152, 150:262])


def test_what_lies_outside_the_photo_is_black(astronaut) -> None:
    found = crop(astronaut, 1, (-50, -20))
    assert not found[:20].any()
    assert not found[:, :50].any()
    assert np.array_equal(found[20:, 50:], astronaut[:92, :62])


def test_a_face_beside_the_photo_is_all_black(astronaut) -> None:
    assert not crop(astronaut, 1, (5000, 0)).any()


@pytest.mark.parametrize("scale", [1.0, 1.25, 2.0, 3.25, 4.0])
def test_a_shrunk_crop_is_an_average_and_keeps_its_place(astronaut, scale) -> None:
    side = round(ARCFACE_PX * scale)
    piece = astronaut[:side, :side]
    expected = cv2.resize(piece, (ARCFACE_PX, ARCFACE_PX), interpolation=cv2.INTER_AREA)
    found = crop(astronaut, scale, ((scale - 1) / 2, (scale - 1) / 2))
    one, other = (cv2.cvtColor(p, cv2.COLOR_RGB2GRAY).astype(np.float32) for p in (found, expected))
    window = cv2.createHanningWindow((ARCFACE_PX, ARCFACE_PX), cv2.CV_32F)
    (x, y), _ = cv2.phaseCorrelate(one, other, window)
    assert math.hypot(x, y) < 0.2
    assert np.abs(one - other)[2:-2, 2:-2].mean() < 6


def test_fine_stripes_do_not_turn_into_coarse_ones() -> None:
    stripes = np.zeros((1120, 1120, 3), np.uint8)
    stripes[::2] = 255
    assert crop(stripes, 9.5)[4:-4, 4:-4].std() < 16


def test_red_stays_red() -> None:
    red = np.zeros((300, 300, 3), np.uint8)
    red[..., 0] = 200
    assert crop(red, 2)[50, 50].tolist() == [200, 0, 0]
