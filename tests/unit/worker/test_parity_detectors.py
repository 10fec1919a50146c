"""Two detectors' faces of a photo, compared."""

from __future__ import annotations

import math

import numpy as np
import pytest

from daemon.engines.base import Face
from daemon.engines.parity import Checked
from daemon.imaging.geometry import Box
from daemon.worker.parity_detectors import MOST_APART, NAME, compared

POINTS = np.float32([(30, 40), (70, 40), (50, 60), (35, 80), (65, 80)])


def face(left: float, *, off_px: float = 0.0) -> Face:
    shift = np.float32((left + off_px, 0))
    return Face(Box(left, 0, left + 100, 120), POINTS + shift, 0.9)


def test_landmarks_are_apart_in_distances_of_the_eyes_the_worst_of_a_few_faces() -> None:
    row = compared("a.jpg", [face(0, off_px=4), face(200)], [face(0), face(200)])
    assert row.apart == pytest.approx((0.1, 0.0))
    assert row.off == pytest.approx(0.1)
    assert row.as_json()["same"] == 2


def test_of_a_crowd_the_mean_counts() -> None:
    lefts = (0, 200, 400, 600)
    ours = [face(left, off_px=8 if left else 0) for left in lefts]
    assert compared("a.jpg", ours, [face(left) for left in lefts]).off == pytest.approx(0.15)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([face(0)], [face(0), face(200)]),
        ([face(0), face(200)], [face(0)]),
        ([face(0), face(200)], [face(0), face(400)]),
        ([face(0), face(10)], [face(0), face(300)]),
        ([], []),
    ],
)
def test_a_photo_with_other_faces_fails_the_fixture(ours, theirs) -> None:
    row = compared("a.jpg", ours, theirs)
    assert math.isnan(row.off)
    checked = Checked(NAME, MOST_APART, {row.photo: row.off}, table=(row.as_json(),))
    assert not checked.is_ok
    assert checked.as_json()["parts"] == {"a.jpg": None}
    assert checked.as_json()["table"][0]["retinaface"] == len(ours)
