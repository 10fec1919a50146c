"""Reads the data files into the domain's frozen values, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, TypeVar

import yaml

from daemon.catalogue.idphoto.record import DataError, Record
from daemon.domain.idphoto.book import Book
from daemon.domain.idphoto.colour import Colour, Gradient, SpecialGround, Stop
from daemon.domain.idphoto.preset import (
    Ambiguity,
    Crown,
    Figure,
    Ground,
    Limits,
    Paper,
    PixelRule,
    Preset,
    RetouchPolicy,
)

_Entry = TypeVar("_Entry", Preset, Paper, Colour, Gradient, SpecialGround)


@dataclass(frozen=True, slots=True)
class Example:
    """An instruction and what it must be read as.

    Attributes:
        id: Its name.
        language: ``zh`` or ``en``.
        text: The instruction.
        expect: Slots (and ``unparsed``) as JSON values.
        warnings: Warnings that must be there.
    """

    id: str
    language: str
    text: str
    expect: Mapping[str, Any]
    warnings: tuple[str, ...]


def _file(name: str) -> Record:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    # The C reader is thirty times as fast; where PyYAML came without it the plain one reads the
    # same.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return Record(name, yaml.load(text, Loader=loader))  # noqa: S506 - both are safe loaders


@cache
def book() -> Book:
    """The figures and words of this version.

    Raises:
        daemon.catalogue.idphoto.record.DataError: The package's data is damaged.
    """
    specs, colours, words = _file("specs.yaml"), _file("colors.yaml"), _file("instructions.yaml")
    made = Book(
        presets=_by_key("presets", specs, _preset),
        papers=_by_key("papers", specs, _paper),
        colours=_by_key("solid", colours, _colour),
        gradients=_by_key("gradients", colours, _gradient),
        specials=_by_key("special", colours, _special),
        ambiguities=tuple(
            _ambiguity(Record("ambiguous_words", row)) for row in specs.take("ambiguous_words")
        ),
        countries=_words(specs.inner("country_words")),
        lexicon=_words(words.inner("lexicon")),
    )
    for record, keys in (
        (specs, ("meta",)),
        (colours, ("meta",)),
        (words, ("meta", "slots", "warning_codes", "rules", "examples")),
    ):
        for key in keys:
            record.take(key)
        record.finish()
    _refuse_loose_ends(made)
    return made


@cache
def examples() -> tuple[Example, ...]:
    """The instructions that every version must read as the data says."""
    rows = _file("instructions.yaml").take("examples")
    return tuple(
        Example(row["id"], row["lang"], row["text"], row["expect"], tuple(row["warnings"]))
        for row in rows
    )


def _by_key(
    name: str, record: Record, make: Callable[[Record], _Entry]
) -> MappingProxyType[str, _Entry]:
    made: dict[str, _Entry] = {}
    for row in record.take(name):
        inner = Record(f"{name}[{row.get('key')}]", row)
        entry = make(inner)
        inner.finish()
        if entry.key in made:
            raise inner.wrong("stands there twice")
        made[entry.key] = entry
    return MappingProxyType(made)


def _words(record: Record) -> MappingProxyType[str, tuple[str, ...]]:
    return MappingProxyType({key: record.texts(key) for key in record.unread()})


def _preset(row: Record) -> Preset:
    return Preset(
        key=row.text("key"),
        names=row.names(),
        country=row.text("country"),
        document=row.text("document"),
        people=row.whole("people"),
        media=row.text("media"),
        width_mm=row.maybe_number("width_mm"),
        height_mm=row.maybe_number("height_mm"),
        dpi=row.whole("dpi"),
        width_px=row.whole("width_px"),
        height_px=row.whole("height_px"),
        px_rule=PixelRule(row.text("px_rule")),
        px_min=row.pair("px_min"),
        px_max=row.pair("px_max"),
        head=Figure(mm=row.limits("head_height_mm"), ratio=row.limits("head_height_ratio")),
        head_basis=row.maybe_text("head_basis"),
        crown=Crown(row.text("crown")),
        eye_line=_figure(row, "eye_line_from_bottom"),
        eye_basis=row.maybe_text("eye_basis"),
        top_margin=_figure(row, "top_margin"),
        face_width_px=row.limits("face_width_px"),
        head_width_mm=row.limits("head_width_mm"),
        chin_to_bottom_mm=row.limits("chin_to_bottom_mm"),
        max_pose_deg=MappingProxyType(row.numbers("max_pose_deg")),
        ground=_ground(row.inner("background")),
        file_kb=row.limits("file_kb") or Limits(None, None),
        format=row.text("format"),
        glasses=row.text("glasses"),
        retouch=RetouchPolicy(row.text("retouch")),
        source=row.text("source"),
        confidence=row.text("confidence"),
        ambiguous_with=row.maybe_texts("ambiguous_with"),
        notes=row.maybe_text("notes"),
        uncertain_fields=row.maybe_texts("uncertain_fields"),
    )


def _figure(row: Record, name: str) -> Figure:
    return Figure(
        mm=row.limits(f"{name}_mm"), px=row.limits(f"{name}_px"), ratio=row.limits(f"{name}_ratio")
    )


def _ground(row: Record) -> Ground:
    ground = Ground(row.text("default"), row.texts("allowed"), row.truth("solid_only"))
    row.finish()
    return ground


def _paper(row: Record) -> Paper:
    return Paper(
        key=row.text("key"),
        names=row.names(),
        width_mm=row.number("width_mm"),
        height_mm=row.number("height_mm"),
        width_px_300dpi=row.whole("width_px_300dpi"),
        height_px_300dpi=row.whole("height_px_300dpi"),
    )


def _colour(row: Record) -> Colour:
    written, rgb = row.rgb()
    return Colour(
        key=row.text("key"),
        names=row.names(),
        hex=written,
        rgb=rgb,
        tolerance_de00=row.number("tolerance_de00"),
        use=row.text("use"),
        source=row.text("source"),
        confidence=row.text("confidence"),
    )


def _gradient(row: Record) -> Gradient:
    kind = row.text("kind")
    if kind not in {"vertical", "radial"}:
        raise row.wrong(f"kind {kind}")
    return Gradient(
        key=row.text("key"),
        names=row.names(),
        kind="radial" if kind == "radial" else "vertical",
        stops=tuple(_stop(Record("stops", stop)) for stop in row.take("stops")),
        source=row.text("source"),
        confidence=row.text("confidence"),
    )


def _stop(row: Record) -> Stop:
    at, (written, rgb) = row.number("at"), row.rgb()
    row.finish()
    return Stop(at, written, rgb)


def _special(row: Record) -> SpecialGround:
    return SpecialGround(row.text("key"), row.names(), row.maybe_text("requires_format"))


def _ambiguity(row: Record) -> Ambiguity:
    words, candidates = row.texts("words"), row.texts("candidates")
    if row.has("default"):
        zh = en = row.text("default")
    else:
        zh, en = row.text("default_zh"), row.text("default_en")
    row.finish()
    return Ambiguity(words, zh, en, candidates)


def _refuse_loose_ends(made: Book) -> None:
    """Every key that an entry names must exist."""
    for preset in made.presets.values():
        named = {preset.ground.default, *preset.ground.allowed}
        if preset.ground.default not in preset.ground.allowed or named - set(made.colours):
            msg = f"{preset.key}: colours {sorted(named)}"
            raise DataError(msg)
        _refuse_unknown(preset.key, preset.ambiguous_with, made)
    for row in made.ambiguities:
        _refuse_unknown(row.words[0], (row.default_zh, row.default_en, *row.candidates), made)


def _refuse_unknown(where: str, keys: tuple[str, ...], made: Book) -> None:
    unknown = set(keys) - set(made.presets)
    if unknown:
        msg = f"{where}: no presets {sorted(unknown)}"
        raise DataError(msg)
