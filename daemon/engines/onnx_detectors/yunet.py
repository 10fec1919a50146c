"""Finds faces at several scales with YuNet, and keeps one box for each."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.domain.sayings import say
from daemon.engines.base import Face
from daemon.engines.boxes import Found
from daemon.engines.merging import Seen, merged
from daemon.engines.onnx_detectors.facts import YUNET
from daemon.engines.views import sides_for, view_of
from daemon.engines.weights import StoredWeights, no_number, unfit
from daemon.errors import EngineError

LEAST_SCORE = 0.7  # source: the weights' page; true faces of portraits score 0.75 or more at 640
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
            raise unfit(weights.path, YUNET.title, say("opencv_refuses")) from error
        if found is not None:
            # OpenCV makes a score of 1 of one that is no number.
            raise unfit(weights.path, YUNET.title, say("faces_in_nothing"))

    def find(self, srgb: NDArray[np.uint8], *, view_px: int | None = None) -> list[Face]:
        """Every face of ``(H, W, 3)`` uint8 RGB, surest first; see ``FaceFinder``.

        Raises:
            EngineError: The network failed, or gave no finite number.
        """
        sides = [view_px] if view_px is not None else sides_for(max(srgb.shape[:2]))
        return merged([one for side in sides for one in self._look(srgb, side)])

    def _look(self, srgb: NDArray[np.uint8], side: int) -> list[Seen]:
        view = view_of(srgb, side)
        rows = self._rows(view.pixels)
        corners, extents = rows[:, :2], rows[:, 2:4]
        boxes = np.concatenate([corners, corners + extents], axis=1)
        # OpenCV's order is ours: eye on the picture's left, on its right, nose, mouth corners.
        return view.seen(Found(boxes, rows[:, _POINTS].reshape(-1, 5, 2), rows[:, -1]))

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
            raise no_number(YUNET.name)
        return np.asarray(rows, np.float32)
