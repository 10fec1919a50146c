"""RetinaFace's anchors, boxes and landmarks, and one face out of several views."""

from __future__ import annotations

import numpy as np
import pytest

from daemon.engines.base import Face
from daemon.engines.boxes import apart
from daemon.engines.merging import Seen, merged
from daemon.engines.retina_boxes import anchors, decoded
from daemon.imaging.geometry import Box


def coded(box, points, anchor):
    """What the network would say of a box and points at an anchor: the inverse of ``decoded``."""
    x, y, side = anchor
    left, top, right, bottom = box
    middle = np.array(((left + right) / 2 - x, (top + bottom) / 2 - y)) / (0.1 * side)
    size = np.log(np.array((right - left, bottom - top)) / side) / 0.2
    return np.concatenate([middle, size]), ((points - (x, y)) / (0.1 * side)).ravel()


def heads_of(size, faces):
    """Heads that see these (box, points, score, which anchor) and nothing else."""
    at = anchors(*size)
    boxes = np.zeros((len(at), 4), np.float32)
    scores = np.zeros(len(at), np.float32)
    points = np.zeros((len(at), 10), np.float32)
    for box, landmarks, score, index in faces:
        boxes[index], points[index] = coded(box, landmarks, at[index])
        scores[index] = score
    return boxes, scores, points


FIVE = np.array([(10, 12), (30, 12), (20, 22), (12, 32), (28, 32)], np.float32)


def test_anchors_stand_in_the_middle_of_their_cells_in_the_heads_order() -> None:
    at = anchors(64, 96)
    assert len(at) == 2 * (8 * 12 + 4 * 6 + 2 * 3)
    assert at[0].tolist() == [4, 4, 16]
    assert at[1].tolist() == [4, 4, 32]
    assert at[2].tolist() == [12, 4, 16], "columns run before rows"
    assert at[-1].tolist() == [80, 48, 512]


def test_what_was_coded_comes_back_in_pixels() -> None:
    size = (64, 96)
    found = decoded(heads_of(size, [((5, 6, 35, 44), FIVE, 0.9, 7)]), size, 0.8)
    assert found.scores.tolist() == [pytest.approx(0.9)]
    assert found.boxes[0] == pytest.approx([5, 6, 35, 44], abs=1e-3)
    assert found.landmarks[0] == pytest.approx(FIVE, abs=1e-3)


def test_of_two_anchors_that_see_one_face_the_surer_speaks() -> None:
    size = (64, 96)
    seen = [((5, 6, 35, 44), FIVE, 0.85, 7), ((6, 6, 36, 45), FIVE + 1, 0.95, 9)]
    found = decoded(heads_of(size, seen), size, 0.8)
    assert found.scores.tolist() == [pytest.approx(0.95)]


def test_scores_under_the_least_do_not_count() -> None:
    size = (64, 96)
    found = decoded(heads_of(size, [((5, 6, 35, 44), FIVE, 0.79, 7)]), size, 0.8)
    assert found.boxes.shape == (0, 4)
    assert found.landmarks.shape == (0, 5, 2)


def test_boxes_end_at_the_picture() -> None:
    size = (64, 96)
    found = decoded(heads_of(size, [((-20, -5, 200, 40), FIVE, 0.9, 7)]), size, 0.8)
    assert found.boxes[0].tolist() == pytest.approx([0, 0, 96, 40], abs=1e-3)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_anchor_without_a_finite_number_is_left_out(value) -> None:
    size = (64, 96)
    boxes, scores, points = heads_of(
        size, [((5, 6, 35, 44), FIVE, 0.9, 7), ((60, 6, 90, 44), FIVE, 0.9, 15)]
    )
    boxes[7, 0] = value
    found = decoded((boxes, scores, points), size, 0.8)
    assert found.boxes[:, 0].tolist() == [pytest.approx(60, abs=1e-3)]


def test_a_size_beyond_all_measure_is_no_overflow() -> None:
    size = (64, 96)
    boxes, scores, points = heads_of(size, [((5, 6, 35, 44), FIVE, 0.9, 7)])
    boxes[7, 2:] = 1e30
    found = decoded((boxes, scores, points), size, 0.8)
    assert found.boxes[0].tolist() == [0, 0, 96, 64]


def test_neighbours_that_overlap_little_stay_apart() -> None:
    boxes = np.array([(0, 0, 10, 10), (6, 0, 16, 10), (1, 1, 11, 11)], np.float32)
    assert apart(boxes).tolist() == [0, 1]
    assert apart(np.zeros((0, 4), np.float32)).tolist() == []


# ── several views ─────────────────────────────────────────────────────────────────────────────


def seen(box: Box, score: float, seen_px: float, shift: float = 0.0) -> Seen:
    return Seen(Face(box, FIVE + np.float32(shift), score), seen_px)


WHOLE = Box(0, 0, 40, 50)


def test_points_come_from_views_of_middling_size() -> None:
    """A face of 600 px in the view is surest and sees its own points worst."""
    (face,) = merged(
        [seen(WHOLE, 1.0, 600, 8.0), seen(WHOLE, 0.99, 300, 2.0), seen(WHOLE, 0.98, 150, 1.0)],
    )
    assert (face.box, face.score) == (WHOLE, 1.0)
    assert np.abs(face.landmarks - FIVE - 1.25).max() < 0.15


def test_a_view_that_saw_another_box_or_was_unsure_has_no_say() -> None:
    half = Box(10, 10, 30, 30)
    (face,) = merged(
        [seen(WHOLE, 1.0, 300), seen(half, 0.99, 140, 9.0), seen(WHOLE, 0.8, 140, 9.0)]
    )
    assert np.array_equal(face.landmarks, FIVE)


@pytest.mark.parametrize("seen_px", [0.0, 3.0, 1e6])
def test_a_single_view_is_taken_as_it_is(seen_px) -> None:
    (face,) = merged([seen(WHOLE, 0.9, seen_px, 3.0)])
    assert face.landmarks == pytest.approx(FIVE + 3)


def test_a_box_without_a_width_is_no_reason_to_fail() -> None:
    (face,) = merged([seen(Box(5, 5, 5, 9), 0.9, 0.0, 3.0)])
    assert face.landmarks == pytest.approx(FIVE + 3)
