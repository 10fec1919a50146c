"""Where the head is: drawn people whose measures are known."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from daemon.routes.idphoto.head import CHIN_UNITS, posture

UNIT = 100.0
EYES = np.array((500.0, 400.0))


def person(width: int = 1000, height: int = 1200, *, hair_top: float = 230, roll: float = 0.0):
    """Landmarks and matte of a person with eyes at (500, 400) and a unit of 100 px."""
    alpha = np.zeros((1600, 1600), np.float32)
    shift = (300, 200)
    middle = tuple(int(v) for v in EYES + shift)
    cv2.ellipse(alpha, middle, (120, int(EYES[1] - hair_top)), 0, 180, 360, 1.0, -1)
    cv2.ellipse(alpha, middle, (110, 185), 0, 0, 180, 1.0, -1)
    cv2.rectangle(alpha, (middle[0] - 260, middle[1] + 230), (middle[0] + 260, 1599), 1.0, -1)
    cv2.rectangle(alpha, (middle[0] - 60, middle[1]), (middle[0] + 60, middle[1] + 240), 1.0, -1)
    turn = cv2.getRotationMatrix2D(tuple(EYES + shift), -roll, 1)
    alpha = cv2.warpAffine(alpha, turn, alpha.shape, borderMode=cv2.BORDER_REPLICATE)
    points = np.array([(-50, 0), (50, 0), (0, 55), (-40, 100), (40, 100)], np.float64)
    angle = np.radians(roll)
    rotate = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    landmarks = (points @ rotate.T + EYES).astype(np.float32)
    return landmarks, alpha[200 : 200 + height, 300 : 300 + width].copy()


def test_eyes_chin_crown_and_body_are_where_they_were_drawn() -> None:
    found = posture(*person())
    assert found.unit_px == pytest.approx(UNIT, abs=0.5)
    assert found.head.eye_y == pytest.approx(400)
    assert found.head.chin_y == pytest.approx(400 + CHIN_UNITS * UNIT)
    assert found.head.hair_top_y == pytest.approx(230, abs=4)
    assert found.head.crown_y == found.head.hair_top_y
    assert found.head.body_end_y == math.inf
    assert not found.is_crown_cut
    assert found.head.side_left == -math.inf
    assert found.head.side_right == math.inf


@pytest.mark.parametrize("roll", [-12.0, -3.0, 7.0, 20.0])
def test_a_tilted_head_is_levelled_and_measures_the_same(roll) -> None:
    straight, tilted = posture(*person()), posture(*person(roll=roll))
    assert tilted.roll_deg == pytest.approx(roll, abs=0.2)
    for name in ("eye_y", "chin_y", "hair_top_y", "centre_x"):
        assert getattr(tilted.head, name) == pytest.approx(getattr(straight.head, name), abs=5)
    eyes = cv2.transform(person(roll=roll)[0][None, :2].astype(np.float64), tilted.level)[0]
    assert eyes[0, 1] == pytest.approx(eyes[1, 1], abs=0.01)


def test_high_hair_is_the_crown_only_where_the_rule_says_so() -> None:
    high = person(hair_top=120)
    by_hair, by_skull = posture(*high), posture(*high, crown="skull")
    assert by_hair.head.crown_y == pytest.approx(120, abs=4)
    assert by_skull.head.crown_y == pytest.approx(400 - CHIN_UNITS * UNIT, abs=1)
    assert by_skull.head.hair_top_y == by_hair.head.hair_top_y


def test_a_skull_never_lies_above_the_hair() -> None:
    found = posture(*person(hair_top=250), crown="skull")
    assert found.head.crown_y == found.head.hair_top_y


def test_a_crown_at_the_photos_edge_is_cut() -> None:
    landmarks, alpha = person()
    assert posture(landmarks - (0, 260), alpha[260:]).is_crown_cut
    assert not posture(landmarks - (0, 200), alpha[200:]).is_crown_cut


def test_a_shoulder_that_leaves_the_photo_is_known_by_its_column() -> None:
    landmarks, alpha = person()
    found = posture(landmarks - (300, 0), alpha[:, 300:])
    assert found.head.side_left == pytest.approx(0, abs=2)
    assert found.head.side_right == math.inf
    assert not found.is_side_cut


def test_a_head_at_the_photos_side_is_cut() -> None:
    landmarks, alpha = person()
    assert posture(landmarks - (450, 0), alpha[:, 450:]).is_side_cut


def test_a_body_ends_where_the_photo_ends() -> None:
    found = posture(*person(height=900))
    assert found.head.body_end_y == pytest.approx(900, abs=2)


def test_a_stray_hair_is_no_crown() -> None:
    landmarks, alpha = person()
    alpha[100:240, 498:502] = 1.0
    assert posture(landmarks, alpha).head.hair_top_y == pytest.approx(230, abs=4)
