"""Finds faces at several scales with YuNet, and keeps one box for each."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import Face
from daemon.engines.merging import Seen, merged
from daemon.engines.onnx_detectors.facts import YUNET
from daemon.engines.weights import StoredWeights, unfit
from daemon.errors import EngineError
from daemon.imaging.geometry import Box

# Long sides looked at. Source: the table of the weights' page: faces wider than about 400 px score
# low or double at full scale, and give one box each at 640 and 320; crowds need the larger view.
SIDES_PX = (320, 640)
FULL_SIDE_PX = 1280
LEAST_SCORE = 0.7  # source: that table; true faces of portraits score 0.75 or more at 640
# Source: OpenCV's own defaults for this network.
_SAME_BOX, _MOST_BOXES = 0.3, 5000
_POINTS = slice(4, 14)  # after left, top, width and height; the score is last
_TRIAL_PX = 64


class YuNet:
    """The detector, loaded. OpenCV computes on the CPU, with the threads it was given.

    Args:
        weights: The file.

    Raises:
        EngineUnavailable: OpenCV finds no YuNet in the file.
    """

    def __init__(self, weights: StoredWeights) -> None:
        content = np.fromfile(weights.path, np.uint8)
        nothing = np.zeros(0, np.uint8)
        size = (_TRIAL_PX, _TRIAL_PX)
        try:
            self._detector = cv2.FaceDetectorYN.create(
                "onnx", content, nothing, size, LEAST_SCORE, _SAME_BOX, _MOST_BOXES
            )
            # Another file loads, too, and fails at its first look.
            found: Any = self._detector.detect(np.zeros((*size, 3), np.uint8))[1]
        except cv2.error as error:
            why = "OpenCV finds no network in it that finds faces"
            raise unfit(weights.path, YUNET.title, why) from error
        if found is not None:
            # OpenCV makes a score of 1 of one that is no number.
            raise unfit(weights.path, YUNET.title, "it finds faces in an empty picture")

    def find(self, srgb: NDArray[np.uint8], *, view_px: int | None = None) -> list[Face]:
        """Every face of ``(H, W, 3)`` uint8 RGB, surest first; see ``FaceFinder``.

        Raises:
            EngineError: The network failed, or gave no finite number.
        """
        sides = [view_px] if view_px is not None else sides_for(max(srgb.shape[:2]))
        return merged([one for side in sides for one in self._look(srgb, side)])

    def _look(self, srgb: NDArray[np.uint8], side: int) -> list[Seen]:
        height, width = srgb.shape[:2]
        scale = side / max(height, width)
        columns, rows = (max(1, round(v * scale)) for v in (width, height))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = np.asarray(cv2.resize(srgb, (columns, rows), interpolation=how), np.uint8)
        by = np.array((width / columns, height / rows), np.float32)
        seen = (_seen(row, by, (width, height)) for row in self._rows(small))
        return [one for one in seen if one.face.box.area >= 1]

    def _rows(self, small: NDArray[np.uint8]) -> NDArray[np.float32]:
        """``(N, 15)`` float32 in pixels of the view: box, landmarks, score."""
        try:
            self._detector.setInputSize((small.shape[1], small.shape[0]))
            rows: Any = self._detector.detect(np.ascontiguousarray(small[..., ::-1]))[1]
        except cv2.error as error:
            message = "the network of YuNet failed"
            raise EngineError(message, engine=YUNET.name) from error
        if rows is None:
            return np.zeros((0, 15), np.float32)
        if not np.isfinite(rows).all():
            message = "the network gave no usable number: check the weights (boothd models verify)"
            raise EngineError(message, engine=YUNET.name)
        return np.asarray(rows, np.float32)


def sides_for(long_side: int) -> list[int]:
    """Long sides at which a picture of this long side is looked at, ascending."""
    return sorted({*SIDES_PX, min(FULL_SIDE_PX, max(long_side, *SIDES_PX))})


def _seen(row: NDArray[np.float32], by: NDArray[np.float32], size: tuple[int, int]) -> Seen:
    """A face in the picture of (width, height), whose edges its box does not pass."""
    corner, extent = row[:2] * by, row[2:4] * by
    left, top = np.maximum(corner, 0).tolist()
    right, bottom = np.minimum(corner + extent, size).tolist()
    points = row[_POINTS].reshape(5, 2) * by
    # OpenCV's order is ours: eye on the picture's left, on its right, nose, mouth left and right.
    face = Face(Box(left, top, right, bottom), points.astype(np.float32), float(row[-1]))
    return Seen(face, float(row[2]))
