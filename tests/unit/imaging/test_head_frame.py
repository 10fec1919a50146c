"""A ruler laid on a head."""

from __future__ import annotations

import numpy as np
import pytest

from daemon.imaging.head_frame import HeadFrame
from tests.fakes.engines import face_at

POINTS = face_at(100, 50, 0.5).landmarks


def test_the_unit_is_the_larger_of_two_distances() -> None:
    upright = HeadFrame.of(POINTS)
    narrow = POINTS.copy()
    narrow[:, 0] = narrow[:, 0].mean() + (narrow[:, 0] - narrow[:, 0].mean()) * 0.5
    assert HeadFrame.of(narrow).unit_px == pytest.approx(upright.unit_px, rel=0.02)


def test_moving_and_scaling_go_together() -> None:
    head = HeadFrame.of(POINTS)
    there = head.moved(10, 20, 2.0)
    assert (there.x, there.y) == pytest.approx((2 * (head.x - 10), 2 * (head.y - 20)))
    assert there.unit_px == pytest.approx(2 * head.unit_px)


def test_the_nose_tells_where_a_head_turns() -> None:
    turned = POINTS.copy()
    turned[2, 0] += 20
    assert HeadFrame.of(POINTS).turn == pytest.approx(0, abs=0.05)
    assert HeadFrame.of(turned).turn > 0.25


def test_a_tilted_head_has_its_own_axes() -> None:
    head = HeadFrame(100, 100, 20, np.deg2rad(30))
    grid = head.grid((200, 200))
    down = (np.array((-np.sin(np.deg2rad(30)), np.cos(np.deg2rad(30)))) * 40 + 100).astype(int)
    assert grid.along[down[1], down[0]] == pytest.approx(2.0, abs=0.06)
    assert grid.across[down[1], down[0]] == pytest.approx(0.0, abs=0.06)


def test_the_window_stays_inside_the_picture() -> None:
    window = HeadFrame.of(POINTS).portrait_window((240, 260))
    assert (window.left, window.top, window.right, window.bottom) == (0, 0, 240, 260)


def test_a_head_outside_the_picture_has_no_window() -> None:
    with pytest.raises(ValueError, match="outside"):
        HeadFrame(9000, 100, 20, 0).portrait_window((200, 200))


@pytest.mark.parametrize(
    "points",
    [np.zeros((5, 2)), np.full((5, 2), np.nan), np.zeros((4, 2))],
    ids=["one place", "not numbers", "four points"],
)
def test_points_that_make_no_head_are_refused(points) -> None:
    with pytest.raises(ValueError):
        HeadFrame.of(points.astype(np.float32))
