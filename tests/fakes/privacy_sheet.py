"""A sheet of paper that remembers where every glyph was written, in the shape of ``truth.json``."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
INK: Colour = (24, 24, 28)
PAPER: Colour = (251, 251, 248)
LATIN = (
    "DejaVuSans.ttf", "DejaVuSerif.ttf", "LiberationSans-Regular.ttf", "LiberationSerif-Bold.ttf",
    "LiberationSerif-Regular.ttf", "LiberationMono-Regular.ttf", "LiberationSansNarrow-Regular.ttf",
    "LiberationSans-Italic.ttf",
)  # fmt: skip
MONO = "LiberationMono-Regular.ttf"
CHINESE = "wqy-microhei.ttc"
_FIRST_WIDE = "\u2e80"


@lru_cache(maxsize=256)
def font(name: str, size_px: int) -> Any:
    """A font of this machine, or the library's own where it has none of that name."""
    found = sorted(Path("/usr/share/fonts").rglob(name))
    return ImageFont.truetype(str(found[0]), size_px) if found else ImageFont.load_default(size_px)


def has_chinese() -> bool:
    """Whether Chinese can be written on this machine."""
    return any(Path("/usr/share/fonts").rglob(CHINESE))


@dataclass(frozen=True)
class Hand:
    """What is written with: a Latin font beside the Chinese one.

    Attributes:
        latin: File name of the font for letters and digits.
        size_px: Of both.
        ink: Colour.
        apart_px: Added after every glyph.
    """

    latin: str
    size_px: int
    ink: Colour = INK
    apart_px: float = 0.0

    def font_of(self, glyph: str) -> Any:
        return font(CHINESE if glyph >= _FIRST_WIDE else self.latin, self.size_px)

    def width_px(self, text: str) -> float:
        return sum(float(self.font_of(one).getlength(one)) + self.apart_px for one in text)


@dataclass
class Sheet:
    """Paper, and what stands on it.

    Attributes:
        image: The paper.
        spans: As ``spans`` of ``truth.json``.
        faces: As there.
        codes: As there.
    """

    image: Image.Image
    spans: list[dict[str, Any]] = field(default_factory=list)
    faces: list[dict[str, Any]] = field(default_factory=list)
    codes: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def blank(cls, width: int, height: int, paper: Colour = PAPER) -> Sheet:
        return cls(Image.new("RGB", (width, height), paper))

    @property
    def size(self) -> tuple[int, int]:
        return self.image.size

    @property
    def draw(self) -> ImageDraw.ImageDraw:
        return ImageDraw.Draw(self.image)

    def write(
        self, text: str, at: tuple[float, float], hand: Hand, kind: str = "keep", type_: str = ""
    ) -> float:
        """One span on a baseline.

        Args:
            text: What.
            at: Left end of the baseline, px.
            hand: With what.
            kind: ``keep``, ``sensitive`` or ``numeric``.
            type_: Of the number.

        Returns:
            The right end, px.
        """
        x, y = at
        draw = self.draw
        chars = []
        for glyph in text:
            face = hand.font_of(glyph)
            if not glyph.isspace():
                draw.text((x, y), glyph, font=face, fill=hand.ink, anchor="ls")
                box = draw.textbbox((x, y), glyph, font=face, anchor="ls")
                chars.append({"c": glyph, "poly": poly(*box)})
            x += float(face.getlength(glyph)) + hand.apart_px
        if chars:
            spots = np.array([corner for one in chars for corner in one["poly"]])
            whole = poly(*spots.min(axis=0).tolist(), *spots.max(axis=0).tolist())
            self.spans.append(
                {"type": type_, "kind": kind, "text": text, "poly": whole, "chars": chars}
            )
        return x

    def picture(self) -> NDArray[np.uint8]:
        """``(H, W, 3)`` uint8 RGB."""
        return np.asarray(self.image, np.uint8)

    def paste(self, other: Sheet, at: tuple[int, int], quarters: int = 0) -> None:
        """Lay another sheet onto this one, turned clockwise by quarters."""
        width, height = other.size
        turned = other.image.rotate(-90 * quarters, expand=True)
        self.image.paste(turned, at)
        way = _quarter_way(width, height, quarters)
        way[:, 2] += at
        self.take(other, way)

    def take(self, other: Sheet, way: NDArray[np.float64]) -> None:
        """The other's truth, moved by a ``(2, 3)`` affine or ``(3, 3)`` projective map."""
        for span in other.spans:
            chars = [{**one, "poly": moved(one["poly"], way)} for one in span["chars"]]
            self.spans.append({**span, "poly": moved(span["poly"], way), "chars": chars})
        self.faces += [{"poly": moved(one["poly"], way)} for one in other.faces]
        self.codes += [{**one, "poly": moved(one["poly"], way)} for one in other.codes]

    def truth(self) -> dict[str, Any]:
        return {"spans": self.spans, "faces": self.faces, "codes": self.codes}


def poly(left: float, top: float, right: float, bottom: float) -> list[list[float]]:
    """Corners of an upright box."""
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


def moved(corners: list[list[float]], way: NDArray[np.float64]) -> list[list[float]]:
    """Corners after a ``(2, 3)`` affine or ``(3, 3)`` projective map."""
    spots = np.array(corners) @ way[:, :2].T + way[:, 2]
    if way.shape[0] == 3:
        spots = spots[:, :2] / spots[:, 2:]
    made: list[list[float]] = spots.tolist()
    return made


def _quarter_way(width: int, height: int, quarters: int) -> NDArray[np.float64]:
    ways = (
        ((1, 0, 0), (0, 1, 0)),
        ((0, -1, height), (1, 0, 0)),
        ((-1, 0, width), (0, -1, height)),
        ((0, 1, 0), (-1, 0, width)),
    )
    return np.array(ways[quarters % 4], np.float64)
