"""Where the head is: eyes from the landmarks, chin by proportion, crown and body by the matte."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.routes.idphoto.framing import Head

# In units of the face: the larger of eye to eye and eyes to mouth. Chin below the eyes, read off
# eleven frontal faces with a ruler laid over them: adults 1.45 to 1.67, children 1.42 to 1.45
# (docs/idphoto-figures.md).
CHIN_UNITS = 1.55
# Skull above the chin, in distances chin to pupils. Source: acceptance 6.2 starts from 2.0, "the
# pupil line is about mid-head".
SKULL_BY_CHIN_TO_EYES = 2.0
# Head with its hair beside the point between the eyes, on the test portraits up to 1.35.
HALF_WIDTH_UNITS = 1.4
"""What the finished photo must show of it; the frame leaves a little more room."""
_ROOM_UNITS = 1.55
_HEAD_HALF_WIDTH = 1.25  # hair beside the skull does not count for its top
_ROWS_PER_UNIT = 96
_ABOVE, _BELOW, _SIDE = 3.8, 6.0, 3.8  # of the levelled picture, units from the eyes
_IS_PERSON = 0.5
_TOP_SHARE = 0.03  # of the head's columns: a stray hair is no crown. Source: acceptance 6.2
_CHEST = 2.4  # units below the chin that a frame may show
_HEAD_CUT = 0.25  # units of a head's height along the photo's edge that count as cut
_TRUNK = 0.9  # half width of what must go on below the chin: the neck and some chest


@dataclass(frozen=True, slots=True)
class Posture:
    """The levelled picture's own system, and what was seen in it.

    Attributes:
        level: ``(2, 3)`` float64, photo → levelled, a rotation about the point between the eyes.
        head: The head in levelled pixels (same scale as the photo).
        unit_px: Length of a unit.
        roll_deg: By how much the eyes were tilted, positive clockwise.
        is_crown_cut: The photo ends before the hair does.
        is_side_cut: The photo ends before the head does, left or right.
    """

    level: NDArray[np.float64]
    head: Head
    unit_px: float
    roll_deg: float
    is_crown_cut: bool
    is_side_cut: bool


def posture(
    landmarks: NDArray[np.float32],
    alpha: NDArray[np.float32],
    *,
    level: bool = True,
    crown: str = "hair_top",
) -> Posture:
    """Measure a head.

    Args:
        landmarks: ``(5, 2)`` float32 in the photo.
        alpha: ``(H, W)`` float32 0..1 of the whole photo.
        level: Rotate until the eyes are level.
        crown: ``hair_top``, ``skull``, or ``unspecified`` (hair top).
    """
    points = np.asarray(landmarks, np.float64)
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    across, down = points[1] - points[0], mouth - eyes
    unit = float(max(np.hypot(*across), np.hypot(*down)))
    roll = math.atan2(across[1], across[0])
    turn = _rotation(eyes, roll if level else 0.0)
    view = _View(turn, eyes, unit, alpha)
    hair_top, is_cut = view.hair_top()
    chin_y = float(eyes[1]) + CHIN_UNITS * unit
    skull = chin_y - SKULL_BY_CHIN_TO_EYES * (chin_y - float(eyes[1]))
    side_left, side_right, is_side_cut = view.sides()
    head = Head(
        centre_x=float(eyes[0]),
        eye_y=float(eyes[1]),
        chin_y=chin_y,
        crown_y=max(skull, hair_top) if crown == "skull" else hair_top,
        hair_top_y=hair_top,
        body_end_y=view.body_end(),
        left=float(eyes[0]) - _ROOM_UNITS * unit,
        right=float(eyes[0]) + _ROOM_UNITS * unit,
        side_left=side_left,
        side_right=side_right,
    )
    return Posture(turn, head, unit, math.degrees(roll), is_cut, is_side_cut)


class _View:
    """Matte and photo border as seen in the levelled system, some 100 rows to the unit."""

    def __init__(
        self,
        level: NDArray[np.float64],
        eyes: NDArray[np.float64],
        unit: float,
        alpha: NDArray[np.float32],
    ) -> None:
        self._left, self._top = eyes[0] - _SIDE * unit, eyes[1] - _ABOVE * unit
        self._by = _ROWS_PER_UNIT / unit
        self._unit = unit
        self._eyes = eyes
        size = round(2 * _SIDE * _ROWS_PER_UNIT), round((_ABOVE + _BELOW) * _ROWS_PER_UNIT)
        to_view = level * self._by
        to_view[:, 2] -= np.array((self._left, self._top)) * self._by
        # Averages first: a bilinear warp far down would skip hairs.
        shrink = min(1.0, 1.5 * self._by)
        small = cv2.resize(alpha, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        to_view[:, :2] /= shrink
        self._alpha = cv2.warpAffine(np.asarray(small), to_view, size)
        self._photo = cv2.warpAffine(np.ones(small.shape[:2], np.float32), to_view, size) > 0.5

    def hair_top(self) -> tuple[float, bool]:
        """First row of hair in levelled pixels, and whether the photo ends there."""
        half = _HEAD_HALF_WIDTH * _ROWS_PER_UNIT
        middle = _SIDE * _ROWS_PER_UNIT
        columns = slice(round(middle - half), round(middle + half))
        person = self._alpha[:, columns] > _IS_PERSON
        rows = np.flatnonzero(person.mean(axis=1) >= _TOP_SHARE)
        eye_row = round(_ABOVE * _ROWS_PER_UNIT)
        first = int(rows[0]) if rows.size and rows[0] < eye_row else eye_row
        # Cut: where hair begins, the row above it is no longer photo.
        above = max(first - 2, 0)
        is_cut = not self._photo[above, columns][person[first]].all() if first else True
        return self._y(first), bool(is_cut)

    def body_end(self) -> float:
        """The first row in which something of the trunk is missing; infinite where none is.

        A levelled photo ends in a slant: the first column to end is the end.
        """
        middle, half = round(_SIDE * _ROWS_PER_UNIT), round(_TRUNK * _ROWS_PER_UNIT)
        columns = slice(middle - half, middle + half)
        person = (self._alpha[:, columns] > _IS_PERSON) & self._photo[:, columns]
        chin = round((_ABOVE + CHIN_UNITS) * _ROWS_PER_UNIT)
        ends = [int(rows[-1]) + 1 for column in person.T if (rows := np.flatnonzero(column)).size]
        lower = [end for end in ends if end > chin]
        if not lower:
            return self._y(chin)
        return math.inf if min(lower) == len(person) else self._y(min(lower))

    def sides(self) -> tuple[float, float, bool]:
        """Columns at which a cut body ends, left and right, and whether a head is cut there.

        A levelled photo ends in a slant: the column nearest to the head counts.
        """
        inside = self._photo
        first = inside.argmax(axis=1)
        last = inside.shape[1] - 1 - inside[:, ::-1].argmax(axis=1)
        rows = np.flatnonzero(inside.any(axis=1))
        chin = (_ABOVE + CHIN_UNITS) * _ROWS_PER_UNIT
        ends, is_head_cut = [-math.inf, math.inf], False
        for side, (at, edge) in enumerate(((first, 0), (last, inside.shape[1] - 1))):
            # Where the view itself ends within the photo, nothing is cut.
            leaves = rows[(at[rows] != edge) & (self._alpha[rows, at[rows]] > _IS_PERSON)]
            # Hair may touch the edge in a row or two; a chest below any frame does not matter.
            is_head_cut |= bool((leaves < chin).sum() > _HEAD_CUT * _ROWS_PER_UNIT)
            body = leaves[(leaves >= chin) & (leaves < chin + _CHEST * _ROWS_PER_UNIT)]
            if body.size:
                worst = at[body].max() if side == 0 else at[body].min()
                ends[side] = float(self._left + worst / self._by)
        return ends[0], ends[1], is_head_cut

    def _y(self, row: int) -> float:
        return float(self._top + row / self._by)


def _rotation(about: NDArray[np.float64], radians: float) -> NDArray[np.float64]:
    c, s = math.cos(radians), math.sin(radians)
    turn = np.array([[c, s, 0.0], [-s, c, 0.0]])
    turn[:, 2] = about - turn[:, :2] @ about
    return turn
