"""Pillow pictures to arrays and back, without holding three copies at a time."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from daemon.imaging.limits import broken, truncated

Image.MAX_IMAGE_PIXELS = None  # our own limits refuse sooner, from the header, and by code
BAND_ROWS = 512


def decoded(content: bytes, format_name: str) -> Image.Image:
    """The picture in ``content``, fully decoded by Pillow.

    Raises:
        InputError: ``TRUNCATED`` or ``INVALID_IMAGE``.
    """
    try:
        image = Image.open(io.BytesIO(content), formats=[format_name])
        _refuse_leniency()
        image.load()
    except (OSError, SyntaxError, ValueError, EOFError, OverflowError, RuntimeError) as error:
        if "truncated" in str(error).lower() or isinstance(error, EOFError):
            raise truncated(str(error)) from error
        raise broken(str(error) or type(error).__name__) from error
    return image


def _refuse_leniency() -> None:
    # A dependency that switched this on would let half photos through for the whole process.
    if ImageFile.LOAD_TRUNCATED_IMAGES:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def to_array(image: Image.Image) -> NDArray[Any]:
    """Samples of a Pillow picture: ``(H, W, C)`` uint8, or uint16 for ``I;16``."""
    width, height = image.size
    channels = len(image.getbands())
    dtype = np.uint16 if image.mode.startswith("I;16") else np.uint8
    samples = np.empty((height, width, channels), dtype)
    for top in range(0, height, BAND_ROWS):
        bottom = min(height, top + BAND_ROWS)
        band = np.asarray(image.crop((0, top, width, bottom)))
        samples[top:bottom] = band.reshape(bottom - top, width, channels)
    return samples


def to_image(pixels: NDArray[Any], alpha: NDArray[Any] | None = None) -> Image.Image:
    """A Pillow picture (``L``, ``RGB``, ``CMYK``, ``LA`` or ``RGBA``) of 8-bit samples.

    Args:
        pixels: ``(H, W, C)`` uint8, C = 1, 3 or 4 (CMYK).
        alpha: ``(H, W)`` uint8 to go with C = 1 or 3.
    """
    channels = pixels.shape[2]
    if alpha is not None and channels in {1, 3}:
        joined = np.ascontiguousarray(np.concatenate([pixels, alpha[:, :, None]], axis=2))
        return Image.frombytes({1: "LA", 3: "RGBA"}[channels], _size(pixels), joined.data)
    mode = {1: "L", 3: "RGB", 4: "CMYK"}[channels]
    return Image.frombuffer(mode, _size(pixels), np.ascontiguousarray(pixels), "raw", mode, 0, 1)


def _size(pixels: NDArray[Any]) -> tuple[int, int]:
    return int(pixels.shape[1]), int(pixels.shape[0])
