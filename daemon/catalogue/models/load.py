"""Reads ``models.toml`` into the domain's frozen values, once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

from daemon.catalogue.idphoto.record import DataError, Record
from daemon.domain.models import CommercialUse, Model, ModelBook, ModelLicence

FILE = "models.toml"
SCHEMA = 1
FIGURES = (
    "params_m",
    "gflop_per_face",
    "gflop_640",
    "gflop_1280",
    "gflop_per_input_megapixel",
)

_KEY = re.compile(r"[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?")
# A part of a path in the store: no separator, no "..", nothing hidden, nothing a shell would see.
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,120}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_URL = re.compile(r"https://[a-z0-9.-]+/[\x21-\x7e]+")


@cache
def model_book() -> ModelBook:
    """The models that this version knows.

    Raises:
        daemon.catalogue.idphoto.record.DataError: The package's data is damaged.
    """
    text = resources.files(__package__).joinpath(FILE).read_text(encoding="utf-8")
    return read_book(text)


def read_book(text: str) -> ModelBook:
    """Read a catalogue.

    Args:
        text: TOML.

    Raises:
        daemon.catalogue.idphoto.record.DataError: It does not say what it must.
    """
    try:
        whole = Record(FILE, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{FILE}: {error}") from error
    if whole.whole("schema") != SCHEMA:
        raise whole.wrong("schema is not 1")
    rows = whole.inner("licences")
    licences = {key: _licence(key, rows.inner(key)) for key in rows.unread()}
    models: dict[str, Model] = {}
    for data in whole.take("models"):
        model = _model(Record(f"models[{data.get('key')}]", data), licences)
        if model.key in models:
            raise DataError(f"models[{model.key}]: stands there twice")
        models[model.key] = model
    whole.finish()
    _refuse_loose_ends(models)
    return ModelBook(MappingProxyType(models), MappingProxyType(licences))


def _licence(key: str, row: Record) -> ModelLicence:
    licence = ModelLicence(
        key=key,
        name=row.text("name"),
        commercial=_commercial(row),
        stated_by=row.text("stated_by"),
        condition=row.maybe_text("condition"),
        note=row.maybe_text("note"),
        treat_as_noncommercial=(
            row.truth("treat_as_noncommercial") if row.has("treat_as_noncommercial") else False
        ),
    )
    row.finish()
    return licence


def _commercial(row: Record) -> CommercialUse:
    said = row.text("commercial_use")
    if said not in set(CommercialUse):
        raise row.wrong(f"commercial_use {said}")
    return CommercialUse(said)


def _model(row: Record, licences: Mapping[str, ModelLicence]) -> Model:
    key, licence = row.text("key"), row.text("licence")
    if not _KEY.fullmatch(key) or ".." in key:
        raise row.wrong("key must be small letters, digits, dots and dashes")
    if licence not in licences:
        raise row.wrong(f"no licence {licence}")
    sha256 = row.maybe_text("sha256")
    model = Model(
        key=key,
        purpose=row.text("purpose"),
        architecture=row.text("architecture"),
        file=_file(row),
        urls=row.texts("urls"),
        licence=licences[licence],
        framework=row.text("framework"),
        size_bytes=_size(row),
        sha256=sha256,
        sha256_source=row.text("sha256_source") if sha256 else "",
        archive=row.maybe_text("archive"),
        also_at=tuple(_path(row, place) for place in row.maybe_texts("also_at")),
        figures=MappingProxyType({name: row.number(name) for name in FIGURES if row.has(name)}),
        size_note=row.maybe_text("size_note"),
        loader_note=row.maybe_text("loader_note"),
    )
    if sha256 and not _SHA256.fullmatch(sha256):
        raise row.wrong("sha256 must be 64 hex digits")
    if not model.urls or not all(_URL.fullmatch(url) for url in model.urls):
        raise row.wrong("urls must be https addresses")
    row.finish()
    return model


def _file(row: Record) -> str:
    if row.has("is_folder"):
        if not row.truth("is_folder"):
            raise row.wrong("is_folder is left out where it is not so")
        return ""
    return _path(row, row.text("file"))


def _path(row: Record, place: str) -> str:
    """A path that stays inside the folder it is relative to."""
    if not all(_PART.fullmatch(part) and ".." not in part for part in place.split("/")):
        raise row.wrong(f"{place!r} is no safe path")
    return place


def _size(row: Record) -> int | None:
    if not row.has("size_bytes"):
        return None
    size = row.whole("size_bytes")
    if size <= 0:
        raise row.wrong("size_bytes must be more than 0")
    return size


def _is_archive_of(outer: Model, inner: Model) -> bool:
    """The same addresses under the same terms, and both held to sums."""
    is_same = outer.urls == inner.urls and outer.licence == inner.licence
    return is_same and bool(outer.sha256 and inner.sha256)


def _refuse_loose_ends(models: Mapping[str, Model]) -> None:
    """Archives exist, hold their members' urls, and no two models share a place."""
    seen: dict[str, str] = {}
    for model in models.values():
        outer = models.get(model.archive) if model.archive else None
        if model.archive and (outer is None or not _is_archive_of(outer, model)):
            raise DataError(f"models[{model.key}]: archive {model.archive}")
        for place in model.places if model.file else ():
            if seen.setdefault(place, model.key) != model.key:
                raise DataError(f"models[{model.key}]: {place} is {seen[place]}'s")
