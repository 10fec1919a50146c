"""A small picture for those who are told about a photo."""

from __future__ import annotations

import io
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.imaging.pillow_arrays import to_image

SIDE_PX = 256
QUALITY = 75


def thumbnail(srgb: NDArray[np.uint8], alpha: NDArray[np.integer[Any]] | None = None) -> bytes:
    """A JPEG whose longer side has at most ``SIDE_PX``, without any metadata.

    Args:
        srgb: ``(H, W, 3)`` uint8 sRGB RGB.
        alpha: ``(H, W)`` uint8 or uint16, or ``None``; what is transparent becomes white.
    """
    height, width = srgb.shape[:2]
    scale = min(1.0, SIDE_PX / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(srgb, size, interpolation=cv2.INTER_AREA)
    if alpha is not None:
        full = float(np.iinfo(alpha.dtype).max)
        opaque = cv2.resize(alpha.astype(np.float32) / full, size, interpolation=cv2.INTER_AREA)
        weight = opaque[..., None]
        small = np.rint(small * weight + 255.0 * (1.0 - weight)).astype(np.uint8)
    buffer = io.BytesIO()
    to_image(np.ascontiguousarray(small, np.uint8)).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()
