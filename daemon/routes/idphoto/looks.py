"""Faces seen several times over: a detector's points are off by several per cent in a single look.

The unit of a face (the larger of eye to eye and eyes to mouth) of one person under small changes
of the photo spreads by 5 to 8 per cent in one look, by 1 to 3 in six looks together
(docs/idphoto-figures.md), and heads are measured in that unit.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import Face, FaceFinder
from daemon.imaging.geometry import Box

_VIEWS_PX = (320, 448, 640)
# In a view of 640 px the points of a face this wide are as good as any (see ``find``).
_ENOUGH_PX = 64
_MOST_ENLARGED = 2.0
_SAME_FACE = 0.5  # boxes that share so much of the smaller one are two views of one face


def first_faces(srgb: NDArray[np.uint8], finder: FaceFinder) -> list[Face]:
    """Every face at one look; all the detector's looks where none is large in it."""
    seen = finder.find(srgb, view_px=_VIEWS_PX[-1])
    shrink = min(1.0, _VIEWS_PX[-1] / max(srgb.shape[:2]))
    if any(face.box.width * shrink >= _ENOUGH_PX for face in seen):
        return seen
    return finder.find(srgb)


def steady_faces(srgb: NDArray[np.uint8], finder: FaceFinder) -> list[Face]:
    """Every face, its landmarks the mean of six looks; all the detector's looks at small ones.

    Args:
        srgb: ``(H, W, 3)`` uint8.
        finder: Looks at each view once.
    """
    height, width = srgb.shape[:2]
    by = min(_VIEWS_PX[-1] / max(height, width), _MOST_ENLARGED)
    size = max(1, round(width * by)), max(1, round(height * by))
    how = cv2.INTER_AREA if by < 1 else cv2.INTER_CUBIC
    view = np.asarray(cv2.resize(srgb, size, interpolation=how), np.uint8)
    seen = finder.find(view, view_px=_VIEWS_PX[-1])
    if not any(face.box.width >= _ENOUGH_PX for face in seen):
        return finder.find(srgb)
    scale = width / size[0], height / size[1]
    others = _others(view, finder)
    return [_scaled(_mean(face, others), scale) for face in seen]


def _others(view: NDArray[np.uint8], finder: FaceFinder) -> list[Face]:
    """What the other five looks show, mirrored ones put back."""
    mirror = np.ascontiguousarray(view[:, ::-1])
    found: list[Face] = []
    for view_px in _VIEWS_PX:
        found += [_put_back(face, view.shape[1]) for face in finder.find(mirror, view_px=view_px)]
        if view_px != _VIEWS_PX[-1]:
            found += finder.find(view, view_px=view_px)
    return found


def _put_back(face: Face, width: int) -> Face:
    points = face.landmarks[[1, 0, 2, 4, 3]].copy()
    points[:, 0] = width - 1 - points[:, 0]
    box = Box(width - face.box.right, face.box.top, width - face.box.left, face.box.bottom)
    return Face(box, points, face.score)


def _mean(face: Face, others: Sequence[Face]) -> Face:
    same = [one for one in others if one.box.share_of_smaller(face.box) >= _SAME_FACE]
    points = np.mean([one.landmarks for one in (face, *same)], axis=0)
    return Face(face.box, points.astype(np.float32), face.score)


def _scaled(face: Face, scale: tuple[float, float]) -> Face:
    """Pixel centres lie half a pixel inside a pixel's edges, at either size."""
    points = (face.landmarks + 0.5) * scale - 0.5
    return Face(face.box.scaled(*scale), points.astype(np.float32), face.score)
