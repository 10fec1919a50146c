"""Faces read in a window of their own: a detector's points are off by several per cent in one look.

What a detector says about a face changes with where the face lies, how large it is and how it is
tilted. So each face is brought to one place, one size and upright first, and read there several
times, plain and mirrored; and once more from what that showed. Moved, enlarged, tilted or mirrored
photos of one person then give the same points to within 0.3 per cent of an ID photo's height
(docs/idphoto-figures.md), and heads are measured by them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import Face, FaceFinder
from daemon.imaging.geometry import Box
from daemon.imaging.head_frame import HeadFrame

_VIEW_PX = 640
# In a view of 640 px a face this wide is found as surely as any.
_ENOUGH_PX = 64
# The window, and the unit of a face in it (imaging.head_frame): hair and shoulders are in it,
# which the detector needs to see a face at all.
_WINDOW_PX, _UNIT_PX = 320, 64
# The middle of a face below its eyes, in units.
_MIDDLE_UNITS = 0.35
_EYES = (_WINDOW_PX - 1) / 2 - np.array((0.0, _MIDDLE_UNITS * _UNIT_PX))
_LOOKS_PX = (256, 320, 384)
_ROUNDS = 2
_NEAR_UNITS = 0.75  # from where the face was brought to: farther is somebody else
_LEAST_AREA = 0.2  # of the largest: smaller faces are nobody's portrait, one look is enough


def first_faces(srgb: NDArray[np.uint8], finder: FaceFinder) -> list[Face]:
    """Every face at one look; all the detector's looks where none is large in it."""
    seen = finder.find(srgb, view_px=_VIEW_PX)
    shrink = min(1.0, _VIEW_PX / max(srgb.shape[:2]))
    if any(face.box.width * shrink >= _ENOUGH_PX for face in seen):
        return seen
    return finder.find(srgb)


def steady_faces(srgb: NDArray[np.uint8], finder: FaceFinder) -> list[Face]:
    """Every face, the landmarks of the large ones read again in windows of their own.

    Args:
        srgb: ``(H, W, 3)`` uint8.
        finder: Looks twelve times at each window of 320 pixels.
    """
    seen = first_faces(srgb, finder)
    least = _LEAST_AREA * max((face.box.area for face in seen), default=0.0)
    return [_read(srgb, face, finder) if face.box.area >= least else face for face in seen]


def _read(srgb: NDArray[np.uint8], face: Face, finder: FaceFinder) -> Face:
    """The face with steadier landmarks; as it was where its window shows none."""
    points = face.landmarks
    for _ in range(_ROUNDS):
        to_window = _to_window(points)
        found = _looks(_window(srgb, to_window), finder)
        if not found:
            return face
        back = cv2.invertAffineTransform(to_window)
        mean = np.mean(found, axis=0)
        points = (mean @ back[:, :2].T + back[:, 2]).astype(np.float32)
    return Face(face.box, points, face.score)


def _to_window(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """``(2, 3)``, photo → window: upright, its unit and its middle where they always are."""
    head = HeadFrame.of(points)
    by = _UNIT_PX / head.unit_px
    c, s = math.cos(head.roll_rad) * by, math.sin(head.roll_rad) * by
    turn = np.array(((c, s, 0.0), (-s, c, 0.0)))
    turn[:, 2] = _EYES - turn[:, :2] @ (head.x, head.y)
    return turn


def _window(srgb: NDArray[np.uint8], to_window: NDArray[np.float64]) -> NDArray[np.uint8]:
    shrink = min(1.0, 1.4 * float(np.hypot(*to_window[0, :2])))
    matrix = to_window.copy()
    if shrink < 1:  # averages first: a bilinear warp far down would skip pixels
        small = cv2.resize(srgb, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        by = np.array((srgb.shape[1] / small.shape[1], srgb.shape[0] / small.shape[0]))
        # Pixel centres lie half a pixel inside a pixel's edges, at either size.
        matrix[:, 2] += matrix[:, :2] @ (0.5 * by - 0.5)
        matrix[:, :2] *= by
        srgb = np.asarray(small, np.uint8)
    size = (_WINDOW_PX, _WINDOW_PX)
    return np.asarray(cv2.warpAffine(srgb, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _looks(window: NDArray[np.uint8], finder: FaceFinder) -> list[NDArray[np.float32]]:
    """The middle face's landmarks at each look that showed it, mirrored ones put back."""
    mirror = np.ascontiguousarray(window[:, ::-1])
    found: list[Face | None] = []
    for view_px in _LOOKS_PX:
        found.append(_middle(finder.find(window, view_px=view_px)))
        back = [_put_back(face) for face in finder.find(mirror, view_px=view_px)]
        found.append(_middle(back))
    return [face.landmarks for face in found if face is not None]


def _middle(faces: Sequence[Face]) -> Face | None:
    """The face that was brought here; others may be at the window's rim."""
    nearest = min(faces, key=_off_px, default=None)
    return nearest if nearest is not None and _off_px(nearest) < _NEAR_UNITS * _UNIT_PX else None


def _off_px(face: Face) -> float:
    return float(np.hypot(*(face.landmarks[:2].mean(axis=0) - _EYES)))


def _put_back(face: Face) -> Face:
    points = face.landmarks[[1, 0, 2, 4, 3]].copy()
    points[:, 0] = _WINDOW_PX - 1 - points[:, 0]
    box = Box(
        _WINDOW_PX - face.box.right, face.box.top, _WINDOW_PX - face.box.left, face.box.bottom
    )
    return Face(box, points, face.score)
