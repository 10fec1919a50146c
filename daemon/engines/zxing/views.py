"""The sizes at which a page is looked at for what has the shape of a code."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

VIEWS_PX = (700, 1400)


def views(grey: NDArray[np.uint8]) -> Iterator[tuple[NDArray[np.uint8], float]]:
    """Views of ``(H, W)`` uint8 of these long sides, each with its scale; never enlarged.

    A page smaller than a view is shown once, as it is.
    """
    for side in VIEWS_PX:
        scale = min(1.0, side / max(grey.shape))
        if scale == 1.0:
            yield grey, scale
            return
        small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        yield np.asarray(small, np.uint8), scale
