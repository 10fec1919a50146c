"""Which regions of the face lower the score.

The half frame is cut into 14 x 14 tiles of 22 px. Each tile that shows face is graded against
the same tile of a clean face (smooth cheeks hold less detail than eyes), and its *gain* is by
how much the unified score would rise if this one tile were like a clean face's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from daemon.routes.quality.detail import Detail
from daemon.routes.quality.look import HALF_PX

Tile: TypeAlias = tuple[int, int]
"""Row and column, from 0 at the top left."""

COUNT = 14
SIDE_PX = HALF_PX // COUNT
_COUNTS_FROM = 0.60  # of a tile must be face
_DARK, _BRIGHT = 25, 247
# A tile's own verdicts: more than this of it is painted over, burnt out or black.
_MOSTLY_SOLID, _MOSTLY_BRIGHT, _MOSTLY_DARK = 0.5, 0.5, 0.97
# Detail as a share of a clean face's, at which a tile is graded 0 and 1.
_NO_DETAIL, _ENOUGH_DETAIL = 0.15, 0.50

# Deviation of edges over contrast in each tile of a clean face, rows 5..10 and columns 4..9; no
# other tile shows enough of it. Medians over 17 clean photos, each with its mirror image, since
# light comes from either side; nine tiles in ten of these photos hold at least half as much.
_CLEAN = (
    (0.000, 0.195, 0.109),
    (0.122, 0.267, 0.143),
    (0.053, 0.041, 0.097),
    (0.000, 0.056, 0.165),
    (0.000, 0.105, 0.162),
    (0.000, 0.000, 0.081),
)


def _expected() -> NDArray[np.float64]:
    whole = np.zeros((COUNT, COUNT))
    half = np.array(_CLEAN)
    whole[5:11, 4:7], whole[5:11, 7:10] = half, half[:, ::-1]
    # A face at the border of the photo may show tiles that no clean one does.
    whole[whole == 0] = float(np.median(half[half > 0]))
    return whole


EXPECTED: NDArray[np.float64] = _expected()


@dataclass(frozen=True)
class Tiles:
    """Sums over each tile's face pixels; every array is ``(14, 14)``.

    Args:
        detail: The half frame.
        luminance: ``(616, 616)`` uint8, linear light.
        mask: ``(616, 616)`` bool, the face.
    """

    detail: Detail
    luminance: NDArray[np.uint8]
    mask: NDArray[np.bool_]

    @cached_property
    def pixels(self) -> NDArray[np.float64]:
        """Face pixels."""
        return _summed(self.detail.mask.astype(np.float64))

    @cached_property
    def counted(self) -> NDArray[np.bool_]:
        """Tiles that show enough face."""
        return self.pixels > _COUNTS_FROM * SIDE_PX**2

    @cached_property
    def edge_energy(self) -> NDArray[np.float64]:
        """Sum of squared edges."""
        return _summed(np.where(self.detail.mask, self.detail.edges, 0).astype(np.float64) ** 2)

    @cached_property
    def relief(self) -> NDArray[np.float64]:
        """Deviation of edges over the face's contrast, noise taken out."""
        mean_square = self.edge_energy / np.maximum(self.pixels, 1)
        noise = (0.75 * self.detail.noise) ** 2
        return np.asarray(np.sqrt(np.maximum(mean_square - noise, 0)) / self.detail.contrast)

    @cached_property
    def solid(self) -> NDArray[np.float64]:
        """Painted-over share."""
        covered = self.detail.solid & self.detail.mask
        return np.asarray(_summed(covered.astype(np.float64)) / np.maximum(self.pixels, 1))

    @property
    def solid_share(self) -> float | None:
        """Share of the face that is painted over."""
        pixels = float(self.pixels.sum())
        return float((self.solid * self.pixels).sum()) / pixels if pixels else None

    @cached_property
    def bright(self) -> NDArray[np.float64]:
        """Burnt-out share."""
        return self._share(self.luminance >= _BRIGHT)

    @cached_property
    def dark(self) -> NDArray[np.float64]:
        """Black share."""
        return self._share(self.luminance <= _DARK)

    def _share(self, which: NDArray[np.bool_]) -> NDArray[np.float64]:
        found = _summed((which & self.mask).astype(np.float64))
        return found / np.maximum(_summed(self.mask.astype(np.float64)), 1)

    @cached_property
    def grades(self) -> NDArray[np.float64]:
        """0..1 each, NaN where a tile shows no face."""
        share = self.relief / np.maximum(EXPECTED, 1e-9)
        grades = np.clip(
            np.log(np.maximum(share, 1e-9) / _NO_DETAIL) / math.log(_ENOUGH_DETAIL / _NO_DETAIL),
            0,
            1,
        )
        hidden = (
            (self.solid > _MOSTLY_SOLID)
            | (self.bright > _MOSTLY_BRIGHT)
            | (self.dark > _MOSTLY_DARK)
        )
        grades[hidden] = 0
        return np.where(self.counted, grades, np.nan)

    def deciding(self, tile: Tile) -> str:
        """What makes a tile as it is: the name of a measure."""
        if self.solid[tile] > _MOSTLY_SOLID:
            return "solid_share"
        if self.bright[tile] > _MOSTLY_BRIGHT:
            return "bright_share"
        return "dark_share" if self.dark[tile] > _MOSTLY_DARK else "sharpness"

    def each(self) -> Iterator[Tile]:
        """Every tile that shows face."""
        for row, column in zip(*np.nonzero(self.counted), strict=True):
            yield int(row), int(column)

    # ── what if ───────────────────────────────────────────────────────────────────────────

    def mended(self, tile: Tile) -> dict[str, float]:
        """Measures as they would be if one tile were like a clean face's."""
        energy, wanted = self.edge_energy.copy(), self._clean_energy(tile)
        energy[tile] = max(energy[tile], wanted)
        weight = self.pixels[tile] / max(self.pixels.sum(), 1)
        return {
            "sharpness": self._sharpness(energy, slice(None)),
            "half_sharpness": min(
                self._sharpness(energy, slice(None, COUNT // 2)),
                self._sharpness(energy, slice(COUNT // 2, None)),
            ),
            "solid_share": self._mean(self.solid) - float(self.solid[tile] * weight),
            "bright_share": self._mean(self.bright) - float(self.bright[tile] * weight),
        }

    def as_they_are(self) -> dict[str, float]:
        """The same measures from the tiles, nothing mended: what ``mended`` is held against."""
        return {
            "sharpness": self._sharpness(self.edge_energy, slice(None)),
            "half_sharpness": min(
                self._sharpness(self.edge_energy, slice(None, COUNT // 2)),
                self._sharpness(self.edge_energy, slice(COUNT // 2, None)),
            ),
            "solid_share": self._mean(self.solid),
            "bright_share": self._mean(self.bright),
        }

    def _mean(self, shares: NDArray[np.float64]) -> float:
        return float((shares * self.pixels).sum() / max(self.pixels.sum(), 1))

    def _clean_energy(self, tile: Tile) -> float:
        noise = (0.75 * self.detail.noise) ** 2
        edge = float(EXPECTED[tile]) * self.detail.contrast
        return float((edge**2 + noise) * self.pixels[tile])

    def _sharpness(self, energy: NDArray[np.float64], columns: slice) -> float:
        pixels = max(float(self.pixels[:, columns].sum()), 1.0)
        noise = (0.75 * self.detail.noise) ** 2
        mean_square = float(energy[:, columns].sum()) / pixels
        return math.sqrt(max(mean_square - noise, 0.0)) / self.detail.contrast


def _summed(picture: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums of a square picture's tiles."""
    side = picture.shape[0] // COUNT
    return np.asarray(picture.reshape(COUNT, side, COUNT, side).sum(axis=(1, 3)))
