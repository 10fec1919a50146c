"""The detector's own arithmetic, without its weights."""

from __future__ import annotations

import numpy as np
import pytest

from daemon.engines.base import Face
from daemon.engines.centerface.adapter import decoded, prepared, sides_for
from daemon.engines.merging import Seen, merged
from daemon.imaging.geometry import Box


def seen(box: Box, score: float, seen_px: float = 100) -> Seen:
    return Seen(Face(box, np.zeros((5, 2), np.float32), score), seen_px)


@pytest.mark.parametrize(
    ("long_side", "sides"),
    [
        (4000, [240, 320, 640, 1280]),
        (1000, [240, 320, 640, 1000]),
        (640, [240, 320, 640]),
        (100, [240, 320, 640]),
    ],
)
def test_every_picture_is_looked_at_at_two_scales_or_more(long_side: int, sides: list[int]) -> None:
    assert sides_for(long_side) == sides


def test_a_picture_is_cut_down_to_multiples_of_the_stride() -> None:
    planes, by_x, by_y = prepared(np.zeros((1000, 2000, 3), np.uint8), 640)
    assert planes.shape == (1, 3, 320, 640)
    assert (by_x, by_y) == (2000 / 640, 1000 / 320)


def test_a_peak_becomes_a_face_with_landmarks() -> None:
    heat = np.zeros((1, 1, 8, 8), np.float32)
    heat[0, 0, 3, 4] = 0.9
    sizes = np.full((1, 2, 8, 8), np.log(4.0), np.float32)  # 16 px
    offsets = np.zeros((1, 2, 8, 8), np.float32)
    points = np.full((1, 10, 8, 8), 0.5, np.float32)
    (face,) = decoded([heat, sizes, offsets, points], (32, 32))
    assert face.box.as_list() == [10, 6, 26, 22]
    assert face.landmarks == pytest.approx(np.tile((18, 14), (5, 1)))
    assert face.score == pytest.approx(0.9)


def test_a_twin_inside_a_better_box_is_dropped() -> None:
    """Their IoU is a third only, so ordinary suppression keeps both."""
    whole, twin = Box(0, 0, 100, 100), Box(20, 20, 80, 75)
    assert [f.score for f in merged([seen(twin, 0.7), seen(whole, 0.9)])] == [0.9]


def test_neighbours_stay_two_faces() -> None:
    assert len(merged([seen(Box(0, 0, 50, 60), 0.9), seen(Box(30, 0, 80, 60), 0.8)])) == 2


def test_landmarks_come_from_the_view_that_saw_the_face_larger() -> None:
    box = Box(0, 0, 40, 50)
    small = Seen(Face(box, np.full((5, 2), 9, np.float32), 0.92), 20)
    large = Seen(Face(box, np.full((5, 2), 5, np.float32), 0.9), 80)
    (face,) = merged([small, large])
    assert face.landmarks == pytest.approx(np.full((5, 2), 5), abs=0.01)
    assert (face.box, face.score) == (box, 0.92)
