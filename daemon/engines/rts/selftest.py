"""The pictures of the self-test: one face, and what blur and mosaic make of it.

The face is the portrait of Eileen Collins that scikit-image ships (NASA, public domain): a photo
of our own would have to be somebody's, and every installation has this one.
"""

from __future__ import annotations

import zlib

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.errors import EngineUnavailable
from daemon.imaging.template import ARCFACE_PX, ARCFACE_TEMPLATE, similarity, warped

# Counts up when a picture below changes: calibrations made with others are made again.
VERSION = 1

_CRC32 = 4257916255  # of the 512 × 512 RGB picture's bytes
# As CenterFace finds them, rounded; eyes, nose tip, mouth corners.
_LANDMARKS = np.array(
    [(203.2, 101.7), (247.0, 104.5), (223.3, 125.1), (203.4, 142.3), (241.3, 144.4)]
)
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
    try:
        import skimage.data  # noqa: PLC0415 - half a second, and only at the first calibration

        picture = skimage.data.astronaut()  # type: ignore[no-untyped-call]  # no annotations
        portrait = np.asarray(picture, dtype=np.uint8)
    except (ImportError, OSError) as error:
        message = "the self-test's portrait is missing: install scikit-image again"
        raise EngineUnavailable(message, engine="rts") from error
    if zlib.crc32(np.ascontiguousarray(portrait).data) != _CRC32:
        message = (
            "scikit-image's portrait is not the one the self-test knows: install the version "
            "that constraints.txt names"
        )
        raise EngineUnavailable(message, engine="rts")
    matrix = similarity(_LANDMARKS, ARCFACE_TEMPLATE)
    assert matrix is not None
    return warped(portrait, matrix, ARCFACE_PX)


def _blurred(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.GaussianBlur(face, (0, 0), _BLUR_SIGMA_PX), dtype=np.uint8)


def _mosaic(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    tiles = ARCFACE_PX // _MOSAIC_PX
    small = cv2.resize(face, (tiles, tiles), interpolation=cv2.INTER_AREA)
    size = (ARCFACE_PX, ARCFACE_PX)
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_NEAREST), dtype=np.uint8)
