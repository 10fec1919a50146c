"""Light and colour of the face, and the calm of what is behind it.

Source of the first seven: OFIQ 1.0.3, with the outline of ``look`` for its 98 landmarks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.routes.quality.look import FRAME_PX, TEMPLATE, Look, linear_light

_DARK, _BRIGHT = 25, 247  # of 255, in linear light
_DARKEST = 0.02
_GREY_WITHIN = 2  # largest difference of the channels of a colourless pixel
_CHEEK = 0.3  # side of a cheek's square in eye distances
# Comfortable colours of skin. Source: OFIQ 1.0.3.
_SKIN = (5.0, 25.0), (5.0, 35.0)
# sRGB to XYZ under D50 by Bradford, and that light's white. Source: IEC 61966-2-1, ICC.1:2022.
_TO_XYZ = np.array(
    [
        (0.4360747, 0.3850649, 0.1430804),
        (0.2225045, 0.7168786, 0.0606169),
        (0.0139322, 0.0971045, 0.7141733),
    ]
)
_WHITE = np.array((0.96422, 1.0, 0.82521))
_KAPPA, _EPSILON = 24_389 / 27, 216 / 24_389


@dataclass(frozen=True)
class Histogram:
    """The face's luminance.

    Attributes:
        counts: ``(256,)`` pixels by luminance.
    """

    counts: NDArray[np.float64]

    @property
    def shares(self) -> NDArray[np.float64]:
        return np.asarray(self.counts / max(float(self.counts.sum()), 1.0))

    @property
    def mean(self) -> float:
        """0..1."""
        return float(self.shares @ np.arange(256)) / 255

    @property
    def variance(self) -> float:
        """In units of 0..1."""
        return float(self.shares @ (np.arange(256) / 255 - self.mean) ** 2)

    @property
    def dark(self) -> float:
        """Share of pixels with luminance 0..25."""
        return float(self.shares[: _DARK + 1].sum())

    @property
    def bright(self) -> float:
        """Share of pixels with luminance 247..255."""
        return float(self.shares[_BRIGHT:].sum())

    @property
    def black_point(self) -> float:
        """Luminance that the darkest fiftieth stays under, 0..1.

        Pupils, lashes and nostrils are dark in every face, whatever its skin; where they are
        grey, the photo is washed out by light or haze.
        """
        return float(np.searchsorted(np.cumsum(self.shares), _DARKEST)) / 255

    @property
    def bits(self) -> float:
        """Entropy."""
        used = self.shares[self.shares > 0]
        return abs(float(-(used * np.log2(used)).sum()))


def histogram(look: Look) -> Histogram:
    """Luminance of the face's pixels."""
    return Histogram(np.bincount(look.luminance[look.mask], minlength=256).astype(np.float64))


def cheeks() -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The two squares under the eyes, rows and columns of the frame."""
    left, right = TEMPLATE[0], TEMPLATE[1]
    side = int(_CHEEK * (right[0] - left[0]))
    top = round(left[1] + (TEMPLATE[3][1] - left[1]) / 2)
    rows = slice(top, top + side)
    x_left, x_right = int(left[0]), int(right[0])
    return (rows, slice(x_left - side, x_left)), (rows, slice(x_right, x_right + side))


def illumination(look: Look) -> float | None:
    """How alike both cheeks are lit: overlap of their luminance histograms, 0..1."""
    shares = []
    for where in cheeks():
        values = look.luminance[where][look.inside[where]]
        if values.size == 0:
            return None
        shares.append(np.bincount(values, minlength=256) / values.size)
    return float(np.minimum(shares[0], shares[1]).sum())


def cheek_ratio(look: Look) -> float | None:
    """Mean luminance of the darker cheek over the brighter one's, 0..1."""
    means = []
    for where in cheeks():
        values = look.luminance[where][look.inside[where]]
        if values.size == 0:
            return None
        means.append(float(values.mean()))
    return min(means) / max(means) if max(means) > 0 else None


def skin_colour(look: Look) -> tuple[float, float] | None:
    """a* and b* (CIELAB, D50) of the mean of both cheeks."""
    kept = []
    for where in cheeks():
        shown = look.mask[where]
        kept.append(look.frame[where][shown])
    pixels = np.concatenate(kept)
    if pixels.size == 0:
        return None
    light = linear_light()[pixels].mean(axis=0)
    relative = (_TO_XYZ @ light) / _WHITE
    f = np.where(relative > _EPSILON, np.cbrt(relative), (_KAPPA * relative + 16) / 116)
    return float(500 * (f[0] - f[1])), float(200 * (f[1] - f[2]))


def colour_cast(colour: tuple[float, float]) -> float:
    """Distance from the colours of skin, without the jump that OFIQ has for a*, b* < 0."""
    beyond = [
        max(0.0, low - value, value - high)
        for value, (low, high) in zip(colour, _SKIN, strict=True)
    ]
    return math.hypot(*beyond)


def natural_colour(colour: tuple[float, float], grey: float) -> float:
    """OFIQ's own value: 100 for any a* or b* below 0, and 0 for a grey picture."""
    if grey >= 1.0:
        return 0.0
    return 100.0 if min(colour) < 0 else colour_cast(colour)


def grey_share(look: Look) -> float | None:
    """Share of the face's pixels without colour."""
    pixels = look.frame[look.mask]
    if pixels.size == 0:
        return None
    spread = pixels.max(axis=1).astype(np.int16) - pixels.min(axis=1)
    return float((spread <= _GREY_WITHIN).mean())


@lru_cache(maxsize=1)
def _behind() -> NDArray[np.bool_]:
    """Where a frame shows background, if the photo reaches that far.

    Outside an ellipse around the head, above the shoulders: a network would cut the person
    out; this is an estimate.
    """
    y, x = np.mgrid[0:FRAME_PX, 0:FRAME_PX]
    around = ((x - 308) / 186) ** 2 + ((y - 296) / 271) ** 2 > 1
    within = (x >= 62) & (x <= 553) & (y <= 405)
    return np.asarray(around & within)


def background(look: Look) -> float | None:
    """Mean Scharr gradient of the background's luminance; ``None`` where none is shown."""
    rows, columns = slice(0, 406), slice(62, 554)
    size = 354, 292
    small = cv2.resize(look.luminance[rows, columns], size, interpolation=cv2.INTER_LINEAR)
    shown = (_behind() & look.inside)[rows, columns].astype(np.uint8)
    reduced = cv2.resize(shown, size, interpolation=cv2.INTER_NEAREST)
    kept = cv2.erode(reduced, np.ones((4, 4), np.uint8), borderValue=0).astype(bool)
    if kept.sum() < 0.02 * kept.size:
        return None
    across = cv2.Scharr(small, cv2.CV_32F, 1, 0)
    down = cv2.Scharr(small, cv2.CV_32F, 0, 1)
    return float(cv2.magnitude(across, down)[kept].mean())
