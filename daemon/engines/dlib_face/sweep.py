"""The second look at masked pages, by a detector that shares nothing with the first."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from functools import partial
from typing import Any

import dlib
import numpy as np
from numpy.typing import NDArray

from daemon.engines.abreast import abreast, cores
from daemon.engines.base import EngineFacts, runtime_version
from daemon.engines.sightings import SweptFace
from daemon.engines.sweeping import TURNS_DEG, at_full_size, covering, kept_apart, resized, turned
from daemon.imaging.geometry import Box

LEAST_DISTANCE, LEAST_CROWD_DISTANCE = 0.4, 0.2
"""dlib's score is a distance from its border; folds of cloth reach 0.09
(decision 24), a bilevel page 0.27; portraits on documents have 0.97 and more."""
VIEW_PX = 1920
"""The detector's smallest face has 80 pixels: in this view a face of 4 % of the page."""
CROWD_VIEW_PX = 2560
"""In a crowd it sees the near faces: 38 % of those of 12 to 60 pixels, all of 36 and more."""


class DlibSweeper:
    """dlib's detector of frontal faces (HOG), in all quarter turns.

    Args:
        threads: CPU threads; 0 for all cores.
    """

    def __init__(self, threads: int = 0) -> None:
        # One for each thread: a detector keeps the pyramid of the picture it looks at. To copy
        # one takes a millisecond, to load it half a second.
        first = dlib.get_frontal_face_detector()
        count = min(cores(threads), len(TURNS_DEG))
        self._detectors = [first, *(deepcopy(first) for _ in range(count - 1))]

    @staticmethod
    def facts() -> EngineFacts:
        return EngineFacts("dlib-hog", runtime_version("dlib-bin"), {})

    def sweep(self, srgb: NDArray[np.uint8], *, crowd: bool = False) -> list[SweptFace]:
        """Every frontal face of ``(H, W, 3)`` uint8 RGB, surest first; see ``FaceSweeper``.

        The score is 1 - 2**-distance, so 0.13 and more.
        """
        long_side = max(srgb.shape[:2])
        scale = (CROWD_VIEW_PX if crowd else VIEW_PX) / long_side
        small = resized(srgb, scale)
        least = LEAST_CROWD_DISTANCE if crowd else LEAST_DISTANCE
        count = len(self._detectors)
        looks = [
            partial(_faces, detector, small, TURNS_DEG[at::count], least)
            for at, detector in enumerate(self._detectors)
        ]
        found = [one for faces in abreast(looks, count) for one in faces]
        size = (srgb.shape[1], srgb.shape[0])
        return kept_apart([at_full_size(one, scale, size) for one in found])


def _faces(
    detector: Any, srgb: NDArray[np.uint8], turns_deg: Iterable[int], least: float
) -> list[SweptFace]:
    found = []
    for degrees in turns_deg:
        view = turned(srgb, degrees)
        boxes, scores, _ = detector.run(view.picture, 0, least)
        for box, score in zip(boxes, scores, strict=True):
            outline = Box(box.left(), box.top(), box.right() + 1, box.bottom() + 1)
            found.append(covering(view, outline, 1 - 2.0 ** -float(score)))
    return found
