"""Words across a photo: repeated, slanted, see-through; which pixels they touched is known.

White letters with a dark outline (or the other way round) are seen on every ground, also where
one colour would vanish. One copy stands whole in the middle, however long the words are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unicodedata import category

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from daemon.errors import InputError
from daemon.imaging.annotate import Font, spoken_font, wrapped

Rgb = tuple[int, int, int]
_LEAST_PX = 9  # Chinese glyphs are a blot below
# The block of words in the middle, in shares of the photo's sides: it is whole also when slanted.
_BLOCK_WIDTH, _BLOCK_HEIGHT = 0.8, 0.4
_SMALLER = 0.9
_LINE = 1.3  # from line to line, in letters
_BETWEEN_X, _BETWEEN_Y = 2.0, 2.2  # between two copies, in letters
_STROKE_SHARE = 1 / 14
_LIGHT = 128  # a colour whose mean is above gets a dark outline
# Nothing has a glyph for it, so it shows what a font draws in place of one.
_UNASSIGNED = "\U0010fffe"


@dataclass(frozen=True, slots=True)
class Look:
    """How the words look.

    Attributes:
        opacity: 0..1 of the letters and their outline.
        size: Height of a letter, a share of the photo's shorter side.
        rgb: Colour of the letters, sRGB.
        slant_deg: Counter-clockwise.
    """

    opacity: float = 0.35
    size: float = 0.07
    rgb: Rgb = (255, 255, 255)
    slant_deg: float = 30.0

    def __post_init__(self) -> None:
        if not (0 < self.opacity <= 1 and 0 < self.size <= 1 and math.isfinite(self.slant_deg)):
            msg = f"opacity {self.opacity}, size {self.size}, slant {self.slant_deg}"
            raise ValueError(msg)


@dataclass(frozen=True)
class Marked:
    """A photo with words on it.

    Attributes:
        srgb: ``(H, W, 3)`` uint8 RGB, a copy.
        touched: ``(H, W)`` bool: where the words lie; everything else is as it was, to the bit.
    """

    srgb: NDArray[np.uint8]
    touched: NDArray[np.bool_]


class GlyphsMissing(InputError):
    """No font of this machine can write the words: a photo without them is not what was asked.

    Args:
        characters: What cannot be written.
    """

    def __init__(self, characters: str) -> None:
        shown = " ".join(f"U+{ord(one):04X}" for one in characters[:5])
        super().__init__(
            "ID_WATERMARK_FONT",
            f"no font of this machine has the characters {shown} of the watermark; "
            "install fonts-noto-cjk, or use other words",
            characters=shown,
        )


class TextTooLong(InputError):
    """The words cannot be read on a photo of this size."""

    def __init__(self, actual: int) -> None:
        super().__init__(
            "ID_WATERMARK_TOO_LONG",
            f"a watermark of {actual} characters cannot be read on a photo of this size; "
            "use fewer words",
            actual=actual,
        )


def watermarked(srgb: NDArray[np.uint8], text: str, look: Look | None = None) -> Marked:
    """Write words over the whole of a photo.

    Args:
        srgb: ``(H, W, 3)`` uint8 RGB.
        text: Any words; where there are none but white space, nothing is done.
        look: How.

    Raises:
        GlyphsMissing: No font of this machine has all the characters.
        TextTooLong: The words do not fit even in the smallest letters.
    """
    look = look or Look()
    # Marks of format (zero width, direction) come along with copied text and are not to be seen.
    words = " ".join("".join(one for one in text if category(one) != "Cf").split())
    if not words:
        return Marked(srgb.copy(), np.zeros(srgb.shape[:2], np.bool_))
    height, width = srgb.shape[:2]
    lines, font, size_px = _fitted(words, (width, height), look.size)
    outline, letters = _pattern(lines, font, size_px, (width, height), look.slant_deg)
    picture = srgb.astype(np.float32)
    rim = (24,) * 3 if sum(look.rgb) > 3 * _LIGHT else (245,) * 3
    for rgb, cover in ((rim, outline - letters), (look.rgb, letters)):
        share = np.clip(cover, 0, 1)[..., None] * np.float32(look.opacity)
        picture += (np.asarray(rgb, np.float32) - picture) * share
    touched = (outline > 0) | (letters > 0)
    result = np.asarray(np.clip(np.rint(picture), 0, 255), np.uint8)
    return Marked(np.where(touched[..., None], result, srgb), touched)


def _fitted(words: str, photo: tuple[int, int], size: float) -> tuple[list[str], Font, int]:
    """Lines of a size at which the whole block is to be seen."""
    size_px = max(_LEAST_PX, round(min(photo) * size))
    while True:
        font = _font(words, size_px)
        lines = wrapped(words, font, photo[0] * _BLOCK_WIDTH)
        widest = max(font.getlength(line) for line in lines)
        fits = (
            widest <= photo[0] * _BLOCK_WIDTH
            and len(lines) * size_px * _LINE <= photo[1] * _BLOCK_HEIGHT
        )
        if fits:
            return lines, font, size_px
        if size_px == _LEAST_PX:
            raise TextTooLong(len(words))
        size_px = max(_LEAST_PX, int(size_px * _SMALLER))


def _font(words: str, size_px: int) -> Font:
    """The first font that has every character: the plain one, then one with Chinese glyphs."""
    lacking = words
    for language in ("en", "zh"):
        font, _ = spoken_font(size_px, language)
        lacking = "".join(one for one in dict.fromkeys(words) if not _has(font, one))
        if not lacking:
            return font
    raise GlyphsMissing(lacking)


def _has(font: Font, character: str) -> bool:
    if character.isspace():
        return True
    if not character.isprintable():
        return False
    if not isinstance(font, ImageFont.FreeTypeFont):
        return character.isascii()
    mask, missing = font.getmask(character), font.getmask(_UNASSIGNED)
    return (mask.size, bytes(mask)) != (missing.size, bytes(missing))


def _pattern(
    lines: Sequence[str], font: Font, size_px: int, photo: tuple[int, int], slant_deg: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Cover 0..1 of the outline (letters included) and of the letters, ``(H, W)`` float32."""
    stroke = max(1, round(size_px * _STROKE_SHARE))
    side = math.ceil(math.hypot(*photo)) + 2
    layers = [Image.new("L", (side, side)) for _ in range(2)]
    pens = [ImageDraw.Draw(layer) for layer in layers]
    step_x = max(font.getlength(line) for line in lines) + _BETWEEN_X * size_px
    step_y = (len(lines) * _LINE + _BETWEEN_Y) * size_px
    for x, y in _middles(side, step_x, step_y):
        for at, line in enumerate(lines):
            place = x, y + (at - (len(lines) - 1) / 2) * _LINE * size_px
            for pen, wide in zip(pens, (stroke, 0), strict=True):
                pen.text(place, line, fill=255, font=font, stroke_width=wide, anchor="mm")
    outline, letters = (_slanted(layer, slant_deg, photo) for layer in layers)
    return outline, letters


def _middles(side: int, step_x: float, step_y: float) -> Iterator[tuple[float, float]]:
    """Where the copies stand on a square: one in the middle of it, the others around."""
    rows, columns = math.ceil(side / step_y / 2), math.ceil(side / step_x / 2) + 1
    for row in range(-rows, rows + 1):
        for column in range(-columns, columns + 1):
            # Every other row begins half a step to the right: no straight gap to cut along.
            yield side / 2 + (column + 0.5 * (row % 2)) * step_x, side / 2 + row * step_y


def _slanted(layer: Image.Image, deg: float, photo: tuple[int, int]) -> NDArray[np.float32]:
    turned = layer.rotate(deg, Image.Resampling.BICUBIC)
    x, y = ((full - side) // 2 for full, side in zip(turned.size, photo, strict=True))
    cut = turned.crop((x, y, x + photo[0], y + photo[1]))
    return np.asarray(cut, np.float32) / np.float32(255)
