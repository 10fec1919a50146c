"""Strips that are one line are put together, and no others."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from daemon.engines.rapidocr.cutting import extents_of
from daemon.engines.rapidocr.finding import strips_in
from daemon.engines.rapidocr.mending import mended
from daemon.engines.rapidocr.recognition import Glyph
from daemon.engines.rapidocr.strip import Strip

ONE = Strip(200, 300, 0.0, 200, 40, 0.9)


def at(along: float, across: float = 0.0, **other: float) -> Strip:
    """A strip beside ``ONE``."""
    return replace(ONE, x=ONE.x + along, y=ONE.y + across, **other)


@pytest.mark.parametrize("angle", [0.0, 12.0, -90.0, 178.0])
def test_two_halves_of_a_line_are_one(angle: float) -> None:
    turn = math.radians(angle)
    left = replace(ONE, angle_deg=angle)
    right = replace(
        ONE, x=ONE.x + 190 * math.cos(turn), y=ONE.y + 190 * math.sin(turn), angle_deg=angle
    )
    (both,) = mended([left, right])
    assert both.length_px == pytest.approx(390)
    assert both.height_px == pytest.approx(40, abs=0.1)
    assert both.x == pytest.approx(ONE.x + 95 * math.cos(turn))
    assert both.y == pytest.approx(ONE.y + 95 * math.sin(turn))


@pytest.mark.parametrize(
    "other",
    [
        at(205),  # a gap
        at(150, 30),  # the next line, close
        at(190, height_px=60),  # a headline beside it
        at(190, angle_deg=90.0),  # across
        at(190, angle_deg=9.0),  # another page's
    ],
)
def test_what_is_another_line_stays_one(other: Strip) -> None:
    assert len(mended([ONE, other])) == 2


def test_many_pieces_become_one() -> None:
    pieces = [at(n * 190.0) for n in (3, 0, 1, 2)]
    (whole,) = mended(pieces)
    assert whole.length_px == pytest.approx(3 * 190 + 200)


def test_a_single_tall_digit_follows_the_lines_of_its_page() -> None:
    page = np.zeros((600, 600, 3), np.uint8)
    page[100:104, 50:450] = 255  # the core of a line, 4 px of 10
    page[300:308, 100:103] = 255  # of a 1
    strips = strips_in(page, 1.0, lambda planes: (planes[0, 0] > 0).astype(np.float32))
    small = min(strips, key=lambda one: one.length_px)
    assert small.is_upright


def test_words_part_in_the_widest_gap() -> None:
    """The columns named are late: the cut is not between the first glyph and the second."""
    ink = np.zeros(120, np.float32)
    ink[10:20] = ink[50:54] = ink[58:70] = 0.5  # a colon, then "in" after a wide gap
    glyphs = [
        Glyph(":", 12, 20, 1.0), Glyph(" ", 40, 48, 1.0), Glyph("i", 56, 64, 1.0),
        Glyph("n", 64, 72, 1.0),
    ]  # fmt: skip
    begin = extents_of(glyphs, ink)[2][0] * 120
    assert 20 < begin < 50


def test_two_thousand_strips_are_no_burden() -> None:
    """Counted in looks at pairs: a page of small print has as many."""
    strips = [
        replace(ONE, x=250.0 * column, y=50.0 * row, length_px=200 + column)
        for column in range(10)
        for row in range(200)
    ]
    assert len(mended(strips)) == len(strips)
