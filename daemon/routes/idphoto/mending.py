"""What the second try does differently, told by what the first one was measured to be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.routes.idphoto.check_geometry import crown_of, hair_top
from daemon.routes.idphoto.framing import Frame
from daemon.routes.idphoto.head import CHIN_UNITS, Posture
from daemon.routes.idphoto.portrait import Portrait
from daemon.routes.idphoto.rows import Row
from daemon.routes.idphoto.selfcheck import Report
from daemon.routes.idphoto.target import Target

# The rim of a matte is drawn in by this much: what glows there is the old background.
_LOW, _HIGH = 0.12, 0.94
_IS_PERSON = 0.5
_POSITION = frozenset({"ID_HEAD_POSITION", "ID_OFF_CENTRE", "ID_TILTED", "ID_HAIR_CUT"})


def restood(
    stood: Posture, frame: Frame, report: Report, target: Target, failing: Sequence[Row]
) -> Posture:
    """How the person stands by what was measured in the written file.

    The self-check's own detectors placed eyes and chin there; carried back, they take the place
    of what the first try believed.
    """
    if not _POSITION & {row.code for row in failing} or report.seen is None or target.people != 1:
        return stood
    seen = report.seen
    eye_x, eye_y = seen.eyes.mean(axis=0)
    if target.slots.pose.flip:
        eye_x = target.width_px - 1 - eye_x
    chin_y = float(eye_y) + CHIN_UNITS * seen.unit_px
    top = hair_top(report.distance, seen)
    crown_y = crown_of(float(eye_y), chin_y, top, target.crown)
    head = replace(
        stood.head,
        centre_x=frame.left + (float(eye_x) + 0.5) / frame.scale,
        eye_y=frame.top + (float(eye_y) + 0.5) / frame.scale,
        chin_y=frame.top + (chin_y + 0.5) / frame.scale,
    )
    if math.isfinite(top):
        head = replace(
            head,
            crown_y=frame.top + (crown_y + 0.5) / frame.scale,
            hair_top_y=frame.top + (top + 0.5) / frame.scale,
        )
    across = seen.eyes[1] - seen.eyes[0]
    tilt = math.atan2(float(across[1]), float(across[0])) * (-1 if target.slots.pose.flip else 1)
    if target.slots.pose.level is False:
        tilt = 0.0
    turned = _turned(stood.level, (head.centre_x, head.eye_y), tilt)
    return replace(stood, level=turned, head=head)


def tightened(portrait: Portrait, failing: Sequence[Row]) -> Portrait:
    """The matte without loose pieces and with a closer rim, where the background failed."""
    if not any(row.code == "ID_BACKGROUND" for row in failing):
        return portrait
    alpha = portrait.matte.alpha
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        (alpha > _IS_PERSON).astype(np.uint8), connectivity=8
    )
    if len(stats) > 1 and len(portrait.landmarks) == 1:  # two people may be two pieces
        body = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
        near = cv2.dilate((labels == body).astype(np.uint8), np.ones((9, 9), np.uint8))
        alpha = alpha * near
    alpha = np.clip((alpha - _LOW) / (_HIGH - _LOW), 0, 1).astype(np.float32)
    return replace(portrait, matte=replace(portrait.matte, alpha=alpha))


def _turned(
    level: NDArray[np.float64], about: tuple[float, float], radians: float
) -> NDArray[np.float64]:
    c, s = math.cos(radians), math.sin(radians)
    turn = np.array([[c, s], [-s, c]])
    out = np.empty((2, 3))
    out[:, :2] = turn @ level[:, :2]
    out[:, 2] = turn @ (level[:, 2] - about) + about
    return out
