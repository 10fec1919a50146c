"""From an outline to three areas: person, background, and a band where alpha is to be found."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.matte_alpha import BEHIND, PERSON, UNKNOWN
from daemon.engines.matte_evidence import distance_inside
from daemon.engines.matte_zones import Zones
from daemon.engines.matting_grabcut.silhouette import Silhouette

# Half the band's width in units of the head: cloth and skin end sharply, hair does not.
_CLOTH_BAND, _HAIR_INSIDE, _HAIR_OUTSIDE, _HAIR_CALM = 0.045, 0.14, 0.14, 0.24
_SKIN_NEAR = 0.12  # units: this close to skin an outline is that of skin
_STRAND_PX = 0.1  # units around a strand, which a pixel's colour shows only in part
_LEAST_BAND_PX = 2.5
# How far from the outline single strands are looked for, and gaps between them.
_STRAND_REACH, _GAP_REACH = 0.4, 0.3
_STRANDS_END = 1.1  # units below the eyes; lower down a shoulder is the nearest thing
_CALM_SHARE = 0.85
_GAPS_WITHIN = 0.3  # log odds of the place: deep in the hair it is a clip
_GAPS_END = 0.5  # units below the eyes; lower down a white collar looks like a gap
_STRAND_COLOUR, _GAP_COLOUR = 0.25, 0.1
# Windows lie beside cheeks and neck and above the shoulders: nearer it is skin, lower a collar.
_WINDOW_BESIDE, _WINDOW_FROM, _WINDOW_END = 0.6, 0.2, 1.95  # units
_WINDOW_LEAST, _WINDOW_RIM = 0.05, 0.12  # units: radius of the smallest, and of what is unsure
# The wall's colour at a place: of what is known of it around, so many units away and so far off
# the outline. On portraits before plain walls it differs from the wall itself by 1 to 3, skin from
# it by 10 and more (L* counts less: shadows).
_WALL_FROM, _WALL_REACH, _LEAST_WALL, _SAME_WALL = 0.075, 0.5, 0.02, 6.0
_SHADE_COUNTS = np.array((0.7, 1.0, 1.0), np.float32)


def trimap(
    outline: Silhouette,
    where: Zones,
    lab: NDArray[np.float32],
    *,
    unit_px: float,
    grown: float,
) -> NDArray[np.uint8]:
    """``(H, W)`` uint8: ``BEHIND``, ``UNKNOWN`` or ``PERSON``.

    Args:
        outline: At the size wanted here.
        where: Zones of the same size.
        lab: ``(H, W, 3)`` float32 CIELAB of the picture, of the same size.
        unit_px: The head's unit at this size.
        grown: How many times larger this is than the size the outline was found at; its steps
            must lie within the band.
    """
    inside = distance_inside(outline.mask)
    outside = distance_inside(~outline.mask)
    least = _LEAST_BAND_PX * max(1.0, grown)
    hair = where.hairy * (1 - _skin_near(lab, outline.mask, where, unit_px))
    calm = _calm(outline, where, outside / unit_px)
    beyond = _HAIR_CALM if calm else _HAIR_OUTSIDE
    reach = np.where(outline.mask, _HAIR_INSIDE, beyond) - _CLOTH_BAND
    width = np.maximum((_CLOTH_BAND + reach * hair) * unit_px, least)
    band = np.where(outline.mask, inside, outside) <= width
    hairy = hair > 0.2
    if not calm:
        hairy &= outline.mask  # before shelves and frames every edge of theirs is a strand
    strands = (
        hairy
        & ~outline.mask
        & (outside < _STRAND_REACH * unit_px)
        & (outline.colour > _STRAND_COLOUR)
        & (where.grid.down < _STRANDS_END)
    )
    gaps = (
        hairy
        & outline.mask
        & (inside < _GAP_REACH * unit_px)
        & (outline.colour < _GAP_COLOUR)
        & (where.grid.down < _GAPS_END)
        & (where.odds < _GAPS_WITHIN)
    )
    strands &= ~_blobs(strands, unit_px)
    wide = _grown((strands | gaps).astype(np.uint8), max(1, round(_STRAND_PX * unit_px)))
    result = np.where(outline.mask, PERSON, BEHIND)
    result[band | wide] = UNKNOWN
    windows = _windows(outline.mask, where, lab, unit_px)
    result[_grown(windows, max(1, round(_WINDOW_RIM * unit_px))) & outline.mask] = UNKNOWN
    result[windows > 0] = BEHIND
    result[where.core & (inside > least)] = PERSON
    return np.asarray(result, np.uint8)


def _windows(
    mask: NDArray[np.bool_], where: Zones, lab: NDArray[np.float32], unit_px: float
) -> NDArray[np.uint8]:
    """The wall seen between a lock of hair and the neck: just the colour of the wall beside it.

    A skin-coloured wall is taken for skin by every model of colours; but skin differs from the
    wall right beside it by more than one place of the wall from the next.
    """
    beyond = _grown(mask.astype(np.uint8), max(1, round(_WALL_FROM * unit_px)))
    known = (~beyond).astype(np.float32)
    sigma = _WALL_REACH * unit_px
    weight = cv2.GaussianBlur(known, (0, 0), sigma)
    wall = cv2.GaussianBlur(lab * known[..., None], (0, 0), sigma)
    wall = wall / np.maximum(weight, _LEAST_WALL)[..., None]
    away = np.linalg.norm((lab - wall) * _SHADE_COUNTS, axis=2)
    beside = np.abs(where.grid.across) > _WINDOW_BESIDE
    level = (where.grid.down > _WINDOW_FROM) & (where.grid.down < _WINDOW_END)
    found = mask & beside & level & ~where.core & (weight > _LEAST_WALL) & (away < _SAME_WALL)
    side = 2 * max(1, round(_WINDOW_LEAST * unit_px)) + 1
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_OPEN, brush), np.uint8)


def _skin_near(
    lab: NDArray[np.float32], mask: NDArray[np.bool_], where: Zones, unit_px: float
) -> NDArray[np.float32]:
    """0..1: how much of the person around a pixel has the colour of the face.

    Chroma and lightness of the cheeks, with twice their spread: an ear in shadow counts too.
    """
    cheeks = where.grid.oval(0.6, 0.75, 0.45, 0.6) <= 1
    if cheeks.sum() < _FEWEST_SKIN_PX:
        return np.zeros(mask.shape, np.float32)
    middle = np.median(lab[cheeks], axis=0)
    spread = np.maximum(2 * lab[cheeks].std(axis=0), (12.0, 5.0, 5.0))
    skin = (((lab - middle) / spread) ** 2).sum(axis=2) < _SKIN_RADIUS
    skin &= where.grid.oval(0.2, 1.5, 1.7, 2.2) <= 1  # a beige wall seen through a curl is none
    reach = max(1.0, _SKIN_NEAR * unit_px)
    person = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), reach)
    near = cv2.GaussianBlur((skin & mask).astype(np.float32), (0, 0), reach)
    share = near / np.maximum(person, 0.05)
    return np.asarray(np.clip(2 * share - 0.5, 0, 1), np.float32)


def _blobs(mask: NDArray[np.bool_], unit_px: float) -> NDArray[np.bool_]:
    """What is too thick for a lock of hair: the head's own shadow on the wall."""
    side = 2 * max(1, round(_LOCK * unit_px / 2)) + 1
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, brush) > 0, np.bool_)


_LOCK = 0.1  # units


def _calm(outline: Silhouette, where: Zones, outside: NDArray[np.float32]) -> bool:
    """Whether what lies around the head is plainly background, by colour alone."""
    ring = (outside > 0.2) & (outside < 0.8) & (where.grid.down < 1.5) & ~outline.mask
    return bool(ring.any()) and float((outline.colour[ring] < 0.3).mean()) > _CALM_SHARE


_FEWEST_SKIN_PX, _SKIN_RADIUS = 20, 3.0


def _grown(mask: NDArray[np.uint8], by_px: int) -> NDArray[np.bool_]:
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by_px + 1, 2 * by_px + 1))
    return np.asarray(cv2.dilate(mask, brush) > 0, np.bool_)
