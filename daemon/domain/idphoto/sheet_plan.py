"""From photos and copies to sheets: the one way in to the layout of prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from daemon.domain.idphoto.sheet import (
    MOST_SHEETS,
    Order,
    Sheet,
    Stock,
    Tile,
    TooManyPrints,
    checked,
)
from daemon.domain.idphoto.sheet_bands import banded, topped_up
from daemon.domain.idphoto.sheet_grid import Layout, capacity, fullest, smallest
from daemon.domain.idphoto.sheet_ticks import ticks_of


def sheets(stock: Stock, orders: Sequence[Order]) -> tuple[Sheet, ...]:
    """Lay out all prints, on as many sheets as they need.

    Args:
        stock: What is printed on, and how.
        orders: The photos; those without a number of copies share the room that is left on the
            last sheet, and there is at least one print of each.

    Returns:
        Sheets in the order they are to be printed; none where no copy is asked for.

    Raises:
        PaperTooSmall: A photo does not fit; nothing is laid out then.
        TooManyPrints: More than ``MOST_COPIES`` or ``MOST_SHEETS``.
    """
    checked(stock, orders)
    asked = [(index, order) for index, order in enumerate(orders) if order.copies != 0]
    if not asked:
        return ()
    one_size = len({order.size for _, order in asked}) == 1
    pages = _uniform(stock, asked) if one_size else _mixed(stock, orders, dict(asked))
    made: list[Sheet] = []
    for is_landscape, tiles in pages:
        if len(made) == MOST_SHEETS:
            raise TooManyPrints(limit=MOST_SHEETS, actual=len(made) + 1, of="sheets")
        made.append(_sheet(stock, tiles, is_landscape=is_landscape))
    return tuple(made)


def _uniform(
    stock: Stock, asked: Sequence[tuple[int, Order]]
) -> Iterator[tuple[bool, Sequence[Tile]]]:
    """One size, perhaps of several photos: grids, filled in order."""
    size = asked[0][1].size
    held = capacity(stock, size)
    queue = [index for index, order in asked for _ in range(order.copies or 0)]
    queue += _share([index for index, order in asked if order.copies is None], len(queue), held)
    for start in range(0, len(queue), held):
        part = queue[start : start + held]
        layout = fullest(stock, size) if len(part) == held else smallest(stock, size, len(part))
        yield layout.is_landscape, _numbered(layout, part, stock.gap_px)


def _share(free: Sequence[int], taken: int, held: int) -> list[int]:
    """Photos without a number: equal parts of the last sheet, of a fresh one if need be."""
    if not free:
        return []
    room = -taken % held
    if room < len(free):
        room += held * (-(-(len(free) - room) // held))
    each, more = divmod(room, len(free))
    return [index for at, index in enumerate(free) for _ in range(each + (at < more))]


def _numbered(layout: Layout, part: Sequence[int], gap: int) -> list[Tile]:
    places = layout.tiles(gap)[: len(part)]
    return [
        Tile(place.y, place.x, place.width, place.height, place.is_rotated, photo)
        for place, photo in zip(places, part, strict=True)
    ]


def _mixed(
    stock: Stock, orders: Sequence[Order], asked: Mapping[int, Order]
) -> Iterator[tuple[bool, Sequence[Tile]]]:
    """Several sizes: bands, sheet by sheet; the last is topped up."""
    wanted = {index: 1 if order.copies is None else order.copies for index, order in asked.items()}
    while wanted:
        found = banded(stock, orders, wanted)
        if not found.left:
            found = topped_up(stock, orders, wanted)
        yield found.is_landscape, found.tiles
        wanted = dict(Counter(wanted) & Counter(found.left))


def _sheet(stock: Stock, tiles: Sequence[Tile], *, is_landscape: bool) -> Sheet:
    """Centre what lies on the area, and mark the cuts."""
    short, long = stock.paper_px
    width, height = (long, short) if is_landscape else (short, long)
    left, top = min(tile.x for tile in tiles), min(tile.y for tile in tiles)
    right, bottom = max(tile.right for tile in tiles), max(tile.bottom for tile in tiles)
    x, y = (width - right - left) // 2, (height - bottom - top) // 2
    placed = tuple(sorted(tile.moved(x, y) for tile in tiles))
    ticks = ticks_of(placed, (width, height), stock.dpi) if stock.has_ticks else ()
    return Sheet(width, height, stock.dpi, stock.margin_px, stock.gap_px, placed, ticks)
