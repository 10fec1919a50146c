"""Nine ways in which photos of faces go wrong, each in six severities, to try measures on.

Sizes are shares of the distance between the eyes, so that every photo suffers alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

SEVERITIES = 6
_FLAT = (96, 104, 112)


@dataclass(frozen=True)
class Where:
    """The face in the photo to be damaged: its middle and the distance of its eyes, in pixels."""

    x: float
    y: float
    eyes_px: float


Damage = Callable[[Picture, Where, float], Picture]


def gaussian_blur(srgb: Picture, where: Where, share: float) -> Picture:
    """Out of focus, by a share of the eye distance."""
    return _u8(cv2.GaussianBlur(srgb, (0, 0), share * where.eyes_px))


def motion_blur(srgb: Picture, where: Where, share: float) -> Picture:
    """A shake along 30 degrees, as long as a share of the eye distance."""
    length = max(3, round(share * where.eyes_px))
    kernel = np.zeros((length | 1, length | 1), np.float32)
    middle = kernel.shape[0] // 2
    turn = math.radians(30)
    for step in np.linspace(-middle, middle, 4 * length):
        x, y = middle + step * math.cos(turn), middle + step * math.sin(turn)
        kernel[round(y), round(x)] = 1
    return _u8(cv2.filter2D(srgb, -1, kernel / kernel.sum()))


def jpeg(srgb: Picture, _where: Where, quality: float) -> Picture:
    """Compressed once, on the photo's own grid; what is measured is the decoded picture."""
    options = [cv2.IMWRITE_JPEG_QUALITY, int(quality)]
    content = cv2.imencode(".jpg", srgb[:, :, ::-1], options)[1]
    return _u8(cv2.imdecode(content, cv2.IMREAD_COLOR_RGB))


def down_scale(srgb: Picture, _where: Where, factor: float) -> Picture:
    """A smaller picture."""
    size = (max(16, round(srgb.shape[1] / factor)), max(16, round(srgb.shape[0] / factor)))
    return _u8(cv2.resize(srgb, size, interpolation=cv2.INTER_AREA))


def gamma(srgb: Picture, _where: Where, exponent: float) -> Picture:
    """Darker above 1, brighter below."""
    table = np.rint(255 * (np.arange(256) / 255) ** exponent).astype(np.uint8)
    return _u8(cv2.LUT(srgb, table))


def noise(srgb: Picture, _where: Where, deviation: float) -> Picture:
    """Independent noise in every channel, in steps of 255."""
    grain = np.random.default_rng(5).normal(0, deviation, srgb.shape)
    return np.clip(np.rint(srgb + grain), 0, 255).astype(np.uint8)


def block(srgb: Picture, where: Where, side: float) -> Picture:
    """An even patch over one cheek, growing over the face."""
    out = srgb.copy()
    half = side * where.eyes_px / 2
    x, y = where.x + 0.4 * where.eyes_px, where.y + 0.2 * where.eyes_px
    rows = slice(max(0, round(y - half)), max(0, round(y + half)))
    out[rows, max(0, round(x - half)) : max(0, round(x + half))] = _FLAT
    return out


def rotation(srgb: Picture, _where: Where, degrees: float) -> Picture:
    """The camera tilted, the whole picture kept."""
    height, width = srgb.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    size = round(height * sin + width * cos), round(height * cos + width * sin)
    turn[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return _u8(cv2.warpAffine(srgb, turn, size, borderMode=cv2.BORDER_REPLICATE))


def _u8(picture: object) -> Picture:
    return np.ascontiguousarray(picture, dtype=np.uint8)


DAMAGES: Mapping[str, tuple[Damage, tuple[float, ...]]] = {
    "gaussian blur": (gaussian_blur, (0.008, 0.014, 0.022, 0.032, 0.048, 0.070)),
    "motion blur": (motion_blur, (0.06, 0.10, 0.15, 0.22, 0.32, 0.45)),
    "JPEG": (jpeg, (50, 30, 20, 12, 7, 3)),
    "down-scale": (down_scale, (1.5, 2.2, 3.2, 4.5, 6.5, 9.0)),
    "gamma dark": (gamma, (1.6, 2.2, 3.0, 4.2, 6.0, 9.0)),
    "gamma bright": (gamma, (0.70, 0.50, 0.36, 0.25, 0.16, 0.10)),
    "noise": (noise, (8, 14, 22, 35, 55, 85)),
    "occluding block": (block, (0.5, 0.8, 1.1, 1.4, 1.7, 2.0)),
    "rotation": (rotation, (8, 16, 26, 38, 52, 68)),
}
"""Name → what is done and its six strengths, mildest first."""
