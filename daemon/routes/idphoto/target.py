"""One result: a preset or figures, turned into the rules that the photo is made and checked by."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from daemon.domain.idphoto import slots as wishes
from daemon.domain.idphoto.book import Book
from daemon.domain.idphoto.caution import Warned
from daemon.domain.idphoto.policy import allowed
from daemon.domain.idphoto.preset import MM_PER_INCH, Crown, Limits, PixelRule, Preset
from daemon.domain.idphoto.slots import Slots
from daemon.imaging.exact_file import SizeBand
from daemon.routes.idphoto.check_file import FileRule
from daemon.routes.idphoto.framing import Band, FrameRule
from daemon.routes.idphoto.painting import Background, Stop

_DPI = 300
# A print at arm's length shows no dots from about here on.
_LEAST_DPI = 240
_MOST_PX = 10_000
# A wish for another head is a step of this much; the band stays what it is.
_LARGER, _SMALLER = 1.07, 0.93
# A wished figure is kept to within this share of the frame.
_WISHED = 0.015
# Where one side of a band is open, it reaches this far. No figure, no rule: only a reach.
_OPEN = 0.12
# Source: acceptance section 5, ISO 19794-5: at least 90 px between the eye centres.
_EYES_APART_PX = 90.0
_YAW_DEG = 10.0  # F above 10. Source: acceptance 6.2
# Source: acceptance section 5: US visa files may be compressed 20 to 1 at most.
_US_COMPRESSION = 20.0


@dataclass(frozen=True, slots=True)
class Target:
    """What one file must be.

    Attributes:
        label: Names it among several results and in records: ``cn_1in_white``.
        preset: The rule, or ``None`` for figures.
        width_px: Width to write.
        height_px: Height to write.
        dpi: Resolution tag.
        frame: Where the head belongs.
        file: What the file must be.
        ground: What is painted behind the person.
        slots: The wishes that the preset's authority lets pass.
        zoom: Wished size of the head within its band.
        people: So many faces.
        crown: ``hair_top``, ``skull`` or ``unspecified``.
        yaw_deg: Most the head may be turned.
        eyes_apart_px: Least distance of the eyes, 0: no rule.
        least_px: Width and height that the rule takes at least, where it takes fewer pixels.
        least_dpi: Where only millimetres are published, so few dots to the inch will do.
    """

    label: str
    preset: Preset | None
    width_px: int
    height_px: int
    dpi: int
    frame: FrameRule
    file: FileRule
    ground: Background
    slots: Slots
    zoom: float = 1.0
    people: int = 1
    crown: str = "hair_top"
    yaw_deg: float = _YAW_DEG
    eyes_apart_px: float = 0.0
    least_px: tuple[int, int] | None = None
    least_dpi: int | None = None

    def without_enlarging(self, enlarged: float) -> Target:
        """The same rule with as few pixels as it takes, so that the photo need not be enlarged.

        Args:
            enlarged: Pixels of this target per pixel of the photo.
        """
        if self.least_px is None or enlarged <= 1:
            return self
        least = max(self.least_px[0] / self.width_px, self.least_px[1] / self.height_px)
        by = max(least, 1 / enlarged)
        if by >= 1:
            return self
        return self.sized(math.ceil(self.width_px * by), math.ceil(self.height_px * by), self.dpi)

    def with_fewer_dots(self, enlarged: float, most_enlarged: float) -> Target:
        """The same millimetres in fewer dots to the inch, where the photo has no more to give.

        Args:
            enlarged: Pixels of this target per pixel of the photo.
            most_enlarged: Beyond it the photo would be refused.
        """
        if self.least_dpi is None or self.preset is None or enlarged <= most_enlarged:
            return self
        dpi = max(self.least_dpi, math.floor(self.dpi * most_enlarged / enlarged))
        return self.sized(*_pixels(wishes.Size(), self.preset, dpi), dpi)

    def sized(self, width: int, height: int, dpi: int) -> Target:
        """The same rule for so many pixels and dots to the inch."""
        return replace(
            self,
            width_px=width,
            height_px=height,
            dpi=dpi,
            frame=replace(self.frame, width_px=width, height_px=height),
            file=replace(self.file, dpi=dpi, width_px=(width, width), height_px=(height, height)),
        )


def target_of(
    size: wishes.Size, ground: wishes.Background | None, slots: Slots, book: Book
) -> tuple[Target, tuple[Warned, ...]]:
    """The rules of one result, and what its authority does not let pass.

    Args:
        size: A preset or figures.
        ground: The background asked for; ``None``: the preset's, or white.
        slots: All wishes.
        book: Presets and colours.
    """
    preset = book.presets[size.preset] if size.preset else None
    kept, warned = (slots, ()) if preset is None else allowed(preset, slots)
    dpi = kept.file.dpi or (preset.dpi if preset else _DPI)
    width, height = _pixels(size, preset, dpi)
    ground = ground or wishes.Background("solid", color=preset.ground.default if preset else None)
    painted, named = painted_of(ground, book)
    target = Target(
        label=f"{size.preset or f'{width}x{height}'}_{named}",
        preset=preset,
        width_px=width,
        height_px=height,
        dpi=dpi,
        frame=_frame(preset, kept.head, width, height, dpi),
        file=_file(preset, kept.file, width, height, dpi, painted),
        ground=painted,
        slots=kept,
        zoom={"larger": _LARGER, "smaller": _SMALLER}.get(kept.head.scale or "", 1.0),
        people=preset.people if preset else 1,
        crown=(preset.crown if preset else Crown.HAIR_TOP).value,
        yaw_deg=_yaw(preset),
        eyes_apart_px=_EYES_APART_PX if preset and _is_biometric(preset) else 0.0,
        least_px=_least_px(size, preset, kept.file),
        least_dpi=_least_dpi(size, preset, kept.file),
    )
    return target, warned


def rule_of(preset: Preset, book: Book, dpi: float | None = None) -> Target:
    """What a preset asks for by itself, for a photo made elsewhere.

    Args:
        preset: The rule.
        book: Presets and colours.
        dpi: What the photo's resolution tag says: where only millimetres are published, its
            pixels follow from that.
    """
    target = target_of(wishes.Size(preset=preset.key), None, Slots(), book)[0]
    if dpi is None or target.least_dpi is None or dpi < target.least_dpi:
        return target
    return target.sized(*_pixels(wishes.Size(), preset, round(dpi)), round(dpi))


def _pixels(size: wishes.Size, preset: Preset | None, dpi: int) -> tuple[int, int]:
    """Millimetres first: another resolution is another number of pixels, not another tag."""
    if size.width_px and size.height_px:
        return size.width_px, size.height_px
    if size.width_mm and size.height_mm:
        return _px(size.width_mm, dpi), _px(size.height_mm, dpi)
    assert preset is not None, "a size is a preset or two figures"
    if dpi == preset.dpi or preset.width_mm is None or preset.height_mm is None:
        return preset.width_px, preset.height_px
    return _px(preset.width_mm, dpi), _px(preset.height_mm, dpi)


def _px(mm: float, dpi: int) -> int:
    return min(_MOST_PX, round(mm / MM_PER_INCH * dpi))


def _least_px(
    size: wishes.Size, preset: Preset | None, wish: wishes.FileWish
) -> tuple[int, int] | None:
    """Fewer pixels that will do; none where somebody named a size or a resolution."""
    if preset is None or wish.dpi or size.width_px or size.width_mm:
        return None
    is_open = preset.px_rule in {PixelRule.RANGE, PixelRule.MIN, PixelRule.MIN_ASPECT_3_4}
    return preset.px_min if is_open else None


def _least_dpi(size: wishes.Size, preset: Preset | None, wish: wishes.FileWish) -> int | None:
    """Fewer dots will do for a print of so many millimetres that nobody gave pixels for."""
    if preset is None or wish.dpi or size.width_px or size.width_mm:
        return None
    return _LEAST_DPI if preset.px_rule is PixelRule.DERIVED_FROM_MM else None


def painted_of(ground: wishes.Background, book: Book) -> tuple[Background, str]:
    """What to paint, and what it is called in a file's name."""
    if ground.mode == "gradient":
        gradient = book.gradients[ground.gradient or next(iter(book.gradients))]
        stops = tuple(Stop(stop.at, stop.rgb) for stop in gradient.stops)
        return Background("gradient", kind=gradient.kind, stops=stops), gradient.key
    if ground.mode != "solid":
        return Background(ground.mode), ground.mode
    if ground.rgb is not None:
        return Background("solid", rgb=ground.rgb), bytes(ground.rgb).hex()
    colour = book.colours[ground.color or "white"]
    return Background("solid", rgb=colour.rgb), colour.key


def _frame(
    preset: Preset | None, wish: wishes.HeadWish, width: int, height: int, dpi: int
) -> FrameRule:
    head = eye_line = top = None
    if preset is not None:
        head = _band(preset.head_share, published=preset.is_head_published)
        eye_line = _band(preset.eye_line_share, published=preset.is_eye_line_published)
        top = _band(preset.top_margin_share, published=preset.is_head_published)
    tall_mm = height * MM_PER_INCH / dpi
    if wish.height_ratio or wish.height_mm:
        head = _wished(wish.height_ratio or (wish.height_mm or 0) / tall_mm, head)
    if wish.top_margin_ratio or wish.top_margin_mm:
        top = _wished(wish.top_margin_ratio or (wish.top_margin_mm or 0) / tall_mm, top)
    return FrameRule(width, height, head=head, eye_line=eye_line, top_margin=top)


def _band(limits: Limits | None, *, published: bool) -> Band | None:
    if limits is None or (limits.least is None and limits.most is None):
        return None
    low = limits.least if limits.least is not None else (limits.most or 0) - _OPEN
    high = limits.most if limits.most is not None else low + _OPEN
    return Band(max(0.0, low), min(1.0, high), published)


def _wished(share: float, ruled: Band | None) -> Band:
    """A wish, kept within what an authority publishes."""
    low, high = share - _WISHED, share + _WISHED
    if ruled is not None and ruled.published:
        low = min(max(low, ruled.low), ruled.high)
        high = max(min(high, ruled.high), low)
        return Band(low, high, published=True)
    return Band(low, high, published=False)


def _file(  # noqa: PLR0913, PLR0917 - what a file's rule follows from
    preset: Preset | None,
    wish: wishes.FileWish,
    width: int,
    height: int,
    dpi: int,
    ground: Background,
) -> FileRule:
    form = wish.format or (preset.format if preset else "jpg")
    if ground.mode == "transparent":
        form = "png"  # nothing else is transparent
    is_us = preset is not None and preset.key in {"us_visa", "us_dv"}
    return FileRule(
        width_px=(width, width),
        height_px=(height, height),
        form="PNG" if form == "png" else "JPEG",
        dpi=dpi,
        band=_bytes(preset, wish),
        most_compression=_US_COMPRESSION if is_us and form == "jpg" else None,
    )


def _bytes(preset: Preset | None, wish: wishes.FileWish) -> SizeBand:
    if wish.target_kb is not None:
        return SizeBand(int(wish.target_kb * 900), int(wish.target_kb * 1000))
    least, most = (None, None) if preset is None else _kb(preset)
    return SizeBand.of_kb(
        wish.min_kb if wish.min_kb is not None else least,
        wish.max_kb if wish.max_kb is not None else most,
    )


def _kb(preset: Preset) -> tuple[float | None, float | None]:
    return preset.file_kb.least, preset.file_kb.most


def _yaw(preset: Preset | None) -> float:
    limits = {} if preset is None else preset.max_pose_deg
    return float(limits.get("yaw", limits.get("roll_or_yaw", _YAW_DEG)))


def _is_biometric(preset: Preset) -> bool:
    return preset.document in {"passport", "visa"} and preset.is_head_published


def pixel_range(preset: Preset) -> tuple[tuple[int, int], tuple[int, int]]:
    """Least and most width and height that a photo made elsewhere may have."""
    width, height = preset.width_px, preset.height_px
    if preset.px_rule is PixelRule.RANGE and preset.px_min and preset.px_max:
        return (preset.px_min[0], preset.px_max[0]), (preset.px_min[1], preset.px_max[1])
    if preset.px_rule in {PixelRule.MIN, PixelRule.MIN_ASPECT_3_4}:
        least = preset.px_min or (width, height)
        return (least[0], _MOST_PX), (least[1], _MOST_PX)
    return (width, width), (height, height)
