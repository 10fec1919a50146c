"""Writes a short label into a patch, turned with it."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from daemon.imaging.annotate import spoken_font
from daemon.imaging.masking import Fill, Patch, reach_of

_LEAST_PX = 8
_ROOM = 0.9  # of the patch that the label may fill


def speaks(language: str) -> str:
    """The language labels can be written in here: English where no font has Chinese."""
    return spoken_font(_LEAST_PX, language)[1]


def labelled(page: NDArray[np.uint8], patches: Iterable[Patch], language: str) -> int:
    """Write the labels of solid patches into a page.

    Args:
        page: ``(H, W, 3)`` uint8 RGB, already covered; written into.
        patches: Those without a label are left alone.
        language: ``zh`` or ``en``, of the labels' text.

    Returns:
        How many labels found no room.
    """
    missing = 0
    for patch in patches:
        if patch.label and patch.fill is Fill.SOLID:
            missing += not _write(page, patch, language)
    return missing


def _write(page: NDArray[np.uint8], patch: Patch, language: str) -> bool:
    width, height = round(patch.quad.width_px), round(patch.quad.height_px)
    drawn = _drawn(patch.label, (width, height), language)
    place = reach_of(patch.quad, (page.shape[1], page.shape[0]))
    if drawn is None or place is None:
        return False
    frame = np.array(((0, 0), (width, 0), (width, height)), np.float32)
    corner = np.array((place.left, place.top), np.float32)
    there = np.array(patch.quad.corners[:3], np.float32) - corner
    way = cv2.getAffineTransform(frame, there)
    share = cv2.warpAffine(drawn, way, (place.width, place.height), flags=cv2.INTER_LINEAR)
    light = sum(patch.colour) > 3 * 128
    ink = np.float32(0 if light else 255)
    part = page[place.slices].astype(np.float32)
    mixed = part + (ink - part) * (share.astype(np.float32) / 255)[:, :, None]
    page[place.slices] = np.rint(mixed).astype(np.uint8)
    return True


def _drawn(text: str, size: tuple[int, int], language: str) -> NDArray[np.uint8] | None:
    """``(h, w)`` uint8 with the text as large as fits, or ``None`` where it would be too small."""
    width, height = size
    font_px = int(height * 0.7)
    while font_px >= _LEAST_PX:
        font, _ = spoken_font(font_px, language)
        left, top, right, bottom = font.getbbox(text)
        if right - left <= width * _ROOM and bottom - top <= height * _ROOM:
            sheet = Image.new("L", size)
            spot = (width - right - left) / 2, (height - bottom - top) / 2
            ImageDraw.Draw(sheet).text(spot, text, fill=255, font=font)
            return np.asarray(sheet, np.uint8)
        font_px = min(font_px - 1, int(font_px * 0.9))
    return None
