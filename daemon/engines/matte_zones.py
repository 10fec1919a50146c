"""What the place of a pixel says before its colour is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daemon.imaging.head_frame import HeadFrame, HeadGrid

_STRONGEST_NO, _STRONGEST_YES = -4.5, 4.0  # log odds; colour can still say otherwise
_STEEPNESS = 3.0  # log odds per unit of distance from the usual outline


@dataclass(frozen=True, slots=True)
class Zones:
    """Places, each ``(H, W)``.

    Attributes:
        odds: Float32 log odds that a pixel here is the person.
        core: Bool, always the person: face, neck, chest.
        far: Bool, never the person; colours behind are learnt here.
        hairy: Float32 0..1, where an outline may be hair and needs a wide band.
        grid: The coordinates they were made from.
    """

    odds: NDArray[np.float32]
    core: NDArray[np.bool_]
    far: NDArray[np.bool_]
    hairy: NDArray[np.float32]
    grid: HeadGrid


def zones(head: HeadFrame, shape: tuple[int, int], others: tuple[HeadFrame, ...] = ()) -> Zones:
    """Zones for a head in a picture of (height, width).

    Args:
        head: Whose outline is wanted.
        shape: Of the picture.
        others: Heads of other people in it; their faces are never the person.
    """
    grid = head.grid(shape)
    core = _core(grid, head.turn)
    far = _far(grid)
    for other in others:
        far |= other.grid(shape).oval(0.2, 1.2, 1.6, 1.7) <= 1
    far &= ~core
    if far.sum() < _FEWEST_FAR_PX:
        far |= _frame_strips(shape) & ~core & (grid.oval(0.2, 1.45, 2.0, 1.9) > 1)
    return Zones(_odds(grid), core, far, _hairy(grid), grid)


_FEWEST_FAR_PX = 60


def below_shoulders(person: NDArray[np.bool_], grid: HeadGrid) -> NDArray[np.float32]:
    """Log odds that a pixel is the person because a shoulder lies above it.

    Bodies go on downwards: what is under a shoulder is the body, unless colour is sure that it
    is not (the gap beside a waist). Only that keeps a sleeve in the colour of the wall.

    Args:
        person: ``(H, W)`` bool, taken for the person so far.
        grid: Of the same size.
    """
    beside = np.abs(grid.right)
    starts = person & (grid.down > _SHOULDERS_FROM + 0.2 * beside) & (beside < _SHOULDER_REACH)
    under = np.maximum.accumulate(starts, axis=0)
    return np.asarray(_UNDER_SHOULDER * under, np.float32)


_SHOULDERS_FROM, _SHOULDER_REACH, _UNDER_SHOULDER = 1.9, 2.5, 1.0


def _core(grid: HeadGrid, turn: float) -> NDArray[np.bool_]:
    # The oval ends inside the hair of people who have some and on the skull of those who have
    # none: either way on the person.
    face = grid.oval(0.2, 0.95, 1.6, 1.45) <= 1
    # The cheek that a turned face points away with is the nearer outline.
    face &= grid.across * np.sign(turn) < 0.95 - 1.2 * abs(turn)
    beside = np.abs(grid.right)
    neck = (grid.along > 1.2) & (grid.down < 3.4) & (beside < 0.45)
    widening = np.minimum(0.45 + (grid.down - 3.2) * 0.7, 1.4)
    chest = (grid.down >= 3.2) & (beside < widening)
    return np.asarray(face | neck | chest, np.bool_)


def _far(grid: HeadGrid) -> NDArray[np.bool_]:
    beside = np.abs(grid.right)
    above = (grid.down < 1.4) & (grid.oval(0.2, 2.7, 3.0, 9.0) > 1)
    slope = 2.7 + (grid.down - 1.4) * 1.2
    below = (grid.down >= 1.4) & (grid.down < 2.6) & (beside > slope)
    return np.asarray(above | below, np.bool_)


def _frame_strips(shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Top and upper sides of the picture, for heads so near that nothing lies far from them."""
    height, width = shape
    strips = np.zeros(shape, np.bool_)
    thick = max(2, round(0.04 * width))
    strips[:thick] = True
    strips[: height // 2, :thick] = True
    strips[: height // 2, width - thick :] = True
    return strips


def _odds(grid: HeadGrid) -> NDArray[np.float32]:
    beside = np.abs(grid.right)
    head = (1 - grid.oval(0.2, 1.6, 2.3, 1.9)) * 1.9
    half_width = np.clip(0.7 + (grid.down - 1.9) * 1.7, 0.0, 2.8)
    body = np.minimum(half_width - beside, (grid.down - 1.8) * 1.2)
    outline = 0.25 * np.logaddexp(head / 0.25, body / 0.25)
    odds = np.clip(outline * _STEEPNESS, _STRONGEST_NO, _STRONGEST_YES)
    # Where long hair, wide sleeves and raised collars are common the place says little.
    hair = logistic((2.3 - beside) * 4) * logistic((grid.down - 0.3) * 3)
    sleeve = (
        logistic((3.9 - beside) * 3)
        * logistic((grid.down - 2.5) * 3)
        * logistic((grid.down - 1.6 - 0.45 * beside) * 5)
    )
    open_here = np.maximum(0.75 * hair, 0.85 * sleeve)
    softened = odds * (1 - open_here) - 0.9 * open_here
    return np.asarray(np.where(odds < 0, softened, odds), np.float32)


def _hairy(grid: HeadGrid) -> NDArray[np.float32]:
    above = logistic((0.9 - grid.down) * 4)
    long_hair = 0.6 * logistic((3.0 - grid.down) * 4) * logistic((2.0 - np.abs(grid.right)) * 4)
    return np.asarray(np.maximum(above, long_hair), np.float32)


def logistic(x: NDArray[Any]) -> NDArray[np.float32]:
    """Log odds to probability."""
    # Beyond 80 float32 has no larger number to give, and nothing to say.
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -80, 80))), np.float32)
