"""Where the frame lies: every wish weighed, nothing bent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.routes.idphoto.framing import (
    CHIN_MARGIN,
    HAIR_MARGIN,
    Band,
    FrameRule,
    Head,
    best_frame,
)

ONE_INCH = FrameRule(
    295, 413, head=Band(0.6, 0.72, published=False), top_margin=Band(0.06, 0.14, published=False)
)
SCHENGEN = FrameRule(413, 531, head=Band(0.711, 0.8), eye_line=Band(0.5, 0.6, published=False))
US = FrameRule(600, 600, head=Band(0.5, 0.69), eye_line=Band(0.56, 0.69))
# A head of 400 px with plenty of room around it.
ROOMY = Head(
    centre_x=600, eye_y=500, chin_y=700, crown_y=300, hair_top_y=300, body_end_y=1600
)  # fmt: skip


@pytest.mark.parametrize("rule", [ONE_INCH, SCHENGEN, US])
def test_a_roomy_photo_keeps_every_band(rule) -> None:
    frame = best_frame(ROOMY, rule)
    assert frame.broken == ()
    assert frame.body_missing == 0
    assert frame.hair_margin >= HAIR_MARGIN - 1e-3
    assert frame.head == pytest.approx(rule.head.middle, abs=0.04)


def test_the_numbers_follow_from_the_rectangle() -> None:
    frame = best_frame(ROOMY, US)
    tall = US.height_px / frame.scale
    assert frame.head == pytest.approx(400 / tall)
    assert frame.eye_line == pytest.approx((frame.top + tall - 500) / tall)
    assert frame.top_margin == pytest.approx((300 - frame.top) / tall)
    assert frame.left + US.width_px / frame.scale / 2 == pytest.approx(600)


def test_a_body_that_ends_early_is_met_by_a_larger_head_within_the_band() -> None:
    short = replace(ROOMY, body_end_y=840)
    frame = best_frame(short, ONE_INCH)
    assert frame.body_missing == pytest.approx(0, abs=1e-6)
    assert frame.head > best_frame(ROOMY, ONE_INCH).head


def test_a_body_that_ends_at_the_chin_is_reported_and_not_made_up() -> None:
    frame = best_frame(replace(ROOMY, body_end_y=705), SCHENGEN)
    assert frame.body_missing > 0.05
    assert frame.chin_margin >= CHIN_MARGIN - 1e-3
    assert "head" not in frame.broken


def test_a_published_band_outranks_advice() -> None:
    rule = replace(SCHENGEN, top_margin=Band(0.3, 0.4, published=False))
    frame = best_frame(ROOMY, rule)
    assert "head" not in frame.broken
    assert "top_margin" in frame.broken


def test_high_hair_keeps_its_room_when_the_crown_is_the_skull() -> None:
    frame = best_frame(replace(ROOMY, hair_top_y=260), SCHENGEN)
    assert frame.hair_margin >= HAIR_MARGIN - 1e-3
    assert frame.broken == ()


def test_a_wish_for_a_larger_head_stays_within_the_band() -> None:
    plain, larger = best_frame(ROOMY, ONE_INCH), best_frame(ROOMY, ONE_INCH, zoom=1.05)
    assert plain.head < larger.head <= ONE_INCH.head.high + 1e-3
    assert best_frame(ROOMY, ONE_INCH, zoom=9).head <= ONE_INCH.head.high + 1e-3


@given(
    scale=st.floats(0.2, 5),
    dx=st.floats(-1000, 1000),
    dy=st.floats(-1000, 1000),
    rule=st.sampled_from([ONE_INCH, SCHENGEN, US]),
)
def test_moving_or_scaling_the_photo_moves_nothing_in_the_result(scale, dx, dy, rule) -> None:
    moved = Head(
        *(
            value * scale + (dx if name == "centre_x" else dy)
            for name, value in zip(
                ("centre_x", "eye_y", "chin_y", "crown_y", "hair_top_y", "body_end_y"),
                (600, 500, 700, 300, 300, 1600),
                strict=True,
            )
        )
    )
    here, there = best_frame(ROOMY, rule), best_frame(moved, rule)
    assert there.head == pytest.approx(here.head, abs=0.01)
    assert there.eye_line == pytest.approx(here.eye_line, abs=0.01)
    assert there.scale == pytest.approx(here.scale / scale, rel=0.02)


def test_a_frame_grows_the_head_rather_than_show_where_a_shoulder_is_cut() -> None:
    roomy = best_frame(ROOMY, ONE_INCH)
    edge = 600 - 0.97 * ONE_INCH.width_px / roomy.scale / 2
    tight = best_frame(replace(ROOMY, side_left=edge), ONE_INCH)
    assert tight.side_missing == pytest.approx(0, abs=1e-6)
    assert tight.head > roomy.head
    assert tight.broken == ()


def test_a_shoulder_cut_close_to_the_neck_is_reported() -> None:
    assert best_frame(replace(ROOMY, side_left=560, side_right=640), US).side_missing > 0.2


def test_a_small_source_gets_the_smallest_head_its_band_allows() -> None:
    free = best_frame(ROOMY, SCHENGEN)
    held = best_frame(ROOMY, replace(SCHENGEN, most_scale=free.scale * 0.96))
    assert held.scale == pytest.approx(free.scale * 0.96, rel=0.02)
    assert held.broken == ()
