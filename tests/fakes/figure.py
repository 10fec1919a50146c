"""A red figure before blue, to tell where an alpha comes to lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import Face, Matte
from daemon.imaging.geometry import Box

RED, BLUE = (200, 40, 40), (40, 40, 200)


@dataclass(frozen=True)
class Drawn:
    """The picture ``(H, W, 3)``, where the figure is, its face, and the distance of its eyes."""

    picture: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    face: Face
    unit: float


def figure(width: int, height: int, *, to_the_left: float = 0.06) -> Drawn:
    """Head, neck and shoulders whose sides slant, so that edges are known within a tenth."""
    unit = min(width, height) / 8
    x, y = width * (0.5 - to_the_left), 3.1 * unit
    rows, columns = np.mgrid[:height, :width].astype(np.float64)
    right, down = (columns - x) / unit, (rows - y) / unit
    head = (right / 1.4) ** 2 + ((down - 0.3) / 1.9) ** 2 < 1
    body = (down > 1.9) & (np.abs(right) < 1.4 + 0.31 * (down - 1.9))
    mask = head | body
    picture = np.where(mask[..., None], RED, BLUE).astype(np.uint8)
    spots = [(-0.5, 0), (0.5, 0), (0, 0.62), (-0.42, 1.0), (0.42, 1.0)]
    marks = np.float32([(x + a * unit, y + b * unit) for a, b in spots])
    box = Box(x - unit, y - unit, x + unit, y + 1.6 * unit)
    return Drawn(picture, mask, Face(box, marks, 1.0), unit)


def edges_off(matte: Matte, drawn: Drawn) -> dict[str, float]:
    """By how many pixels the left, right and upper outline lie off, on the average."""
    apart = matte.alpha - drawn.mask
    x, y = (int(v) for v in drawn.face.landmarks[2])
    sides = apart[y + round(2 * drawn.unit) :]
    crown = apart[: y - round(drawn.unit), x - round(drawn.unit) : x + round(drawn.unit)]
    return {
        "left": float(sides[:, :x].sum(axis=1).mean()),
        "right": float(sides[:, x:].sum(axis=1).mean()),
        "top": float(crown.sum(axis=0).mean()),
    }
