"""Pictures of few colours: back into a palette where they still fit one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from daemon.imaging.pillow_arrays import to_image
from daemon.imaging.profiles import bands

MOST_COLOURS = 256


def is_bilevel(pixels: NDArray[Any]) -> bool:
    """Whether samples are black or white and nothing between."""
    return pixels.dtype == np.uint8 and bool(((pixels == 0) | (pixels == 255)).all())


def indexed(
    pixels: NDArray[np.uint8], alpha: NDArray[np.uint8] | None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | None:
    """Indices and palette of a picture of at most 256 colours.

    Args:
        pixels: ``(H, W, 3)`` uint8.
        alpha: ``(H, W)`` uint8, or ``None``.

    Returns:
        Indices ``(H, W)`` and colours ``(N, 4)`` RGBA, the most transparent first; ``None``
        where there are more colours.
    """
    colours = to_image(pixels, alpha).getcolors(MOST_COLOURS)
    if colours is None:
        return None
    rows = np.array([colour for _, colour in colours], np.uint8).reshape(len(colours), -1)
    if rows.shape[1] == 3:
        rows = np.column_stack([rows, np.full(len(rows), 255, np.uint8)])
    keys = _packed(rows[:, :3], rows[:, 3])
    rows, keys = rows[np.argsort(keys)], np.sort(keys)
    indices = np.empty(pixels.shape[:2], np.uint8)
    for top, bottom in bands(pixels.shape[0]):
        part = _packed(pixels[top:bottom], 255 if alpha is None else alpha[top:bottom])
        indices[top:bottom] = np.searchsorted(keys, part)
    return indices, rows


def _packed(rgb: NDArray[np.uint8], alpha: Any) -> NDArray[np.uint32]:
    wide = rgb.astype(np.uint32)
    opacity = np.asarray(alpha, np.uint32) << 24
    return np.asarray(opacity | wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2], np.uint32)


def fitted(pixels: NDArray[np.uint8], alpha: NDArray[np.uint8] | None) -> Image.Image | None:
    """A palette picture of the same colours, or ``None`` where there are too many."""
    found = indexed(pixels, alpha)
    if found is None:
        return None
    indices, rows = found
    image = Image.fromarray(indices)
    image.putpalette(rows[:, :3].tobytes(), "RGB")
    if alpha is not None:
        image.info["transparency"] = rows[:, 3].tobytes().rstrip(b"\xff") or b"\xff"
    return image
