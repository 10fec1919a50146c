"""The canvas of the result: the photo at its size, twice or four times as large."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import BackgroundEnlarger, Enlarger
from daemon.errors import InputError
from daemon.imaging.align import Alignment
from daemon.imaging.colour import to_srgb
from daemon.imaging.paste import Canvas, Region
from daemon.imaging.photo import Array, Photo
from daemon.routes.restore.options import Options

MAX_RESULT_PIXELS = 120_000_000
# The engine needs about two minutes for a megapixel on two cores.
MAX_BACKGROUND_PIXELS = 2_000_000
_LIGHT_SIGMA_PX = 8.0  # of the photo: light and colour broader than this stay the photo's
_BAND_PX = 512


def check_size(photo: Photo, options: Options, background: BackgroundEnlarger | None) -> None:
    """Refuse before any work what would take too much memory or time.

    Args:
        photo: The page.
        options: As asked.
        background: The engine for what lies around the faces, where it is not the embedded one.

    Raises:
        InputError: ``IMAGE_TOO_LARGE``.
    """
    width, height = photo.size
    pixels = width * height
    if pixels * options.upscale**2 > MAX_RESULT_PIXELS:
        raise _too_large(pixels * options.upscale**2, MAX_RESULT_PIXELS, "upscale")
    if options.background == "upscale":
        # The whole enlarged picture is held in memory, by whichever factor the engine has.
        by_memory = MAX_RESULT_PIXELS // (1 if background is None else background.factor**2)
        limit = MAX_BACKGROUND_PIXELS if background is None else by_memory
        if pixels > limit:
            raise _too_large(pixels, limit, "background: upscale")


def enlarged(photo: Photo, factor: int) -> Photo:
    """The photo with ``factor`` times the width and height, bicubic, in its own samples."""
    if factor == 1:
        return photo
    pixels = _resized(photo.pixels, factor)
    alpha = None if photo.alpha is None else _resized(photo.alpha, factor)
    return replace(photo, pixels=pixels, srgb=to_srgb(pixels, photo.container), alpha=alpha)


def _resized(samples: Array, factor: int) -> Array:
    """uint8 or uint16 samples ``(H, W)`` or ``(H, W, C)``, enlarged and saturated."""
    size = samples.shape[1] * factor, samples.shape[0] * factor
    large = cv2.resize(samples, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(large).reshape(size[1], size[0], *samples.shape[2:])


def restore_background(
    photo: NDArray[np.uint8],
    canvas: Canvas,
    faces: Sequence[Alignment],
    work: tuple[Enlarger | BackgroundEnlarger, Options, Callable[[int, int], None]],
) -> None:
    """Send everything but the faces through the engine, into the canvas.

    Args:
        photo: ``(H, W, 3)`` uint8 RGB as it came.
        canvas: Of the result's size; ``touched`` becomes 255 everywhere.
        faces: Every face found, on the canvas: they are left as they are, because a face that
            nobody chose, or that the guard refused, must not change by this door.
        work: Engine, options, and progress by parts done and parts in all.
    """
    enlarger, options, progress = work
    change = _background_change(photo, canvas.srgb, enlarger, progress)
    # A parsed mask reaches beyond the oval: what was restored there must not be undone here.
    shield = Canvas(canvas.srgb, canvas.touched.copy())
    for alignment in faces:
        shield.shade(Region.oval(alignment))
    for top in range(0, canvas.srgb.shape[0], _BAND_PX):
        rows = slice(top, top + _BAND_PX)
        open_share = (255 - shield.touched[rows].astype(np.float32)) / 255
        share = (options.strength * open_share)[..., None]
        moved = canvas.srgb[rows] + share * change(rows)
        canvas.srgb[rows] = np.clip(np.rint(moved), 0, 255).astype(np.uint8)
    canvas.touched[:] = 255


def _background_change(
    photo: NDArray[np.uint8],
    plain: NDArray[np.uint8],
    enlarger: Enlarger | BackgroundEnlarger,
    progress: Callable[[int, int], None],
) -> Callable[[slice], NDArray[np.float32]]:
    """What the engine would change, by rows of the result, with the photo's light and colour."""
    large = enlarger.enlarge(photo.astype(np.float32), progress)
    size = (photo.shape[1], photo.shape[0])
    shift = cv2.resize(large, size, interpolation=cv2.INTER_AREA) - photo
    low = cv2.GaussianBlur(shift, (0, 0), _LIGHT_SIGMA_PX)
    height, width = plain.shape[:2]
    how = cv2.INTER_AREA if large.shape[0] >= height else cv2.INTER_CUBIC
    result = cv2.resize(large, (width, height), interpolation=how)
    del large
    broad = cv2.resize(low, (width, height), interpolation=cv2.INTER_LINEAR)

    def by_rows(rows: slice) -> NDArray[np.float32]:
        return np.asarray(result[rows] - broad[rows] - plain[rows], dtype=np.float32)

    return by_rows


def _too_large(pixels: int, limit: int, option: str) -> InputError:
    return InputError(
        "IMAGE_TOO_LARGE",
        f"{pixels / 1e6:.1f} megapixels are too many for {option}",
        actual=f"{pixels / 1e6:.1f} MP",
        limit=f"{limit / 1e6:.0f} MP ({option})",
    )
