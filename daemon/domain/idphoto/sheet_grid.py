"""Photos of one size on a sheet: a grid, or two grids side by side where these hold more.

A grid is what a print shop cuts fastest, so it is taken wherever it holds what was asked for. For
"as many as fit" the area is also parted once, upright photos on one side of the cut and lying
ones on the other: 62 instead of 56 photos of 25 x 35 mm on A4. More than two grids would gain
one or two prints and cost the clerk the straight cuts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from daemon.domain.idphoto.sheet import Stock, Tile


@dataclass(frozen=True)
class Grid:
    """Equal tiles in columns and rows.

    Attributes:
        x: Left edge, pixels within the margins.
        y: Upper edge.
        columns: How many side by side.
        rows: How many below one another.
        width: Of a tile on the sheet.
        height: Of a tile on the sheet.
        is_rotated: Whether the photo lies.
    """

    x: int
    y: int
    columns: int
    rows: int
    width: int
    height: int
    is_rotated: bool

    @property
    def count(self) -> int:
        return self.columns * self.rows

    def tiles(self, gap: int) -> Iterator[Tile]:
        """All places, row by row."""
        for row in range(self.rows):
            for column in range(self.columns):
                x = self.x + column * (self.width + gap)
                y = self.y + row * (self.height + gap)
                yield Tile(y, x, self.width, self.height, self.is_rotated)


@dataclass(frozen=True)
class Layout:
    """One or two grids on the paper held one way.

    Attributes:
        is_landscape: Whether the longer side of the paper is the width.
        grids: Each with at least one tile.
    """

    is_landscape: bool
    grids: tuple[Grid, ...]

    @cached_property
    def count(self) -> int:
        return sum(grid.count for grid in self.grids)

    @property
    def lying(self) -> int:
        """How many tiles lie: a sheet is easier to look over where they stand."""
        return sum(grid.count for grid in self.grids if grid.is_rotated)

    def tiles(self, gap: int) -> list[Tile]:
        return [tile for grid in self.grids for tile in grid.tiles(gap)]


def fullest(stock: Stock, size: tuple[int, int]) -> Layout:
    """The layout that holds the most; of equals the one with fewer grids, then the upright one."""
    found = (*_plain(stock, size), *_parted(stock, size))
    return max(found, key=lambda one: (one.count, -len(one.grids), -one.lying, -one.is_landscape))


def smallest(stock: Stock, size: tuple[int, int], copies: int) -> Layout:
    """The layout for fewer prints than fit: no place empty if possible, few cuts, upright.

    Args:
        stock: What is printed on.
        size: Width and height of the photo in pixels.
        copies: At most what ``fullest`` holds.
    """
    found = [
        Layout(full.is_landscape, (_shrunk(grid, columns, copies),))
        for full in _plain(stock, size)
        for grid in full.grids
        for columns in range(1, grid.columns + 1)
        if columns * grid.rows >= copies
    ]
    if not found:
        return fullest(stock, size)
    return min(found, key=lambda one: _waste(one, copies))


def capacity(stock: Stock, size: tuple[int, int]) -> int:
    """How many photos of one size a sheet holds; 0 where none fits."""
    held = [one.count for one in (*_plain(stock, size), *_parted(stock, size))]
    return max(held, default=0)


def _waste(layout: Layout, copies: int) -> tuple[int, int, int, bool]:
    grid = layout.grids[0]
    return layout.count - copies, grid.columns + grid.rows, layout.lying, layout.is_landscape


def _shrunk(grid: Grid, columns: int, copies: int) -> Grid:
    rows = -(-copies // columns)
    return Grid(grid.x, grid.y, columns, rows, grid.width, grid.height, grid.is_rotated)


def _ways(size: tuple[int, int]) -> tuple[tuple[int, int, bool], ...]:
    return (*size, False), (*size[::-1], True)


def _columns_rows(area: tuple[int, int], size: tuple[int, int], gap: int) -> tuple[int, int]:
    columns, rows = (
        max(0, (room + gap) // (side + gap)) for room, side in zip(area, size, strict=True)
    )
    return columns, rows


def _plain(stock: Stock, size: tuple[int, int]) -> Iterator[Layout]:
    """One grid, over both ways to turn the photo and both ways to turn the paper."""
    for is_landscape in (False, True):
        area = stock.area_px(is_landscape=is_landscape)
        for way in _ways(size):
            grid = _grid((0, 0), area, way, stock.gap_px)
            if grid is not None:
                yield Layout(is_landscape, (grid,))


def _parted(stock: Stock, size: tuple[int, int]) -> Iterator[Layout]:
    """Two grids, photos turned in one of them, the cut between them across or down."""
    gap = stock.gap_px
    for is_landscape in (False, True):
        width, height = stock.area_px(is_landscape=is_landscape)
        for first, second in (_ways(size), _ways(size)[::-1]):
            across, down = _columns_rows((width, height), first[:2], gap)
            for columns in range(1, across + 1):
                x = columns * (first[0] + gap)
                one = _grid((0, 0), (x - gap, height), first, gap)
                other = _grid((x, 0), (width - x, height), second, gap)
                if one is not None and other is not None:
                    yield Layout(is_landscape, (one, other))
            for rows in range(1, down + 1):
                y = rows * (first[1] + gap)
                one = _grid((0, 0), (width, y - gap), first, gap)
                other = _grid((0, y), (width, height - y), second, gap)
                if one is not None and other is not None:
                    yield Layout(is_landscape, (one, other))


def _grid(
    corner: tuple[int, int], area: tuple[int, int], way: tuple[int, int, bool], gap: int
) -> Grid | None:
    columns, rows = _columns_rows(area, way[:2], gap)
    if not (columns and rows):
        return None
    width, height, is_rotated = way
    return Grid(*corner, columns, rows, width, height, is_rotated)
