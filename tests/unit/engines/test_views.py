"""Views of a picture: which are looked at, their windows, and what a window's edge cuts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from daemon.engines.boxes import Found
from daemon.engines.views import filled_up, sides_for, up_to, view_of


def found_at(*boxes: tuple[float, float, float, float]) -> Found:
    edges = np.array(boxes, np.float32).reshape(-1, 4)
    middles = (edges[:, None, :2] + edges[:, None, 2:]) / 2
    return Found(edges, middles.repeat(5, 1), np.full(len(edges), 0.9, np.float32))


@pytest.mark.parametrize(
    ("long_side", "sides"),
    [(10, [320, 640]), (640, [320, 640]), (900, [320, 640, 900]), (9000, [320, 640, 1280])],
)
def test_large_pictures_are_looked_at_once_more(long_side, sides) -> None:
    assert sides_for(long_side) == sides


@pytest.mark.parametrize("shape", [(300, 200), (200, 300), (64, 64), (1000, 7)])
def test_windows_cover_the_view_and_overlap_by_a_quarter(shape) -> None:
    view = view_of(np.zeros((*shape, 3), np.uint8), max(shape))
    covered = np.zeros(shape, int)
    windows = view.windows((96, 64))
    for one in windows:
        assert one.pixels.shape[1] <= 96
        assert one.pixels.shape[0] <= 64
        covered[one.window.slices] += 1
    assert covered.min() == 1
    tops = sorted({one.window.top for one in windows})
    lefts = sorted({one.window.left for one in windows})
    assert all(after - before <= 48 for before, after in pairwise(tops))
    assert all(after - before <= 72 for before, after in pairwise(lefts))


def test_a_view_that_fits_is_one_window() -> None:
    view = view_of(np.zeros((40, 90, 3), np.uint8), 90)
    (one,) = view.windows((96, 64))
    assert one.pixels.shape == (40, 90, 3)


def test_a_box_at_a_cut_is_a_part_of_a_face_and_at_the_pictures_edge_a_whole_one() -> None:
    """Windows of 96 by 64 in a view of 168 by 64: the first is cut on its right side only."""
    first, second = view_of(np.zeros((64, 168, 3), np.uint8), 168).windows((96, 64))
    assert (first.window.right, second.window.left) == (96, 72)
    for box in ((0, 0, 30, 64), (-5, -5, 30, 70), (40, 10, 90, 60)):
        assert len(first.seen(found_at(box))) == 1
    for box in ((60, 10, 94, 60), (60, 10, 120, 60)):
        assert first.seen(found_at(box)) == []
    assert second.seen(found_at((2, 10, 40, 60))) == []
    assert len(second.seen(found_at((40, 10, 96, 60)))) == 1


def test_upper_and_lower_cuts_count_as_well() -> None:
    first, second = view_of(np.zeros((112, 96, 3), np.uint8), 112).windows((96, 64))
    assert first.seen(found_at((10, 20, 40, 63))) == []
    assert second.seen(found_at((10, 1, 40, 30))) == []
    assert len(second.seen(found_at((10, 20, 40, 64)))) == 1


def test_what_is_seen_in_a_window_lies_in_the_picture() -> None:
    """The picture is twice as large as the view."""
    view = view_of(np.zeros((192, 336, 3), np.uint8), 168)
    _first, second = view.windows((96, 96))
    (seen,) = second.seen(found_at((20, 10, 60, 40)))
    assert view.by == (2, 2)
    assert seen.face.box.as_list() == [184, 20, 264, 80]
    np.testing.assert_allclose(seen.face.landmarks, [(224, 50)] * 5)
    assert seen.seen_px == 40
    assert seen.face.score == pytest.approx(0.9)


def test_boxes_of_no_size_are_no_faces() -> None:
    view = view_of(np.zeros((64, 64, 3), np.uint8), 64)
    assert view.seen(found_at((5, 5, 5, 50), (70, 5, 90, 50), (9, 9, 9.5, 9.5))) == []


def test_what_is_missing_to_a_canvas_has_the_colour_that_is_asked_for() -> None:
    filled = filled_up(np.full((2, 3, 3), 9, np.uint8), (5, 4), (1, 2, 3))
    assert filled.shape == (4, 5, 3)
    assert (filled[:2, :3] == 9).all()
    assert filled[2:].reshape(-1, 3).tolist() == [[1, 2, 3]] * 10
    assert up_to((33, 64), 32) == (64, 64)
