"""Print sheets: figures of the acceptance list, and what holds of every sheet."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.catalogue.idphoto import book
from daemon.domain.idphoto.sheet import (
    MOST_COPIES,
    MOST_SHEETS,
    Order,
    PaperTooSmall,
    Sheet,
    Stock,
    TooManyPrints,
)
from daemon.domain.idphoto.sheet_grid import capacity
from daemon.domain.idphoto.sheet_plan import sheets

A4 = Stock(210, 297)
SIX_INCH = Stock(102, 152)
ONE_INCH, TWO_INCH, PASSPORT, SMALL = (295, 413), (413, 579), (390, 567), (260, 378)


def only(stock: Stock, *orders: Order) -> Sheet:
    found = sheets(stock, orders)
    assert len(found) == 1
    return found[0]


def grid_capacity(area: tuple[int, int], size: tuple[int, int], gap: int) -> int:
    """How many upright photos a plain grid holds."""
    columns, rows = ((side + gap) // (photo + gap) for side, photo in zip(area, size, strict=True))
    return int(columns * rows)


def best_grid(stock: Stock, size: tuple[int, int]) -> int:
    area = stock.area_px(is_landscape=False)
    return max(grid_capacity(area, way, stock.gap_px) for way in (size, size[::-1]))


def overlaps(one, other) -> bool:  # a tile or a mark with another
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


@pytest.mark.parametrize(
    ("size", "in_a_grid", "at_most"),
    [
        pytest.param(ONE_INCH, 56, 62, id="one inch, 25 x 35 mm"),
        pytest.param(PASSPORT, 32, 34, id="33 x 48 mm"),
        pytest.param(SMALL, 72, 74, id="small one inch, 22 x 32 mm"),
    ],
)
def test_a4_with_gaps_of_1_mm_and_margins_of_3_mm(size, in_a_grid, at_most) -> None:
    """Acceptance §3 row 5 asks for 56, 32 and 64 prints."""
    assert best_grid(A4, size) == in_a_grid
    assert len(only(A4, Order(*size)).tiles) == at_most


def test_56_prints_of_one_inch_are_a_plain_grid_of_upright_photos_on_one_a4() -> None:
    sheet = only(A4, Order(*ONE_INCH, copies=56))
    assert len(sheet.tiles) == 56
    assert len({tile.x for tile in sheet.tiles}) * len({tile.y for tile in sheet.tiles}) == 56
    assert not any(tile.is_rotated for tile in sheet.tiles)


def test_64_small_ones_stand_upright_on_a4_in_the_wide_gaps_of_others() -> None:
    """30 px between the photos and 50 to 70 px at the edges, at 300 dpi: 8 by 8."""
    others = Stock(210, 297, margin_mm=70 / 300 * 25.4, gap_mm=30 / 300 * 25.4)
    assert grid_capacity(others.area_px(is_landscape=False), SMALL, others.gap_px) == 64
    assert len(only(others, Order(*SMALL, copies=64)).tiles) == 64


@pytest.mark.parametrize("paper", book().papers.values(), ids=lambda one: one.key)
@pytest.mark.parametrize("dpi", [300, 350, 600])
def test_paper_is_its_millimetres_at_the_resolution(paper, dpi) -> None:
    sheet = only(Stock(paper.width_mm, paper.height_mm, dpi), Order(*ONE_INCH, copies=1))
    sides = sorted((sheet.width_px, sheet.height_px))
    assert sides == [round(paper.width_mm / 25.4 * dpi), round(paper.height_mm / 25.4 * dpi)]
    if dpi == 300:
        assert sides == [paper.width_px_300dpi, paper.height_px_300dpi]


def test_it_does_not_matter_which_side_of_the_paper_is_named_first() -> None:
    assert sheets(Stock(152, 102), [Order(*ONE_INCH)]) == sheets(SIX_INCH, [Order(*ONE_INCH)])


def test_eight_prints_are_two_rows_of_four_upright_ones_in_the_middle_of_the_paper() -> None:
    sheet = only(SIX_INCH, Order(*ONE_INCH, copies=8))
    assert (sheet.width_px, sheet.height_px) == (1205, 1795) or sheet.width_px == 1795
    assert {tile.is_rotated for tile in sheet.tiles} == {False}
    assert len({tile.x for tile in sheet.tiles}) * len({tile.y for tile in sheet.tiles}) == 8
    left, right = sheet.tiles[0].x, sheet.width_px - sheet.tiles[-1].right
    top, bottom = sheet.tiles[0].y, sheet.height_px - sheet.tiles[-1].bottom
    assert abs(left - right) <= 1
    assert abs(top - bottom) <= 1


def test_more_than_fit_go_on_further_sheets_and_none_is_lost() -> None:
    found = sheets(SIX_INCH, [Order(*ONE_INCH, copies=30)])
    assert [len(sheet.tiles) for sheet in found] == [13, 13, 4]
    assert capacity(SIX_INCH, ONE_INCH) == 13


def test_two_photos_of_one_size_share_the_sheet() -> None:
    sheet = only(A4, Order(*ONE_INCH, copies=20), Order(*ONE_INCH), Order(*ONE_INCH))
    assert [sheet.count(photo) for photo in range(3)] == [20, 21, 21]


def test_sizes_are_mixed_on_one_sheet() -> None:
    sheet = only(A4, Order(*ONE_INCH, copies=8), Order(*TWO_INCH, copies=4), Order(*PASSPORT))
    assert [sheet.count(0), sheet.count(1)] == [8, 4]
    assert sheet.count(2) >= 14


def test_open_sizes_get_shares_as_equal_as_they_fit() -> None:
    sheet = only(A4, Order(*ONE_INCH), Order(*TWO_INCH))
    assert abs(sheet.count(0) - sheet.count(1)) <= 1
    assert len(sheet.tiles) >= 40


def test_a_photo_without_a_number_is_printed_once_at_least() -> None:
    full = capacity(SIX_INCH, ONE_INCH)
    found = sheets(SIX_INCH, [Order(*ONE_INCH, copies=full), Order(*ONE_INCH)])
    assert [sheet.count(1) for sheet in found] == [0, full]


def test_nothing_asked_for_is_no_sheet() -> None:
    assert sheets(A4, []) == ()
    assert sheets(A4, [Order(*ONE_INCH, copies=0)]) == ()


def test_six_square_visa_photos_fill_4x6_where_neither_margin_nor_gap_is_wanted() -> None:
    sheet = only(Stock(101.6, 152.4, margin_mm=0, gap_mm=0), Order(600, 600))
    assert len(sheet.tiles) == 6
    assert sheet.ticks == ()


def test_paper_that_is_too_small_says_how_many_millimetres_are_missing() -> None:
    with pytest.raises(PaperTooSmall, match=r"1\.1 mm in width and 0\.0 mm in height") as caught:
        sheets(Stock(30, 60), [Order(*ONE_INCH, copies=1), Order(330, 300)])
    assert caught.value.missing_mm == (1.1, 0)
    assert caught.value.code == "ID_PAPER_TOO_SMALL"


def test_a_photo_that_fits_only_on_its_side_is_turned() -> None:
    sheet = only(Stock(50, 200), Order(1000, 400, copies=1))
    assert sheet.tiles[0].width == 1000
    assert sheet.width_px > sheet.height_px


@pytest.mark.parametrize(
    ("copies", "limit"), [(MOST_COPIES + 1, MOST_COPIES), (MOST_COPIES, MOST_SHEETS)]
)
def test_a_slip_of_the_keyboard_prints_no_ream_of_paper(copies, limit) -> None:
    with pytest.raises(TooManyPrints) as caught:
        sheets(SIX_INCH, [Order(*ONE_INCH, copies=copies)])
    assert caught.value.facts["limit"] == limit


@pytest.mark.parametrize("wrong", [{"dpi": 0}, {"margin_mm": -1}, {"gap_mm": float("nan")}])
def test_paper_that_cannot_be_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match="mm"):
        Stock(210, 297, **wrong)


def test_marks_stand_at_every_outer_edge_of_a_grid() -> None:
    sheet = only(A4, Order(*ONE_INCH, copies=56))
    edges = {edge for tile in sheet.tiles for edge in (tile.x, tile.right)}
    above = {tick for tick in sheet.ticks if tick.y + tick.height == sheet.tiles[0].y}
    assert {tick.x for tick in above} | {tick.x + tick.width for tick in above} >= edges


def test_marks_are_left_out_on_demand() -> None:
    assert only(Stock(210, 297, has_ticks=False), Order(*ONE_INCH)).ticks == ()


lengths = st.integers(40, 700)
stocks = st.builds(
    Stock,
    st.floats(60, 220),
    st.floats(60, 300),
    st.sampled_from([150, 300]),
    st.floats(0, 8),
    st.floats(0, 6),
)


def lies_well(sheet: Sheet, stock: Stock) -> None:
    margin, gap = stock.margin_px, stock.gap_px
    for tile in sheet.tiles:
        assert min(tile.x, tile.y) >= margin
        assert stock.mm(min(tile.x, tile.y)) >= stock.margin_mm - 1e-6
        assert tile.right <= sheet.width_px - margin
        assert tile.bottom <= sheet.height_px - margin
    for one, other in itertools.combinations(sheet.tiles, 2):
        apart = max(
            one.x - other.right, other.x - one.right, one.y - other.bottom, other.y - one.bottom
        )
        assert apart >= gap
    for tick in sheet.ticks:
        assert min(tick.x, tick.y, tick.width - 1, tick.height - 1) >= 0
        assert tick.x + tick.width <= sheet.width_px
        assert tick.y + tick.height <= sheet.height_px
        assert not any(overlaps(tick, tile) for tile in sheet.tiles)


def never_stretched(sheet: Sheet, orders: list[Order]) -> None:
    for tile in sheet.tiles:
        size = orders[tile.photo].size
        assert (tile.width, tile.height) == (size[::-1] if tile.is_rotated else size)


@settings(max_examples=80, deadline=None)
@given(stocks, lengths, lengths)
def test_a_sheet_of_one_size_holds_at_least_what_either_plain_grid_holds(
    stock: Stock, width: int, height: int
) -> None:
    orders = [Order(width, height)]
    least = best_grid(stock, (width, height))
    try:
        found = sheets(stock, orders)
    except PaperTooSmall:
        assert least == 0
        return
    assert len(found) == 1
    assert len(found[0].tiles) >= max(1, least)
    lies_well(found[0], stock)
    never_stretched(found[0], orders)


@settings(max_examples=60, deadline=None)
@given(
    stocks,
    st.lists(
        st.builds(Order, st.integers(200, 700), st.integers(200, 700), st.integers(1, 6)),
        min_size=1,
        max_size=4,
    ),
)
def test_mixed_sizes_are_all_printed_as_often_as_asked(stock: Stock, orders: list[Order]) -> None:
    try:
        found = sheets(stock, orders)
    except PaperTooSmall:
        return
    for index, order in enumerate(orders):
        assert sum(sheet.count(index) for sheet in found) == order.copies
    for sheet in found:
        assert sheet.tiles
        lies_well(sheet, stock)
        never_stretched(sheet, orders)


@settings(max_examples=20, deadline=None)
@given(stocks, st.integers(250, 500), st.integers(250, 500), st.integers(250, 500))
def test_open_sizes_lie_well_too(stock: Stock, one: int, two: int, three: int) -> None:
    orders = [Order(one, two), Order(two, three), Order(three, one, 1)]
    try:
        found = sheets(stock, orders)
    except PaperTooSmall:
        return
    assert all(sum(sheet.count(index) for sheet in found) for index in range(3))
    for sheet in found:
        lies_well(sheet, stock)
        never_stretched(sheet, orders)
