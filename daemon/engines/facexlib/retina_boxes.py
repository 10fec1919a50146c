"""What RetinaFace's numbers mean: anchors, boxes, landmarks, and one box a face.

Coordinates are pixels of the network's input. Source of method and constants: Deng et al.,
"RetinaFace" (arXiv 1905.00641), and the configuration the published weights were trained with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STEPS_PX = (8, 16, 32)
"""Pixels of the input per cell of each map."""
SIDES_PX = ((16, 32), (64, 128), (256, 512))
"""Anchors at every cell of each map."""
_CENTRE_UNIT, _SIZE_UNIT = 0.1, 0.2  # of an anchor's side, and of its logarithm
_SAME_BOX = 0.4  # intersection over union
_MOST_LOG = 10.0  # a side of e^10 anchors is beyond any picture
# Surest first: several anchors see each face. A thousand faces are more than any photo of people
# has been seen to hold; weights that find more find nothing.
_MOST_BOXES, _MOST_FACES = 4096, 1000


@dataclass(frozen=True)
class Found:
    """Faces of one look, surest first.

    Attributes:
        boxes: ``(N, 4)`` float32 left, top, right, bottom.
        landmarks: ``(N, 5, 2)`` float32 x and y in the house order.
        scores: ``(N,)`` float32, 0..1.
    """

    boxes: NDArray[np.float32]
    landmarks: NDArray[np.float32]
    scores: NDArray[np.float32]


def anchors(height: int, width: int) -> NDArray[np.float32]:
    """``(A, 3)`` float32: centre x, centre y and side of every anchor, in the heads' order.

    Args:
        height: Of the network's input, in pixels.
        width: As ``height``.
    """
    parts = []
    for step, sides in zip(STEPS_PX, SIDES_PX, strict=True):
        rows, columns = -(-height // step), -(-width // step)
        y, x = np.mgrid[:rows, :columns].astype(np.float32)
        grid = np.empty((rows, columns, len(sides), 3), np.float32)
        grid[..., 0] = ((x + 0.5) * step)[..., None]
        grid[..., 1] = ((y + 0.5) * step)[..., None]
        grid[..., 2] = sides
        parts.append(grid.reshape(-1, 3))
    return np.concatenate(parts)


def decoded(
    heads: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]],
    size: tuple[int, int],
    least: float,
) -> Found:
    """The faces that the three heads speak of.

    Args:
        heads: Boxes ``(A, 4)``, scores ``(A,)`` and landmarks ``(A, 10)``, as the network gives
            them: in units of each anchor.
        size: Height and width of the network's input.
        least: Lowest score that counts.
    """
    offsets, scores, points = heads
    usable = np.isfinite(offsets).all(1) & np.isfinite(points).all(1) & (scores >= least)
    order = np.flatnonzero(usable)
    order = order[np.argsort(-scores[order], kind="stable")][:_MOST_BOXES]
    at = anchors(*size)[order]
    centre, side = at[:, :2], at[:, 2:]
    middle = centre + offsets[order, :2] * _CENTRE_UNIT * side
    half = side * np.exp(np.clip(offsets[order, 2:] * _SIZE_UNIT, -_MOST_LOG, _MOST_LOG)) / 2
    boxes = np.concatenate([middle - half, middle + half], axis=1)
    boxes = np.clip(boxes, 0, np.array((size[1], size[0]) * 2, np.float32))
    landmarks = centre[:, None] + points[order].reshape(-1, 5, 2) * _CENTRE_UNIT * side[:, None]
    kept = apart(boxes)[:_MOST_FACES]
    return Found(boxes[kept], landmarks[kept], scores[order][kept])


def apart(boxes: NDArray[np.float32], most: float = _SAME_BOX) -> NDArray[np.intp]:
    """Indices of boxes that no earlier one covers by more than ``most`` of their union.

    Args:
        boxes: ``(N, 4)`` left, top, right, bottom; surest first.
        most: Intersection over union from which two are one.
    """
    kept: list[int] = []
    left = np.arange(len(boxes))
    areas = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), axis=1)
    while left.size:
        first, others = int(left[0]), left[1:]
        kept.append(first)
        top_left = np.maximum(boxes[first, :2], boxes[others, :2])
        bottom_right = np.minimum(boxes[first, 2:], boxes[others, 2:])
        both = np.prod(np.maximum(bottom_right - top_left, 0), axis=1)
        union = areas[first] + areas[others] - both
        left = others[both <= most * np.maximum(union, 1e-6)]
    return np.array(kept, np.intp)
