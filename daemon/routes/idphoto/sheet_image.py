"""Draws a print sheet: photos copied pixel for pixel on white paper, and the cut marks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from daemon.domain.idphoto.sheet import Sheet, Tile

PAPER, TICK_GREY = 255, 120
"""sRGB, all three channels: a mark is seen on paper and shows no harsh line if cut beside."""


def drawn(sheet: Sheet, photos: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """The sheet as a picture.

    Args:
        sheet: Where everything lies.
        photos: ``(H, W, 3)`` uint8 sRGB each, by the index the tiles have; exactly of the size
            that was ordered.

    Returns:
        ``(height_px, width_px, 3)`` uint8 sRGB.

    Raises:
        ValueError: A photo has not the size of its tiles: nothing is ever scaled to fit.
    """
    canvas = np.full((sheet.height_px, sheet.width_px, 3), PAPER, np.uint8)
    for tick in sheet.ticks:
        canvas[tick.y : tick.y + tick.height, tick.x : tick.x + tick.width] = TICK_GREY
    for tile in sheet.tiles:
        print_ = as_printed(photos[tile.photo], tile)
        if print_.shape != (tile.height, tile.width, 3):
            msg = f"photo {tile.photo} gives {print_.shape}, its tile is {tile}"
            raise ValueError(msg)
        canvas[tile.y : tile.bottom, tile.x : tile.right] = print_
    return canvas


def as_printed(photo: NDArray[np.uint8], tile: Tile) -> NDArray[np.uint8]:
    """A photo as it lies on the sheet: as it is, or a quarter turn counter-clockwise."""
    return np.rot90(photo) if tile.is_rotated else photo
