"""Damage with a fixed seed: what the acceptance of the route ``restore`` is measured on."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def degraded(
    srgb: NDArray[np.uint8],
    seed: int,
    blur_px: float = 4,
    shrink: int = 4,
    noise: float = 6,
    quality: int = 50,
) -> NDArray[np.uint8]:
    """Gaussian blur, area shrink, Gaussian noise, JPEG; ``(H, W, 3)`` uint8 RGB in and out."""
    picture = cv2.GaussianBlur(srgb, (0, 0), blur_px) if blur_px else srgb
    if shrink > 1:
        size = picture.shape[1] // shrink, picture.shape[0] // shrink
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    grain = np.random.default_rng(seed).normal(0, noise, picture.shape)
    noisy = np.clip(np.rint(picture + grain), 0, 255).astype(np.uint8)
    written, content = cv2.imencode(
        ".jpg", np.ascontiguousarray(noisy[:, :, ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    assert written
    return np.ascontiguousarray(cv2.imdecode(content, cv2.IMREAD_COLOR)[:, :, ::-1])
