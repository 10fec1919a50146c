"""Least-squares alignment of five points to any template, and the crop that comes of it.

``daemon.imaging.align`` does the same by least median for the one template of the restorers; the
two are different crops on purpose. Matrices are 2 × 3 float64, photo → crop.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.imaging.geometry import Box, Window

# Eye on the picture's left, eye on its right, nose tip, mouth corner left, mouth corner right.
ARCFACE_PX = 112
ARCFACE_TEMPLATE: NDArray[np.float64] = np.array(
    [
        (38.2946, 51.6963),
        (73.5318, 51.5014),
        (56.0252, 71.7366),
        (41.5493, 92.3655),
        (70.7299, 92.2041),
    ]
)

# The 96 × 112 face template that GPEN starts from. Source: the parity fixtures' page.
_NARROW_TEMPLATE = np.array(
    [
        (30.29459953, 51.69630051),
        (65.53179932, 51.50139999),
        (48.02519989, 71.73660278),
        (33.54930115, 92.3655014),
        (62.72990036, 92.20410156),
    ]
)
_TO_SQUARE_PX = np.array((8.0, 0.0))
_GPEN_PAD_PX, _GPEN_SIDE_PX = 28.0, 168.0
_AS_COMPLEX = np.array((1, 1j))

# Beyond this a bilinear warp would skip pixels, so the photo is averaged down first.
_MAX_SHRINK = 4 / 3


def gpen_template(size_px: int) -> NDArray[np.float64]:
    """GPEN's template for a square crop: the narrow one moved 8 right, padded by 28, scaled."""
    padded = narrow_template_112() + _GPEN_PAD_PX
    return np.asarray(padded * (size_px / _GPEN_SIDE_PX))


def narrow_template_112() -> NDArray[np.float64]:
    """The narrow template made 112 square, without padding (EQFace's crop)."""
    return np.asarray(_NARROW_TEMPLATE + _TO_SQUARE_PX)


def similarity(
    points: NDArray[np.floating], template: NDArray[np.floating]
) -> NDArray[np.float64] | None:
    """Rotation, one scale and a shift that bring points nearest to a template, in least squares.

    With points as complex numbers the best factor is a plain quotient; it never mirrors.

    Args:
        points: ``(N, 2)`` x and y in photo pixels.
        template: ``(N, 2)`` where they belong in the crop.

    Returns:
        ``(2, 3)`` photo → crop, or ``None`` where all points lie in one place.
    """
    source = np.asarray(points, dtype=np.float64) @ _AS_COMPLEX
    target = np.asarray(template, dtype=np.float64) @ _AS_COMPLEX
    from_centre, to_centre = source.mean(), target.mean()
    spread = float(np.sum(np.abs(source - from_centre) ** 2))
    if not math.isfinite(spread) or spread <= 0:
        return None
    factor = np.vdot(source - from_centre, target - to_centre) / spread
    if abs(factor) == 0:
        return None
    shift = to_centre - factor * from_centre
    return np.array(
        [[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]]
    )


def warped(
    photo: NDArray[np.uint8], matrix: NDArray[np.float64], side_px: int
) -> NDArray[np.uint8]:
    """A square crop of a photo, bilinear, black outside.

    Args:
        photo: ``(H, W, 3)`` uint8.
        matrix: Photo → crop.
        side_px: Side of the crop.

    Returns:
        ``(side_px, side_px, 3)`` uint8, colour order as in the photo. A face more than a third
        larger than in the crop is averaged down first.
    """
    inverse = cv2.invertAffineTransform(matrix)
    corners = np.array([(0, 0), (side_px, 0), (side_px, side_px), (0, side_px)], dtype=np.float64)
    x, y = (corners @ inverse[:, :2].T + inverse[:, 2]).T
    shrink = 1 / math.hypot(matrix[0, 0], matrix[1, 0])
    margin = math.ceil(2 * max(1.0, shrink))
    size = photo.shape[1], photo.shape[0]
    window = Window.around(Box(x.min(), y.min(), x.max(), y.max()), size, margin_px=margin)
    if window is None:
        return np.zeros((side_px, side_px, 3), dtype=np.uint8)
    piece = photo[window.slices]
    to_photo = np.array([[1, 0, window.left], [0, 1, window.top], [0, 0, 1]], dtype=np.float64)
    if shrink > _MAX_SHRINK:
        piece, back = _averaged(piece, shrink)
        to_photo = to_photo @ back
    out = cv2.warpAffine(piece, matrix @ to_photo, (side_px, side_px), flags=cv2.INTER_LINEAR)
    return np.asarray(out, dtype=np.uint8)


def _averaged(
    piece: NDArray[np.uint8], shrink: float
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """A piece at about 1 / ``shrink`` of its size, and the 3 × 3 matrix back to the piece."""
    width, height = (max(1, round(side / shrink)) for side in (piece.shape[1], piece.shape[0]))
    small = cv2.resize(piece, (width, height), interpolation=cv2.INTER_AREA)
    by_x, by_y = piece.shape[1] / width, piece.shape[0] / height
    # Pixel centres keep their place: centre 0 of the small picture is in the middle of its block.
    back = np.array([[by_x, 0, (by_x - 1) / 2], [0, by_y, (by_y - 1) / 2], [0, 0, 1]])
    return np.asarray(small, dtype=np.uint8), back
