"""What an ID photo must be: one frozen value for each rule in the catalogue.

Figures are published by somebody or are advice; ``source``, ``confidence`` and
``uncertain_fields`` say which, and nothing here turns advice into a rule.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from daemon.domain.idphoto.colour import Names

MM_PER_INCH = 25.4


class RetouchPolicy(enum.StrEnum):
    """What an authority says about edited photos."""

    FORBIDDEN = "forbidden"  # refuses them; a replaced background may be refused as well
    RESTRICTED = "restricted"  # features must not be altered
    UNSPECIFIED = "unspecified"  # no rule seen


class PixelRule(enum.StrEnum):
    """How binding the pixels of a preset are."""

    EXACT = "exact"
    MIN = "min"  # at least px_min
    RANGE = "range"  # px_min to px_max
    MIN_ASPECT_3_4 = "min_aspect_3_4"  # three to four, not smaller than the figures
    DERIVED_FROM_MM = "derived_from_mm"  # millimetres at the given dpi


class Crown(enum.StrEnum):
    """Up to where a head is measured."""

    HAIR_TOP = "hair_top"
    SKULL = "skull"
    UNSPECIFIED = "unspecified"  # measured to the hair's top


@dataclass(frozen=True, slots=True)
class Limits:
    """From least to most; ``None``: no limit on that side."""

    least: float | None
    most: float | None

    def divided(self, by: float) -> Limits:
        """The same limits in another unit."""
        return Limits(
            None if self.least is None else self.least / by,
            None if self.most is None else self.most / by,
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure in the units somebody gave for it; ``None``: not in this unit."""

    mm: Limits | None = None
    px: Limits | None = None
    ratio: Limits | None = None

    def share(self, whole_px: int, whole_mm: float | None) -> Limits | None:
        """The limits as a share of the frame; pixels count first, they are what is written."""
        if self.px is not None:
            return self.px.divided(whole_px)
        if self.ratio is not None:
            return self.ratio
        if self.mm is not None and whole_mm is not None:
            return self.mm.divided(whole_mm)
        return None


@dataclass(frozen=True, slots=True)
class Ground:
    """Which backgrounds a preset takes.

    Attributes:
        default: Colour where nobody asks for one.
        allowed: Colours that the rule allows, or suggests where it is not ``solid_only``.
        solid_only: Anything outside the list, and every gradient, breaks the rule.
    """

    default: str
    allowed: tuple[str, ...]
    solid_only: bool


@dataclass(frozen=True, slots=True)
class Preset:
    """One rule.

    Attributes:
        key: Its name in settings and slots.
        names: What people call it.
        country: ISO code, ``INTL``, ``EU`` or ``WW``.
        document: ``passport``, ``visa``, ``generic`` and the like.
        people: So many faces.
        media: ``print``, ``digital`` or ``both``.
        width_mm: Printed frame; ``None`` for a web form.
        height_mm: Printed frame; ``None`` for a web form.
        dpi: Resolution tag.
        width_px: What to write.
        height_px: What to write.
        px_rule: How binding the pixels are.
        px_min: Least width and height.
        px_max: Most width and height.
        head: Chin to crown.
        head_basis: Who says so (``published_…``, ``advisory``), ``""`` where there is no figure.
        crown: Up to where the head is measured.
        eye_line: Pupils above the lower edge.
        eye_basis: Who says so.
        top_margin: Crown below the upper edge.
        face_width_px: Width of the face, pixels of the written photo.
        head_width_mm: Width of the head.
        chin_to_bottom_mm: Chin above the lower edge.
        max_pose_deg: Most degrees by axis: ``yaw``, ``pitch``, ``roll``, ``roll_or_yaw``.
        ground: Which backgrounds.
        file_kb: Size of the file as the rule writes it, 1 KB = 1024 bytes.
        format: ``jpg`` or ``png``.
        glasses: The rule in one word.
        retouch: What the authority says about edits.
        ambiguous_with: Presets that people call by the same name.
        notes: What else the rule says.
        source: Who published it.
        confidence: ``official``, ``commonly_cited`` or ``uncertain``.
        uncertain_fields: Fields that are less sure than the rest.
    """

    key: str
    names: Names
    country: str
    document: str
    people: int
    media: str
    width_mm: float | None
    height_mm: float | None
    dpi: int
    width_px: int
    height_px: int
    px_rule: PixelRule
    px_min: tuple[int, int] | None
    px_max: tuple[int, int] | None
    head: Figure
    head_basis: str
    crown: Crown
    eye_line: Figure
    eye_basis: str
    top_margin: Figure
    face_width_px: Limits | None
    head_width_mm: Limits | None
    chin_to_bottom_mm: Limits | None
    max_pose_deg: Mapping[str, float]
    ground: Ground
    file_kb: Limits
    format: str
    glasses: str
    retouch: RetouchPolicy
    source: str
    confidence: str
    ambiguous_with: tuple[str, ...] = ()
    notes: str = ""
    uncertain_fields: tuple[str, ...] = field(default=())

    @property
    def head_share(self) -> Limits | None:
        """Chin to crown as a share of the written photo's height."""
        return self.head.share(self.height_px, self.height_mm)

    @property
    def eye_line_share(self) -> Limits | None:
        """Pupils above the lower edge as a share of the written photo's height."""
        return self.eye_line.share(self.height_px, self.height_mm)

    @property
    def top_margin_share(self) -> Limits | None:
        """Crown below the upper edge as a share of the written photo's height."""
        return self.top_margin.share(self.height_px, self.height_mm)

    @property
    def is_head_published(self) -> bool:
        return is_published(self.head_basis)

    @property
    def is_eye_line_published(self) -> bool:
        return is_published(self.eye_basis)

    @property
    def size_bytes(self) -> Limits:
        """Bytes that fit the rule whether its KB are 1000 or 1024 bytes."""
        least, most = self.file_kb.least, self.file_kb.most
        return Limits(
            None if least is None else least * 1024, None if most is None else most * 1000
        )

    @property
    def is_upload(self) -> bool:
        """Chosen only where its own words are said."""
        return self.key.endswith("_online")


def is_published(basis: str) -> bool:
    """Whether an authority publishes the figure today; anything else warns and never rejects."""
    return basis.startswith("published") and not basis.startswith("published_until")


@dataclass(frozen=True, slots=True)
class Paper:
    """A sheet to print on.

    Attributes:
        key: Its name in settings and slots.
        names: What people call it.
        width_mm: Shorter side.
        height_mm: Longer side.
        width_px_300dpi: What others take it for at 300 dpi.
        height_px_300dpi: The same.
    """

    key: str
    names: Names
    width_mm: float
    height_mm: float
    width_px_300dpi: int
    height_px_300dpi: int


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """Words that name more than one frame.

    Attributes:
        words: The words.
        default_zh: Preset for a Chinese word.
        default_en: Preset for an English word.
        candidates: What it might be.
    """

    words: tuple[str, ...]
    default_zh: str
    default_en: str
    candidates: tuple[str, ...]
