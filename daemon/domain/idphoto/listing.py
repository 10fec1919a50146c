"""Presets as they are shown: one JSON shape, and the words of a row for people."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from daemon.domain.idphoto.book import Book
from daemon.domain.idphoto.preset import Figure, Limits, Preset, RetouchPolicy, is_published
from daemon.domain.language import Language

_RETOUCH: Mapping[RetouchPolicy, tuple[str, str]] = {
    RetouchPolicy.FORBIDDEN: ("不许修图", "forbidden"),
    RetouchPolicy.RESTRICTED: ("不许改变相貌", "restricted"),
    RetouchPolicy.UNSPECIFIED: ("未规定", "unspecified"),
}
_CONFIDENCE: Mapping[str, tuple[str, str]] = {
    "official": ("官方公布", "official"),
    "commonly_cited": ("业内通行", "commonly cited"),
    "uncertain": ("说法不一", "uncertain"),
}


def preset_as_json(preset: Preset) -> dict[str, Any]:
    """The one JSON shape of a preset: command line and API both show this.

    Args:
        preset: The rule.

    Returns:
        JSON values under the names of ``Preset``'s attributes (``background`` for ``ground``); a
        pair of limits is ``[least, most]`` with ``None`` for an open side, a figure that nobody
        gave is ``None``.
        ``head_share``, ``eye_line_share`` and ``top_margin_share`` are shares of the photo's height
        that hold for any unit the rule was written in; ``…_published`` says whether an authority
        asks for them.
    """
    found = _fields(preset)
    found["background"] = found.pop("ground")
    return found | {
        "head_share": _plain(preset.head_share),
        "head_published": preset.is_head_published,
        "eye_line_share": _plain(preset.eye_line_share),
        "eye_line_published": preset.is_eye_line_published,
        "top_margin_share": _plain(preset.top_margin_share),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Limits):
        return [_plain(value.least), _plain(value.most)]
    if isinstance(value, Figure):
        return {unit: limits for unit, limits in _fields(value).items() if limits} or None
    if dataclasses.is_dataclass(value):
        return _fields(value)
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return _number(value) if isinstance(value, float) else value


def _fields(value: Any) -> dict[str, Any]:
    return {one.name: _plain(getattr(value, one.name)) for one in dataclasses.fields(value)}


def _number(value: float) -> float:
    return int(value) if value == int(value) else round(value, 4)


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A preset in words, each cell in one language.

    Attributes:
        key: Its name in settings and instructions.
        name: What people call it.
        size_mm: ``25 × 35``, or a dash for a web form.
        size_px: ``295 × 413``.
        dpi: Resolution tag.
        kb: The file's size, ``20–50``, or a dash.
        background: The default first, then what else is allowed; a list that is only a suggestion
            ends with ``…``.
        head: Chin to crown as a share of the height; ``*`` where nobody publishes it.
        retouch: What the authority says about edits.
        confidence: How sure the figures are.
    """

    key: str
    name: str
    size_mm: str
    size_px: str
    dpi: str
    kb: str
    background: str
    head: str
    retouch: str
    confidence: str

    @property
    def cells(self) -> tuple[str, ...]:
        return dataclasses.astuple(self)


COLUMNS = tuple(one.name for one in dataclasses.fields(Row))


def row_of(preset: Preset, book: Book, language: Language) -> Row:
    """A preset in words.

    Args:
        preset: The rule.
        book: Where the colours have their names.
        language: ``zh`` or ``en``.
    """
    which = 0 if language == "zh" else 1
    share = preset.head_share
    head = "–" if share is None else range_of(share, "%", scale=100)
    return Row(
        key=preset.key,
        name=preset.names.zh if language == "zh" else preset.names.en,
        size_mm=_frame(preset.width_mm, preset.height_mm),
        size_px=_frame(preset.width_px, preset.height_px),
        dpi=str(preset.dpi),
        kb=range_of(preset.file_kb),
        background=_grounds(preset, book, language),
        head=head if share is None or is_published(preset.head_basis) else f"{head}*",
        retouch=_RETOUCH[preset.retouch][which],
        confidence=_CONFIDENCE[preset.confidence][which],
    )


def range_of(limits: Limits | None, unit: str = "", *, scale: float = 1) -> str:
    """Limits for people: ``20–50``, ``≤ 240``, ``≥ 10``, a dash for none."""
    if limits is None:
        return "–"
    sides = (limits.least, limits.most)
    least, most = (None if side is None else f"{round(side * scale, 1):g}" for side in sides)
    if least is None and most is None:
        return "–"
    if least is None:
        return f"≤ {most}{unit}"
    if most is None:
        return f"≥ {least}{unit}"
    return f"{least}{unit}" if least == most else f"{least}–{most}{unit}"


def _frame(width: float | None, height: float | None) -> str:
    return "–" if width is None or height is None else f"{width:g} × {height:g}"


def _grounds(preset: Preset, book: Book, language: Language) -> str:
    ground = preset.ground
    keys = (ground.default, *(key for key in ground.allowed if key != ground.default))
    names = [book.colours[key].names for key in keys]
    said = [name.zh if language == "zh" else name.en for name in names]
    return ", ".join(said) + ("" if ground.solid_only else ", …")
