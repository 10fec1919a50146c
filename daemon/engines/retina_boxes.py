"""What RetinaFace is fed and what its numbers mean: anchors, boxes, landmarks.

Coordinates are pixels of the network's input. Source of method and constants: Deng et al.,
"RetinaFace" (arXiv 1905.00641), and the configuration the published weights were trained with.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from daemon.engines.boxes import Found, surest

STEPS_PX = (8, 16, 32)
"""Pixels of the input per cell of each map."""
SIDES_PX = ((16, 32), (64, 128), (256, 512))
"""Anchors at every cell of each map."""
MULTIPLE = 32
"""Sides of the input: the trunk halves five times."""
# Source: the mean of the training set, which the published programs take off; in BGR, the order
# the networks were trained in.
_MEAN_BGR = (104, 117, 123)
MEAN_RGB = _MEAN_BGR[::-1]
"""Colour of what lies beyond the picture: nothing, once the mean is taken off."""
# Source: 0.9 is what GPEN's programs ask of ResNet-50; MobileNet shows true faces of 0.88.
LEAST_SCORES = {"mobile": 0.8, "resnet50": 0.9}
_CENTRE_UNIT, _SIZE_UNIT = 0.1, 0.2  # of an anchor's side, and of its logarithm
_MOST_LOG = 10.0  # a side of e^10 anchors is beyond any picture


def planes(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What the network is fed: ``(3, h, w)`` float32 BGR less the mean.

    Args:
        pixels: ``(h, w, 3)`` uint8 RGB.
    """
    bgr = pixels[..., ::-1].astype(np.float32) - np.array(_MEAN_BGR, np.float32)
    return np.ascontiguousarray(bgr.transpose(2, 0, 1))


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
    usable = np.isfinite(offsets).all(1) & np.isfinite(points).all(1)
    order = surest(np.where(usable, scores, np.float32(-1)), least)
    at = anchors(*size)[order]
    centre, side = at[:, :2], at[:, 2:]
    middle = centre + offsets[order, :2] * _CENTRE_UNIT * side
    half = side * np.exp(np.clip(offsets[order, 2:] * _SIZE_UNIT, -_MOST_LOG, _MOST_LOG)) / 2
    boxes = np.concatenate([middle - half, middle + half], axis=1)
    boxes = np.clip(boxes, 0, np.array((size[1], size[0]) * 2, np.float32))
    landmarks = centre[:, None] + points[order].reshape(-1, 5, 2) * _CENTRE_UNIT * side[:, None]
    return Found(boxes, landmarks, scores[order]).of_faces()
