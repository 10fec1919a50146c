"""Whose outline a matter is to find, and a picture of the size it looks at."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import Face
from daemon.errors import EngineError
from daemon.imaging.head_frame import HeadFrame

_LEAST_PX = 32


def head_in(face: Face, srgb: NDArray[np.uint8]) -> HeadFrame:
    """The head of a face in ``(H, W, 3)`` uint8 RGB.

    Raises:
        EngineError: No such picture, one that is too small, or the face does not lie in it.
    """
    if srgb.ndim != 3 or srgb.shape[2] != 3 or srgb.dtype != np.uint8:
        message = f"a matter wants (H, W, 3) uint8, not {srgb.shape} {srgb.dtype}"
        raise EngineError(message)
    height, width = srgb.shape[:2]
    if min(height, width) < _LEAST_PX:
        message = f"a picture of {width} × {height} px is too small to cut a person out of"
        raise EngineError(message)
    try:
        head = HeadFrame.of(face.landmarks)
    except ValueError as error:
        raise EngineError(str(error)) from error
    if not (0 <= head.x < width and 0 <= head.y < height):
        message = "the face does not lie in the picture"
        raise EngineError(message)
    return head


def heads_of(faces: Sequence[Face]) -> tuple[HeadFrame, ...]:
    """Heads of other people; points that make no head say nothing about where one is."""
    heads = []
    for face in faces:
        try:
            heads.append(HeadFrame.of(face.landmarks))
        except ValueError:
            continue
    return tuple(heads)


def scaled(srgb: NDArray[np.uint8], side_px: int) -> tuple[NDArray[np.uint8], float]:
    """The picture with at most that long side, and by how much it was scaled."""
    by = side_px / max(srgb.shape[:2])
    if by >= 1:
        return srgb, 1.0
    size = max(1, round(srgb.shape[1] * by)), max(1, round(srgb.shape[0] * by))
    return np.asarray(cv2.resize(srgb, size, interpolation=cv2.INTER_AREA), np.uint8), by
