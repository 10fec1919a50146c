"""Aligns a face to a square crop, and back.

Crops are sRGB RGB: 512 × 512 by the FFHQ template, in which everything is chosen, masked and
measured, or as an engine wants them. Matrices are 2 × 3 float64 and map photo coordinates to
crop coordinates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.imaging.geometry import Box, Window
from daemon.imaging.template import similarity

CROP_PX = 512

# Eye on the picture's left, eye on its right, nose tip, mouth corner left, mouth corner right:
# the template of facexlib and GFPGAN for 512-pixel crops.
FFHQ_TEMPLATE: NDArray[np.float32] = np.array(
    [
        (192.98138, 239.94708),
        (318.90277, 240.1936),
        (256.63416, 314.01935),
        (201.26117, 371.41043),
        (313.08905, 371.15118),
    ],
    dtype=np.float32,
)

_SAME_TEMPLATE_PX = 0.05  # in a crop of 512: publications differ in how they round
_MAX_SHRINK = 2.0  # a warp samples bilinearly; beyond a factor of two it would skip pixels


@dataclass(frozen=True, slots=True)
class Pose:
    """Head pose estimated from five points, in degrees.

    Attributes:
        yaw: Turned to the side; 0 is frontal, positive towards the picture's right.
        roll: Tilted; positive clockwise.
    """

    yaw: float
    roll: float


@dataclass(frozen=True)
class Alignment:
    """Where a face lies in a photo.

    Attributes:
        matrix: ``(2, 3)`` float64, photo → crop.
        points: ``(5, 2)`` float32 landmarks in the photo it was made from, for engines that cut
            the face by another template; ``None`` where only the matrix is known.
        side_px: Side of the crop.
    """

    matrix: NDArray[np.float64]
    points: NDArray[np.float32] | None = None
    side_px: int = CROP_PX

    @property
    def landmarks(self) -> NDArray[np.float32]:
        """``(5, 2)`` float32 in the photo: those it was made from, else the FFHQ template's."""
        if self.points is not None:
            return self.points
        return mapped(FFHQ_TEMPLATE, self.inverse).astype(np.float32)

    @property
    def scale(self) -> float:
        """Crop pixels per photo pixel; above one the crop shows an enlarged face."""
        return float(math.hypot(self.matrix[0, 0], self.matrix[1, 0]))

    @cached_property
    def inverse(self) -> NDArray[np.float64]:
        """``(2, 3)`` float64, crop → photo."""
        return np.asarray(cv2.invertAffineTransform(self.matrix), dtype=np.float64)

    def scaled(self, factor: float) -> Alignment:
        """The same face in the photo enlarged by ``factor`` (pixel centres kept in place)."""
        enlarged = self.inverse * factor
        enlarged[:, 2] += (factor - 1) / 2
        matrix = np.asarray(cv2.invertAffineTransform(enlarged), dtype=np.float64)
        if self.points is None:
            return replace(self, matrix=matrix)
        points = (self.points * factor + (factor - 1) / 2).astype(np.float32)
        return replace(self, matrix=matrix, points=points)

    def seen_from(self, crop: Alignment) -> Alignment:
        """This crop cut from another crop of the same photo instead of from the photo."""
        linear = self.matrix[:, :2] @ crop.inverse[:, :2]
        shift = self.matrix[:, :2] @ crop.inverse[:, 2] + self.matrix[:, 2]
        return Alignment(np.column_stack([linear, shift]), side_px=self.side_px)

    def window(self, area: Box, size: tuple[int, int]) -> Window | None:
        """The photo's pixels that an area of the crop covers; ``size`` is (width, height)."""
        corners = [(area.left, area.top), (area.right, area.top), (area.right, area.bottom)]
        corners.append((area.left, area.bottom))
        x, y = mapped(np.array(corners), self.inverse).T
        return Window.around(Box(x.min(), y.min(), x.max(), y.max()), size, margin_px=1)

    def crop(self, photo: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The aligned face.

        Args:
            photo: ``(H, W, 3)`` uint8 RGB.

        Returns:
            ``(side, side, 3)`` float32 RGB, 0..255. Outside the photo its border is repeated:
            a flat fill would put an edge into the crop which an engine then sharpens.
        """
        size = photo.shape[1], photo.shape[0]
        side = self.side_px
        window = self.window(Box(-8, -8, side + 8, side + 8), size)
        if window is None:
            return np.zeros((side, side, 3), dtype=np.float32)
        piece = photo[window.slices]
        shrink = max(1.0, 1 / self.scale)
        to_crop = _shifted(self.matrix, window.left, window.top)
        if shrink > _MAX_SHRINK / 1.5:
            # Averages instead of skipping: first to about the crop's own scale, then the warp.
            width, height = (
                max(1, round(piece.shape[1] / shrink)),
                max(1, round(piece.shape[0] / shrink)),
            )
            by = width / piece.shape[1], height / piece.shape[0]
            piece = np.asarray(
                cv2.resize(piece, (width, height), interpolation=cv2.INTER_AREA), np.uint8
            )
            to_crop = _after_resize(to_crop, by)
        how = cv2.INTER_CUBIC if self.scale > 1 else cv2.INTER_LINEAR
        crop = cv2.warpAffine(
            piece.astype(np.float32),
            to_crop,
            (side, side),
            flags=how,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.clip(crop, 0, 255).astype(np.float32)

    def back(
        self, layer: NDArray[np.float32], window: Window, *, border: float = 0.0
    ) -> NDArray[np.float32]:
        """A layer of the crop as it lies on a window of the photo.

        Args:
            layer: ``(side, side)`` or ``(side, side, C)`` float32.
            window: The photo's pixels wanted.
            border: Value outside the crop.

        Returns:
            float32 of the window's size.
        """
        shrink = self.scale
        to_photo = self.inverse.copy()
        if shrink > _MAX_SHRINK / 1.5:
            side = max(1, round(self.side_px / shrink))
            by = side / self.side_px
            layer = np.asarray(
                cv2.resize(layer, (side, side), interpolation=cv2.INTER_AREA), np.float32
            )
            to_photo = _before_resize(to_photo, by)
        to_photo[:, 2] -= (window.left, window.top)
        how = cv2.INTER_CUBIC if shrink < 1 else cv2.INTER_LINEAR
        out = cv2.warpAffine(
            layer,
            to_photo,
            (window.width, window.height),
            flags=how,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(border,) * 4,
        )
        return np.asarray(out, dtype=np.float32)


def align(landmarks: NDArray[np.float32]) -> Alignment | None:
    """The similarity that brings five points onto the FFHQ template.

    Least median of squares, as facexlib does it: on some faces it leaves a point out and then
    differs from least squares by up to 14.7 px, so another method would not be the same crop.

    Args:
        landmarks: ``(5, 2)`` float32, x and y in photo pixels, in the template's order.

    Returns:
        ``None`` where the points allow no similarity (all in one place).
    """
    matrix, _ = cv2.estimateAffinePartial2D(landmarks, FFHQ_TEMPLATE, method=cv2.LMEDS)
    if matrix is None or not np.isfinite(matrix).all():
        return None
    found = Alignment(np.asarray(matrix, dtype=np.float64), landmarks)
    return found if found.scale > 0 else None


def align_to(
    landmarks: NDArray[np.float32], template: NDArray[np.floating], side_px: int
) -> Alignment | None:
    """The similarity that brings five points onto an engine's own template.

    Engines that were trained on FFHQ crops get them by least median, all others by least
    squares: each as its reference does it.

    Args:
        landmarks: ``(5, 2)`` float32, x and y in photo pixels, in the template's order.
        template: ``(5, 2)`` where they belong in the crop.
        side_px: Side of the crop.

    Returns:
        ``None`` where the points allow no similarity.
    """
    by = side_px / CROP_PX
    if np.abs(np.asarray(template) - FFHQ_TEMPLATE * by).max() < _SAME_TEMPLATE_PX * by:
        found = align(landmarks)
        if found is None or side_px == CROP_PX:
            return found
        return replace(found, matrix=found.matrix * by, side_px=side_px)
    matrix = similarity(landmarks, template)
    return None if matrix is None else Alignment(matrix, landmarks, side_px)


def pose(landmarks: NDArray[np.float32]) -> Pose:
    """Yaw and roll from five points.

    Yaw comes from where the nose tip stands between the eyes, along the line between them: on
    a head modelled as a cylinder whose nose tip stands out by about its radius, the offset in
    halves of the eye distance is the tangent of the yaw times that ratio (0.95 fits the faces
    of a turning head within about 10 degrees, enough for a gate at 60).
    """
    left, right, nose = landmarks[0], landmarks[1], landmarks[2]
    across = right - left
    distance = float(np.hypot(*across))
    roll = math.degrees(math.atan2(float(across[1]), float(across[0])))
    if distance <= 0:
        return Pose(90.0, roll)
    offset = float(np.dot(nose - (left + right) / 2, across)) / distance / (distance / 2)
    return Pose(math.degrees(math.atan(offset / 0.95)), roll)


def mapped(points: NDArray[np.floating], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points ``(N, 2)`` through a 2 × 3 matrix."""
    return np.asarray(points, dtype=np.float64) @ matrix[:, :2].T + matrix[:, 2]


def _shifted(matrix: NDArray[np.float64], left: int, top: int) -> NDArray[np.float64]:
    """The matrix for a photo cut at (left, top)."""
    out = matrix.copy()
    out[:, 2] += matrix[:, :2] @ (left, top)
    return out


def _after_resize(matrix: NDArray[np.float64], by: tuple[float, float]) -> NDArray[np.float64]:
    """The matrix for a source that was resized by ``by``; pixel centres stay in place."""
    out = matrix.copy()
    out[:, 0] /= by[0]
    out[:, 1] /= by[1]
    centre = np.array([0.5 / by[0] - 0.5, 0.5 / by[1] - 0.5])
    out[:, 2] += matrix[:, :2] @ centre
    return out


def _before_resize(matrix: NDArray[np.float64], by: float) -> NDArray[np.float64]:
    return _after_resize(matrix, (by, by))
