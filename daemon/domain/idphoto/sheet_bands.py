"""Photos of several sizes on a sheet, in bands.

A band runs across the whole area and is as high as its first photo; within it stand columns of
equal photos. So every cut goes straight through a band, a column or the sheet. Which way round
each size lies is tried out, not guessed.

Limits accepted on purpose: the most that could possibly fit for several sizes at once is a search
without a good end; bands are within a few prints of it and can be cut by hand.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from daemon.domain.idphoto.sheet import Order, Stock, Tile

# Two ways to turn each of so many sizes are tried in every combination: 64 at most. Further
# sizes lie as the paper does.
_MOST_TURNED = 6
# The first guess at how many prints of each photo are still to be had; halved until it fits.
_SHARE_STEP = 64


@dataclass(frozen=True, slots=True)
class Banded:
    """What came of one sheet.

    Attributes:
        is_landscape: Whether the longer side of the paper is the width.
        tiles: Within the margins.
        left: Prints of each photo for which there was no room.
    """

    is_landscape: bool
    tiles: tuple[Tile, ...]
    left: Mapping[int, int]

    @property
    def rank(self) -> tuple[int, int, int, bool]:
        """The smaller, the better: nothing left over, little paper, upright."""
        used = max((tile.bottom for tile in self.tiles), default=0)
        width = max((tile.right for tile in self.tiles), default=0)
        lying = sum(tile.is_rotated for tile in self.tiles)
        return sum(self.left.values()), used * width, lying, self.is_landscape


@dataclass(slots=True)
class _Column:
    x: int
    width: int
    height: int
    room: int  # below the last tile, gap included


@dataclass(slots=True)
class _Band:
    y: int
    height: int
    right: int  # where the next column begins
    columns: list[_Column] = field(default_factory=list)


def banded(stock: Stock, orders: Sequence[Order], wanted: Mapping[int, int]) -> Banded:
    """The best of all ways to turn photos and paper.

    Args:
        stock: What is printed on.
        orders: The photos.
        wanted: Prints still to be placed, by photo.
    """
    found = [
        _filled(stock, _Turn(is_landscape, turned), orders, wanted)
        for is_landscape in (False, True)
        for turned in _turns(stock, orders, wanted, is_landscape=is_landscape)
    ]
    return min(found, key=lambda one: one.rank)


def topped_up(stock: Stock, orders: Sequence[Order], wanted: Mapping[int, int]) -> Banded:
    """A sheet with everything that is wanted, and the photos without a number as often as fit.

    They get equal shares, but for the last prints.

    Args:
        stock: What is printed on.
        orders: The photos; ``copies`` ``None``: as many as fit.
        wanted: Prints that must be on it, and are known to fit.
    """
    open_ones = [index for index, order in enumerate(orders) if order.copies is None]
    best, more = banded(stock, orders, wanted), Counter(wanted)
    step = _SHARE_STEP if open_ones else 0
    while step:
        tried = more + Counter(dict.fromkeys(open_ones, step))
        found = banded(stock, orders, tried)
        if found.left:
            step //= 2
        else:
            best, more = found, tried
    while open_ones:
        for index in tuple(open_ones):
            tried = more + Counter({index: 1})
            found = banded(stock, orders, tried)
            if found.left:
                open_ones.remove(index)
            else:
                best, more = found, tried
    return best


@dataclass(frozen=True, slots=True)
class _Turn:
    is_landscape: bool
    rotated: Mapping[int, bool]


def _turns(
    stock: Stock, orders: Sequence[Order], wanted: Mapping[int, int], *, is_landscape: bool
) -> Iterator[dict[int, bool]]:
    """Ways to turn each photo that fit the paper held this way; equal sizes turn together."""
    area = stock.area_px(is_landscape=is_landscape)
    sizes = list(dict.fromkeys(orders[index].size for index in wanted))
    choices = [
        [way for way in (False, True) if _fits(size[::-1] if way else size, area)] for size in sizes
    ]
    tried = [ways[: 1 if at >= _MOST_TURNED else None] for at, ways in enumerate(choices)]
    for ways in itertools.product(*tried):
        turned = dict(zip(sizes, ways, strict=True))
        yield {index: turned[orders[index].size] for index in wanted}


def _fits(size: tuple[int, int], area: tuple[int, int]) -> bool:
    return size[0] <= area[0] and size[1] <= area[1]


def _filled(
    stock: Stock, turn: _Turn, orders: Sequence[Order], wanted: Mapping[int, int]
) -> Banded:
    area = stock.area_px(is_landscape=turn.is_landscape)
    sizes = {
        index: orders[index].size[::-1] if turn.rotated[index] else orders[index].size
        for index in wanted
    }
    bands: list[_Band] = []
    tiles: list[Tile] = []
    left: dict[int, int] = {}
    for index in sorted(wanted, key=lambda one: (-sizes[one][1], -sizes[one][0], one)):
        for placed in range(wanted[index]):
            corner = _place(bands, area, sizes[index], stock.gap_px)
            if corner is None:
                left[index] = wanted[index] - placed
                break
            x, y = corner
            tiles.append(Tile(y, x, *sizes[index], turn.rotated[index], index))
    return Banded(turn.is_landscape, tuple(tiles), left)


def _place(
    bands: list[_Band], area: tuple[int, int], size: tuple[int, int], gap: int
) -> tuple[int, int] | None:
    """A corner for one more tile: under an equal one, in a begun band, in a new band."""
    width, height = size
    for band in bands:
        for column in band.columns:
            if (column.width, column.height) == size and column.room >= height + gap:
                column.room -= height + gap
                return column.x, band.y + band.height - column.room - height
        if band.right + width <= area[0] and height <= band.height:
            band.columns.append(_Column(band.right, width, height, band.height - height))
            band.right += width + gap
            return band.columns[-1].x, band.y
    y = bands[-1].y + bands[-1].height + gap if bands else 0
    if width > area[0] or y + height > area[1]:
        return None
    bands.append(_Band(y, height, width + gap, [_Column(0, width, height, 0)]))
    return 0, y
