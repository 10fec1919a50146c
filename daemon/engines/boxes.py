"""Boxes that a network gives: which count, and one for each face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAME_BOX = 0.4
"""Intersection over union. Source: what the published programs of RetinaFace and SCRFD take."""
# Surest first: several anchors see each face. A thousand faces are more than any photo of people
# has been seen to hold; weights that find more find nothing.
MOST_BOXES, MOST_FACES = 4096, 1000


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

    def of_faces(self, most: float = SAME_BOX) -> Found:
        """One for each face.

        Args:
            most: Intersection over union from which two boxes are of one face.
        """
        kept = apart(self.boxes, most)[:MOST_FACES]
        return Found(self.boxes[kept], self.landmarks[kept], self.scores[kept])


def surest(scores: NDArray[np.float32], least: float) -> NDArray[np.intp]:
    """Indices of the scores that count, highest first, and no more than can be compared.

    Args:
        scores: ``(N,)``.
        least: Lowest score that counts.
    """
    order = np.flatnonzero(scores >= least)
    return order[np.argsort(-scores[order], kind="stable")][:MOST_BOXES]


def apart(boxes: NDArray[np.float32], most: float = SAME_BOX) -> NDArray[np.intp]:
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
