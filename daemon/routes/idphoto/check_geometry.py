"""Measures where the head lies in a finished photo, with another eye than the one that placed it.

Eyes come from the second detector, the proportion of the face from the first one, read in a window
of the face's own; the crown is found anew against the painted background.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import Face, FaceFinder
from daemon.imaging.geometry import Box
from daemon.routes.idphoto.framing import Band, FrameRule
from daemon.routes.idphoto.head import CHIN_UNITS, HALF_WIDTH_UNITS, SKULL_BY_CHIN_TO_EYES
from daemon.routes.idphoto.looks import steady_faces
from daemon.routes.idphoto.portrait import people_in, yaw_deg
from daemon.routes.idphoto.rows import Row, Severity

# Source: acceptance 6.2, a look at the photo and at a copy of this size.
_COPY = 1.25
_SAME_FACE = 0.5  # boxes that share so much of the smaller one are two looks at one face
# A published band is widened by what the measurement itself may be off. Source: acceptance 6.2.
_HEAD_ERROR, _EYE_ERROR, _TOP_ERROR = 0.02, 0.015, 0.01
MOST_ENLARGED = 1.5
"""More, and the face is made of guesses. Source: acceptance 6.2."""
_CENTRE = 0.05
_ROLL_DEG = 3.0
# The second detector's own score: faces of the test portraits and headshots have 0.29 to
# 0.79, a fold of cloth that it took for one 0.09.
_LEAST_SURE = 0.2
# Five points tell a turn to within about so much (docs/idphoto.md): a limit is widened by it.
YAW_ERROR_DEG = 5.0
_EYES_APART_PX = 90.0
_PERSON_DE00 = 12.0
_TOP_SHARE = 0.03


@dataclass(frozen=True, slots=True)
class GeometryRule:
    """What the finished photo must show.

    Attributes:
        frame: Head, eye line and top margin.
        people: So many faces.
        crown: ``skull`` or anything else for the hair's top.
        yaw_deg: Most the head may be turned; beyond it the photo fails.
        eyes_apart_px: Least distance of the eyes that is asked for, 0: none.
        enlarged: How far the source's face was enlarged, 1: not at all.
        most_enlarged: Most it may be.
    """

    frame: FrameRule
    people: int = 1
    crown: str = "hair_top"
    yaw_deg: float = 10.0
    eyes_apart_px: float = 0.0
    enlarged: float = 1.0
    most_enlarged: float = MOST_ENLARGED


@dataclass(frozen=True, slots=True)
class Seen:
    """The finished photo's face, measured.

    Attributes:
        count: Faces of some size.
        eyes: ``(2, 2)`` float64, pixels.
        unit_px: The larger of eye to eye and eyes to mouth.
        yaw_deg: Turned to the side.
        is_judged: The second detector saw the face too.
        box: Of the face.
        sides: Columns between which all heads lie, hair included; may reach out of the photo.
    """

    count: int
    eyes: NDArray[np.float64]
    unit_px: float
    yaw_deg: float
    is_judged: bool
    box: Box
    sides: tuple[float, float]


def look(rgb: NDArray[np.uint8], finder: FaceFinder, judge: FaceFinder) -> Seen | None:
    """Find the face of a finished photo again; ``None`` where the first detector sees none.

    Args:
        rgb: ``(H, W, 3)`` uint8 sRGB, decoded from the written file.
        finder: The detector that placed the frame; run here on the result.
        judge: One that shares nothing with it; its mouth corners may be NaN.
    """
    faces = _sizeable(steady_faces(rgb, finder))
    if not faces:
        return None
    judged = _judged(rgb, judge)
    points = faces[0].landmarks.astype(np.float64)
    eyes = judged[0].landmarks[:2].astype(np.float64) if judged else points[:2]
    return Seen(
        count=max(len(faces), len(judged)),
        eyes=eyes,
        unit_px=_unit(points),
        yaw_deg=yaw_deg(faces[0].landmarks),
        is_judged=bool(judged),
        box=faces[0].box,
        sides=_sides(faces),
    )


def _judged(rgb: NDArray[np.uint8], judge: FaceFinder) -> list[Face]:
    """The second detector's faces; its points lie on whole pixels, so that two looks see finer."""
    plain, enlarged = _sure(judge.find(rgb)), _sure(judge.find(_enlarged(rgb)), _COPY)
    if len(plain) != len(enlarged):
        return max(plain, enlarged, key=len)
    return [
        replace(one, landmarks=((one.landmarks + other.landmarks) / 2).astype(np.float32))
        if one.box.share_of_smaller(other.box) >= _SAME_FACE
        else one
        for one, other in zip(plain, enlarged, strict=True)
    ]


def _enlarged(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    large = cv2.resize(rgb, None, fx=_COPY, fy=_COPY, interpolation=cv2.INTER_CUBIC)
    return np.asarray(large, np.uint8)


def geometry_rows(
    seen: Seen | None, distance: NDArray[np.float32], rule: GeometryRule
) -> list[Row]:
    """Compare what was seen with the rule.

    Args:
        seen: From ``look``.
        distance: ``(H, W)`` float32, CIEDE2000 of each pixel to the painted background.
        rule: What is asked for.
    """
    count = 0 if seen is None else seen.count
    rows = [
        Row("faces", count, "", rule.people, rule.people, Severity.FAIL, "ID_FACE_COUNT"),
    ]
    if seen is None:
        return rows
    height, width = distance.shape
    beside = min(seen.sides[0], width - seen.sides[1]) / width
    rows.append(_row("head_sides", beside, "share", low=-_CENTRE / 2, code="ID_HEAD_POSITION"))
    if rule.people != 1:
        return rows
    across = seen.eyes[1] - seen.eyes[0]
    eye_y = float(seen.eyes[:, 1].mean())
    chin_y = eye_y + CHIN_UNITS * seen.unit_px
    hair_y = hair_top(distance, seen)
    crown_y = crown_of(eye_y, chin_y, hair_y, rule.crown)
    off = abs(float(seen.eyes[:, 0].mean()) - width / 2) / width
    roll = abs(math.degrees(math.atan2(across[1], across[0])))
    rows += [
        *_band("head_height", (chin_y - crown_y) / height, rule.frame.head, _HEAD_ERROR),
        *_band("eye_line", 1 - eye_y / height, rule.frame.eye_line, _EYE_ERROR),
        *_band("top_margin", crown_y / height, rule.frame.top_margin, _TOP_ERROR),
        _row("off_centre", off, "share", high=_CENTRE, code="ID_OFF_CENTRE", mends=True),
        _row("roll", roll, "deg", high=_ROLL_DEG, code="ID_TILTED", mends=True),
        _row("yaw", abs(seen.yaw_deg), "deg", high=rule.yaw_deg + YAW_ERROR_DEG, code="ID_POSE"),
        _row("enlarged", rule.enlarged, "", high=rule.most_enlarged, code="ID_ENLARGED"),
        _row("second_detector", float(seen.is_judged), "", low=1, code="ID_FACE_UNSURE",
             severity=Severity.WARN),
    ]  # fmt: skip
    # Where a rule measures to the skull, high hair may have to leave the frame: said, not refused.
    grave = Severity.WARN if rule.crown == "skull" else Severity.FAIL
    rows.append(_row("hair_margin", hair_y / height, "share", low=1 / height,
                     code="ID_HAIR_CUT", severity=grave, mends=True))  # fmt: skip
    if rule.eyes_apart_px:
        apart = float(np.hypot(*across))
        rows.append(_row("eyes_apart", apart, "px", low=rule.eyes_apart_px,
                         code="ID_EYES_TOO_CLOSE", severity=Severity.WARN))  # fmt: skip
    return rows


def _row(  # noqa: PLR0913 - the columns of a row, in their order
    name: str,
    value: float,
    unit: str,
    *,
    code: str,
    low: float | None = None,
    high: float | None = None,
    severity: Severity = Severity.FAIL,
    mends: bool = False,
) -> Row:
    return Row(name, value, unit, low, high, severity, code, mends)


def _band(name: str, value: float, band: Band | None, error: float) -> list[Row]:
    if band is None:
        return [_row(name, value, "share", code="ID_HEAD_POSITION", severity=Severity.INFO)]
    severity = Severity.FAIL if band.published else Severity.WARN
    return [
        _row(name, value, "share", low=band.low - error, high=band.high + error,
             code="ID_HEAD_POSITION", severity=severity, mends=True)
    ]  # fmt: skip


def _sizeable(faces: Sequence[Face], scale: float = 1.0) -> list[Face]:
    """Faces of at least a quarter of the largest, largest first, in unscaled pixels."""
    kept = people_in(faces)
    if scale == 1.0:
        return kept
    return [_scaled(face) for face in kept]


def _sure(faces: Sequence[Face], scale: float = 1.0) -> list[Face]:
    """Sizeable faces of the second detector, without what it hardly believes itself."""
    return _sizeable([face for face in faces if face.score >= _LEAST_SURE], scale)


def _scaled(face: Face) -> Face:
    """A face of the enlarged copy where it lies in the photo itself."""
    back = 1 / _COPY
    return Face(face.box.scaled(back, back), (face.landmarks * back).astype(np.float32), face.score)


def _sides(faces: Sequence[Face]) -> tuple[float, float]:
    reach = [
        (
            float(face.landmarks[:2, 0].mean()),
            HALF_WIDTH_UNITS * _unit(face.landmarks.astype(float)),
        )
        for face in faces
    ]
    return min(x - half for x, half in reach), max(x + half for x, half in reach)


def _unit(points: NDArray[np.float64]) -> float:
    across = points[1] - points[0]
    down = points[3:].mean(axis=0) - points[:2].mean(axis=0)
    return float(max(np.hypot(*across), np.hypot(*down)))


def crown_of(eye_y: float, chin_y: float, hair_y: float, crown: str) -> float:
    """The crown that a rule means, all heights in rows; a skull never lies above the hair."""
    if crown != "skull":
        return hair_y
    return max(chin_y - SKULL_BY_CHIN_TO_EYES * (chin_y - eye_y), hair_y)


def hair_top(distance: NDArray[np.float32], seen: Seen) -> float:
    """First row in which the head's columns show something that was not painted."""
    middle, half = float(seen.eyes[:, 0].mean()), 1.25 * seen.unit_px
    columns = slice(max(0, round(middle - half)), round(middle + half))
    person = distance[:, columns] > _PERSON_DE00
    rows = np.flatnonzero(person.mean(axis=1) >= _TOP_SHARE)
    return float(rows[0]) if rows.size else float("nan")
