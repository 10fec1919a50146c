"""Who is in the photo, cut out once for every result."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import Face, Matte
from daemon.engines.offers import AUTO
from daemon.engines.registry import Engines
from daemon.imaging.geometry import Box, Window
from daemon.imaging.head_frame import HeadFrame
from daemon.routes.idphoto.framing import Head
from daemon.routes.idphoto.head import Posture, posture
from daemon.routes.idphoto.looks import steady_faces

LEAST_AREA = 0.25
"""Of the largest face: smaller ones are passers-by and pictures on a wall."""
# Long side of the piece that is cut out: what most results need; the most is for large ones.
_CUT_PX, _MOST_CUT_PX = 1100, 2600
# Pixels of the piece per pixel of the result: a little more keeps a warp from softening.
_SPARE = 1.15
_GREY = 128.0
_SAME_FACE = 0.5  # boxes that share so much of the smaller one are two views of one face
# A head in its portrait window: units from chin to crown, and of the window's longer side.
_HEAD_UNITS, _WINDOW_UNITS = 3.5, 8.8


@dataclass(frozen=True)
class Portrait:
    """One person, or the two of a marriage photo, and what was found out about them.

    Attributes:
        matte: Of the piece.
        landmarks: ``(5, 2)`` float32 for each person, in the piece.
        origin: The piece's corner in the photo, ``(left, top)``.
        scale: Pixels of the piece per pixel of the photo, at most 1.
        confidence: Of the surest detection, 0..1.
    """

    matte: Matte
    landmarks: tuple[NDArray[np.float32], ...]
    origin: tuple[int, int]
    scale: float
    confidence: float

    @property
    def from_photo(self) -> NDArray[np.float64]:
        """``(2, 3)`` float64, photo → piece, pixel centres on whole numbers."""
        shift = (self.scale - 1) / 2
        return np.array(
            (
                (self.scale, 0.0, shift - self.origin[0] * self.scale),
                (0.0, self.scale, shift - self.origin[1] * self.scale),
            )
        )

    def stand(self, *, level: bool, crown: str) -> Posture:
        """How they stand; several are measured together and not turned."""
        if len(self.landmarks) == 1:
            return posture(self.landmarks[0], self.matte.alpha, level=level, crown=crown)
        found = [
            posture(points, self.matte.alpha, level=False, crown=crown) for points in self.landmarks
        ]
        return replace(
            found[0],
            head=_together([one.head for one in found]),
            unit_px=float(np.mean([one.unit_px for one in found])),
            roll_deg=float(np.mean([one.roll_deg for one in found])),
            is_crown_cut=any(one.is_crown_cut for one in found),
            # Between two people there is no edge of the photo, beside them there may be.
            is_side_cut=any(one.is_side_cut for one in found),
        )


def _together(heads: Sequence[Head]) -> Head:
    """One head that stands for several: their middle, their mean size, the highest hair."""
    eye_y = float(np.mean([head.eye_y for head in heads]))
    return Head(
        centre_x=float(np.mean([head.centre_x for head in heads])),
        eye_y=eye_y,
        chin_y=eye_y + float(np.mean([head.chin_y - head.eye_y for head in heads])),
        crown_y=eye_y - float(np.mean([head.eye_y - head.crown_y for head in heads])),
        hair_top_y=min(head.hair_top_y for head in heads),
        body_end_y=min(head.body_end_y for head in heads),
        left=min(head.left for head in heads),
        right=max(head.right for head in heads),
        side_left=max(head.side_left for head in heads),
        side_right=min(head.side_right for head in heads),
    )


def people_in(faces: Sequence[Face]) -> list[Face]:
    """Faces that could be meant, largest first."""
    ordered = sorted(faces, key=lambda face: -face.box.area)
    return [face for face in ordered if face.box.area >= LEAST_AREA * ordered[0].box.area]


def cut_out(  # noqa: PLR0913 - whom, from what, with what, how large
    srgb: NDArray[np.uint8],
    faces: Sequence[Face],
    others: Sequence[Face],
    engines: Engines,
    *,
    engine: str = AUTO,
    head_px: float,
    progress: Callable[[int, int], None],
) -> Portrait:
    """Cut the people out of the photo.

    Args:
        srgb: ``(H, W, 3)`` uint8, the whole photo.
        faces: Whose portrait it is, largest first.
        others: Faces of people to be left out.
        engines: For the matte.
        engine: How the one that cuts is asked for.
        head_px: Chin to crown of the largest result, pixels.
        progress: Called with steps done and steps in all.

    Raises:
        EngineUnavailable: ``engine`` names an engine that cannot be had.
        EngineError: The matte could not be made.
    """
    window = _window(faces, (srgb.shape[1], srgb.shape[0]))
    long_side = max(window.width, window.height)
    wanted = head_px / _HEAD_UNITS * _WINDOW_UNITS * _SPARE
    scale = min(1.0, max(_CUT_PX, min(wanted, _MOST_CUT_PX)) / long_side)
    piece = np.ascontiguousarray(srgb[window.slices])
    if scale < 1:
        size = max(1, round(window.width * scale)), max(1, round(window.height * scale))
        piece = np.asarray(cv2.resize(piece, size, interpolation=cv2.INTER_AREA), np.uint8)
    moved = [_moved(face, window, scale) for face in faces]
    strangers = [_moved(face, window, scale) for face in others]
    matter = engines.matter(engine)
    # Two who are to be seen together are no strangers to each other: where one leans on the
    # other, both mattes may hold the place.
    matte = _joined([matter.cut(piece, face, strangers, progress) for face in moved])
    return Portrait(
        matte=matte,
        landmarks=_read_again(matte, moved, engines),
        origin=(window.left, window.top),
        scale=scale,
        confidence=max(face.score for face in faces),
    )


def _read_again(
    matte: Matte, faces: Sequence[Face], engines: Engines
) -> tuple[NDArray[np.float32], ...]:
    """Landmarks before plain grey: a wall moves a detector's points by up to 2 % of the head."""
    share = matte.alpha[..., None]
    plain = np.rint(matte.foreground * share + _GREY * (1 - share)).astype(np.uint8)
    seen = steady_faces(plain, engines.finder)
    return tuple(
        max((face, *seen), key=lambda other: _likeness(face, other)).landmarks for face in faces
    )


def _likeness(face: Face, other: Face) -> float:
    """How far another find is the same face; the find itself only where there is no other."""
    if other is face:
        return _SAME_FACE
    return face.box.share_of_smaller(other.box)


def _window(faces: Sequence[Face], size: tuple[int, int]) -> Window:
    windows = [HeadFrame.of(face.landmarks).portrait_window(size) for face in faces]
    return Window(
        min(window.left for window in windows),
        min(window.top for window in windows),
        max(window.right for window in windows),
        max(window.bottom for window in windows),
    )


def _moved(face: Face, window: Window, scale: float) -> Face:
    box = face.box
    moved = Box(
        (box.left - window.left) * scale,
        (box.top - window.top) * scale,
        (box.right - window.left) * scale,
        (box.bottom - window.top) * scale,
    )
    points = (face.landmarks - (window.left, window.top)) * scale + (scale - 1) / 2
    return Face(moved, points.astype(np.float32), face.score)


def _joined(mattes: Sequence[Matte]) -> Matte:
    """One matte of several people: each pixel belongs to whom it belongs to more."""
    first = mattes[0]
    for other in mattes[1:]:
        is_other = other.alpha > first.alpha
        first = replace(
            first,
            alpha=np.maximum(first.alpha, other.alpha),
            foreground=np.where(is_other[..., None], other.foreground, first.foreground),
            confidence=min(first.confidence, other.confidence),
            doubts=tuple(dict.fromkeys((*first.doubts, *other.doubts))),
        )
    return first


def yaw_deg(landmarks: NDArray[np.float32]) -> float:
    """Turned to the side, from where the nose stands between the eyes.

    Source: measures.md section 3, yaw.
    """
    points = np.asarray(landmarks, np.float64)
    across = points[1] - points[0]
    apart = float(np.hypot(*across)) or 1.0
    off = float((points[2] - points[:2].mean(axis=0)) @ across) / apart**2
    return math.degrees(math.atan(1.97 * off))
