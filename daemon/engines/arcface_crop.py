"""A face in the template that recognisers were trained in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from daemon.errors import EngineError
from daemon.imaging.align import Alignment
from daemon.imaging.template import ARCFACE_PX, ARCFACE_TEMPLATE, similarity, warped


def arcface_crop(srgb: NDArray[np.uint8], alignment: Alignment, engine: str) -> NDArray[np.uint8]:
    """The face as ``(1, 112, 112, 3)`` uint8 RGB in the ArcFace template.

    Args:
        srgb: ``(H, W, 3)`` uint8 RGB.
        alignment: The face's.
        engine: Who wants it; named in the error.

    Raises:
        EngineError: The landmarks lie in one place.
    """
    matrix = similarity(alignment.landmarks, ARCFACE_TEMPLATE)
    if matrix is None:
        message = "the landmarks of a face lie in one place: it cannot be aligned"
        raise EngineError(message, engine=engine)
    return warped(srgb, matrix, ARCFACE_PX)[None]
