"""Draws what was found into a copy of a picture: boxes, points, labels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from daemon.imaging.geometry import Box

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

LONGEST_PX = 1600  # a why-picture is looked at on a screen
GOOD, NEUTRAL, BAD = (46, 160, 67), (90, 110, 130), (218, 54, 51)
"""RGB colours of a mark: went well, nothing done, look here."""

# Where distributions put fonts with Chinese glyphs. Pillow's own font has none: without one of
# these, labels are written in English and the sentence in Chinese stands in PHOTO.why.txt.
_FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_CHINESE_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Regular.otf",
    "NotoSansSC-Regular.otf",
    "SourceHanSansCN-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "DroidSansFallback.ttf",
)


@dataclass(frozen=True)
class Mark:
    """One face or place to point at.

    Attributes:
        box: In pixels of the picture.
        points: ``(N, 2)`` float32 x and y; may be empty, NaN rows are left out.
        label: Text above the box, by language (``zh``, ``en``).
        colour: RGB.
    """

    box: Box
    points: NDArray[np.float32]
    label: dict[str, str]
    colour: tuple[int, int, int]


def annotated(
    srgb: NDArray[np.uint8], marks: Sequence[Mark], headline: dict[str, str], language: str
) -> NDArray[np.uint8]:
    r"""A copy of a picture with marks, at most 1600 px long, and a line of text above it.

    Args:
        srgb: ``(H, W, 3)`` uint8 RGB.
        marks: What to draw.
        headline: The line above, by language; ``\n`` begins another.
        language: ``zh`` (where a font has it) or ``en``.
    """
    scale = min(1.0, LONGEST_PX / max(srgb.shape[:2]))
    size = max(1, round(srgb.shape[1] * scale)), max(1, round(srgb.shape[0] * scale))
    small = np.asarray(cv2.resize(srgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    text_px = max(12, round(max(size) / 60))
    font, spoken = spoken_font(text_px, language)
    width = max(size[0], 320)
    said = headline[spoken].split("\n")
    lines = [line for part in said for line in wrapped(part, font, width - text_px)]
    bar = round(text_px * (0.6 + 1.3 * len(lines)))
    picture = Image.new("RGB", (width, size[1] + bar), (24, 24, 28))
    picture.paste(Image.fromarray(small), (0, bar))
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        place = text_px // 2, round(text_px * (0.3 + 1.3 * number))
        draw.text(place, line, fill=(240, 240, 240), font=font)
    for mark in marks:
        _draw(draw, mark, (scale, bar), (font, spoken))
    return np.asarray(picture, dtype=np.uint8)


def wrapped(text: str, font: Font, width_px: float) -> list[str]:
    """Lines that fit a width: broken at spaces, and anywhere in Chinese, which has none."""
    lines, line = [], ""
    for part in re.findall(r"[\u3000-\uffef]|[^\s\u3000-\uffef]+\s*|\s+", text):
        if line and font.getlength((line + part).rstrip()) > width_px:
            lines.append(line.rstrip())
            line = ""
        line += part
    return [*lines, line.rstrip()]


def _draw(
    draw: ImageDraw.ImageDraw,
    mark: Mark,
    place: tuple[float, int],
    writing: tuple[Font, str],
) -> None:
    scale, bar = place
    font, language = writing
    box = mark.box.scaled(scale, scale)
    line = max(2, round(box.width / 80))
    top = box.top + bar
    draw.rectangle((box.left, top, box.right, box.bottom + bar), outline=mark.colour, width=line)
    dot = max(1.5, box.width / 50)
    for x, y in mark.points[np.isfinite(mark.points).all(axis=1)] * scale:
        draw.ellipse((x - dot, y + bar - dot, x + dot, y + bar + dot), fill=mark.colour)
    text = mark.label[language]
    left, upper, right, lower = draw.textbbox((0, 0), text, font=font)
    height, width = lower - upper + 4, right - left + 6
    y = max(bar, top - height)
    x = max(0, min(box.left, draw.im.size[0] - width))
    draw.rectangle((x, y, x + width, y + height), fill=mark.colour)
    draw.text((x + 3 - left, y + 2 - upper), text, fill=(255, 255, 255), font=font)


@lru_cache(maxsize=1)
def chinese_font() -> Path | None:
    """A font file with Chinese glyphs, or ``None`` where the machine has none."""
    for folder in _FONT_FOLDERS:
        for name in _CHINESE_FONTS:
            for path in sorted(folder.rglob(name)):
                return path
    return None


def spoken_font(size_px: int, language: str) -> tuple[Font, str]:
    """A font of that size, and the language it can write: English where none has Chinese."""
    spoken = language if language != "zh" or chinese_font() is not None else "en"
    return _font(size_px, spoken), spoken


def _font(size_px: int, language: str) -> Font:
    path = chinese_font() if language == "zh" else None
    if path is not None:
        return ImageFont.truetype(str(path), size_px)
    return ImageFont.load_default(size_px)
