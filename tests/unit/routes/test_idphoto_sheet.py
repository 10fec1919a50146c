"""The print sheet as a picture, and its check: clean sheets pass, seeded defects are found."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from daemon.domain.idphoto.sheet import Order, Sheet, Stock, Tile
from daemon.domain.idphoto.sheet_plan import sheets
from daemon.routes.idphoto.check_sheet import sheet_rows
from daemon.routes.idphoto.sheet_image import TICK_GREY, drawn

SIX_INCH = Stock(102, 152)
ONE_INCH, TWO_INCH = (295, 413), (413, 579)
Defect = Callable[[np.ndarray, Sheet], np.ndarray]


@pytest.fixture(scope="module")
def photos(astronaut: Any) -> list[np.ndarray]:
    """Two ID photos of one person on plain ground, of different size."""
    return [
        _id_photo(astronaut, ONE_INCH, (67, 142, 219)),
        _id_photo(astronaut, TWO_INCH, (255,) * 3),
    ]


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    """Upright and lying prints of both sizes."""
    found = sheets(SIX_INCH, [Order(*ONE_INCH, copies=3), Order(*TWO_INCH, copies=3)])
    assert len(found) == 1
    return found[0]


def _id_photo(astronaut: Any, size: tuple[int, int], ground: tuple[int, int, int]) -> np.ndarray:
    width, height = size
    picture = np.full((height, width, 3), ground, np.uint8)
    side = round(width * 0.8)
    head = cv2.resize(astronaut[0:300, 80:380], (side, side), interpolation=cv2.INTER_AREA)
    left = (width - side) // 2
    picture[height - side :, left : left + side] = head
    return picture


def stored(picture: np.ndarray, *, is_lossless: bool, quality: int = 97) -> np.ndarray:
    buffer = io.BytesIO()
    if is_lossless:
        Image.fromarray(picture).save(buffer, "PNG", compress_level=1)
    else:
        Image.fromarray(picture).save(buffer, "JPEG", quality=quality, subsampling=0)
    return np.asarray(Image.open(buffer))


def breached(picture: np.ndarray, sheet: Sheet, photos: Any, *, is_lossless: bool) -> set[str]:
    read = stored(picture, is_lossless=is_lossless)
    rows = sheet_rows(read, sheet, photos, is_lossless=is_lossless, least=len(sheet.tiles))
    return {row.name for row in rows if row.verdict == "fail"}


# ── drawing ───────────────────────────────────────────────────────────────────────────────


def test_every_print_is_the_photo_to_the_bit(photos) -> None:
    for layout in sheets(Stock(210, 297), [Order(*ONE_INCH)]):
        picture = drawn(layout, photos[:1])
        assert {tile.is_rotated for tile in layout.tiles} == {False, True}
        for tile in layout.tiles:
            seen = picture[tile.y : tile.bottom, tile.x : tile.right]
            assert np.array_equal(np.rot90(seen, -1) if tile.is_rotated else seen, photos[0])


def test_a_lying_print_is_turned_and_not_mirrored() -> None:
    photo = np.zeros((2, 3, 3), np.uint8)
    photo[0, 0] = 200  # upper left corner
    layout = Sheet(10, 10, 300, 1, 0, (Tile(4, 4, 2, 3, is_rotated=True),))
    assert drawn(layout, [photo])[6, 4].tolist() == [200] * 3  # lower left, counter-clockwise


def test_what_is_neither_print_nor_mark_is_white(sheet, photos) -> None:
    picture = drawn(sheet, photos)
    for tile in sheet.tiles:
        picture[tile.y : tile.bottom, tile.x : tile.right] = 255
    assert set(np.unique(picture)) == {TICK_GREY, 255}
    assert (picture != 255).any(axis=2).mean() < 0.01


def test_nothing_is_scaled_to_fit(sheet, photos) -> None:
    with pytest.raises(ValueError, match="photo 0"):
        drawn(sheet, [photos[1], photos[1]])


# ── checking ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("is_lossless", [True, False])
def test_a_clean_sheet_has_no_defect(sheet, photos, is_lossless) -> None:
    assert breached(drawn(sheet, photos), sheet, photos, is_lossless=is_lossless) == set()


def _place(sheet: Sheet, at: int = 0) -> tuple[slice, slice]:
    tile = sheet.tiles[at]
    return slice(tile.y, tile.bottom), slice(tile.x, tile.right)


def mirrored(picture: np.ndarray, sheet: Sheet) -> np.ndarray:
    picture[_place(sheet)] = picture[_place(sheet)][:, ::-1].copy()
    return picture


def upside_down(picture: np.ndarray, sheet: Sheet) -> np.ndarray:
    picture[_place(sheet)] = picture[_place(sheet)][::-1, ::-1].copy()
    return picture


def shifted(picture: np.ndarray, sheet: Sheet) -> np.ndarray:
    tile = sheet.tiles[1]
    content = picture[_place(sheet, 1)].copy()
    picture[_place(sheet, 1)] = 255
    picture[tile.y + 1 : tile.bottom + 1, tile.x : tile.right] = content
    return picture


def stretched(picture: np.ndarray, sheet: Sheet) -> np.ndarray:
    tile = sheet.tiles[2]
    content = picture[_place(sheet, 2)]
    larger = cv2.resize(content, (tile.width, round(tile.height * 1.02)))
    picture[_place(sheet, 2)] = larger[: tile.height]
    return picture


def missing(picture: np.ndarray, sheet: Sheet) -> np.ndarray:
    picture[_place(sheet, 3)] = 255
    return picture


def red_for_blue(picture: np.ndarray, _: Sheet) -> np.ndarray:
    return picture[..., ::-1].copy()


def one_darker(picture: np.ndarray, sheet: Sheet) -> np.ndarray:
    picture[_place(sheet, 4)] = picture[_place(sheet, 4)] // 8 * 7
    return picture


def grey_paper(picture: np.ndarray, _: Sheet) -> np.ndarray:
    picture[(picture == 255).all(axis=2)] = 240
    return picture


def line_in_the_margin(picture: np.ndarray, sheet: Sheet) -> np.ndarray:
    picture[sheet.margin_px // 2] = TICK_GREY
    return picture


def line_over_a_print(picture: np.ndarray, sheet: Sheet) -> np.ndarray:
    tile = sheet.tiles[0]
    picture[tile.y : tile.bottom, tile.x + 100 : tile.x + 103] = 0
    return picture


def without_marks(picture: np.ndarray, sheet: Sheet) -> np.ndarray:
    for tick in sheet.ticks:
        picture[tick.y : tick.y + tick.height, tick.x : tick.x + tick.width] = 255
    return picture


def smaller_paper(picture: np.ndarray, _: Sheet) -> np.ndarray:
    return picture[:-2, :-2].copy()


def wrong_scale(picture: np.ndarray, _: Sheet) -> np.ndarray:
    return np.asarray(cv2.resize(picture, None, fx=0.5, fy=0.5), np.uint8)


DEFECTS = [
    (mirrored, "sheet_turned"),
    (upside_down, "sheet_turned"),
    (shifted, "sheet_shift"),
    (stretched, "sheet_difference"),
    (missing, "sheet_prints"),
    (missing, "sheet_count"),
    (red_for_blue, "sheet_difference"),
    (one_darker, "sheet_difference"),
    (grey_paper, "sheet_stains"),
    (line_in_the_margin, "sheet_stains"),
    (line_over_a_print, "sheet_difference"),
    (without_marks, "sheet_ticks"),
    (smaller_paper, "sheet_width"),
    (wrong_scale, "sheet_height"),
]


@pytest.mark.parametrize("is_lossless", [True, False], ids=["png", "jpeg"])
@pytest.mark.parametrize(
    ("spoil", "row"), DEFECTS, ids=[f"{spoil.__name__}-{row}" for spoil, row in DEFECTS]
)
def test_each_seeded_defect_is_found(sheet, photos, spoil: Defect, row, is_lossless) -> None:
    spoilt = spoil(drawn(sheet, photos), sheet)
    assert row in breached(spoilt, sheet, photos, is_lossless=is_lossless)


def test_a_white_print_on_white_paper_that_is_a_pixel_off_is_found_in_a_jpeg(photos) -> None:
    """Most of such a photo is one colour: its mean hardly changes."""
    layout = sheets(SIX_INCH, [Order(*TWO_INCH, copies=4)])[0]
    pale = 255 - (255 - photos[1]) // 4
    picture = shifted(drawn(layout, [pale]), layout)
    assert "sheet_shift" in breached(picture, layout, [pale], is_lossless=False)


def test_a_layout_whose_prints_overlap_or_leave_the_margin_is_found(sheet, photos) -> None:
    first, *others = sheet.tiles
    onto = first.moved(0, 40)
    assert "sheet_overlap" in _layout_breaches(replace(sheet, tiles=(onto, *others)), photos)
    out = first.moved(-first.x, 0)
    assert "sheet_margin" in _layout_breaches(replace(sheet, tiles=(out, *others)), photos)
    marked = replace(sheet, ticks=(replace(sheet.ticks[0], x=first.x + 5, y=first.y + 5),))
    assert "sheet_overlap" in _layout_breaches(marked, photos)


def _layout_breaches(layout: Sheet, photos: Any) -> set[str]:
    return breached(drawn(layout, photos), layout, photos, is_lossless=True)


def test_fewer_prints_than_asked_for_are_found(sheet, photos) -> None:
    rows = sheet_rows(drawn(sheet, photos), sheet, photos, is_lossless=True, least=7)
    assert {row.name for row in rows if not row.passes} == {"sheet_count"}


def test_a_jpeg_that_was_compressed_hard_is_found(sheet, photos) -> None:
    read = stored(drawn(sheet, photos), is_lossless=False, quality=40)
    rows = sheet_rows(read, sheet, photos, is_lossless=False)
    assert "sheet_difference" in {row.name for row in rows if not row.passes}


def test_a_sheet_without_prints_never_passes(sheet) -> None:
    empty = replace(sheet, tiles=(), ticks=())
    rows = sheet_rows(drawn(empty, []), empty, [], is_lossless=True)
    assert not all(row.passes for row in rows)
