"""Which face is judged, found quickly, and whether a second detector sees it too."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import Face
from daemon.engines.registry import Engines
from daemon.imaging.photo import Photo
from daemon.imaging.template import similarity
from daemon.routes.quality.look import HALF_PX, TEMPLATE, Look, cut

# One look at a view of the first size finds faces down to a quarter of a large one's width, in a
# fifth of the time of all looks (docs/quality.md has the figures). Where the largest face has
# too few pixels in it, the next view is taken, and at last every look there is.
VIEWS_PX = (384, 640)
_ENOUGH_PX = 44.0


def look_at(photo: Photo, engines: Engines) -> Look | None:
    """The largest face of a photo with all others beside it, or ``None`` where there is none."""
    faces = _found(photo.srgb, engines)
    if not faces:
        return None
    largest, *others = sorted(faces, key=lambda face: -face.box.area)
    look = Look(photo, largest, tuple(others))
    if similarity(look.points, TEMPLATE) is None:
        return None
    confirmed = second_opinion(look, engines)
    return Look(photo, largest, tuple(others), confirmed, _trust(look, engines))


def _found(srgb: NDArray[np.uint8], engines: Engines) -> list[Face]:
    for view_px in VIEWS_PX:
        faces = engines.finder.find(srgb, view_px=view_px)
        scale = view_px / max(srgb.shape[:2])
        if max((face.box.width for face in faces), default=0.0) * scale >= _ENOUGH_PX:
            return faces
        if not faces:
            break
    return engines.finder.find(srgb)


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
