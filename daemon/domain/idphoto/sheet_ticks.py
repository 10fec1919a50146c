"""Cut marks: at each corner of a tile the lines of its edges go on into the white.

A mark never lies on a tile, nor along the edge of one, where a cut a hair beside it would leave
a grey line. Where two tiles share an edge (gap 0) the margin alone shows the cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemon.domain.idphoto.sheet import MM_PER_INCH, Tick, Tile

LENGTH_MM, WIDTH_MM = 3.0, 0.1
"""Long enough to lay a ruler on, thin enough to vanish in the cut."""

Span = tuple[int, int, int, int]


def ticks_of(tiles: Sequence[Tile], paper: tuple[int, int], dpi: int) -> tuple[Tick, ...]:
    """All marks of a sheet, each once.

    Args:
        tiles: On the sheet.
        paper: Width and height in pixels.
        dpi: Of the sheet.
    """
    wide = max(1, round(WIDTH_MM / MM_PER_INCH * dpi))
    long = max(1, round(LENGTH_MM / MM_PER_INCH * dpi))
    upright = [(tile.x, tile.right, tile.y, tile.bottom) for tile in tiles]
    level = [(tile.y, tile.bottom, tile.x, tile.right) for tile in tiles]
    marks = [
        Tick(at, start, wide, end - start) for at, start, end in _runs(upright, paper, wide, long)
    ]
    marks += [
        Tick(start, at, end - start, wide)
        for at, start, end in _runs(level, paper[::-1], wide, long)
    ]
    return tuple(dict.fromkeys(marks))


def _runs(
    spans: Sequence[Span], room: tuple[int, int], wide: int, long: int
) -> Iterator[tuple[int, int, int]]:
    """Marks along one axis: first pixel across, first and end along.

    Args:
        spans: Of each tile: first and end across the marks, first and end along them.
        room: Size of the paper across and along.
        wide: Thickness of a mark.
        long: Its length at most.
    """
    for low, high, begin, end in spans:
        for at in (low - wide, high):
            if not 0 <= at <= room[0] - wide:
                continue
            near = [one for one in spans if one[0] - wide < at + wide and at < one[1] + wide]
            before = max((min(one[3], begin) for one in near if one[2] < begin), default=0)
            behind = min((max(one[2], end) for one in near if one[3] > end), default=room[1])
            if before < begin:
                yield at, max(before, begin - long), begin
            if behind > end:
                yield at, end, min(behind, end + long)
