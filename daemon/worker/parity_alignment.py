"""Both ways to align against their fixture; no network is needed for it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from daemon.engines.parity import Checked, distance, read_arrays
from daemon.imaging.align import CROP_PX, FFHQ_TEMPLATE, align
from daemon.imaging.template import (
    ARCFACE_PX,
    ARCFACE_TEMPLATE,
    gpen_template,
    narrow_template_112,
    similarity,
)

# Source: the fixtures' page, "Alignment": crop corners mapped back by the stored matrix and
# forward by ours, in pixels.
LIMIT_PX = 0.01
_GPEN_SIZES_PX = (256, 512, 1024)
_BY_MEDIAN = "facexlib512"

Matrix: TypeAlias = NDArray[np.float64]


def alignment(folder: Path, _device: str) -> Checked:
    """Every template on every set of landmarks; errors in pixels of the crop."""
    stored = read_arrays(folder / "alignment.npz")
    landmarks = stored["landmarks"]
    parts: dict[str, float] = {}
    for name, (template, side_px) in _templates().items():
        mine = [_matrix(name, points, template) for points in landmarks]
        parts[name] = _corners_apart(stored[name], mine, side_px)
        if f"{name}_inv" in stored:
            back = [_inverse(matrix) for matrix in stored[f"{name}_inv"]]
            parts[f"{name}_inv"] = _corners_apart(back, mine, side_px)
        if f"{name}_points" in stored:
            mapped = [_through(m, p) for m, p in zip(mine, landmarks, strict=True) if m is not None]
            parts[f"{name}_points"] = distance(mapped, stored[f"{name}_points"])
        if f"template_{name}" in stored:
            parts[f"template_{name}"] = distance(template, stored[f"template_{name}"])
    return Checked("alignment", LIMIT_PX, parts)


def _templates() -> Mapping[str, tuple[NDArray[Any], int]]:
    """Name in the fixture → template and side of the crop."""
    return {
        _BY_MEDIAN: (FFHQ_TEMPLATE, CROP_PX),
        "leastsquares_facexlib512": (FFHQ_TEMPLATE, CROP_PX),
        "arcface112": (ARCFACE_TEMPLATE, ARCFACE_PX),
        "eqface112": (narrow_template_112(), ARCFACE_PX),
        **{f"gpen{size}": (gpen_template(size), size) for size in _GPEN_SIZES_PX},
    }


def _matrix(name: str, points: NDArray[np.float32], template: NDArray[Any]) -> Matrix | None:
    if name != _BY_MEDIAN:
        return similarity(points, template)
    found = align(points)
    return None if found is None else found.matrix


def _corners_apart(
    stored: Sequence[Matrix] | NDArray[np.float64], mine: Sequence[Matrix | None], side_px: int
) -> float:
    """How far crop corners land from themselves, back by the stored matrix, forward by ours."""
    corners = np.array([(0, 0), (side_px, 0), (side_px, side_px), (0, side_px)], dtype=np.float64)
    worst = 0.0
    for theirs, own in zip(stored, mine, strict=True):
        if own is None:
            return math.nan
        landed = _through(own, _through(_inverse(theirs), corners))
        worst = max(worst, float(np.abs(landed - corners).max()))
    return worst


def _through(matrix: Matrix, points: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(points.astype(np.float64) @ matrix[:, :2].T + matrix[:, 2])


def _inverse(matrix: Matrix) -> Matrix:
    return np.asarray(np.linalg.inv(np.vstack([matrix, (0, 0, 1)]))[:2])
