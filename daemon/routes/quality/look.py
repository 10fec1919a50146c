"""One face of one photo, prepared once for every measure.

Two frames are cut. The *frame* is OFIQ's: 616 x 616, eyes 113 px apart. The *half frame* is its
brightness at half size, where detail and noise are measured. Both repeat the photo's border
outside it; what lies outside is never measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import Face
from daemon.imaging.geometry import Box, Window
from daemon.imaging.photo import Photo
from daemon.imaging.template import similarity

FRAME_PX, HALF_PX = 616, 308
# Image-left eye, image-right eye, nose tip, mouth corners. Source: OFIQ 1.0.3.
TEMPLATE = np.array([(251.0, 272.0), (364, 272), (308, 336), (262, 402), (355, 402)])
# Brow to chin, cheek to cheek: stands in for OFIQ's hull of 98 landmarks.
_OUTLINE = (
    (190, 245), (222, 224), (262, 218), (308, 224), (354, 218), (394, 224), (426, 245), (431, 300),
    (422, 370), (395, 430), (350, 468), (308, 478), (266, 468), (221, 430), (194, 370), (185, 300),
)  # fmt: skip
_GRID_PX = 1024  # more pixels would say no more of their grid
_SHRINK_BELOW = 0.6  # a bilinear warp to less than this would skip pixels
# Millimetres of a head. Source: the assumptions stated in docs/quality.md.
_NOSE_OUT = 1.97  # eye spacing 63 over nose tip 32
_MOUTH_DOWN, _MOUTH_OUT, _NOSE_FRONT = 72.0, 10.0, 32.0
# 37.5 by the head's model; the detector's nose point lies lower, and with it 26 photos of people
# who look straight ahead had a median of 12.5 degrees. At 43.3 their median is 0.
_NOSE_DOWN = 43.3


@dataclass(frozen=True)
class Pose:
    """A head's pose in degrees; from five points yaw is good to ±5, pitch only to ±8.

    Attributes:
        yaw: Turned; positive towards the picture's right.
        pitch: Nodding; positive looking down.
        roll: Tilted; positive clockwise.
    """

    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True)
class Look:
    """A face and the photo it is in.

    Args:
        photo: The photo.
        face: The face judged.
        others: Every other face.
        confirmed: Score of the second detector for this face, 0..1; 0 where it finds none;
            ``None`` where it was not asked.
        out_of_distribution: A calibrated neural score, 0..1 and higher is better, or ``None``.
    """

    photo: Photo
    face: Face
    others: tuple[Face, ...] = ()
    confirmed: float | None = None
    out_of_distribution: float | None = None

    @property
    def srgb(self) -> NDArray[np.uint8]:
        """The photo, ``(H, W, 3)``."""
        return self.photo.srgb

    # ── geometry ──────────────────────────────────────────────────────────────────────────

    @cached_property
    def points(self) -> NDArray[np.float64]:
        """``(5, 2)`` landmarks."""
        return np.asarray(self.face.landmarks, dtype=np.float64)

    @cached_property
    def eyes_px(self) -> float:
        """Distance of the eyes, in pixels; never zero."""
        return max(float(np.hypot(*(self.points[1] - self.points[0]))), 1e-3)

    @cached_property
    def mid_eye(self) -> NDArray[np.float64]:
        return np.asarray(self.points[:2].mean(axis=0))

    @cached_property
    def mouth_px(self) -> float:
        """From the middle of the eyes to the middle of the mouth."""
        return float(np.hypot(*(self.points[3:].mean(axis=0) - self.mid_eye)))

    @cached_property
    def pose(self) -> Pose:
        """The head's pose; see ``Pose`` for how far to trust it."""
        across = (self.points[1] - self.points[0]) / self.eyes_px
        down = np.array((-across[1], across[0]))
        nose = self.points[2] - self.mid_eye
        mouth = self.points[3:].mean(axis=0) - self.mid_eye
        yaw = math.degrees(math.atan(_NOSE_OUT * float(nose @ across) / self.eyes_px))
        length = float(mouth @ down)
        ratio = float(nose @ down) / length if length > 0 else 0.0
        reach = _NOSE_FRONT - _MOUTH_OUT * ratio
        pitch = math.degrees(math.atan2(_MOUTH_DOWN * ratio - _NOSE_DOWN, max(reach, 1e-6)))
        return Pose(yaw, pitch, math.degrees(math.atan2(across[1], across[0])))

    @cached_property
    def chin_px(self) -> float:
        """Eyes to chin: a five-point estimate, good to about ±10 %."""
        turned = max(math.cos(math.radians(self.pose.yaw)), 0.3)
        return 0.5 * (1.7 * self.eyes_px / turned + 1.6 * self.mouth_px)

    # ── frames ────────────────────────────────────────────────────────────────────────────

    @cached_property
    def matrix(self) -> NDArray[np.float64]:
        """``(2, 3)`` photo → frame."""
        found = similarity(self.points, TEMPLATE)
        if found is None:
            msg = "landmarks lie in one place"
            raise ValueError(msg)
        return found

    @cached_property
    def frame(self) -> NDArray[np.uint8]:
        """``(616, 616, 3)`` sRGB."""
        return cut(self.srgb, self.matrix)

    @cached_property
    def inside(self) -> NDArray[np.bool_]:
        """``(616, 616)``: where the frame shows the photo and not its repeated border."""
        height, width = self.srgb.shape[:2]
        corners = np.array([(0, 0), (width - 1, 0), (width - 1, height - 1), (0, height - 1)])
        x = corners @ self.matrix[:, :2].T + self.matrix[:, 2]
        shown = np.zeros((FRAME_PX, FRAME_PX), np.uint8)
        limit = 30_000  # beyond this the polygon filler's fixed point runs over
        cv2.fillConvexPoly(shown, np.clip(np.rint(x), -limit, limit).astype(np.int32), 1)
        return shown.astype(bool)

    @cached_property
    def mask(self) -> NDArray[np.bool_]:
        """``(616, 616)``: the face."""
        return face_outline() & self.inside

    @cached_property
    def luminance(self) -> NDArray[np.uint8]:
        """``(616, 616)`` linear light, 0..255."""
        return luminance_of(self.frame)

    @cached_property
    def grey(self) -> NDArray[np.float32]:
        """``(308, 308)`` brightness of the half frame, 0..255."""
        grey = cv2.cvtColor(self.frame, cv2.COLOR_RGB2GRAY)
        half = cv2.resize(grey, (HALF_PX, HALF_PX), interpolation=cv2.INTER_AREA)
        return np.asarray(half, dtype=np.float32)

    @cached_property
    def half_mask(self) -> NDArray[np.bool_]:
        """``(308, 308)``: the face in the half frame."""
        return np.asarray(self.mask[::2, ::2] & self.mask[1::2, 1::2])

    @cached_property
    def grid(self) -> Window | None:
        """The face's pixels in the photo, as they were stored; of a huge face its middle."""
        box = self.face.box
        x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
        across, down = (min(side, _GRID_PX) / 2 for side in (box.width, box.height))
        return Window.around(Box(x - across, y - down, x + across, y + down), self.photo.size)

    @cached_property
    def grid_grey(self) -> NDArray[np.float32]:
        """Brightness of ``grid``; empty where the face lies outside the photo."""
        if self.grid is None:
            return np.zeros((0, 0), np.float32)
        grey = cv2.cvtColor(self.srgb[self.grid.slices], cv2.COLOR_RGB2GRAY)
        return np.asarray(grey, dtype=np.float32)


def cut(srgb: NDArray[np.uint8], matrix: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The frame that a matrix photo → frame describes, averaged down where it must be."""
    inverse = np.asarray(cv2.invertAffineTransform(matrix))
    corners = np.array([(0, 0), (FRAME_PX, 0), (FRAME_PX, FRAME_PX), (0, FRAME_PX)])
    x, y = (corners @ inverse[:, :2].T + inverse[:, 2]).T
    size = srgb.shape[1], srgb.shape[0]
    scale = math.hypot(matrix[0, 0], matrix[1, 0])
    window = Window.around(
        Box(x.min(), y.min(), x.max(), y.max()), size, margin_px=math.ceil(2 / scale) + 2
    )
    if window is None:
        return np.zeros((FRAME_PX, FRAME_PX, 3), np.uint8)
    piece = srgb[window.slices]
    back = np.array([[1.0, 0, window.left], [0, 1, window.top], [0, 0, 1]])
    if scale < _SHRINK_BELOW:
        small = max(1, round(window.width * scale)), max(1, round(window.height * scale))
        by = window.width / small[0], window.height / small[1]
        piece = np.asarray(cv2.resize(piece, small, interpolation=cv2.INTER_AREA), np.uint8)
        back = back @ np.array(
            [[by[0], 0, by[0] / 2 - 0.5], [0, by[1], by[1] / 2 - 0.5], [0, 0, 1]]
        )
    out = cv2.warpAffine(
        piece,
        matrix @ back,
        (FRAME_PX, FRAME_PX),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(out, dtype=np.uint8)


@lru_cache(maxsize=1)
def face_outline() -> NDArray[np.bool_]:
    """``(616, 616)``: where a face is in the frame. Shared: read-only."""
    outline = np.zeros((FRAME_PX, FRAME_PX), np.uint8)
    cv2.fillConvexPoly(outline, np.array(_OUTLINE, np.int32), 1)
    mask = outline.astype(bool)
    mask.flags.writeable = False
    return mask


@lru_cache(maxsize=1)
def linear_light() -> NDArray[np.float32]:
    """``(256,)``: an sRGB value as linear light, 0..1. Source: IEC 61966-2-1."""
    c = np.arange(256, dtype=np.float64) / 255
    light = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


def luminance_of(srgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Luminance 0..255 in linear light, ``(H, W)``, of ``(H, W, 3)`` sRGB.

    Source: OFIQ 1.0.3; the weights are ITU-R BT.709's.
    """
    light = np.asarray(cv2.LUT(srgb, linear_light()))
    y = cv2.transform(light, np.array([[0.2126, 0.7152, 0.0722]], np.float32))
    return np.asarray(np.floor(255 * y + np.float32(0.5)), dtype=np.uint8)
