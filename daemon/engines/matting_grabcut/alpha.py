"""Alpha in the unknown band, and what the person's colours are without the old background.

Closed-form matting: Levin, Lischinski, Weiss: "A closed-form solution to natural image matting"
(2008), with the local colour line between nearby person and background colours as a data term
(Wang, Cohen: "Optimized color sampling for robust matting", 2007, simplified to one pair a
pixel). Foreground: Germer et al.: "Fast multi-level foreground estimation" (2020). Both solvers
are those of ``pymatting``.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from pymatting import cf_laplacian, cg, estimate_foreground_ml, ichol
from scipy import ndimage, sparse

from daemon.engines.matting_grabcut.trimap import BEHIND, PERSON, UNKNOWN

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
_GUIDE_PX, _GUIDE_EPSILON = 2, 1e-5


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


def noise_of(rgb: NDArray[np.uint8]) -> float:
    """Standard deviation of the noise, in steps of 255.

    From the median absolute second difference of brightness: edges are the exception.
    """
    light = rgb.mean(axis=2)
    second = light[:, 2:] - 2 * light[:, 1:-1] + light[:, :-2]
    return 1.4826 * float(np.median(np.abs(second))) / 6**0.5


def quietened(rgb: NDArray[np.uint8], noise: float) -> NDArray[np.uint8]:
    """The picture without the grain of a dark room, which would become the grain of alpha."""
    if noise < _QUIET_NOISE:
        return rgb
    return np.asarray(cv2.bilateralFilter(rgb, 5, 4 * noise, 1.5), np.uint8)


_QUIET_NOISE = 1.5


def without_haze(alpha: NDArray[np.float32]) -> NDArray[np.float32]:
    """Alpha stretched so that almost nothing is nothing and almost everything everything."""
    return np.asarray(np.clip((alpha - _HAZE) / (1 - 2 * _HAZE), 0, 1), np.float32)


def without_islands(
    alpha: NDArray[np.float32], core: NDArray[np.bool_], unit_px: float
) -> NDArray[np.float32]:
    """Alpha without what hangs on nothing, but for the ends of hairs close to the head.

    Args:
        alpha: ``(H, W)`` float32.
        core: ``(H, W)`` bool, always the person.
        unit_px: The head's unit.
    """
    pieces, count = ndimage.label(alpha > _TRACE)
    if count < 2 or not core.any():
        return alpha
    main = np.isin(pieces, np.unique(pieces[core & (pieces > 0)]))
    reach = 2 * round(_HAIR_END * unit_px) + 1
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    close = cv2.dilate(main.astype(np.uint8), brush) > 0
    kept = main | np.isin(pieces, np.unique(pieces[close]))
    return np.where(kept, alpha, 0).astype(np.float32)


_TRACE, _HAIR_END = 0.02, 0.12


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


def at_full_size(
    alpha: NDArray[np.float32],
    areas: NDArray[np.uint8],
    small: NDArray[np.uint8],
    rgb: NDArray[np.uint8],
) -> NDArray[np.float32]:
    """Alpha of a larger picture from that of a smaller one.

    Within a few pixels alpha is a linear function of colour (the assumption of the closed form
    itself); that function is found at the small size and applied to the large picture's colours.
    Source: He, Sun: "Fast guided filter" (2015), with its colour version.

    Args:
        alpha: ``(h, w)`` float32 at the small size.
        areas: Trimap of that size; outside its band nothing is made up.
        small: ``(h, w, 3)`` uint8 RGB.
        rgb: ``(H, W, 3)`` uint8 RGB, the same picture, larger.
    """
    size = rgb.shape[1::-1]
    plain = cv2.resize(alpha, size, interpolation=cv2.INTER_LINEAR)
    noise = noise_of(rgb)
    rgb = quietened(rgb, noise)
    # A line drawn through noise must be flat: its slope would multiply the grain.
    epsilon = max(_GUIDE_EPSILON, (noise / 255) ** 2)
    guide = np.asarray(small, np.float32) / np.float32(255)
    lines = _colour_lines(alpha, guide, epsilon)
    slope, offset = (cv2.resize(v, size, interpolation=cv2.INTER_LINEAR) for v in lines)
    guided = (slope * (rgb.astype(np.float32) / 255)).sum(axis=2) + offset
    band = cv2.resize((areas == UNKNOWN).astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    # Never far from what was solved: in noise the line may shoot past it.
    guided = np.clip(guided, plain - 0.35, plain + 0.35)
    return np.asarray(np.clip(plain + band * (guided - plain), 0, 1), np.float32)


def _colour_lines(
    alpha: NDArray[np.float32], guide: NDArray[np.float32], epsilon: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    def mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
        side = 2 * _GUIDE_PX + 1
        return np.asarray(cv2.blur(values, (side, side)), np.float32)

    middle, level = mean(guide), mean(alpha)
    covariance = mean(guide * alpha[..., None]) - middle * level[..., None]
    spread = np.empty((*alpha.shape, 3, 3), np.float32)
    for i in range(3):
        for j in range(i, 3):
            both = mean(guide[..., i] * guide[..., j]) - middle[..., i] * middle[..., j]
            spread[..., i, j] = spread[..., j, i] = both
    spread += np.eye(3, dtype=np.float32) * epsilon
    slope = np.linalg.solve(spread, covariance[..., None])[..., 0].astype(np.float32)
    offset = level - (slope * middle).sum(axis=2)
    return mean(slope), mean(offset)


def person_colours(rgb: NDArray[np.uint8], alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    """``(H, W, 3)`` uint8: the person's own colours; where alpha is 1, the photo's to the bit."""
    estimate = estimate_foreground_ml(rgb.astype(np.float32) / 255, alpha)
    own = np.clip(np.rint(np.asarray(estimate) * 255), 0, 255).astype(np.uint8)
    return np.where((alpha >= 1)[..., None], rgb, own)
