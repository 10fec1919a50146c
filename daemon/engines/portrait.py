"""The face that engines prove themselves on: one that every installation has.

The portrait of Eileen Collins that scikit-image ships (NASA, public domain): a photo of our own
would have to be somebody's.
"""

from __future__ import annotations

import zlib

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.domain.sayings import say, unavailable
from daemon.imaging.align import CROP_PX, FFHQ_TEMPLATE
from daemon.imaging.template import similarity, warped

_CRC32 = 4257916255  # of the 512 × 512 RGB picture's bytes
# As CenterFace finds them, rounded; eyes, nose tip, mouth corners.
LANDMARKS = np.array(
    [(203.2, 101.7), (247.0, 104.5), (223.3, 125.1), (203.4, 142.3), (241.3, 144.4)]
)
_WORN_PX = 64  # the worn face has lost all that does not fit into this many pixels
_GRAIN = 6.0  # standard deviation of what it has got instead, in grey levels


def portrait() -> NDArray[np.uint8]:
    """``(512, 512, 3)`` uint8 RGB.

    Raises:
        EngineUnavailable: It is missing, or is another picture.
    """
    try:
        import skimage.data  # noqa: PLC0415 - half a second, and only at the first proof

        picture = skimage.data.astronaut()  # type: ignore[no-untyped-call]  # no annotations
        found = np.asarray(picture, dtype=np.uint8)
    except (ImportError, OSError) as error:
        raise unavailable(say("portrait_missing"), engine="self-test") from error
    if zlib.crc32(np.ascontiguousarray(found).data) != _CRC32:
        raise unavailable(say("portrait_other"), engine="self-test")
    return found


def proof_crops() -> NDArray[np.float32]:
    """``(2, 512, 512, 3)`` float32 RGB, 0..255: the face as it is, and worn, in FFHQ's template.

    Raises:
        EngineUnavailable: The portrait is missing, or is another picture.
    """
    matrix = similarity(LANDMARKS, FFHQ_TEMPLATE)
    assert matrix is not None
    clean = warped(portrait(), matrix, CROP_PX).astype(np.float32)
    small = cv2.resize(clean, (_WORN_PX, _WORN_PX), interpolation=cv2.INTER_AREA)
    soft = cv2.resize(small, (CROP_PX, CROP_PX), interpolation=cv2.INTER_LINEAR)
    grain = np.random.default_rng(1).normal(0, _GRAIN, soft.shape)
    return np.stack([clean, np.clip(soft + grain, 0, 255)]).astype(np.float32)
