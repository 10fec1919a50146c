"""The second look at masked pages, by a detector that shares nothing with the first."""

from __future__ import annotations

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import EngineFacts, runtime_version
from daemon.engines.sightings import SweptFace
from daemon.engines.sweeping import TURNS_DEG, covering, kept_apart, turned
from daemon.imaging.geometry import Box

LEAST_DISTANCE, LEAST_CROWD_DISTANCE = 0.4, 0.2
"""dlib's score is a distance from its border; folds of cloth reach 0.09
(decision 24), a bilevel page 0.27; portraits on documents have 0.97 and more."""
VIEW_PX = 1920
"""The detector's smallest face has 80 pixels: in this view a face of 4 % of the page."""
CROWD_VIEW_PX = 2560
"""In a crowd it sees the near faces: 38 % of those of 12 to 60 pixels, all of 36 and more."""


class DlibSweeper:
    """dlib's detector of frontal faces (HOG), in all quarter turns."""

    def __init__(self) -> None:
        self._detector = dlib.get_frontal_face_detector()

    @staticmethod
    def facts() -> EngineFacts:
        return EngineFacts("dlib-hog", runtime_version("dlib-bin"), {})

    def sweep(self, srgb: NDArray[np.uint8], *, crowd: bool = False) -> list[SweptFace]:
        """Every frontal face of ``(H, W, 3)`` uint8 RGB, surest first; see ``FaceSweeper``.

        The score is 1 - 2**-distance, so 0.13 and more.
        """
        long_side = max(srgb.shape[:2])
        scale = (CROWD_VIEW_PX if crowd else VIEW_PX) / long_side
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.resize(srgb, None, fx=scale, fy=scale, interpolation=how)
        least = LEAST_CROWD_DISTANCE if crowd else LEAST_DISTANCE
        found = []
        for degrees in TURNS_DEG:
            view = turned(np.asarray(small, np.uint8), degrees)
            boxes, scores, _ = self._detector.run(view.picture, 0, least)
            for box, score in zip(boxes, scores, strict=True):
                outline = Box(box.left(), box.top(), box.right() + 1, box.bottom() + 1)
                found.append(covering(view, outline, 1 - 2.0 ** -float(score)))
        size = (srgb.shape[1], srgb.shape[0])
        return kept_apart([_at_full_size(one, scale, size) for one in found])


def _at_full_size(one: SweptFace, scale: float, size: tuple[int, int]) -> SweptFace:
    by = 1 / scale
    cover = one.cover.scaled(by, by)
    inside = Box(cover.left, cover.top, min(cover.right, size[0]), min(cover.bottom, size[1]))
    return SweptFace(inside, one.box.scaled(by, by), one.score, one.turn_deg)
