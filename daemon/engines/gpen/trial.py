"""The fixed crops on which half precision is held against float32."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.portrait import LANDMARKS, portrait
from daemon.imaging.template import gpen_template, similarity, warped

_SEED = 20_260_101
_WORN_SHARE = 8  # the worn face has lost all that does not fit into an eighth of the side
_GRAIN = 6.0  # standard deviation of what it has got instead, in grey levels


def trial_crops(size_px: int) -> NDArray[np.float32]:
    """``(2, S, S, 3)`` float32 RGB 0..255: a face as it is, and worn, in GPEN's template.

    Raises:
        EngineUnavailable: The portrait is missing, or is another picture.
    """
    matrix = similarity(LANDMARKS, gpen_template(size_px))
    assert matrix is not None
    clean = warped(portrait(), matrix, size_px).astype(np.float32)
    worn_px = size_px // _WORN_SHARE
    small = cv2.resize(clean, (worn_px, worn_px), interpolation=cv2.INTER_AREA)
    worn = cv2.resize(small, (size_px, size_px), interpolation=cv2.INTER_LINEAR)
    grain = np.random.Generator(np.random.PCG64(_SEED)).normal(0, _GRAIN, worn.shape)
    return np.clip(np.stack((clean, worn + grain)), 0, 255).astype(np.float32)
