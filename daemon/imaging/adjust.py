"""Brightness, contrast, saturation, sharpness and white balance: plain, small, reversible wishes.

Every strength is -1..1 and 0 gives the very same array. The steps are small on purpose: at 1 a
photo is clearly changed and still a photo.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

_BRIGHTNESS_STOPS = 0.7  # at strength 1, around middle grey
_CONTRAST_GAIN = 0.45
_SATURATION_GAIN = 0.5
_SHARPNESS_GAIN, _SHARPNESS_SIGMA_PX = 1.2, 1.0
_SOFTNESS_SIGMA_PX = 1.5
_MOST_CAST = 0.35  # a cast of more than a third of a channel is light, not a cast


def adjusted(
    rgb: NDArray[np.uint8],
    *,
    brightness: float = 0.0,
    contrast: float = 0.0,
    saturation: float = 0.0,
    sharpness: float = 0.0,
) -> NDArray[np.uint8]:
    """A picture with its tones changed.

    Args:
        rgb: ``(H, W, 3)`` uint8 sRGB.
        brightness: -1 darker … 1 brighter; black and white stay where they are.
        contrast: -1 flatter … 1 harder, around the picture's own mean.
        saturation: -1 paler … 1 more colourful.
        sharpness: -1 softer … 1 crisper.
    """
    if not (brightness or contrast or saturation or sharpness):
        return rgb
    value: NDArray[Any] = rgb.astype(np.float32) / 255
    if brightness:
        value = np.power(value, np.float32(2.0 ** (-_BRIGHTNESS_STOPS * brightness)))
    if contrast:
        mean = value.mean()
        value = mean + (value - mean) * np.float32(1 + _CONTRAST_GAIN * contrast)
    if saturation:
        grey = value @ np.array((0.2126, 0.7152, 0.0722), np.float32)  # ITU-R BT.709
        value = grey[..., None] + (value - grey[..., None]) * np.float32(
            1 + _SATURATION_GAIN * saturation
        )
    if sharpness:
        value = _sharpened(value, sharpness)
    return np.asarray(np.rint(np.clip(value, 0, 1) * 255), np.uint8)


def balanced(rgb: NDArray[np.uint8], weight: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The picture without the colour cast of its light.

    Shades of grey (p = 6) over the pixels that count. Source: Finlayson and Trezzi, "Shades of
    Gray and Colour Constancy", 2004.

    Args:
        rgb: ``(H, W, 3)`` uint8 sRGB.
        weight: ``(H, W)`` float32 0..1; which pixels speak for the light.
    """
    linear = (rgb.astype(np.float32) / 255) ** 2.2
    total = float(weight.sum())
    if total <= 0:
        return rgb
    light = ((linear**6 * weight[..., None]).sum(axis=(0, 1)) / total) ** (1 / 6)
    gain = float(light.mean()) / np.maximum(light, 1e-6)
    gain = np.clip(gain, 1 - _MOST_CAST, 1 + _MOST_CAST).astype(np.float32)
    value = np.clip(linear * gain, 0, 1) ** (1 / 2.2)
    return np.asarray(np.rint(value * 255), np.uint8)


def _sharpened(value: NDArray[np.float32], strength: float) -> NDArray[np.float32]:
    if strength < 0:
        soft = cv2.GaussianBlur(value, (0, 0), _SOFTNESS_SIGMA_PX)
        return np.asarray(value + (soft - value) * np.float32(-strength), np.float32)
    detail = value - cv2.GaussianBlur(value, (0, 0), _SHARPNESS_SIGMA_PX)
    return np.asarray(value + detail * np.float32(_SHARPNESS_GAIN * strength), np.float32)
