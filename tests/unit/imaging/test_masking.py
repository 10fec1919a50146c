"""Masks hide every pixel they touch, and nothing else changes."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from daemon.domain.privacy.page import Quad
from daemon.imaging.inking import coloured, dirty_sides, fitted, ink_share
from daemon.imaging.labelling import labelled
from daemon.imaging.masking import Fill, Patch, box_quad, covered, grown, outside_px, reach_of


@pytest.fixture
def noise():
    return np.random.default_rng(7).integers(0, 256, (120, 200, 3), dtype=np.uint8)


def turned(degrees: float) -> Quad:
    turn = math.radians(degrees)
    ax, ay = math.cos(turn) * 40, math.sin(turn) * 40
    dx, dy = -math.sin(turn) * 9, math.cos(turn) * 9
    corners = [
        (100 + i * ax + j * dx, 60 + i * ay + j * dy)
        for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    return Quad(*corners)


@pytest.mark.parametrize("degrees", [0, 7, -13, 90, 180, 271])
def test_every_pixel_a_mask_touches_is_its_colour_and_far_ones_are_bit_equal(noise, degrees):
    patch = Patch(turned(degrees), colour=(3, 5, 9))
    painted = covered(noise, [patch])
    place = reach_of(patch.quad, (200, 120))
    assert place is not None
    away = np.full((120, 200), 99.0)
    away[place.slices] = outside_px(patch.quad, place)
    assert (painted[away <= 0.5] == (3, 5, 9)).all()
    assert np.array_equal(painted[away >= 1.5], noise[away >= 1.5])
    assert (away <= 0.5).sum() >= 80 * 18


def test_without_smooth_edges_a_page_keeps_its_two_colours():
    page = np.full((120, 200, 3), 255, np.uint8)
    painted = covered(page, [Patch(turned(11))], smooth=False)
    assert set(np.unique(painted)) == {0, 255}


def test_a_round_corner_uncovers_no_more_than_a_tenth_of_the_height(noise):
    square = Patch(box_quad(20, 20, 120, 60), colour=(1, 2, 3))
    painted = covered(noise, [replace(square, radius=0.5)])
    # A corner of radius r leaves (1 - π/4) r² bare, here with r = 4 px.
    bare = (painted[20:60, 20:120] != (1, 2, 3)).any(axis=2).sum()
    assert 0 < bare < 4 * 4 * 4


def test_mosaic_has_at_most_eight_cells_and_is_no_clean_mean(noise):
    patch = Patch(box_quad(20, 20, 100, 100), fill=Fill.MOSAIC)
    inside = covered(noise, [patch])[24:96, 24:96]
    assert len(np.unique(inside.reshape(-1, 3), axis=0)) <= 81
    assert not np.array_equal(inside, covered(noise, [patch], seed=1)[24:96, 24:96])


def test_solid_goes_over_mosaic_whatever_the_order(noise):
    solid = Patch(box_quad(40, 40, 60, 60), colour=(0, 0, 0))
    mosaic = Patch(box_quad(20, 20, 100, 100), fill=Fill.MOSAIC)
    assert not covered(noise, [solid, mosaic])[42:58, 42:58].any()


def test_masks_beyond_the_page_do_no_harm(noise):
    away = [Patch(box_quad(-80, -80, -10, -10)), Patch(box_quad(190, 110, 400, 400))]
    painted = covered(noise, away)
    assert not painted[112:, 192:].any()
    assert np.array_equal(painted[:108, :188], noise[:108, :188])


def text_page() -> np.ndarray:
    page = np.full((120, 400, 3), 250, np.uint8)
    cv2.putText(page, "88888888", (60, 75), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (10, 10, 10), 4)
    return page


def grey_of(page):
    return cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)


def test_the_ring_sees_a_mask_that_stops_short_and_lets_it_grow():
    grey = grey_of(text_page())
    rows, columns = np.nonzero(grey < 128)
    whole = box_quad(columns.min() - 6, rows.min() - 6, columns.max() + 7, rows.max() + 7)
    assert not any(dirty_sides(grey, Patch(whole)))
    short = Patch(grown(whole, 0.0, -0.35, 0.0, 0.0))
    assert dirty_sides(grey, short)[0]
    patch, clean = fitted(grey, short)
    assert clean
    assert patch.quad.top_left[1] < rows.min() + 2


def test_a_mask_that_no_growth_makes_whole_is_told():
    grey = grey_of(text_page())
    rows, columns = np.nonzero(grey < 128)
    half = box_quad(
        columns.min() - 6, (rows.min() + rows.max()) / 2 + 4, columns.max() + 7, rows.max() + 7
    )
    small = Patch(half)
    assert not fitted(grey, small)[1]


def test_a_rule_that_runs_through_is_no_glyph():
    page = text_page()
    cv2.line(page, (0, 60), (399, 60), (10, 10, 10), 3)
    rows, columns = np.nonzero(grey_of(text_page()) < 128)
    whole = box_quad(columns.min() - 6, rows.min() - 6, columns.max() + 7, rows.max() + 7)
    assert fitted(grey_of(page), Patch(whole))[1]


def test_blank_paper_has_no_ink_and_a_page_of_text_has():
    assert ink_share(np.full((300, 300, 3), 240, np.uint8)) == 0
    assert ink_share(text_page()) > 0.01


@pytest.mark.parametrize(
    ("name", "colour"),
    [("black", (0, 0, 0)), ("white", (255, 255, 255)), ("auto", (250, 250, 250))],
)
def test_masks_take_the_colour_asked_for(name, colour):
    assert coloured(text_page(), [Patch(box_quad(50, 40, 300, 80))], name)[0].colour == colour


def test_ink_is_the_darkest_colour_of_the_page():
    assert max(coloured(text_page(), [Patch(box_quad(50, 40, 300, 80))], "ink")[0].colour) < 30


def test_a_label_is_written_inside_its_mask_only():
    page = text_page()
    patch = Patch(box_quad(50, 30, 350, 90), label="[phone]")
    painted = covered(page, [patch])
    before = painted.copy()
    assert labelled(painted, [patch], "en") == 0
    changed = np.argwhere((painted != before).any(axis=2))
    assert len(changed) > 100
    assert changed.min(axis=0)[0] >= 30
    assert changed.max(axis=0)[0] <= 90
    assert labelled(painted, [replace(patch, quad=box_quad(0, 0, 12, 6))], "en") == 1


def test_ink_beside_the_long_sides_counts_and_a_neighbour_at_an_end_does_not():
    page = np.full((120, 240), 255, np.uint8)
    for left in range(40, 160, 20):
        page[40:44, left : left + 12] = page[60:64, left : left + 12] = 0  # bars without a stem
    whole = Patch(box_quad(30, 34, 162, 70))
    assert not any(dirty_sides(page, whole))
    upper_bars_left = Patch(box_quad(30, 45, 162, 70))
    assert dirty_sides(page, upper_bars_left) == (True, False, False, False)
    assert fitted(page, upper_bars_left)[1]  # grown over them
    page[38:66, 163:175] = 0  # the next word begins right behind the mask
    assert not any(dirty_sides(page, whole))
