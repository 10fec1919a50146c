"""The soft mask of a face in the aligned crop."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.imaging.align import CROP_PX
from daemon.imaging.geometry import Box

# An oval in FFHQ coordinates: from brow to chin, cheek to cheek. Five points cannot tell hair
# from skin, so it ends below the usual hairline and above the collar; what lies outside is not
# touched at all. Measured by eye on the test faces.
_CENTRE_X, _CENTRE_Y = 257.0, 300.0
# Half width, half height above the centre, half height below it. A narrower oval (138, 158, 178)
# gained 0.2 dB less and left the outer corners of turned eyes out.
_OVAL = (156.0, 168.0, 192.0)
_INNER = (127.0, 145.0, 164.0)  # skin, eyes, nose, mouth: where faces are measured
# The mask is full inside this share of the oval and falls smoothly to zero at its edge: about
# 50 crop pixels, wide enough that no seam is seen on skin.
_FULL_WITHIN = 0.68

# A parsed mask may reach to the hairline and the jaw, but not to the border of the crop.
_BOX_MARGIN_PX, _BOX_FEATHER_PX = 12.0, 48.0
# A cubic warp looks two pixels far; then the mask rises over so many, less than a brow is high.
_CUT_MARGIN_PX, _CUT_FEATHER_PX = 3.0, 14.0

BOX_SUPPORT = Box(
    _BOX_MARGIN_PX, _BOX_MARGIN_PX, CROP_PX - _BOX_MARGIN_PX, CROP_PX - _BOX_MARGIN_PX
)
"""What ``box_mask`` can touch, in crop pixels."""

SUPPORT = Box(
    _CENTRE_X - _OVAL[0],
    _CENTRE_Y - _OVAL[1],
    _CENTRE_X + _OVAL[0],
    _CENTRE_Y + _OVAL[2],
)
"""What the mask can touch, in crop pixels; outside it is exactly zero."""


@lru_cache(maxsize=1)
def face_mask() -> NDArray[np.float32]:
    """``(512, 512)`` float32 0..1: one on the face, exactly zero outside the oval.

    The array is shared: read-only.
    """
    mask = 1 - _smooth((_radius(_OVAL) - _FULL_WITHIN) / (1 - _FULL_WITHIN))
    mask.flags.writeable = False
    return mask


@lru_cache(maxsize=1)
def inner_face() -> NDArray[np.bool_]:
    """``(512, 512)`` bool: the part of the face where everything is measured. Read-only."""
    inner = _radius(_INNER) <= 1
    inner.flags.writeable = False
    return inner


@lru_cache(maxsize=1)
def box_mask() -> NDArray[np.float32]:
    """``(512, 512)`` float32 0..1: one in the middle of the crop, falling to zero at its border.

    For masks that a parser cuts to the face: hair and cloth are left out by what they are, not
    by where the oval ends. The array is shared: read-only.
    """
    at = np.arange(CROP_PX, dtype=np.float32)
    inside = np.minimum(at, CROP_PX - 1 - at) - _BOX_MARGIN_PX
    ramp = _smooth(inside / _BOX_FEATHER_PX)
    mask = np.minimum.outer(ramp, ramp)
    mask.flags.writeable = False
    return mask


def cut_to(allowed: NDArray[np.bool_], within: NDArray[np.float32]) -> NDArray[np.float32]:
    """A mask cut to the pixels that belong to a face.

    It falls to zero *inside* what is allowed: what is not stays bit for bit as it was, at any
    size at which the mask is laid over a photo.

    Args:
        allowed: ``(512, 512)`` bool.
        within: ``(512, 512)`` float32 0..1, the mask to be cut.
    """
    # How far it is to what is not allowed; the crop's own border is no such thing.
    depth = cv2.distanceTransform(allowed.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    ramp = _smooth((depth - _CUT_MARGIN_PX) / _CUT_FEATHER_PX)
    return np.asarray(ramp * within, dtype=np.float32)


def _radius(oval: tuple[float, float, float]) -> NDArray[np.float32]:
    half_width, half_up, half_down = oval
    y, x = np.mgrid[0:CROP_PX, 0:CROP_PX].astype(np.float32)
    half = np.where(y < _CENTRE_Y, half_up, half_down)
    radius = np.hypot((x - _CENTRE_X) / half_width, (y - _CENTRE_Y) / half)
    return np.asarray(radius, dtype=np.float32)


def _smooth(t: NDArray[np.floating]) -> NDArray[np.float32]:
    clipped = np.clip(t, 0, 1)
    return np.asarray(clipped * clipped * (3 - 2 * clipped), dtype=np.float32)
