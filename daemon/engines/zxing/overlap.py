"""How much two quads have in common."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray


def shared(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Which part of the smaller of two convex quads lies inside the other, 0..1."""
    smaller = min(area(one), area(other))
    if smaller <= 0:
        return 0.0
    hulls: Sequence[NDArray[np.float32]] = [
        np.asarray(cv2.convexHull(quad), np.float32) for quad in (one, other)
    ]
    overlap, _ = cv2.intersectConvexConvex(hulls[0], hulls[1])
    return float(overlap) / smaller


def area(quad: NDArray[np.float32]) -> float:
    """Of a convex quad ``(4, 2)``, in square pixels."""
    return float(cv2.contourArea(np.asarray(cv2.convexHull(quad), np.float32)))
