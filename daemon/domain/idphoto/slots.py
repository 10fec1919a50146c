"""What an instruction asks for: slots, each left ``None`` where the text does not speak of it.

The JSON of these values is a contract (``boothd idphoto parse --json``): only what was asked for
stands in it, numbers without a needless fraction.
"""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass, field
from typing import Any, Literal

from daemon.domain.idphoto.colour import Rgb


@dataclass(frozen=True, slots=True)
class Size:
    """One size: a preset, or figures.

    Attributes:
        preset: Key of a preset.
        width_mm: Width of the frame.
        height_mm: Height of the frame.
        width_px: Width in pixels.
        height_px: Height in pixels.
    """

    preset: str | None = None
    width_mm: float | None = None
    height_mm: float | None = None
    width_px: int | None = None
    height_px: int | None = None


@dataclass(frozen=True, slots=True)
class Background:
    """What lies behind the person.

    Attributes:
        mode: ``solid``, ``gradient``, ``transparent`` or ``keep``.
        color: Key of a colour, of a solid one.
        rgb: sRGB 0..255, of a solid one given by figures.
        gradient: Key of a gradient.
    """

    mode: Literal["solid", "gradient", "transparent", "keep"]
    color: str | None = None
    rgb: Rgb | None = None
    gradient: str | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """One of several results that differ in more than size.

    Attributes:
        sizes: Its sizes; none: the one nobody named.
        background: Its background.
    """

    sizes: tuple[Size, ...] = ()
    background: Background | None = None


@dataclass(frozen=True, slots=True)
class Retouch:
    """Cosmetics, strengths 0..1."""

    smooth: float | None = None
    whiten: float | None = None
    keep_texture: bool | None = None
    blemish: Literal["remove", "keep"] | None = None
    moles: Literal["remove", "keep"] | None = None


@dataclass(frozen=True, slots=True)
class Adjust:
    """Tones of the whole photo, -1..1."""

    brightness: float | None = None
    contrast: float | None = None
    saturation: float | None = None
    sharpness: float | None = None


@dataclass(frozen=True, slots=True)
class Matting:
    """How hair is cut out."""

    hair_detail: bool | None = None
    stray_hair: Literal["remove", "keep"] | None = None


@dataclass(frozen=True, slots=True)
class Pose:
    """How the photo is turned: eyes level, left and right exchanged."""

    level: bool | None = None
    flip: bool | None = None


@dataclass(frozen=True, slots=True)
class HeadWish:
    """How large the head is to be and how much room there is above it."""

    scale: Literal["larger", "smaller"] | None = None
    height_ratio: float | None = None
    height_mm: float | None = None
    top_margin_mm: float | None = None
    top_margin_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class FileWish:
    """What the file is to be; sizes in KB of 1024 bytes."""

    min_kb: float | None = None
    max_kb: float | None = None
    target_kb: float | None = None
    dpi: int | None = None
    format: Literal["jpg", "png"] | None = None


@dataclass(frozen=True, slots=True)
class PrintWish:
    """A sheet of paper with the photo on it."""

    paper: str | None = None
    copies: int | None = None
    cut_lines: bool | None = None
    gap_mm: float | None = None


@dataclass(frozen=True, slots=True)
class Watermark:
    """Words across the photo; ``""``: none."""

    text: str | None = None


class GenerativeOp(enum.StrEnum):
    """What only an image-generating engine can do."""

    CLOTHES = "clothes"
    HAIR = "hair"
    EXPRESSION = "expression"
    GLASSES = "glasses"
    POSE = "pose"


@dataclass(frozen=True, slots=True)
class Generative:
    """Content to be made up.

    Attributes:
        op: What it is about.
        to: The person's own words.
    """

    op: GenerativeOp
    to: str


@dataclass(frozen=True, slots=True)
class Slots:
    """Everything an instruction may ask for; each part is empty where it says nothing.

    ``outputs`` is filled only for several results that differ in more than size; ``sizes`` and
    ``background`` are empty then.
    """

    sizes: tuple[Size, ...] = ()
    background: Background | None = None
    outputs: tuple[Output, ...] = ()
    retouch: Retouch = field(default_factory=Retouch)
    adjust: Adjust = field(default_factory=Adjust)
    matting: Matting = field(default_factory=Matting)
    pose: Pose = field(default_factory=Pose)
    head: HeadWish = field(default_factory=HeadWish)
    file: FileWish = field(default_factory=FileWish)
    print: PrintWish = field(default_factory=PrintWish)
    watermark: Watermark = field(default_factory=Watermark)
    generative: tuple[Generative, ...] = ()

    @property
    def results(self) -> tuple[Output, ...]:
        """What is to be made: ``outputs``, or the one that sizes and background describe."""
        return self.outputs or (Output(self.sizes, self.background),)

    @property
    def is_empty(self) -> bool:
        return not self.as_json()

    def as_json(self) -> dict[str, Any]:
        """See ``slots_as_json``."""
        return slots_as_json(self)


def slots_as_json(slots: Slots) -> dict[str, Any]:
    """The one JSON shape of wishes: command line, record, API and webhooks all show this.

    Only what was asked for stands in it; ``{}`` asks for nothing. A key is a slot::

        sizes        [{"preset": KEY} | {"width_mm", "height_mm"} | {"width_px", "height_px"}]
        background   {"mode": "solid", "color": KEY} | {"mode": "solid", "rgb": [r, g, b]}
                     | {"mode": "gradient", "gradient": KEY} | {"mode": "transparent" | "keep"}
        outputs      [{"sizes": […], "background": {…}}], instead of the two above
        retouch      smooth, whiten 0..1; keep_texture; blemish, moles "remove" | "keep"
        adjust       brightness, contrast, saturation, sharpness -1..1
        matting      hair_detail; stray_hair "remove" | "keep"
        pose         level, flip
        head         scale "larger" | "smaller"; height_ratio, height_mm; top_margin_mm, …_ratio
        file         min_kb, max_kb, target_kb (1024 bytes); dpi; format "jpg" | "png"
        print        paper KEY, copies, cut_lines, gap_mm
        watermark    text
        generative   [{"op": "clothes" | "hair" | "expression" | "glasses" | "pose", "to": TEXT}]

    Args:
        slots: The wishes.

    Returns:
        JSON values; a whole number is an ``int``, others have four decimals at most.
    """
    found = plain_json(slots)
    assert isinstance(found, dict)
    return found


def plain_json(value: Any) -> Any:
    """A wish, or several, as JSON values."""
    if dataclasses.is_dataclass(value):
        rows = (
            (one.name, plain_json(getattr(value, one.name))) for one in dataclasses.fields(value)
        )
        return {name: inner for name, inner in rows if inner is not None and inner not in ({}, [])}
    if isinstance(value, tuple):
        return [plain_json(inner) for inner in value]
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, float):
        return int(value) if value == int(value) else round(value, 4)
    return value
