"""Makes a restored face match the photo it goes back into: light, colour and grain."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# Light and shade come from the photo: what an engine changed in features broader than this is
# taken back. 16 px was best of none, 8, 16 and 32 over seven degraded faces.
_LIGHT_SIGMA_PX = 16.0
# Colour is held to the photo more closely: eyes keep their colour, skin gets no blotches.
_COLOUR_SIGMA_PX = 8.0
_WORTH_SHRINKING = 2
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601-7, 2.5.1

_GRAIN_SIGMA_PX = 1.5
_GRAIN_KEPT = 0.5  # of the photo's own grain, in the restored face
_GRAIN_FLOOR = 1.0  # steps of 255; below this there is no grain worth keeping


def matched_change(
    before: NDArray[np.float32], restored: NDArray[np.float32], by: float = 1.0
) -> NDArray[np.float32]:
    """What an engine added to a face, less what it changed in light and colour.

    Args:
        before: ``(side, side, 3)`` float32 RGB, 0..255, the aligned face.
        restored: The same face from the engine.
        by: How many times as large as in a 512-px FFHQ crop the face is in this one.

    Returns:
        ``(side, side, 3)`` float32, to be added to ``before``.
    """
    change = restored - before
    light = change @ _LUMA
    colour = change - light[..., None]
    light = light - _broad(light, _LIGHT_SIGMA_PX * by)
    colour = colour - _broad(colour, _COLOUR_SIGMA_PX * by)
    return np.asarray(light[..., None] + colour, dtype=np.float32)


def coloured_change(
    before: NDArray[np.float32], coloured: NDArray[np.float32]
) -> NDArray[np.float32]:
    """What an engine that colours did to the colour of a face; its brightness stays.

    Args:
        before: ``(side, side, 3)`` float32 RGB, 0..255, the aligned face.
        coloured: The same face from the engine.

    Returns:
        ``(side, side, 3)`` float32 without luma, to be added to ``before``.
    """
    change = coloured - before
    return np.asarray(change - (change @ _LUMA)[..., None], dtype=np.float32)


def grey_of(faces: NDArray[np.float32]) -> NDArray[np.float32]:
    """Faces ``(…, 3)`` float32 RGB without their colour, in three equal channels."""
    luma = np.asarray(faces, np.float32) @ _LUMA
    return np.repeat(luma[..., None], 3, axis=-1)


def _broad(layer: NDArray[np.floating], sigma_px: float) -> NDArray[np.float32]:
    """What of a layer is broader than a sigma; a broad one is taken from a smaller layer."""
    shrink = int(sigma_px / _LIGHT_SIGMA_PX)
    if shrink < _WORTH_SHRINKING:
        return np.asarray(cv2.GaussianBlur(layer, (0, 0), sigma_px), np.float32)
    size = layer.shape[1], layer.shape[0]
    small = cv2.resize(layer, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), sigma_px / shrink)
    return np.asarray(cv2.resize(soft, size, interpolation=cv2.INTER_LINEAR), np.float32)


def with_grain(
    before: NDArray[np.float32], change: NDArray[np.float32], noise: float
) -> NDArray[np.float32]:
    """A change that leaves half of the photo's own grain on the face.

    A face cleaner than the picture round it looks pasted. The grain put back is the photo's
    own, so the same photo gives the same bytes; edges are left out.

    Args:
        before: ``(side, side, 3)`` float32 RGB, 0..255.
        change: What will be added to it, blend included.
        noise: Standard deviation of the face's noise in steps of 255.
    """
    if noise < _GRAIN_FLOOR:
        return change
    grain = _grain(before, noise)
    left = grain + _grain_of_change(change, grain)
    kept = float(left.std()) / max(float(grain.std()), 1e-6)
    if kept >= _GRAIN_KEPT:
        return change
    return np.asarray(change + (_GRAIN_KEPT - kept) * grain, dtype=np.float32)


def _grain(picture: NDArray[np.float32], noise: float) -> NDArray[np.float32]:
    """High-pass of a picture; more than three sigmas is an edge and not grain."""
    high = picture - cv2.GaussianBlur(picture, (0, 0), _GRAIN_SIGMA_PX)
    strong = np.abs(high).max(axis=2, keepdims=True)
    return np.asarray(high * np.clip(2 - strong / (3 * noise), 0, 1), dtype=np.float32)


def _grain_of_change(
    change: NDArray[np.float32], grain: NDArray[np.float32]
) -> NDArray[np.float32]:
    high = change - cv2.GaussianBlur(change, (0, 0), _GRAIN_SIGMA_PX)
    return np.asarray(np.where(grain != 0, high, 0), dtype=np.float32)
