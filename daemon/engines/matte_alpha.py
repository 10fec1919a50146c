"""What every matter does with an alpha: pieces that hang on nothing go, and it gets full size."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

BEHIND, UNKNOWN, PERSON = np.uint8(0), np.uint8(128), np.uint8(255)
"""The three areas of a trimap."""

_GUIDE_PX, _GUIDE_EPSILON = 2, 1e-5


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
