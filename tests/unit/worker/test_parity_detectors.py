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


def test_landmarks_are_apart_in_distances_of_the_eyes_on_the_average_of_a_photos_faces() -> None:
    row = compared("a.jpg", [face(0, off_px=4), face(200)], [face(0), face(200)])
    assert row.apart == pytest.approx((0.1, 0.0))
    assert row.mean == pytest.approx(0.05)
    assert row.as_json()["same"] == 2


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
    assert math.isnan(row.mean)
    checked = Checked(NAME, MOST_APART, {row.photo: row.mean}, table=(row.as_json(),))
    assert not checked.is_ok
    assert checked.as_json()["parts"] == {"a.jpg": None}
    assert checked.as_json()["table"][0]["retinaface"] == len(ours)
