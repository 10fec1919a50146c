"""From an outline to three areas: person, background, and a band where alpha is to be found."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.matting_grabcut.silhouette import Silhouette
from daemon.engines.matting_grabcut.zones import Zones

BEHIND, UNKNOWN, PERSON = np.uint8(0), np.uint8(128), np.uint8(255)

# Half the band's width in units of the head: cloth and skin end sharply, hair does not.
_CLOTH_BAND, _HAIR_BAND = 0.045, 0.14
_LEAST_BAND_PX = 2.5
# How far from the outline single strands are looked for, and gaps between them.
_STRAND_REACH, _GAP_REACH = 0.4, 0.3
_GAPS_END = 0.5  # units below the eyes; lower down a white collar looks like a gap
_STRAND_COLOUR, _GAP_COLOUR = 0.6, 0.1


def trimap(outline: Silhouette, where: Zones, unit_px: float, grown: float) -> NDArray[np.uint8]:
    """``(H, W)`` uint8: ``BEHIND``, ``UNKNOWN`` or ``PERSON``.

    Args:
        outline: At the size wanted here.
        where: Zones of the same size.
        unit_px: The head's unit at this size.
        grown: How many times larger this is than the size the outline was found at; its steps
            must lie within the band.
    """
    inside = distance_inside(outline.mask)
    outside = distance_inside(~outline.mask)
    least = _LEAST_BAND_PX * max(1.0, grown)
    width = (_CLOTH_BAND + (_HAIR_BAND - _CLOTH_BAND) * where.hairy) * unit_px
    width = np.maximum(width, least)
    band = np.where(outline.mask, inside, outside) <= width
    hairy = where.hairy > 0.3
    strands = (
        hairy
        & ~outline.mask
        & (outside < _STRAND_REACH * unit_px)
        & (outline.colour > _STRAND_COLOUR)
    )
    gaps = (
        hairy
        & outline.mask
        & (inside < _GAP_REACH * unit_px)
        & (outline.colour < _GAP_COLOUR)
        & (where.grid.down < _GAPS_END)
    )
    wide = _grown((strands | gaps).astype(np.uint8), 1)
    result = np.where(outline.mask, PERSON, BEHIND)
    result[band | wide] = UNKNOWN
    result[where.core & (inside > least)] = PERSON
    return np.asarray(result, np.uint8)


def distance_inside(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Pixels to the nearest one outside the mask; the picture's frame is no border."""
    padded = np.pad(mask.astype(np.uint8), 1, mode="edge")
    if padded.all():
        return np.full(mask.shape, float(sum(mask.shape)), np.float32)
    return np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1], np.float32)


def _grown(mask: NDArray[np.uint8], by_px: int) -> NDArray[np.bool_]:
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by_px + 1, 2 * by_px + 1))
    return np.asarray(cv2.dilate(mask, brush) > 0, np.bool_)
