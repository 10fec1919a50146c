"""Wishes in words: what a person asked for, line by line, as the booth understood it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from daemon.domain.idphoto.book import Book
from daemon.domain.idphoto.colour import Names
from daemon.domain.idphoto.slots import Background, Output, Size, Slots
from daemon.domain.language import Language

# Slot → what it is called.
_LABELS: Mapping[str, tuple[str, str]] = {
    "sizes": ("规格", "size"),
    "background": ("背景", "background"),
    "retouch.smooth": ("磨皮", "skin smoothing"),
    "retouch.whiten": ("美白", "skin whitening"),
    "retouch.keep_texture": ("保留皮肤纹理", "skin texture kept"),
    "retouch.blemish": ("祛痘祛斑", "blemishes"),
    "retouch.moles": ("痣", "moles"),
    "adjust.brightness": ("亮度", "brightness"),
    "adjust.contrast": ("对比度", "contrast"),
    "adjust.saturation": ("饱和度", "saturation"),
    "adjust.sharpness": ("锐度", "sharpness"),
    "matting.hair_detail": ("保留发丝", "hair strands kept"),
    "matting.stray_hair": ("碎发", "stray hair"),
    "pose.level": ("摆正", "head levelled"),
    "pose.flip": ("左右翻转", "mirrored"),
    "head.scale": ("头部大小", "head size"),
    "head.height_ratio": ("头高占比", "head height, share"),
    "head.height_mm": ("头高(毫米)", "head height, mm"),
    "head.top_margin_mm": ("头顶留白(毫米)", "room above the head, mm"),
    "head.top_margin_ratio": ("头顶留白占比", "room above the head, share"),
    "file.min_kb": ("文件不小于(KB)", "file at least, KB"),
    "file.max_kb": ("文件不大于(KB)", "file at most, KB"),
    "file.target_kb": ("文件约(KB)", "file about, KB"),
    "file.dpi": ("分辨率(dpi)", "resolution, dpi"),
    "file.format": ("格式", "format"),
    "print.paper": ("相纸", "paper"),
    "print.copies": ("张数", "copies"),
    "print.cut_lines": ("裁切线", "cut marks"),
    "print.gap_mm": ("间隙(毫米)", "gap, mm"),
    "watermark.text": ("水印", "watermark"),
}
_OPS: Mapping[str, tuple[str, str]] = {
    "clothes": ("换装(需要生成引擎)", "clothes (wants a generative engine)"),
    "hair": ("换发型(需要生成引擎)", "hair (wants a generative engine)"),
    "expression": ("改表情(需要生成引擎)", "expression (wants a generative engine)"),
    "glasses": ("眼镜(需要生成引擎)", "glasses (wants a generative engine)"),
    "pose": ("姿势(需要生成引擎)", "pose (wants a generative engine)"),
}
_WORDS: Mapping[str, tuple[str, str]] = {
    "remove": ("去掉", "remove"),
    "keep": ("保留", "keep"),
    "larger": ("大一点", "larger"),
    "smaller": ("小一点", "smaller"),
}
_YES, _NO, _NONE = ("是", "yes"), ("否", "no"), ("无", "none")
_GROUPS = ("retouch", "adjust", "matting", "pose", "head", "file", "print", "watermark")


def said_of(slots: Slots, book: Book, language: Language) -> tuple[tuple[str, str], ...]:
    """Every wish as a label and a value.

    Args:
        slots: The wishes.
        book: Where presets, colours and papers have their names.
        language: ``zh`` or ``en``.

    Returns:
        Pairs in the order of the slots; none where nothing was asked for.
    """
    return tuple(_lines(slots, book, 0 if language == "zh" else 1))


def _lines(slots: Slots, book: Book, which: int) -> Iterator[tuple[str, str]]:
    for number, result in enumerate(slots.results, 1):
        mark = f" {number}" if len(slots.results) > 1 else ""
        yield from _result(result, mark, book, which)
    for group in _GROUPS:
        inner = getattr(slots, group)
        for one in dataclasses.fields(inner):
            value = getattr(inner, one.name)
            if value is not None:
                slot = f"{group}.{one.name}"
                yield _LABELS[slot][which], _value(slot, value, book, which)
    for wish in slots.generative:
        yield _OPS[wish.op.value][which], wish.to


def _result(result: Output, mark: str, book: Book, which: int) -> Iterator[tuple[str, str]]:
    if result.sizes:
        said = "; ".join(_size(size, book, which) for size in result.sizes)
        yield _LABELS["sizes"][which] + mark, said
    if result.background is not None:
        yield _LABELS["background"][which] + mark, _ground(result.background, book, which)


def _size(size: Size, book: Book, which: int) -> str:
    if size.preset is not None:
        preset = book.presets[size.preset]
        return f"{_name(preset.names, which)} ({preset.key}, {preset.width_px}×{preset.height_px})"
    if size.width_px is not None:
        return f"{size.width_px}×{size.height_px} px"
    return f"{size.width_mm:g}×{size.height_mm:g} mm"


def _ground(ground: Background, book: Book, which: int) -> str:
    if ground.color is not None:
        colour = book.colours[ground.color]
        return f"{_name(colour.names, which)} {colour.hex}"
    if ground.rgb is not None:
        return "#" + bytes(ground.rgb).hex().upper()
    if ground.gradient is not None:
        return _name(book.gradients[ground.gradient].names, which)
    return _name(book.specials[ground.mode].names, which)


def _value(slot: str, value: object, book: Book, which: int) -> str:
    if isinstance(value, bool):
        return (_YES if value else _NO)[which]
    if isinstance(value, float | int):
        return f"{value:g}"
    if slot == "print.paper":
        return _name(book.papers[str(value)].names, which)
    if slot in {"watermark.text", "file.format"}:
        return str(value) or _NONE[which]
    return _WORDS[str(value)][which]


def _name(names: Names, which: int) -> str:
    return (names.zh, names.en)[which]
