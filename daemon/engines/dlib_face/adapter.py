"""A 128-number description of a face, and a detector that shares nothing with the first."""

from __future__ import annotations

from typing import Any

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import EngineFacts, Face, IdentityLimits, WeightFile, runtime_version
from daemon.imaging.align import Alignment
from daemon.imaging.geometry import Box

_PACKAGE, _DISTRIBUTION = "face_recognition_models", "face_recognition_models"
RECOGNITION = WeightFile(
    package=_PACKAGE,
    path="models/dlib_face_recognition_resnet_model_v1.dat",
    distribution=_DISTRIBUTION,
    sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
)
LANDMARKS = WeightFile(
    package=_PACKAGE,
    path="models/shape_predictor_5_face_landmarks.dat",
    distribution=_DISTRIBUTION,
    sha256="c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
)

CHIP_PX = 150
# Where dlib's own five-point chip lies in our 512 crop: centre x, centre y, side. Medians over
# sixteen frontal faces (spread of the centre 3 and 7 px). One fixed place for the face before
# and after keeps the noise of a second alignment out of the distance.
_CHIP_CENTRE_X, _CHIP_CENTRE_Y, _CHIP_SIDE = 258.0, 302.0, 360.0
_HOG_SIDE_PX = 1600


class DlibRecogniser:
    """The recognition network, loaded.

    Raises:
        EngineUnavailable: The weights are not installed, or not the ones tested.
    """

    limits = IdentityLimits(0.25, 0.40, "docs/decisions/0011")

    def __init__(self) -> None:
        self._net = dlib.face_recognition_model_v1(str(RECOGNITION.verified()))

    @staticmethod
    def facts() -> EngineFacts:
        weights = {RECOGNITION.path: RECOGNITION.sha256}
        return EngineFacts("dlib-resnet-128", runtime_version("dlib-bin"), weights)

    def embed(self, srgb: NDArray[np.uint8], alignment: Alignment) -> NDArray[np.float32]:
        """``(128,)`` float32 of the face in ``(H, W, 3)`` uint8 RGB."""
        return self.embed_crop(alignment.crop(srgb))

    def embed_crop(self, crop: NDArray[np.float32]) -> NDArray[np.float32]:
        """``(128,)`` float32 of an aligned ``(512, 512, 3)`` float32 RGB crop, 0..255."""
        scale = CHIP_PX / _CHIP_SIDE
        side = round(crop.shape[0] * scale)
        # Averaged down first: a bilinear warp to this scale would skip pixels.
        small = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)
        by = side / crop.shape[0]
        move = np.array(
            [
                [scale / by, 0, CHIP_PX / 2 - scale * _CHIP_CENTRE_X],
                [0, scale / by, CHIP_PX / 2 - scale * _CHIP_CENTRE_Y],
            ]
        )
        chip = cv2.warpAffine(small, move, (CHIP_PX, CHIP_PX), borderMode=cv2.BORDER_REPLICATE)
        rounded = np.ascontiguousarray(np.clip(np.rint(chip), 0, 255).astype(np.uint8))
        return np.array(self._net.compute_face_descriptor(rounded), dtype=np.float32)


class DlibFinder:
    """A detector of frontal faces (HOG) with landmarks: the judge that is not the maker.

    Not for crowds: faces under about 80 px are not found.

    Raises:
        EngineUnavailable: The weights are not installed, or not the ones tested.
    """

    def __init__(self) -> None:
        self._detector = dlib.get_frontal_face_detector()
        self._predictor = dlib.shape_predictor(str(LANDMARKS.verified()))

    @staticmethod
    def facts() -> EngineFacts:
        weights = {LANDMARKS.path: LANDMARKS.sha256}
        return EngineFacts("dlib-hog", runtime_version("dlib-bin"), weights)

    def find(self, srgb: NDArray[np.uint8], *, view_px: int | None = None) -> list[Face]:
        """Every frontal face of ``(H, W, 3)`` uint8 RGB, surest first.

        ``landmarks`` has dlib's points brought into our order: eye centres, bottom of the nose,
        and mouth corners *not seen* (NaN), because dlib's five points have none.
        """
        scale = min(1.0, (view_px or _HOG_SIDE_PX) / max(srgb.shape[:2]))
        picture = np.ascontiguousarray(srgb)
        if scale < 1:
            small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            picture = np.asarray(small, dtype=np.uint8)
        boxes, scores, _ = self._detector.run(picture, 0, 0.0)
        found = [
            self._face(picture, box, float(score), 1 / scale)
            for box, score in zip(boxes, scores, strict=True)
        ]
        return sorted(found, key=lambda face: -face.score)

    def _face(self, picture: NDArray[np.uint8], box: Any, score: float, by: float) -> Face:
        shape = self._predictor(picture, box)
        points = np.array([(shape.part(i).x, shape.part(i).y) for i in range(5)], np.float32)
        landmarks = np.full((5, 2), np.nan, np.float32)
        landmarks[0] = points[2:4].mean(axis=0)
        landmarks[1] = points[0:2].mean(axis=0)
        landmarks[2] = points[4]
        outline = Box(box.left(), box.top(), box.right() + 1, box.bottom() + 1)
        # The detector's score is a distance from its border, about 0..3; here it is 0..1.
        return Face(outline.scaled(by, by), landmarks * np.float32(by), 1 - 2.0 ** -max(score, 0.0))
