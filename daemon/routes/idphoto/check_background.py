"""Measures the background of a finished photo, from its pixels alone.

Nothing here knows the matte that made the photo: the background is found anew, as what can be
reached from the upper corners without meeting another colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.color import deltaE_ciede2000, rgb2lab

from daemon.routes.idphoto.rows import Row, Severity

# Farther than this from what was to be painted, a pixel is something else.
_ELSE_DE00 = 5.0
# Colour that still counts as background while the way from the corners is followed; the anti-
# aliased rim of the person is cut off by the erosion.
_NEAR_DE00 = 12.0
_EROSION_PX = 3
_BLOB_SHARE = 0.0005
_CODE = "ID_BACKGROUND"


@dataclass(frozen=True, slots=True)
class Limits:
    """Most that is allowed, CIEDE2000. Source: acceptance 6.3.

    Attributes:
        mean: Mean distance to what was to be painted.
        p99: Distance that a hundredth of the pixels may exceed.
        corners: Between any two corners.
        spread: Standard deviation of L*; ``None`` for a gradient.
    """

    mean: float
    p99: float
    corners: float = 1.0
    spread: float | None = 0.5


JPEG = Limits(mean=1.0, p99=2.0)
PNG = Limits(mean=0.5, p99=1.0)
GRADIENT = Limits(mean=1.5, p99=3.0, corners=1.0, spread=None)
_EDGE_P99, _HALO = 4.0, 8.0
_DEEP_PX, _INNER_SIGMA_PX = 5, 5.0
_IS_MATTE = 0.02
_COLLAR_PX = 4
_IS_PERSON, _NEXT_TO_NOTHING = 0.5, 0.1

_Mask: TypeAlias = NDArray[np.bool_]


def background_rows(
    rgb: NDArray[np.uint8],
    painted: NDArray[np.float32],
    limits: Limits,
    person: NDArray[np.float32] | None = None,
    people: int = 1,
) -> list[Row]:
    """Compare what lies behind the person with what was to be painted.

    Args:
        rgb: ``(H, W, 3)`` uint8 sRGB, decoded from the written file.
        painted: ``(H, W, 3)`` float32 sRGB 0..255, the background as it was meant.
        limits: Most that is allowed.
        person: ``(H, W)`` float32 0..1, where the maker put the person; ``None``: found by
            colour. It only tells clothes of the background's colour from the background; a
            loose piece of it is no person.
        people: How many there are to be; each may be a piece of its own.

    Returns:
        Rows ``background_mean``, ``background_p99``, ``background_spread``,
        ``background_corners``, ``background_blobs``, ``background_edge``, ``background_halo``,
        and ``background_ring`` where the maker's matte is known.
    """
    distance = distance_to(rgb, painted)
    figure = _figure(distance, person, people)
    behind = _reached(distance) * ~figure
    deep = cv2.erode(behind, _disc(_EROSION_PX)) > 0
    if not deep.any():
        return [
            Row("background_mean", float("nan"), "dE00", None, limits.mean, Severity.FAIL, _CODE)
        ]
    inside = distance[deep]
    rows = [
        _row("background_mean", float(inside.mean()), limits.mean),
        _row("background_p99", float(np.percentile(inside, 99)), limits.p99),
        _row("background_corners", _corners(rgb, painted, deep), limits.corners),
        _row("background_blobs", _blobs(distance, figure), _BLOB_SHARE, unit="share"),
        *_edge(rgb, painted, distance, figure),
    ]
    if person is not None and (ring := _ring(distance, person)):
        rows.append(ring)
    if limits.spread is not None:
        light = rgb2lab(rgb)[..., 0][deep]
        rows.insert(2, _row("background_spread", float(light.std()), limits.spread, unit="L*"))
    return rows


def _row(
    name: str, value: float, high: float, *, unit: str = "dE00", severity: Severity = Severity.FAIL
) -> Row:
    return Row(name, value, unit, None, high, severity, _CODE, is_repairable=True)


def distance_to(rgb: NDArray[np.uint8], painted: NDArray[np.float32]) -> NDArray[np.float32]:
    """``(H, W)`` float32, CIEDE2000 of each pixel to the painted background."""
    away = deltaE_ciede2000(rgb2lab(rgb), rgb2lab(painted / 255))  # type: ignore[no-untyped-call]
    return np.asarray(away, np.float32)


def _reached(distance: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Pixels near the painted colour that hang together with the frame's upper edge."""
    near = (distance < _NEAR_DE00).astype(np.uint8)
    count, labels = cv2.connectedComponents(near, connectivity=4)
    height = distance.shape[0]
    # The two sides down to the shoulders belong to it even where a head parts them.
    border = np.concatenate([labels[0], labels[: height // 2, 0], labels[: height // 2, -1]])
    keep = np.zeros(count, bool)
    keep[np.unique(border)] = True
    keep[0] = False
    return np.asarray(keep[labels], np.uint8)


def _corners(
    rgb: NDArray[np.uint8], painted: NDArray[np.float32], deep: NDArray[np.bool_]
) -> float:
    """Largest difference between corners, what was meant to differ taken off."""
    height, width = deep.shape
    tall, wide = height // 10, width // 10
    off = rgb2lab(rgb) - rgb2lab(painted / 255)
    means = []
    for rows in (slice(0, tall), slice(height - tall, height)):
        for columns in (slice(0, wide), slice(width - wide, width)):
            seen = deep[rows, columns]
            if seen.mean() > 0.25:
                means.append(off[rows, columns][seen].mean(axis=0))
    pairs = [np.linalg.norm(a - b) for i, a in enumerate(means) for b in means[i + 1 :]]
    return float(max(pairs, default=0.0))


def _figure(
    distance: NDArray[np.float32], person: NDArray[np.float32] | None, people: int
) -> _Mask:
    """Each person in one piece, with clothes of the background's own colour."""
    if person is not None:
        return _largest(person > _IS_MATTE, people)
    # A white collar before white is open to the outside by a few pixels.
    closed = cv2.morphologyEx(
        (distance > _ELSE_DE00).astype(np.uint8), cv2.MORPH_CLOSE, _disc(_COLLAR_PX)
    )
    return filled_to_bottom(_largest(np.asarray(closed) > 0, people))


def filled_to_bottom(person: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The ``(H, W)`` mask with all that it closes in, the picture's lower edge closing too.

    A person goes on below the frame: a white shirt that reaches it is inside.
    """
    floor = np.zeros((1, person.shape[1]), np.bool_)
    columns = np.flatnonzero(person[-1])
    if len(columns):
        floor[0, columns[0] : columns[-1] + 1] = True
    return np.asarray(ndimage.binary_fill_holes(np.vstack([person, floor]))[:-1], np.bool_)


def _largest(mask: _Mask, count: int) -> _Mask:
    """So many of the largest pieces."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    ordered = 1 + np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable")
    return np.isin(labels, ordered[:count])


def _blobs(distance: NDArray[np.float32], figure: _Mask) -> float:
    """Share of the frame of the largest thing that is not the person."""
    away = cv2.dilate(figure.astype(np.uint8), _disc(_EROSION_PX)) == 0
    other = ((distance > _ELSE_DE00) & away).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(other, connectivity=8)
    return float(stats[1:, cv2.CC_STAT_AREA].max(initial=0) / distance.size)


def _edge(
    rgb: NDArray[np.uint8],
    painted: NDArray[np.float32],
    distance: NDArray[np.float32],
    figure: _Mask,
) -> list[Row]:
    """How clean the rim is: compression noise beyond it, and another colour in it."""
    person = (distance > _ELSE_DE00).astype(np.uint8)
    away = cv2.distanceTransform(1 - person, cv2.DIST_L2, 5)
    beyond = (away > _EROSION_PX) & (away <= 2 * _EROSION_PX) & ~figure
    rows = []
    if beyond.any():
        noise = float(np.percentile(distance[beyond], 99))
        rows.append(_row("background_edge", noise, _EDGE_P99, severity=Severity.WARN))
    # A white shirt before white has edges of its own inside: only the outer rim is one.
    whole = (figure | (person > 0)).astype(np.uint8)
    # Loose hairs have no inside to compare their rim with.
    solid = np.asarray(cv2.morphologyEx(whole, cv2.MORPH_OPEN, _disc(1)), np.uint8)
    halo = _halo(rgb2lab(rgb), rgb2lab(painted / 255), solid, person > 0)
    if halo is not None:
        rows.append(_row("background_halo", halo, _HALO))
    return rows


def _halo(
    lab: NDArray[np.floating],
    behind: NDArray[np.floating],
    person: NDArray[np.uint8],
    differs: _Mask,
) -> float | None:
    """How far the rim's colours are from every mixture of person and background.

    A clean rim pixel lies on the line between the two in Lab; the colour of an old background
    lies beside it. Median over the rim, because hair, skin and cloth meet there too.
    """
    inside = cv2.erode(person, _disc(_DEEP_PX)).astype(np.float32)
    weight = cv2.GaussianBlur(inside, (0, 0), _INNER_SIGMA_PX)
    rim = (person > 0) & differs & (inside == 0) & (weight > 0.05)
    if not rim.any():
        return None
    inner = cv2.GaussianBlur(lab * inside[..., None], (0, 0), _INNER_SIGMA_PX)[rim]
    inner = inner / weight[rim][:, None]
    line, off = inner - behind[rim], lab[rim] - behind[rim]
    share = (line * off).sum(axis=1) / np.maximum((line**2).sum(axis=1), 1.0)
    beside = off - np.clip(share, 0, 1)[:, None] * line
    return float(np.median(np.linalg.norm(beside, axis=1)))


def _ring(distance: NDArray[np.float32], person: NDArray[np.float32]) -> Row | None:
    """What lies just outside the person, where next to nothing of it was meant to be.

    The colour beside the line (``_halo``) does not tell a grey wall before white from soft dark
    hair; knowing where the person was put does. Source: acceptance 6.4, halo index.
    """
    away = cv2.distanceTransform((person <= _IS_PERSON).astype(np.uint8), cv2.DIST_L2, 5)
    ring = (away > 1) & (away <= _EROSION_PX) & (person < _NEXT_TO_NOTHING)
    return _row("background_ring", float(distance[ring].mean()), _HALO) if ring.any() else None


def _disc(radius_px: int) -> NDArray[np.uint8]:
    side = 2 * radius_px + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
