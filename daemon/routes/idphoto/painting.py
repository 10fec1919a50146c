"""What lies behind the person: one colour, a gradient, nothing, or what was there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Rgb = tuple[int, int, int]
_HALF_STEP = 0.5


@dataclass(frozen=True, slots=True)
class Stop:
    """One colour of a gradient.

    Attributes:
        at: 0 at the top edge or the centre, 1 at the bottom edge or the farthest corner.
        rgb: sRGB, 0..255.
    """

    at: float
    rgb: Rgb


@dataclass(frozen=True, slots=True)
class Background:
    """What to paint.

    Attributes:
        mode: ``solid``, ``gradient``, ``transparent`` or ``keep``.
        rgb: Of a solid background.
        kind: Of a gradient.
        stops: Of a gradient, by ``at``.
    """

    mode: Literal["solid", "gradient", "transparent", "keep"]
    rgb: Rgb = (255, 255, 255)
    kind: Literal["vertical", "radial"] = "vertical"
    stops: tuple[Stop, ...] = ()


def canvas(background: Background, width: int, height: int) -> NDArray[np.float32]:
    """The painted background, ``(H, W, 3)`` float32 sRGB 0..255."""
    if background.mode != "gradient":
        return np.full((height, width, 3), background.rgb, np.float32)
    at = _position(background.kind, width, height)
    places = [stop.at for stop in background.stops]
    bands = [np.interp(at, places, [stop.rgb[i] for stop in background.stops]) for i in range(3)]
    return np.stack(bands, axis=-1).astype(np.float32)


def composed(
    foreground: NDArray[np.uint8], alpha: NDArray[np.float32], behind: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """A person before a background.

    A gradient gets half a step of ordered noise where it alone is seen, or an 8-bit file would
    show it in bands; a solid colour stays one colour, to the bit.

    Args:
        foreground: ``(H, W, 3)`` uint8 sRGB, the person's own colours also where the matte is
            thin: colours of the old background would glow in the hair.
        alpha: ``(H, W)`` float32 0..1.
        behind: ``(H, W, 3)`` float32 sRGB 0..255.
    """
    share = alpha[..., None]
    mixed = foreground.astype(np.float32) * share + behind * (1 - share)
    if not _is_flat(behind):
        mixed += (_bayer(*mixed.shape[:2])[..., None] - _HALF_STEP) * (1 - share)
    return np.asarray(np.clip(np.rint(mixed), 0, 255), np.uint8)


def _position(kind: str, width: int, height: int) -> NDArray[np.float64]:
    y, x = np.mgrid[0:height, 0:width]
    if kind == "vertical":
        return np.asarray(y / max(height - 1, 1), np.float64)
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    far = np.hypot(middle_x, middle_y) or 1.0
    return np.asarray(np.hypot(x - middle_x, y - middle_y) / far, np.float64)


def _is_flat(behind: NDArray[np.float32]) -> bool:
    return bool((behind == behind[0, 0]).all())


def _bayer(height: int, width: int) -> NDArray[np.float32]:
    """Ordered noise 0..1.

    Source: B. E. Bayer, "An optimum method for two-level rendition", IEEE ICC 1973.
    """
    pattern = np.array([[0]])
    for _ in range(3):
        pattern = np.block([[4 * pattern, 4 * pattern + 2], [4 * pattern + 3, 4 * pattern + 1]])
    tiled = np.tile(pattern, (-(-height // 8), -(-width // 8)))[:height, :width]
    return ((tiled + _HALF_STEP) / 64).astype(np.float32)
