"""Networks that look at a square of one size: pictures are pressed into it, alphas come back out.

Their authors press the picture into the square, whatever its shape was, so that is done here too.
Heads stay round for everything else: a matte is judged in a view of the picture's own shape.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.matte_network import Alphas, SizeFor
from daemon.errors import EngineError

IMAGENET_MEAN: Final = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION: Final = (0.229, 0.224, 0.225)
"""RGB of 0..1. Source: what networks trained on ImageNet are given; BiRefNet's dataset.py."""

_LEAST_PX = 32  # of a strip's short side
# What rounding may leave beyond 0..1; anything more is no alpha.
_SLACK = 0.01


def longest_side(side_px: int) -> SizeFor:
    """Height and width of a view with at most that long side; nothing is made larger.

    Args:
        side_px: The square's side: a longer view holds nothing that the network sees.
    """

    def size_for(height: int, width: int) -> tuple[int, int]:
        by = min(1.0, side_px / max(height, width))
        return max(_LEAST_PX, round(height * by)), max(_LEAST_PX, round(width * by))

    return size_for


def in_square(alphas: Alphas, side_px: int) -> Alphas:
    """Alphas of pictures of any shape, from a network that takes a square.

    Args:
        alphas: Gives ``(1, S, S)`` of ``(1, S, S, 3)``; asked for one picture at a time.
        side_px: S.
    """

    def of_any(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        height, width = pictures.shape[1:3]
        found = []
        for picture in pictures:
            alpha = alphas(_resized(picture, (side_px, side_px))[None])[0]
            found.append(_resized(alpha, (width, height)))
        return np.stack(found)

    return of_any


def standardised(
    pictures: NDArray[np.float32],
    mean: tuple[float, float, float],
    deviation: tuple[float, float, float],
) -> NDArray[np.float32]:
    """``(N, 3, h, w)`` of ``(N, h, w, 3)`` RGB 0..255: less the mean, over the deviation.

    Args:
        pictures: Float32.
        mean: RGB of 0..1.
        deviation: As ``mean``.
    """
    scale = np.asarray(deviation, np.float32) * np.float32(255)
    shift = np.asarray(mean, np.float32) / np.asarray(deviation, np.float32)
    return np.ascontiguousarray((pictures / scale - shift).transpose(0, 3, 1, 2))


def checked(alpha: NDArray[np.float32], engine: str) -> NDArray[np.float32]:
    """An alpha that is one; NaN is left to whoever asked.

    Args:
        alpha: Float32, any shape.
        engine: Named in the error.

    Raises:
        EngineError: It holds values far from 0..1.
    """
    if (alpha < -_SLACK).any() or (alpha > 1 + _SLACK).any():
        message = "the network gave no alpha of 0..1: check the weights (boothd models verify)"
        raise EngineError(message, engine=engine)
    return np.clip(alpha, 0, 1)


def _resized(picture: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """A picture or an alpha at (width, height); pixels' middles keep their places."""
    height, width = picture.shape[:2]
    if (width, height) == size:
        return picture
    smaller = size[0] <= width and size[1] <= height
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=how), np.float32)
