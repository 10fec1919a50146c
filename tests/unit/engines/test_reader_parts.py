"""The reader's geometry, without its networks."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from daemon.engines.rapidocr.cutting import extents_of, ink_columns
from daemon.engines.rapidocr.finding import heat, strips_in
from daemon.engines.rapidocr.looks import FIRST, framed, scale_for, written_on
from daemon.engines.rapidocr.recognition import Glyph, read_strips
from daemon.engines.rapidocr.strip import Strip, cut_out


def bar(angle: float, length: float = 200, height: float = 30) -> np.ndarray:
    page = np.zeros((400, 400, 3), np.uint8)
    corners = Strip(200, 200, angle, length, height, 1.0).quad.corners
    cv2.fillPoly(page, [np.round(corners).astype(np.int32)], (255, 255, 255))
    return page


def white(planes):
    return (planes[0, 0] > 0).astype(np.float32)


@pytest.mark.parametrize("angle", [0.0, 5.0, -15.0, 15.0, 90.0, 78.0, 105.0])
def test_a_strip_is_found_at_its_angle_in_reading_direction(angle):
    (found,) = strips_in(bar(angle), 1.0, white)
    assert found.angle_deg == pytest.approx(angle, abs=1.5)
    assert (found.x, found.y) == pytest.approx((200, 200), abs=2)
    # The map is of the text's core; what is found is larger.
    assert found.length_px > 200
    assert found.height_px > 30


def test_a_short_strip_follows_the_long_ones():
    page = bar(8.0)
    cv2.rectangle(page, (20, 330), (60, 365), (255, 255, 255), -1)
    small = min(strips_in(page, 1.0, white), key=lambda one: one.length_px)
    assert small.angle_deg == pytest.approx(8.0, abs=2)


def test_tiles_make_the_same_map_as_one_look():
    page = np.zeros((2400, 2304, 3), np.uint8)
    cv2.rectangle(page, (1000, 1000), (1400, 1100), (255, 255, 255), -1)
    assert np.array_equal(heat(page, 1.0, white) > 0, page[:, :, 0] > 0)


@pytest.mark.parametrize("angle", [0.0, 12.0, 90.0, 180.0, -90.0])
def test_a_cut_and_its_quad_are_the_same_place(angle):
    page = np.zeros((400, 400, 3), np.uint8)
    strip = Strip(200, 200, angle, 240, 48, 1.0)
    mark = strip.quad.part(0.75, 0.85).centre
    cv2.circle(page, (round(mark[0]), round(mark[1])), 5, (255, 255, 255), -1)
    columns = np.nonzero(cut_out(page, strip).max(axis=(0, 2)) > 128)[0]
    assert columns.mean() / 240 == pytest.approx(0.8, abs=0.01)


def test_cuts_lie_in_the_gaps_between_glyphs():
    cut = np.full((48, 120, 3), 255, np.uint8)
    for left in (4, 44, 90):
        cut[8:40, left : left + 26] = 0
    glyphs = [Glyph("8", 8, 24, 1.0), Glyph("8", 48, 64, 1.0), Glyph("8", 96, 112, 1.0)]
    extents = extents_of(glyphs, ink_columns(cut))
    edges = [round(end * 120) for _, end in extents[:2]]
    assert 30 <= edges[0] <= 44
    assert 70 <= edges[1] <= 90
    # A wide gap is nobody's: a mask of the second glyph must not reach into the third's half.
    assert edges[1] <= 70 + 48 * 0.1 + 1
    assert round(extents[2][0] * 120) >= 90 - 48 * 0.1 - 1
    assert extents[0][0] == 0
    assert extents[-1][1] == 1


def test_a_blank_takes_no_room_from_its_neighbours():
    glyphs = [Glyph("1", 8, 24, 1.0), Glyph(" ", 30, 40, 1.0), Glyph("2", 48, 64, 1.0)]
    first, blank, last = extents_of(glyphs, np.zeros(80, np.float32))
    assert first[1] <= blank[0] == blank[1] <= last[0]


def test_columns_without_a_class_are_an_empty_reading_that_is_kept():
    def blank(planes):
        answer = np.zeros((len(planes), planes.shape[3] // 8, 3), np.float32)
        answer[:, :, 0] = 1
        return answer

    cuts = [np.zeros((48, width, 3), np.uint8) for width in (700, 40, 90)]
    readings = read_strips(cuts, blank, ("", "a", "b"))
    assert [(r.text, r.score) for r in readings] == [("", 0.0)] * 3


def test_repeated_columns_are_one_glyph_and_a_blank_between_makes_two():
    def twice(planes):
        answer = np.zeros((len(planes), planes.shape[3] // 8, 3), np.float32)
        answer[:, :, 0] = 0.5
        for column in (2, 3, 6):
            answer[:, column, 1] = 0.9
        return answer

    (reading,) = read_strips([np.zeros((48, 100, 3), np.uint8)], twice, ("", "a", "b"))
    assert reading.text == "aa"
    assert "a" not in repr(reading).replace("Reading", "").replace("score", "")
    assert reading.glyphs[0].centre_px == pytest.approx(24, abs=1)


def test_tiny_pages_are_put_on_a_sheet_and_large_ones_shrunk():
    tiny = framed(np.full((40, 90, 3), 200, np.uint8))
    assert min(tiny.pixels.shape[:2]) == 640
    assert (tiny.pixels == 200).all()
    assert scale_for(np.zeros((4000, 3000, 3), np.uint8), FIRST) == pytest.approx(0.5)
    assert math.isclose(scale_for(np.zeros((1700, 1200, 3), np.uint8), FIRST), 1.0)


def test_bare_margins_are_not_looked_at():
    page = np.full((1754, 1240, 3), 255, np.uint8)
    cv2.rectangle(page, (200, 150), (1000, 1350), (250, 251, 255), -1)
    window = written_on(page)
    assert (window.left, window.right) == pytest.approx((136, 1064), abs=16)
    assert (window.top, window.bottom) == pytest.approx((86, 1414), abs=16)
    assert (window.width % 32, window.height % 32) == (0, 0)


def test_a_page_with_grain_is_looked_at_whole():
    grain = np.random.default_rng(0).normal(0, 2, (1754, 1240, 3))
    page = np.clip(250 + grain, 0, 255).astype(np.uint8)
    window = written_on(page)
    assert (window.width, window.height) == (1240, 1754)


def test_a_few_marks_keep_a_sheet_around_them():
    page = np.full((1754, 1240, 3), 255, np.uint8)
    page[1750, 1236] = 0
    window = written_on(page)
    assert (window.right, window.bottom) == (1240, 1754)
    assert window.width >= 640
    assert window.height >= 640
    assert written_on(np.full((700, 700, 3), 7, np.uint8)) is None
