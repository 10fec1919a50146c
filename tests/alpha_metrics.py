"""How far an alpha matte is from the truth, by the measures of the field.

SAD, MSE, gradient and connectivity error as in Rhemann et al.: "A perceptually motivated online
benchmark for image matting" (2009); sums are per thousand pixels, as its tables have them. The
two of colour are of ``idphoto/acceptance.md`` 6.4.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.color import deltaE_ciede2000

BAND_LOW, BAND_HIGH = 0.05, 0.95


@dataclass(frozen=True)
class AlphaError:
    """Of one matte. ``sad``, ``grad`` and ``conn`` are sums / 1000, ``mse`` and ``mad`` means."""

    sad: float
    mse: float
    mad: float
    grad: float
    conn: float


@dataclass(frozen=True)
class EdgeError:
    """Of a composite over the true edge: dE00, and the share of the old background in it."""

    mean_de: float
    p95_de: float
    contamination: float


def alpha_error(found: NDArray[np.float32], true: NDArray[np.float32]) -> AlphaError:
    """Both ``(H, W)``, 0..1."""
    off = np.abs(found.astype(np.float64) - true)
    return AlphaError(
        sad=float(off.sum() / 1000),
        mse=float((off**2).mean()),
        mad=float(off.mean()),
        grad=gradient_error(found, true),
        conn=connectivity_error(found, true),
    )


def gradient_error(found: NDArray[np.float32], true: NDArray[np.float32]) -> float:
    """Sum of squared differences of Gaussian gradient magnitudes (sigma 1.4), / 1000."""
    one = ndimage.gaussian_gradient_magnitude(found.astype(np.float64), 1.4, mode="nearest")
    other = ndimage.gaussian_gradient_magnitude(true.astype(np.float64), 1.4, mode="nearest")
    return float(((one - other) ** 2).sum() / 1000)


def connectivity_error(found: NDArray[np.float32], true: NDArray[np.float32]) -> float:
    """Difference in how far pixels hang together with what is solid in both; theta 0.15."""
    steps = np.arange(0, 1.01, 0.1)
    level = np.full(true.shape, -1.0)
    for before, after in itertools.pairwise(steps):
        both = (found >= after) & (true >= after)
        pieces, count = ndimage.label(both)
        largest = np.zeros(true.shape, bool)
        if count:
            largest = pieces == 1 + np.argmax(np.bincount(pieces.ravel())[1:])
        level[(level < 0) & ~largest] = before
    level[level < 0] = 1.0

    def degree(alpha: NDArray[np.float32]) -> NDArray[np.float64]:
        apart = alpha - level
        return 1.0 - apart * (apart >= 0.15)

    return float(np.abs(degree(found) - degree(true)).sum() / 1000)


def composed(
    foreground: NDArray[np.uint8], alpha: NDArray[np.float32], background: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """A person on a background."""
    share = alpha[..., None].astype(np.float64)
    return np.clip(np.rint(foreground * share + background * (1 - share)), 0, 255).astype(np.uint8)


def edge_error(
    ours: NDArray[np.uint8],
    truth: NDArray[np.uint8],
    true_alpha: NDArray[np.float32],
    line: NDArray[np.float64],
) -> EdgeError:
    """Colours of a composite along the true edge.

    Args:
        ours: The composite to judge, ``(H, W, 3)`` uint8 RGB.
        truth: The composite of the true matte on the same background.
        true_alpha: The true matte.
        line: ``(H, W, 3)`` old background minus true foreground colour.
    """
    band = (true_alpha > BAND_LOW) & (true_alpha < BAND_HIGH)
    labs = [cv2.cvtColor(v.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) for v in (ours, truth)]
    de = deltaE_ciede2000(labs[0][band], labs[1][band])
    off = ours[band].astype(np.float64) - truth[band]
    along = (off * line[band]).sum(axis=1) / np.maximum((line[band] ** 2).sum(axis=1), 1.0)
    return EdgeError(
        float(de.mean()), float(np.quantile(de, 0.95)), float(np.clip(along, 0, 1).mean())
    )
