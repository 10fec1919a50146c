"""ICC profiles through littlecms: checked once, transforms cached, applied in bands.

A transform may be used by several threads at a time; building one is guarded by the cache.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from daemon.imaging.pillow_arrays import to_array, to_image

MAX_PROFILE_BYTES = 8 * 1024 * 1024
_SPACES = {"RGB": "RGB ", "P": "RGB ", "L": "GRAY", "CMYK": "CMYK"}
_PILLOW = {"RGB": "RGB", "P": "RGB", "L": "L", "CMYK": "CMYK"}
_CLASSES = frozenset({"mntr", "scnr", "prtr", "spac"})
BAND_ROWS = 512


def profile_problem(icc: bytes, mode: str) -> str | None:
    """Why a profile cannot be used for a picture of this mode; ``None`` where it can."""
    if not 128 <= len(icc) <= MAX_PROFILE_BYTES:
        return "size"
    return _problem(icc, mode)


@functools.lru_cache(maxsize=16)
def _problem(icc: bytes, mode: str) -> str | None:
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc)).profile
        if profile.device_class.strip() not in _CLASSES:
            return "device_class"
        if profile.xcolor_space.ljust(4) != _SPACES[mode]:
            return "colour_space"
        _to_srgb(icc, mode)
    except (OSError, ImageCms.PyCMSError, ValueError, TypeError) as error:
        return f"damaged:{type(error).__name__}"
    return None


@functools.lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@functools.lru_cache(maxsize=16)
def _to_srgb(icc: bytes, mode: str) -> ImageCms.ImageCmsTransform:
    source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    return _transform(source, _srgb(), _PILLOW[mode], "RGB")


@functools.lru_cache(maxsize=16)
def _from_srgb(icc: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    target = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    try:
        return _transform(_srgb(), target, "RGB", _PILLOW[mode])
    except ImageCms.PyCMSError:
        return None  # an input-only profile; the caller then works without it


def _transform(
    source: ImageCms.ImageCmsProfile, target: ImageCms.ImageCmsProfile, inner: str, outer: str
) -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(
        source, target, inner, outer,
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )  # fmt: skip


@functools.lru_cache(maxsize=16)
def is_srgb(icc: bytes) -> bool:
    """Whether an RGB profile shows every colour within one step as sRGB does."""
    steps = np.linspace(0, 255, 17).astype(np.uint8)
    grid = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    shown = _apply(_to_srgb(icc, "RGB"), grid)
    return int(np.abs(shown.astype(np.int16) - grid).max()) <= 1


def shown_in_srgb(pixels: NDArray[np.uint8], icc: bytes, mode: str) -> NDArray[np.uint8]:
    """Samples in a profile's space to ``(H, W, 3)`` uint8 sRGB.

    Args:
        pixels: ``(H, W, C)`` uint8 in the file's space.
        icc: A profile without ``profile_problem``.
        mode: ``RGB``, ``P``, ``L`` or ``CMYK``.
    """
    return _apply(_to_srgb(icc, mode), pixels)


def grey_curve(icc: bytes) -> NDArray[np.float64]:
    """The sRGB grey, 0..255, that each of 256 grey values of a profile shows; never falling."""
    ramp = np.arange(256, dtype=np.uint8).reshape(1, 256, 1)
    shown = _apply(_to_srgb(icc, "L"), ramp).astype(np.float64).mean(axis=2)[0]
    return np.maximum.accumulate(shown)


def brought_from_srgb(srgb: NDArray[np.uint8], icc: bytes, mode: str) -> NDArray[np.uint8] | None:
    """``(H, W, 3)`` uint8 sRGB to a profile's space; ``None`` if it has no way back."""
    transform = _from_srgb(icc, mode)
    return None if transform is None else _apply(transform, srgb)


def _apply(transform: ImageCms.ImageCmsTransform, samples: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = samples.shape[:2]
    result: NDArray[np.uint8] | None = None
    for top, bottom in bands(height):
        target: Any = Image.new(transform.output_mode, (width, bottom - top))
        transform.apply(to_image(samples[top:bottom]), target)
        part = to_array(target)
        if result is None:
            result = np.empty((height, width, part.shape[2]), np.uint8)
        result[top:bottom] = part
    return result if result is not None else np.empty((0, width, 3), np.uint8)


def bands(height: int, rows: int = BAND_ROWS) -> Iterator[tuple[int, int]]:
    """Top and bottom of consecutive bands of rows."""
    for top in range(0, height, rows):
        yield top, min(height, top + rows)
