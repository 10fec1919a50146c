"""The pictures of the self-test: one face, and what blur and mosaic make of it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.portrait import LANDMARKS, portrait
from daemon.imaging.template import ARCFACE_PX, ARCFACE_TEMPLATE, similarity, warped

# Counts up when a picture below changes: calibrations made with others are made again.
VERSION = 1

# In the 112-pixel crop, whose eyes are 35 px apart. A sixth of that is a face out of focus;
# eight-pixel tiles leave four to an eye distance, which nobody can recognise.
_BLUR_SIGMA_PX = 2.0
_MOSAIC_PX = 8
_MOVE_PX = (2.0, 1.0)

LEVELS = ("clean", "blurred", "mosaic")
VARIANTS = ("plain", "mirrored", "moved")


def pictures() -> NDArray[np.uint8]:
    """``(3, 3, 112, 112, 3)`` uint8 RGB: ``VARIANTS`` × ``LEVELS``.

    Raises:
        EngineUnavailable: The portrait is missing, or is another picture.
    """
    face = _face()
    move = np.array([[1, 0, _MOVE_PX[0]], [0, 1, _MOVE_PX[1]]])
    moved = cv2.warpAffine(face, move, (ARCFACE_PX, ARCFACE_PX), borderMode=cv2.BORDER_REPLICATE)
    variants = (face, np.ascontiguousarray(face[:, ::-1]), np.asarray(moved, np.uint8))
    return np.stack([np.stack([one, _blurred(one), _mosaic(one)]) for one in variants])


def _face() -> NDArray[np.uint8]:
    matrix = similarity(LANDMARKS, ARCFACE_TEMPLATE)
    assert matrix is not None
    return warped(portrait(), matrix, ARCFACE_PX)


def _blurred(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.GaussianBlur(face, (0, 0), _BLUR_SIGMA_PX), dtype=np.uint8)


def _mosaic(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    tiles = ARCFACE_PX // _MOSAIC_PX
    small = cv2.resize(face, (tiles, tiles), interpolation=cv2.INTER_AREA)
    size = (ARCFACE_PX, ARCFACE_PX)
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_NEAREST), dtype=np.uint8)
