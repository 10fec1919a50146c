"""Which face is judged, found quickly, and whether a second detector sees it too."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import Face
from daemon.engines.registry import Engines
from daemon.imaging.photo import Photo
from daemon.imaging.template import similarity
from daemon.routes.quality.look import HALF_PX, TEMPLATE, Look, cut

# One look at a view of the first size finds the face of nearly every photo, in a fifth of the
# time of all looks (docs/quality.md has the figures). Where the largest face has too few pixels
# in it, the next view is taken, and at last every look there is.
VIEWS_PX = (384, 640)
# Of a large face that noise or compression has spoilt only a coarse view is smooth enough.
_COARSE_PX = 320
_ENOUGH_PX = 44.0
# Finer views would cost more than the photo is worth to the gate.
_FINEST_PX = 1280
# Of twelve clean faces pasted into a picture eleven or all are found at a width of 20 px in the
# view, four to eight at 16 and one at 12 at most; a large face beside them changes little in that.
_SEEN_PX = 20.0
# A narrower face has under 16 px between its eyes, and scores 0 whatever else it is.
_LEAST_PX = 32.0
_SAME_FACE = 0.5  # boxes that share so much of the smaller one are two views of one face


def look_at(photo: Photo, engines: Engines, *, second_face: float | None = None) -> Look | None:
    """The largest face of a photo with all others beside it, or ``None`` where there is none.

    Args:
        photo: What people see of it (``daemon.imaging.flatten``).
        engines: Finder, judge and assessor are used.
        second_face: Others are looked for down to this area, as a share of the largest face's;
            ``None``: as far down as the look sees that found the largest.
    """
    faces, view_px = _found(photo.srgb, engines)
    if not faces:
        return None
    largest, *others = sorted(faces, key=lambda face: -face.box.area)
    if second_face is not None:
        finer_px = _view_for(largest, photo.srgb, second_face)
        if finer_px > view_px:
            others += _unknown(engines.finder.find(photo.srgb, view_px=finer_px), faces)
    look = Look(photo, largest, tuple(others))
    if similarity(look.points, TEMPLATE) is None:
        return None
    confirmed = second_opinion(look, engines)
    return Look(photo, largest, tuple(others), confirmed, _trust(look, engines))


def _found(srgb: NDArray[np.uint8], engines: Engines) -> tuple[list[Face], int]:
    """Faces, and the long side of the finest view that was looked at."""
    long_side, some = max(srgb.shape[:2]), False
    for view_px in VIEWS_PX:
        faces = engines.finder.find(srgb, view_px=view_px)
        if max((face.box.width for face in faces), default=0.0) * view_px / long_side >= _ENOUGH_PX:
            return faces, view_px
        some = some or bool(faces)
    if some:
        return engines.finder.find(srgb), _FINEST_PX
    for view_px in _last_views(long_side):
        faces = engines.finder.find(srgb, view_px=view_px)
        if faces:
            return faces, max(view_px, VIEWS_PX[-1])
    return [], VIEWS_PX[-1]


def _last_views(long_side: int) -> tuple[int, ...]:
    """What is left where the quick looks saw nobody: a coarse one, and a fine one if it matters."""
    fine_px = min(_FINEST_PX, round(long_side * _SEEN_PX / _LEAST_PX))
    return (_COARSE_PX, fine_px) if fine_px > VIEWS_PX[-1] else (_COARSE_PX,)


def _view_for(largest: Face, srgb: NDArray[np.uint8], share: float) -> int:
    """The coarsest view in which another face of this share of the area is still seen."""
    long_side = max(srgb.shape[:2])
    width = largest.box.width * math.sqrt(share) / long_side
    finest = max(VIEWS_PX[-1], min(_FINEST_PX, long_side))
    return next((view for view in VIEWS_PX if width * view >= _SEEN_PX), finest)


def _unknown(found: Sequence[Face], known: Sequence[Face]) -> list[Face]:
    return [
        face
        for face in found
        if all(face.box.share_of_smaller(one.box) <= _SAME_FACE for one in known)
    ]


def second_opinion(look: Look, engines: Engines) -> float:
    """Score of the independent detector for this face, 0..1; 0 where it finds none.

    It is shown the face upright and at one size, so that tilt and distance do not count.
    """
    frame = cut(look.srgb, look.matrix)
    half = cv2.resize(frame, (HALF_PX, HALF_PX), interpolation=cv2.INTER_AREA)
    middle = HALF_PX / 2
    seen = engines.judge.find(np.asarray(half, np.uint8))
    near = [
        face.score
        for face in seen
        if face.box.left < middle < face.box.right and face.box.top < middle < face.box.bottom
    ]
    return max(near, default=0.0)


def _trust(look: Look, engines: Engines) -> float | None:
    """The neural engine's calibrated score, where one is installed and vouched for."""
    assessor = engines.assessor
    if assessor is None or not assessor.is_vouched_for:
        return None
    return assessor.assess(look.srgb, look.face.landmarks).score
