"""What a page read again still shows, and the faults that must not go through."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.catalogue.privacy import book, policy_of
from daemon.config.privacy import Masking
from daemon.domain.privacy.find import Finder
from daemon.domain.privacy.page import Finding, Line, Page, Quad
from daemon.domain.privacy.remains import Net, Remain, left_over
from tests.unit.domain.privacy.pages import line, page, placed

SHEET = page(
    "甲方：张伟明 身份证号 110199199003071239 在职",
    "乙方应于每月5日前支付，逾期加收0.5%",
    "卡号 6299 9912 3456 7896 手机 13800000123 重量 3 kg",
)


def _finder(profile: str = "all_digits", over: Masking | None = None) -> Finder:
    return Finder(book(), policy_of(book(), profile, over))


def _masks(sheet: Page, found: Sequence[Finding]) -> list[Quad]:
    return [
        sheet.lines[piece.line].part(piece.first, piece.last)
        for finding in found
        if finding.masked
        for piece in finding.pieces
    ]


def _read_again(sheet: Page, masks: Sequence[Quad]) -> Page:
    """What an ideal reader sees of the masked page: blanks where a glyph's middle is covered."""
    lines = []
    for one in sheet.lines:
        text = ""
        for at, glyph in enumerate(one.text):
            x, y = one.part(at, at).centre
            inside = any(
                mask.top_left[0] <= x <= mask.top_right[0]
                and mask.top_left[1] <= y <= mask.bottom_left[1]
                for mask in masks
            )
            text += " " if inside else glyph
        lines.append(Line(text, one.quad, one.confidence, one.spread))
    return Page(tuple(lines), sheet.width_px, sheet.height_px)


def _left(masks: Sequence[Quad], finder: Finder, again: Page | None = None) -> tuple[Remain, ...]:
    found = finder.find(SHEET)
    return left_over(again or _read_again(SHEET, masks), masks, finder, SHEET, found)


@pytest.mark.parametrize("profile", sorted(book().profiles))
def test_a_page_masked_as_found_has_nothing_left(profile: str) -> None:
    finder = _finder(profile)
    assert _left(_masks(SHEET, finder.find(SHEET)), finder) == ()


def test_digits_that_the_first_reading_left_beside_a_mask_are_no_remain() -> None:
    finder = _finder()
    masks = _masks(SHEET, finder.find(SHEET))
    assert any("3 kg" in one.text for one in _read_again(SHEET, masks).lines)
    assert _left(masks, finder) == ()


def test_kept_digits_are_no_remain() -> None:
    finder = _finder("personal", Masking(keep_last=4))
    assert _left(_masks(SHEET, finder.find(SHEET)), finder) == ()


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_dropped_mask_is_told(data: st.DataObject) -> None:
    finder = _finder(data.draw(st.sampled_from(["all_digits", "personal"])))
    masks = _masks(SHEET, finder.find(SHEET))
    dropped = data.draw(st.integers(0, len(masks) - 1))
    left = [one for at, one in enumerate(masks) if at != dropped]
    assert any(one.net is Net.FINDING for one in _left(left, finder))


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_mask_that_slipped_aside_or_shows_two_digits_is_told(data: st.DataObject) -> None:
    finder = _finder("personal")
    masks = _masks(SHEET, finder.find(SHEET))
    at = data.draw(st.integers(0, len(masks) - 1))
    fault = data.draw(st.sampled_from(["shifted", "first two", "last two"]))
    glyph = 10.0 / masks[at].width_px
    if fault == "shifted":
        masks[at] = masks[at].part(0.35, 1.35)
    elif fault == "first two":
        masks[at] = masks[at].part(2 * glyph, 1.0)
    else:
        masks[at] = masks[at].part(0.0, 1.0 - 2 * glyph)
    assert _left(masks, finder) != ()


def test_what_a_reader_believes_to_see_inside_a_mask_does_not_count() -> None:
    finder = _finder()
    masks = _masks(SHEET, finder.find(SHEET))
    assert _left(masks, finder, again=SHEET) == ()


def test_a_remain_says_where_it_is_and_not_what() -> None:
    finder = _finder("personal")
    remains = left_over(SHEET, [], finder, SHEET, finder.find(SHEET))
    assert [one.entity for one in remains] == ["cn_resident_id", "bank_card", "cn_mobile"]
    assert remains[0].quads[0].width_px == pytest.approx(180)
    assert "110199" not in repr(remains)


def test_a_digit_of_a_stack_below_its_mask_is_told() -> None:
    stack = [line(one, 100, 100 + 24 * at) for at, one in enumerate("13800000123")]
    sheet, finder = placed(*stack), _finder("personal")
    found = finder.find(sheet)
    masks = _masks(sheet, found)[:-1]
    (left,) = left_over(placed(stack[-1]), masks, finder, sheet, found)
    assert left.net is Net.BESIDE
