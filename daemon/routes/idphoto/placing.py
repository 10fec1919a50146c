"""The person laid into the frame: one warp from the photo to the finished size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.imaging.align import mapped
from daemon.routes.idphoto.framing import Frame
from daemon.routes.idphoto.head import Posture
from daemon.routes.idphoto.portrait import Portrait

# A warp samples four pixels; shrunk first to about this many times the finished size, none is
# skipped.
_SHRINK_TO = 1.3


@dataclass(frozen=True)
class Placed:
    """The person at the finished size.

    Attributes:
        foreground: ``(H, W, 3)`` uint8 sRGB, the person's own colours.
        alpha: ``(H, W)`` float32 0..1.
        is_photo: ``(H, W)`` bool: the photo reaches here.
        landmarks: ``(5, 2)`` float32 for each person.
        enlarged: Finished pixels per pixel of the photo; above 1 it was enlarged.
    """

    foreground: NDArray[np.uint8]
    alpha: NDArray[np.float32]
    is_photo: NDArray[np.bool_]
    landmarks: tuple[NDArray[np.float32], ...]
    enlarged: float


def place(  # noqa: PLR0913 - photo, person, stance, frame, and how
    srgb: NDArray[np.uint8],
    portrait: Portrait,
    stood: Posture,
    frame: Frame,
    size: tuple[int, int],
    *,
    keep: bool,
) -> Placed:
    """Lay the person into a frame.

    Args:
        srgb: ``(H, W, 3)`` uint8, the whole photo.
        portrait: The person cut out.
        stood: How they stand in the piece.
        frame: Over the levelled piece.
        size: Width and height of the result.
        keep: Colours come from the photo itself, not from the foreground: what is behind stays.
    """
    to_frame = stood.level * frame.scale
    to_frame[:, 2] -= np.array((frame.left, frame.top)) * frame.scale
    # The frame's edges are edges of pixels; matrices speak of their centres.
    to_frame[:, 2] -= 0.5
    from_photo = _after(to_frame, portrait.from_photo)
    matte = portrait.matte
    alpha = _warped(matte.alpha, to_frame, size, frame.scale, cv2.BORDER_CONSTANT)
    enlarged = frame.scale * portrait.scale
    if keep:
        colours = _warped(srgb, from_photo, size, enlarged, cv2.BORDER_REPLICATE)
    else:
        colours = _warped(matte.foreground, to_frame, size, frame.scale, cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.ones(srgb.shape[:2], np.uint8), from_photo, size)
    return Placed(
        foreground=np.asarray(np.clip(np.rint(colours), 0, 255), np.uint8),
        alpha=np.asarray(np.clip(alpha, 0, 1), np.float32),
        is_photo=np.asarray(inside > 0),
        landmarks=tuple(
            mapped(points, to_frame).astype(np.float32) for points in portrait.landmarks
        ),
        enlarged=enlarged,
    )


def mirrored(placed: Placed) -> Placed:
    """Left and right exchanged, landmarks with them."""
    width = placed.alpha.shape[1]
    return Placed(
        foreground=np.ascontiguousarray(placed.foreground[:, ::-1]),
        alpha=np.ascontiguousarray(placed.alpha[:, ::-1]),
        is_photo=np.ascontiguousarray(placed.is_photo[:, ::-1]),
        landmarks=tuple(_swapped(points, width) for points in placed.landmarks),
        enlarged=placed.enlarged,
    )


def _swapped(points: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    out = points[[1, 0, 2, 4, 3]].copy()
    out[:, 0] = width - 1 - out[:, 0]
    return out


def _after(second: NDArray[np.float64], first: NDArray[np.float64]) -> NDArray[np.float64]:
    out = np.empty((2, 3))
    out[:, :2] = second[:, :2] @ first[:, :2]
    out[:, 2] = second[:, :2] @ first[:, 2] + second[:, 2]
    return out


def _warped(
    picture: NDArray[Any],
    matrix: NDArray[np.float64],
    size: tuple[int, int],
    scale: float,
    border: int,
) -> NDArray[np.floating]:
    """A picture through a matrix that scales by ``scale``, averaged where it shrinks."""
    shrink = min(1.0, scale * _SHRINK_TO)
    if shrink < 1:
        height, width = picture.shape[:2]
        small = max(1, round(width * shrink)), max(1, round(height * shrink))
        picture = np.asarray(cv2.resize(picture, small, interpolation=cv2.INTER_AREA))
        by = np.array((small[0] / width, small[1] / height))
        matrix = matrix.copy()
        matrix[:, :2] /= by
        matrix[:, 2] += matrix[:, :2] @ ((1 - by) / 2)
    how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR
    return np.asarray(
        cv2.warpAffine(picture.astype(np.float32), matrix, size, flags=how, borderMode=border)
    )
