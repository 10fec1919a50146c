"""The heat map: where the face lowers the score, and by how much.

A tile's *gain* is by how much the unified score would rise were this one tile like a clean
face's. Its *value* is what is drawn: its grade against a clean face, and no better than its gain
allows beside the largest one, so that what is red is what counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from daemon.routes.quality.score import overall
from daemon.routes.quality.table import parts_of
from daemon.routes.quality.tiles import COUNT, Tile, Tiles

MARKED_BELOW = 0.5
# Gains below this make no tile red: every photo has a tile that gains most.
_LEAST_GAIN = 0.01


@dataclass(frozen=True)
class Heat:
    """The map of one face.

    Attributes:
        values: ``(14, 14)``, 0 (lowers the score) .. 1; NaN where a tile shows no face.
        gains: Tile → rise of the unified score were the tile clean.
        deciding: Marked tile → the measure that marks it.
    """

    values: NDArray[np.float64]
    gains: Mapping[Tile, float]
    deciding: Mapping[Tile, str]

    def marked(self, measure: str | None = None) -> list[Tile]:
        """The tiles that lower the score; with a measure, those that it decides."""
        return [tile for tile, name in self.deciding.items() if measure in {None, name}]


def heat_of(tiles: Tiles, values: Mapping[str, float | None]) -> Heat:
    """The map for a face's tiles and what was measured of it."""
    base = tiles.as_they_are()
    score = overall(parts_of(values)).value
    gains = {tile: _gain(tiles, tile, (base, values, score)) for tile in tiles.each()}
    most = max(max(gains.values(), default=0.0), _LEAST_GAIN)
    drawn = np.full((COUNT, COUNT), np.nan)
    for tile, gain in gains.items():
        drawn[tile] = min(float(tiles.grades[tile]), 1 - gain / most)
    marked = {tile: tiles.deciding(tile) for tile in gains if drawn[tile] < MARKED_BELOW}
    return Heat(drawn, gains, marked)


def _gain(
    tiles: Tiles,
    tile: Tile,
    known: tuple[Mapping[str, float], Mapping[str, float | None], float],
) -> float:
    """Measures of the whole face move by as much as the mended tile moves those of the tiles."""
    base, values, score = known
    mended = dict(values)
    for name, value in tiles.mended(tile).items():
        now = values[name]
        if now is None:
            continue
        if name in {"sharpness", "half_sharpness"}:
            mended[name] = now * (value / base[name]) if base[name] > 0 else value
        else:
            mended[name] = max(0.0, now + value - base[name])
    return max(0.0, overall(parts_of(mended)).value - score)
