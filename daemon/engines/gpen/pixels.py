"""From 8-bit faces to the network and back; NumPy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def preprocessed(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """``(N, 3, size, size)`` float32 in -1..1 from ``(N, size, size, 3)`` uint8, same colours."""
    scaled = crops.astype(np.float32) / np.float32(127.5) - np.float32(1)
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))


def postprocessed(images: NDArray[np.float32]) -> NDArray[np.uint8]:
    """``(N, size, size, 3)`` uint8 from ``(N, 3, size, size)`` float32 of about -1..1.

    Clipped, and cut off to 8 bit rather than rounded, as the published pipeline does it.
    """
    whole = np.clip(images * np.float32(0.5) + np.float32(0.5), 0, 1) * np.float32(255)
    return np.ascontiguousarray(whole.astype(np.uint8).transpose(0, 2, 3, 1))
