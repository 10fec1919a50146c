"""A print sheet: which photos lie where on the paper, and where the knife is to be set.

Everything is whole pixels: a photo lies on a sheet pixel for pixel or turned by a quarter, never
scaled and never mirrored. Order of the work: one size of photo goes into a grid, or into two grids
side by side where these hold more (``sheet_grid``); several sizes go into bands that a straight
cut parts from one another (``sheet_bands``). Cut marks: ``sheet_ticks``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from daemon.errors import InputError

MM_PER_INCH = 25.4
MARGIN_MM, GAP_MM = 3.0, 1.0
"""What most printers leave white at the edge of the paper, and room for one cut of a knife."""
MOST_COPIES, MOST_SHEETS = 999, 50
"""More is a slip of the keyboard: a sheet of A4 takes 25 MB of memory."""
# A margin given in inches must not grow by a pixel because of the last bit of a fraction.
_SLACK_PX = 1e-6


@dataclass(frozen=True, slots=True)
class Stock:
    """What is printed on, and how.

    Attributes:
        width_mm: One side of the paper; which of the two is given first does not matter.
        height_mm: The other side.
        dpi: Dots per inch of the print, that of the photos.
        margin_mm: Left white along all four edges, at least.
        gap_mm: Between two photos; 0: one cut parts both.
        has_ticks: Whether cut marks are drawn.
    """

    width_mm: float
    height_mm: float
    dpi: int = 300
    margin_mm: float = MARGIN_MM
    gap_mm: float = GAP_MM
    has_ticks: bool = True

    def __post_init__(self) -> None:
        sides = (self.width_mm, self.height_mm, self.dpi)
        if not all(math.isfinite(one) and one > 0 for one in sides):
            msg = f"paper of {self.width_mm} x {self.height_mm} mm at {self.dpi} dpi"
            raise ValueError(msg)
        if not all(math.isfinite(one) and one >= 0 for one in (self.margin_mm, self.gap_mm)):
            msg = f"margin of {self.margin_mm} mm, gap of {self.gap_mm} mm"
            raise ValueError(msg)

    @property
    def paper_px(self) -> tuple[int, int]:
        """The shorter and the longer side: round(mm / 25.4 * dpi)."""
        sides = sorted((self.width_mm, self.height_mm))
        return round(self._px(sides[0])), round(self._px(sides[1]))

    @property
    def margin_px(self) -> int:
        """Never less than the margin in millimetres."""
        return math.ceil(self._px(self.margin_mm) - _SLACK_PX)

    @property
    def gap_px(self) -> int:
        return round(self._px(self.gap_mm))

    def area_px(self, *, is_landscape: bool) -> tuple[int, int]:
        """Width and height within the margins; may be negative."""
        short, long = (side - 2 * self.margin_px for side in self.paper_px)
        return (long, short) if is_landscape else (short, long)

    def mm(self, px: float) -> float:
        return px / self.dpi * MM_PER_INCH

    def _px(self, mm: float) -> float:
        return mm / MM_PER_INCH * self.dpi


@dataclass(frozen=True, slots=True)
class Order:
    """One photo to be printed.

    Attributes:
        width_px: Its exact width.
        height_px: Its exact height.
        copies: How many; ``None``: what room is left on the (last) sheet.
    """

    width_px: int
    height_px: int
    copies: int | None = None

    def __post_init__(self) -> None:
        if min(self.width_px, self.height_px) < 1 or (self.copies is not None and self.copies < 0):
            msg = f"{self.copies} copies of {self.width_px} x {self.height_px} px"
            raise ValueError(msg)

    @property
    def size(self) -> tuple[int, int]:
        return self.width_px, self.height_px


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """One print of a photo on the sheet.

    Attributes:
        y: Its upper edge, pixels from the top.
        x: Its left edge, pixels from the left.
        width: On the sheet, that is the photo's height where it is rotated.
        height: On the sheet.
        is_rotated: Turned by 90° counter-clockwise, as ``numpy.rot90`` does.
        photo: Which photo, an index into the orders.
    """

    y: int
    x: int
    width: int
    height: int
    is_rotated: bool = False
    photo: int = 0

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    def moved(self, x: int, y: int) -> Tile:
        return Tile(self.y + y, self.x + x, self.width, self.height, self.is_rotated, self.photo)


@dataclass(frozen=True, slots=True)
class Tick:
    """A cut mark: a thin filled rectangle beside the tiles, in pixels of the sheet."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of paper.

    Attributes:
        width_px: As it is to be looked at: photos stand upright where that can be.
        height_px: So the longer side may be either.
        dpi: For the tag of the file.
        margin_px: White along every edge, at least.
        gap_px: Between two tiles, at least.
        tiles: By row, then by column.
        ticks: Cut marks, none of them on a tile.
    """

    width_px: int
    height_px: int
    dpi: int
    margin_px: int
    gap_px: int
    tiles: tuple[Tile, ...]
    ticks: tuple[Tick, ...] = ()

    def count(self, photo: int) -> int:
        """How many prints of one photo are on it."""
        return sum(tile.photo == photo for tile in self.tiles)


class PaperTooSmall(InputError):
    """Not even one print fits.

    Args:
        size_mm: Width and height of the photo.
        area_mm: Width and height within the margins.
        missing_mm: How much more room the better way round needs, across and down.
    """

    def __init__(
        self,
        size_mm: tuple[float, float],
        area_mm: tuple[float, float],
        missing_mm: tuple[float, float],
    ) -> None:
        photo, room = (f"{one[0]:.1f} x {one[1]:.1f}" for one in (size_mm, area_mm))
        across, down = (f"{one:.1f}" for one in missing_mm)
        super().__init__(
            "ID_PAPER_TOO_SMALL",
            f"a photo of {photo} mm does not fit into the {room} mm within the margins of the "
            f"paper: {across} mm in width and {down} mm in height are missing; take a larger "
            "paper, a smaller photo or a smaller margin",
            photo=photo,
            room=room,
            across=across,
            down=down,
        )
        self.missing_mm = missing_mm


class TooManyPrints(InputError):
    """More than anybody means to print at once; ``limit`` and ``actual`` are sheets or copies."""

    def __init__(self, *, limit: int, actual: int, of: str) -> None:
        super().__init__(
            "ID_TOO_MANY_PRINTS",
            f"{actual} {of} were asked for, at most {limit} are laid out at once",
            limit=limit,
            actual=actual,
            of=of,
        )


def checked(stock: Stock, orders: Sequence[Order]) -> None:
    """See that each photo fits at all and nobody asked for thousands.

    Raises:
        PaperTooSmall: A photo does not fit, either way round.
        TooManyPrints: More copies than ``MOST_COPIES`` of all photos together.
    """
    copies = sum(order.copies or 0 for order in orders)
    if copies > MOST_COPIES:
        raise TooManyPrints(limit=MOST_COPIES, actual=copies, of="copies")
    area = stock.area_px(is_landscape=False)
    for order in orders:
        ways = (order.size, order.size[::-1])
        lacking = [tuple(max(0, a - b) for a, b in zip(way, area, strict=True)) for way in ways]
        least = min(lacking, key=sum)
        if any(least):
            size = stock.mm(order.width_px), stock.mm(order.height_px)
            room = stock.mm(area[0]), stock.mm(area[1])
            raise PaperTooSmall(
                size, room, (_upwards(stock.mm(least[0])), _upwards(stock.mm(least[1])))
            )


def _upwards(mm: float) -> float:
    """To the next tenth: that much more is enough."""
    return math.ceil(mm * 10 - 0.01) / 10
