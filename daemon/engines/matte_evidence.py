"""How far a matte can be relied on, told from the matte alone."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from daemon.engines.base import MATTE_DOUBTS, MatteEvidence
from daemon.engines.matte_zones import Zones

_AWAY = 0.3  # units of the head: nothing half transparent belongs so far from the outline
_EDGE_LOW, _EDGE_HIGH = 0.1, 0.9


def measured(
    alpha: NDArray[np.float32],
    where: Zones,
    unit_px: float,
    *,
    agreement: float,
    behind_known: float | None = None,
) -> MatteEvidence:
    """The evidence.

    Args:
        alpha: ``(H, W)`` float32.
        where: Zones of the same size.
        unit_px: The head's unit at alpha's size.
        agreement: See ``MatteEvidence``.
        behind_known: See ``MatteEvidence``; ``None`` where the engine learns no background.
    """
    solid = alpha > 0.5
    outside, inside = distance_inside(~solid), distance_inside(solid)
    away = np.maximum(outside, inside) > _AWAY * unit_px
    half = (alpha > _EDGE_LOW) & (alpha < _EDGE_HIGH)
    return MatteEvidence(
        edge_px=_edge_width(alpha, half & (where.hairy < 0.3), inside),
        haze=float((half & away).sum()) / max(1, int(away.sum())),
        islands=_islands(solid),
        holes=_holes(solid, where),
        leak=_leak(solid, where),
        agreement=agreement,
        behind_known=behind_known,
    )


def judged(evidence: MatteEvidence, *, seen: bool) -> tuple[float, tuple[str, ...]]:
    """Confidence 0..1 and the doubts behind it, gravest first.

    Each measure takes a share from one; the product falls below a half as soon as one of them is
    such as a clerk would send back.
    """
    if not seen:
        return 0.0, ("no_background",)
    known = 1.0 if evidence.behind_known is None else evidence.behind_known
    shares = {
        "leak": _falling(evidence.leak, 0.02, 0.15),
        "holes": _falling(evidence.holes, 0.01, 0.08),
        "islands": _falling(evidence.islands, 0.0005, 0.004),
        "haze": _falling(evidence.haze, 0.002, 0.02),
        "unsure_outline": _falling(1 - evidence.agreement, 0.06, 0.30),
        "busy_background": _falling(1 - known, 0.05, 0.35),
        "soft_edge": _falling(evidence.edge_px, 4.0, 14.0),
    }
    confidence = float(np.prod(list(shares.values())))
    doubted = [word for word in MATTE_DOUBTS if shares.get(word, 1.0) < 0.9]
    return confidence, tuple(sorted(doubted, key=lambda word: shares[word]))


def _falling(value: float, good: float, bad: float) -> float:
    """1 up to ``good``, 0.2 from ``bad`` on."""
    return float(1 - 0.8 * np.clip((value - good) / (bad - good), 0, 1))


def _edge_width(
    alpha: NDArray[np.float32], edge: NDArray[np.bool_], inside: NDArray[np.float32]
) -> float:
    """Area of the edge over its length."""
    solid = (alpha > 0.5).astype(np.uint8)
    near_edge = cv2.dilate(edge.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    rim = (inside > 0) & (inside < 1.5) & near_edge
    length = int((rim & (solid > 0)).sum())
    return float(edge.sum()) / length if length else 0.0


def _holes(solid: NDArray[np.bool_], where: Zones) -> float:
    """Missing share of the chest, and of anything below the eyes that is closed all around."""
    chest = (where.odds > _SURE_CHEST) & (where.grid.down > 2.2)
    enclosed = ndimage.binary_fill_holes(solid) & ~solid & (where.grid.down > 0.5)
    return float(((chest & ~solid) | enclosed).sum()) / max(1, int(solid.sum()))


_SURE_CHEST = 2.0  # log odds of the place


def _islands(solid: NDArray[np.bool_]) -> float:
    pieces, count = ndimage.label(solid)
    if count < 2:
        return 0.0
    sizes = np.bincount(pieces.ravel())[1:]
    return float(sizes.sum() - sizes.max()) / solid.size


def _leak(solid: NDArray[np.bool_], where: Zones) -> float:
    """Share of the frame beside and above the head that the person fills."""
    frame = np.zeros(solid.shape, np.bool_)
    frame[0] = True
    frame[:, 0] = frame[:, -1] = True
    frame &= (where.odds < 0) & (where.grid.down < 1.4)
    return float((solid & frame).sum()) / max(1, int(frame.sum()))


def distance_inside(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Pixels to the nearest one outside the mask; the picture's frame is no border."""
    padded = np.pad(mask.astype(np.uint8), 1, mode="edge")
    if padded.all():
        return np.full(mask.shape, float(sum(mask.shape)), np.float32)
    return np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1], np.float32)
