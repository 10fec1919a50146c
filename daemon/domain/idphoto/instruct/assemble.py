"""Puts findings together: which sizes are one, which result gets which background."""

from __future__ import annotations

from collections.abc import Sequence

from daemon.domain.idphoto.book import Book
from daemon.domain.idphoto.caution import Caution
from daemon.domain.idphoto.instruct.draft import Draft, FoundGround, FoundSize
from daemon.domain.idphoto.instruct.numbers import MM_PER_INCH
from daemon.domain.idphoto.preset import Preset
from daemon.domain.idphoto.slots import (
    Adjust,
    Background,
    FileWish,
    HeadWish,
    Matting,
    Output,
    Pose,
    PrintWish,
    Retouch,
    Size,
    Slots,
    Watermark,
)

# Figures in millimetres that name the same frame: 51 x 51 is two inches square.
_SAME_MM = 0.5


def slots_of(draft: Draft, book: Book, frames: Sequence[Size] = ()) -> Slots:
    """The slots that the findings fill; what is odd about them is reported in the draft.

    Args:
        draft: The findings.
        book: Presets and colours.
        frames: Sizes that will be made instead of those that were found.
    """
    _check_file(draft)
    found = _settled(draft, book)
    for one in found:
        if one.is_ambiguous:
            draft.warn(Caution.AMBIGUOUS_SIZE, "sizes", used=one.size.preset)
    outputs = _outputs(found, draft, book, frames)
    sizes = () if len(outputs) > 1 else outputs[0].sizes
    ground = None if len(outputs) > 1 else outputs[0].background
    return Slots(
        sizes=sizes,
        background=ground,
        outputs=outputs if len(outputs) > 1 else (),
        retouch=Retouch(**draft.of("retouch")),
        adjust=Adjust(**draft.of("adjust")),
        matting=Matting(**draft.of("matting")),
        pose=Pose(**draft.of("pose")),
        head=HeadWish(**draft.of("head")),
        file=FileWish(**draft.of("file")),
        print=PrintWish(**draft.of("print")),
        watermark=Watermark(**draft.of("watermark")),
        generative=tuple(draft.generative.values()),
    )


def _check_file(draft: Draft) -> None:
    low, high = draft.values.get(("file", "min_kb")), draft.values.get(("file", "max_kb"))
    if low is not None and high is not None and low > high:
        draft.warn(
            Caution.CONFLICTING_VALUES, "file", value=f"min_kb {low:g}", used=f"max_kb {high:g}"
        )


# ── sizes ─────────────────────────────────────────────────────────────────────────────────


def _settled(draft: Draft, book: Book) -> list[FoundSize]:
    """The sizes that were meant, in the order of the text, each once."""
    once: dict[Size, FoundSize] = {}
    for one in sorted(draft.sizes, key=lambda one: one.at):
        once.setdefault(one.size, one)
    found = list(once.values())
    presets = [one for one in found if one.size.preset is not None]
    figures = [one for one in found if one.size.preset is None]
    presets = [one for one in presets if not _loses(one, presets, draft, book)]
    figures = [
        one
        for one in figures
        if not any(_is_frame_of(one.size, book.presets[_key(other)]) for other in presets)
        and not any(_is_pixels_of(one.size, other.size, draft) for other in figures)
    ]
    beside = [one for one in figures if not one.is_listed]
    if len(presets) == 1 and beside and not draft.is_distributed:
        draft.warn(
            Caution.SIZE_OVERRIDDEN, "sizes", preset=_key(presets[0]), used=_written(beside[0].size)
        )
        presets = []
    return sorted((*presets, *figures), key=lambda one: one.at)


def _key(one: FoundSize) -> str:
    assert one.size.preset is not None
    return one.size.preset


def _loses(one: FoundSize, presets: Sequence[FoundSize], draft: Draft, book: Book) -> bool:
    """An ambiguous word loses against a document; a frame is part of the document it fits."""
    if one.is_listed or draft.is_distributed:
        return False
    mine = book.presets[_key(one)]
    for other in presets:
        theirs = book.presets[_key(other)]
        if other is one or theirs.key == mine.key:
            continue
        is_document = theirs.document != "generic"
        if mine.document == "generic" and is_document and _has_frame(mine, theirs):
            return True
        if not one.is_ambiguous:
            continue
        if not other.is_ambiguous and (is_document or mine.document != "generic"):
            return True
        if other.is_ambiguous and mine.document == "generic" and is_document:
            return True
    return False


def _has_frame(mine: Preset, theirs: Preset) -> bool:
    return (
        mine.width_mm is not None
        and mine.height_mm is not None
        and _is_frame_of(Size(width_mm=mine.width_mm, height_mm=mine.height_mm), theirs)
    )


def _is_frame_of(size: Size, preset: Preset) -> bool:
    if size.width_px is not None:
        return (size.width_px, size.height_px) == (preset.width_px, preset.height_px)
    if size.width_mm is None or size.height_mm is None or preset.width_mm is None:
        return False
    assert preset.height_mm is not None
    off = max(abs(size.width_mm - preset.width_mm), abs(size.height_mm - preset.height_mm))
    return off <= _SAME_MM


def _is_pixels_of(pixels: Size, frame: Size, draft: Draft) -> bool:
    """``35x45mm 413x531px`` is one size, in millimetres."""
    if pixels.width_px is None or frame.width_mm is None:
        return False
    assert pixels.height_px is not None
    assert frame.height_mm is not None
    dpi = draft.values.get(("file", "dpi"), 300)
    sides = ((pixels.width_px, frame.width_mm), (pixels.height_px, frame.height_mm))
    return all(abs(px - mm / MM_PER_INCH * dpi) <= 1 for px, mm in sides)


def _written(size: Size) -> str:
    if size.width_px is not None:
        return f"{size.width_px}x{size.height_px}px"
    return f"{size.width_mm:g}x{size.height_mm:g}mm"


# ── backgrounds ───────────────────────────────────────────────────────────────────────────


def _outputs(
    sizes: Sequence[FoundSize], draft: Draft, book: Book, frames: Sequence[Size]
) -> tuple[Output, ...]:
    """Every result by itself, one where they differ in nothing but size."""
    plain = tuple(one.size for one in sizes)
    distinct = list(dict.fromkeys(one.ground for one in draft.grounds))
    if len(distinct) > 1:
        groups = _groups(sizes, draft.grounds)
        is_told = draft.is_distributed or any(one.is_listed for one in draft.grounds)
        if (len(groups) > 1 and all(s and len(g) == 1 for s, g in groups)) or is_told:
            pairs = groups if all(g for _, g in groups) else [(list(sizes), draft.grounds)]
            return tuple(
                Output(
                    tuple(one.size for one in s),
                    _ground(ground, frames or [one.size for one in s], draft, book),
                )
                for s, grounds in pairs
                for ground in grounds
            )
        draft.warn(
            Caution.CONFLICTING_VALUES, "background", value=_named(distinct[-2]),
            used=_named(distinct[-1]),
        )  # fmt: skip
    if not draft.grounds:
        return (Output(plain),)
    return (Output(plain, _ground(draft.grounds[-1], frames or plain, draft, book)),)


def _groups(
    sizes: Sequence[FoundSize], grounds: Sequence[FoundGround]
) -> list[tuple[list[FoundSize], list[FoundGround]]]:
    """``一寸白底二寸红底``: a new group begins where the first kind of thing comes again."""
    every: list[FoundSize | FoundGround] = [*sizes, *grounds]
    items = sorted(every, key=lambda one: one.at)
    groups: list[tuple[list[FoundSize], list[FoundGround]]] = []
    opener = type(items[0])
    before: type | None = None
    for item in items:
        if not groups or (isinstance(item, opener) and before is not opener):
            groups.append(([], []))
        before = type(item)
        if isinstance(item, FoundSize):
            groups[-1][0].append(item)
        else:
            groups[-1][1].append(item)
    return groups


def _ground(found: FoundGround, sizes: Sequence[Size], draft: Draft, book: Book) -> Background:
    """A bare "blue" is the ID-photo blue, unless the preset only knows another one."""
    if not found.is_bare_blue:
        return found.ground
    for one in sizes:
        if one.preset is None:
            continue
        allowed = book.presets[one.preset].ground.allowed
        blues = [key for key in allowed if "blue" in key]
        if blues and found.ground.color not in blues:
            draft.warn(
                Caution.COLOUR_SUBSTITUTED, "background", value=found.ground.color, used=blues[0],
            )  # fmt: skip
            return Background("solid", color=blues[0])
    return found.ground


def _named(ground: Background) -> str:
    return ground.color or ground.gradient or str(ground.rgb or ground.mode)
