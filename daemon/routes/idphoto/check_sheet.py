"""Measures a written print sheet: every print is the photo, the rest is paper and cut marks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.domain.idphoto.sheet import Sheet, Tile
from daemon.routes.idphoto.rows import Row, Severity
from daemon.routes.idphoto.sheet_image import PAPER, TICK_GREY, as_printed

_CODE = "ID_SHEET"
_SIZE_SLACK_PX = 1
# Source: acceptance 6.6. A JPEG is compared by the mean, as noise of its blocks is no defect.
_MOST_MEAN, _MOST_EXACT = 1.0, 0.0
# The edges of a photo before white move the estimate by a few hundredths of a pixel after JPEG;
# a print that lies wrong lies wrong by a whole one.
_MOST_SHIFT_PX = 0.25
# Within so many pixels of a print or a mark a JPEG rings (a block of 4:2:0 is 16 pixels wide);
# half the contrast of a mark is no ringing any more.
_RING_PX, _RING_LEVELS, _NOISE_LEVELS = 16, (PAPER - TICK_GREY) // 2, 8


@dataclass(frozen=True, slots=True)
class _Print:
    """What one tile looks like in the file.

    Attributes:
        error: Largest (lossless) or mean (JPEG) distance to the photo; NaN: beyond the picture.
        shift_px: How far it lies beside its place.
        is_turned: It looks more like the photo mirrored or turned some other way.
    """

    error: float
    shift_px: float
    is_turned: bool


def sheet_rows(
    rgb: NDArray[np.uint8],
    sheet: Sheet,
    photos: Sequence[NDArray[np.uint8]],
    *,
    is_lossless: bool,
    least: int = 1,
) -> list[Row]:
    """Compare a sheet with its layout and its photos.

    Args:
        rgb: ``(H, W, 3)`` uint8 sRGB, decoded from the written file.
        sheet: How it was laid out.
        photos: ``(H, W, 3)`` uint8 sRGB each: what was to be printed, decoded from the written
            single photos.
        is_lossless: Whether the sheet is a PNG.
        least: Prints that must be on it: what was asked for, or what the better grid holds.

    Returns:
        Rows ``sheet_width``, ``sheet_height``, ``sheet_prints``, ``sheet_count``,
        ``sheet_difference``, ``sheet_shift``, ``sheet_turned``, ``sheet_margin``,
        ``sheet_overlap``, ``sheet_stains``, ``sheet_ticks``.
    """
    found = [_print(rgb, photos[tile.photo], tile, is_lossless) for tile in sheet.tiles]
    most = _MOST_EXACT if is_lossless else _MOST_MEAN
    good = sum(one.error <= most and one.shift_px <= _MOST_SHIFT_PX for one in found)
    stains, missing = _paper(rgb, sheet, is_lossless=is_lossless)
    height, width = rgb.shape[:2]
    return [
        _near("sheet_width", width, sheet.width_px),
        _near("sheet_height", height, sheet.height_px),
        _row("sheet_prints", good, "", len(sheet.tiles), len(sheet.tiles)),
        _row("sheet_count", good, "", least, None),
        _row("sheet_difference", _worst(one.error for one in found), "levels", None, most),
        _row("sheet_shift", _worst(one.shift_px for one in found), "px", None, _MOST_SHIFT_PX),
        _row("sheet_turned", sum(one.is_turned for one in found), "", None, 0),
        _row("sheet_margin", _margin(sheet), "px", sheet.margin_px, None),
        _row("sheet_overlap", _overlap(sheet), "px", None, 0),
        _row("sheet_stains", stains, "px", None, 0),
        _row("sheet_ticks", missing, "", None, 0),
    ]


def _row(name: str, value: float, unit: str, low: float | None, high: float | None) -> Row:
    return Row(name, float(value), unit, low, high, Severity.FAIL, _CODE, is_repairable=True)


def _near(name: str, value: int, wanted: int) -> Row:
    return _row(name, value, "px", wanted - _SIZE_SLACK_PX, wanted + _SIZE_SLACK_PX)


def _worst(values: Iterator[float]) -> float:
    """The largest; NaN, which is never a pass, where one is or there is none."""
    known = list(values)
    return math.nan if not known or any(math.isnan(one) for one in known) else max(known)


def _print(
    rgb: NDArray[np.uint8],
    photo: NDArray[np.uint8],
    tile: Tile,
    is_lossless: bool,  # noqa: FBT001 - the kind of the file
) -> _Print:
    seen = rgb[tile.y : tile.bottom, tile.x : tile.right]
    meant = as_printed(photo, tile)
    if seen.shape != meant.shape:
        return _Print(math.nan, math.nan, is_turned=False)
    distance = cv2.absdiff(seen, np.ascontiguousarray(meant))
    mean = float(distance.mean())
    error = float(distance.max()) if is_lossless else mean
    if error == 0:
        return _Print(0.0, 0.0, is_turned=False)
    better = mean > _MOST_MEAN and any(
        float(cv2.absdiff(seen, other).mean()) < mean for other in _other_ways(meant)
    )
    return _Print(error, _shift(seen, meant), is_turned=better)


def _other_ways(meant: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Mirrored, and turned any other way that has the same outline."""
    for flipped in (meant, meant[:, ::-1]):
        for quarters in range(4):
            other = np.rot90(flipped, quarters)
            if other.shape == meant.shape and not (flipped is meant and quarters == 0):
                yield np.ascontiguousarray(other)


def _shift(seen: NDArray[np.uint8], meant: NDArray[np.uint8]) -> float:
    """How far one lies beside the other, in pixels, by phase correlation."""
    both = [
        cv2.cvtColor(np.ascontiguousarray(one), cv2.COLOR_RGB2GRAY).astype(np.float32)
        for one in (seen, meant)
    ]
    window = cv2.createHanningWindow(both[0].shape[::-1], cv2.CV_32F)
    (x, y), _ = cv2.phaseCorrelate(both[0], both[1], window)
    return math.hypot(x, y)


def _margin(sheet: Sheet) -> int:
    """White between the outermost print and the edge of the paper, by the layout."""
    sides = (
        min(tile.x, tile.y, sheet.width_px - tile.right, sheet.height_px - tile.bottom)
        for tile in sheet.tiles
    )
    return min(sides, default=0)


def _overlap(sheet: Sheet) -> int:
    """Pixels that belong to more than one print, or to a print and a mark."""
    owners = np.zeros((sheet.height_px, sheet.width_px), np.uint8)
    marks = np.zeros_like(owners)
    for tile in sheet.tiles:
        owners[tile.y : tile.bottom, tile.x : tile.right] += 1
    for tick in sheet.ticks:
        marks[tick.y : tick.y + tick.height, tick.x : tick.x + tick.width] = 1
    return int(np.count_nonzero(owners + marks * (owners > 0) > 1))


def _paper(rgb: NDArray[np.uint8], sheet: Sheet, *, is_lossless: bool) -> tuple[float, float]:
    """Pixels outside prints and marks that are not white, and marks that are not to be seen."""
    height, width = rgb.shape[:2]
    if abs(height - sheet.height_px) > _SIZE_SLACK_PX or abs(width - sheet.width_px) > 1:
        return math.nan, math.nan
    free = np.ones((height, width), np.uint8)
    missing = 0
    darkness = PAPER - rgb.min(axis=2)
    for tick in sheet.ticks:
        place = slice(tick.y, tick.y + tick.height), slice(tick.x, tick.x + tick.width)
        missing += float(darkness[place].mean()) < _RING_LEVELS
        free[place] = 0
    for tile in sheet.tiles:
        free[tile.y : tile.bottom, tile.x : tile.right] = 0
    if is_lossless:
        return float(np.count_nonzero(darkness[free > 0])), missing
    side = 2 * _RING_PX + 1
    far = cv2.erode(free, np.ones((side, side), np.uint8))
    allowed = np.where(far > 0, _NOISE_LEVELS, _RING_LEVELS)
    return float(np.count_nonzero((darkness > allowed) & (free > 0))), missing
