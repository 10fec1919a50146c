"""Ink beside a mask: what looks like more of a number is told, what does not is not."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from daemon.domain.privacy.page import Quad
from daemon.imaging.loose import loose_ink
from daemon.imaging.masking import box_quad
from daemon.routes.privacy.places import holds

MASK = box_quad(100, 80, 260, 120)  # 40 px high over digits of 20


def page(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """White paper with five digits' worth of ink under the mask, and more (left, top, w, h)."""
    grey = np.full((200, 500), 255, np.uint8)
    inked = [(110 + 28 * number, 90, 14, 20) for number in range(5)]
    for left, top, width, height in (*inked, *boxes):
        grey[top : top + height, left : left + width] = 20
    return grey


def known(*read: Quad) -> np.ndarray:
    """The mask, and lines that were read."""
    told = np.zeros((200, 500), np.uint8)
    for quad in (MASK, *read):
        cv2.fillPoly(told, [np.array(quad.corners, np.int32)], 1)
    return told.astype(bool)


def test_two_digits_that_nobody_read_are_told_as_one_stretch_as_high_as_the_mask() -> None:
    (found,) = loose_ink(page((270, 90, 14, 20), (294, 90, 14, 20)), MASK, known())
    assert all(holds(found, spot) for spot in ((271, 91), (307, 109)))
    assert found.height_px == pytest.approx(MASK.height_px)
    assert found.end[0] < 315


def test_what_stands_before_the_mask_is_told_too() -> None:
    (found,) = loose_ink(page((70, 90, 14, 20)), MASK, known())
    assert holds(found, (71, 91))
    assert found.start[0] > 60


def test_what_was_read_is_known() -> None:
    digits = (270, 90, 14, 20), (294, 90, 14, 20)
    assert not loose_ink(page(*digits), MASK, known(box_quad(266, 86, 312, 114)))


@pytest.mark.parametrize(
    "box",
    [
        (290, 90, 14, 20),  # too far off
        (270, 105, 4, 4),  # a full stop
        (265, 108, 200, 3),  # a line to write on
        (270, 70, 3, 60),  # a table's border
        (270, 60, 90, 90),  # a picture
        (270, 62, 14, 22),  # the line above
    ],
)
def test_what_is_no_rest_of_a_number_is_not_told(box: tuple[int, int, int, int]) -> None:
    assert not loose_ink(page(box), MASK, known())


def test_a_chain_ends_at_the_first_wide_gap() -> None:
    (found,) = loose_ink(page((270, 90, 14, 20), (330, 90, 14, 20)), MASK, known())
    assert found.end[0] < 290


@pytest.mark.parametrize("turn_deg", [90.0, 180.0, 12.0])
def test_text_of_any_direction_is_followed_along_its_own_line(turn_deg: float) -> None:
    way = cv2.getRotationMatrix2D((250, 100), -turn_deg, 1.0)
    reach = 600
    way[:, 2] += reach / 2 - np.array((250, 100))
    grey = cv2.warpAffine(page((270, 90, 14, 20)), way, (reach, reach), borderValue=255)
    told = cv2.warpAffine(known().astype(np.uint8), way, (reach, reach)) > 0
    turned = [tuple(way[:, :2] @ np.array(corner) + way[:, 2]) for corner in MASK.corners]
    (found,) = loose_ink(grey, Quad(*turned), told)
    x, y = way[:, :2] @ np.array((277, 100)) + way[:, 2]
    assert holds(found, (float(x), float(y)))
    assert math.isclose(found.height_px, MASK.height_px, rel_tol=0.02)


def test_a_mask_over_nothing_says_nothing() -> None:
    blank = np.full((200, 500), 255, np.uint8)
    blank[90:110, 270:284] = 20
    assert not loose_ink(blank, MASK, known())
