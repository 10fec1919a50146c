"""Alpha in the unknown band.

Closed-form matting: Levin, Lischinski, Weiss: "A closed-form solution to natural image matting"
(2008), with the local colour line between nearby person and background colours as a data term
(Wang, Cohen: "Optimized color sampling for robust matting", 2007, simplified to one pair a
pixel). The solver is that of ``pymatting``.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from pymatting import cf_laplacian, cg, ichol
from scipy import sparse

from daemon.engines.matte_alpha import BEHIND, PERSON, UNKNOWN, noise_of, quietened

# Variance of colours 0..1 that a window may have without meaning anything: at least coding noise
# of a good JPEG, more in a noisy photo.
_LEAST_EPSILON, _MOST_EPSILON = 1e-6, 1e-4
_RTOL, _MOST_ROUNDS = 1e-4, 400
_PAIR_WEIGHT = 0.15
_PAIR_REACH = 0.16  # units of the head
_LEAST_PAIR_DISTANCE = 0.06  # of colours 0..1: below this the pair says nothing
_RESIDUAL = 0.06
# What the eye takes for haze or for a pinhole; solvers leave a little everywhere.
_HAZE = 0.04


def solved(rgb: NDArray[np.uint8], areas: NDArray[np.uint8], unit_px: float) -> NDArray[np.float32]:
    """Alpha ``(H, W)`` float32 0..1 for a trimap.

    Args:
        rgb: ``(H, W, 3)`` uint8 RGB.
        areas: The trimap.
        unit_px: The head's unit.
    """
    alpha = (areas == PERSON).astype(np.float64)
    unknown = (areas == UNKNOWN).ravel()
    if not unknown.any() or not (areas == BEHIND).any():
        return np.where(areas == BEHIND, 0.0, 1.0).astype(np.float32)
    noise = noise_of(rgb)
    picture = quietened(rgb, noise).astype(np.float64) / 255
    epsilon = float(np.clip((noise / 255) ** 2, _LEAST_EPSILON, _MOST_EPSILON))
    laplacian = cf_laplacian(picture, epsilon=epsilon, is_known=areas != UNKNOWN)
    rows = laplacian[unknown]
    wanted, weight = _colour_pairs(picture.astype(np.float32), areas, unit_px)
    wanted, weight = wanted.ravel()[unknown], weight.ravel()[unknown]
    system = (rows[:, unknown] + sparse.diags(weight)).tocsc()
    right = weight * wanted - rows[:, ~unknown] @ alpha.ravel()[~unknown]
    # 1e-4 of the diagonal keeps the incomplete factor positive where windows are flat.
    solution = cg(
        system,
        right,
        x0=wanted,
        M=ichol(system, discard_threshold=1e-3, shifts=[1e-4, 1e-3, 1e-2, 0.1, 0.5]),
        rtol=_RTOL,
        maxiter=_MOST_ROUNDS,
    )
    alpha.ravel()[unknown] = solution
    return without_haze(np.clip(alpha, 0, 1).astype(np.float32))


def without_haze(alpha: NDArray[np.float32]) -> NDArray[np.float32]:
    """Alpha stretched so that almost nothing is nothing and almost everything everything."""
    return np.asarray(np.clip((alpha - _HAZE) / (1 - 2 * _HAZE), 0, 1), np.float32)


def _colour_pairs(
    picture: NDArray[np.float32], areas: NDArray[np.uint8], unit_px: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Alpha by the colours of person and background nearby, and how much that is worth."""
    reach = max(2.0, _PAIR_REACH * unit_px)
    person, near_person = _spread(picture, areas == PERSON, reach)
    behind, near_behind = _spread(picture, areas == BEHIND, reach)
    line = person - behind
    length = (line * line).sum(axis=2)
    share = ((picture - behind) * line).sum(axis=2) / np.maximum(length, 1e-6)
    share = np.clip(share, 0, 1)
    off = picture - (behind + share[..., None] * line)
    residual = (off * off).sum(axis=2)
    trust = np.exp(-residual / _RESIDUAL**2) * (1 - np.exp(-length / _LEAST_PAIR_DISTANCE**2))
    there = np.minimum(near_person, near_behind) > 1e-4
    return share.astype(np.float64), _PAIR_WEIGHT * (trust * there).astype(np.float64)


def _spread(
    picture: NDArray[np.float32], where: NDArray[np.bool_], reach: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean colour of an area as seen from each pixel, and how much of it is in reach."""
    weight = where.astype(np.float32)
    blurred = cv2.GaussianBlur(picture * weight[..., None], (0, 0), reach)
    total = cv2.GaussianBlur(weight, (0, 0), reach)
    return np.asarray(blurred / np.maximum(total, 1e-4)[..., None], np.float32), np.asarray(
        total, np.float32
    )
