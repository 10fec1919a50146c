"""Reads the entity types into the domain's frozen values, once; tells every mistake with its line.

The reader is strict: a key nobody knows, a key that is missing, a pattern that does not compile or
a name of nothing is a mistake, so that no type is carried that does nothing.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from types import MappingProxyType

from daemon.catalogue.privacy.record import DataError, Mistakes, Record, record_of
from daemon.domain.privacy.context import comparable
from daemon.domain.privacy.entity import (
    Book,
    Check,
    Default,
    Entity,
    Evidence,
    Pattern,
    Profile,
    Score,
    Window,
)
from daemon.domain.privacy.national import SCHEMES
from daemon.domain.privacy.patterns import pattern_of
from daemon.domain.privacy.plausible import Issuer, Tables, check_of

DATA = "entities.yaml"
_PROSE = ("description", "flavour", "normalise", "boundary", "strip", "checks")
_TOLD = ("default_values", "pattern_needs_values")
_PEOPLE = ("personal", "financial", "contact", "document", "organisation", "vehicle")
KINDS = frozenset((*_PEOPLE, "code", "generic", "temporal", "amount"))


@cache
def data_text() -> str:
    """The data file."""
    return resources.files(__package__).joinpath(DATA).read_text(encoding="utf-8")


@cache
def book() -> Book:
    """The types and profiles of this version.

    Raises:
        daemon.catalogue.privacy.record.DataError: The package's data is damaged.
    """
    return read(data_text())


def read(text: str) -> Book:
    """Entity types from YAML.

    Args:
        text: Shaped like ``entities.yaml``.

    Raises:
        daemon.catalogue.privacy.record.DataError: All mistakes, each with its line.
    """
    mistakes = Mistakes(DATA)
    top = record_of(text, mistakes)
    for key in (*_PROSE, *_TOLD):
        top.take(key)
    version = top.whole("version")
    schemes = top.inner("checksums")
    named = frozenset(schemes.unread())
    tables = _tables(top)
    window = _window(top.inner("context_window"))
    confusables = top.inner("confusables")
    confusables.take("note")
    entities = [_entity(row, tables, named) for row in top.rows("entities")]
    profiles = [_profile(row, name) for name, row in top.inner("profiles").groups()]
    letters = _confusables(confusables.inner("map"))
    top.finish()
    made = Book(
        entities=MappingProxyType({entity.id: entity for entity in entities if entity}),
        profiles=MappingProxyType({profile.name: profile for profile in profiles if profile}),
        confusables=letters,
        window=window,
        version=version,
    )
    _refuse_loose_ends(top, made, [entity.id for entity in entities if entity])
    mistakes.raise_any()
    return made


@cache
def examples() -> tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]:
    """Id, valid and invalid examples of every type."""
    top = record_of(data_text(), Mistakes(DATA))
    return tuple(
        (row.text("id"), row.texts("valid"), row.texts("invalid")) for row in top.rows("entities")
    )


def _tables(top: Record) -> Tables:
    issuers = []
    for row in top.rows("iin_lengths"):
        ranges = tuple(_range(prefix) for prefix in row.texts("prefixes"))
        issuers.append(Issuer(row.text("network"), ranges, frozenset(row.wholes("lengths"))))
        row.finish()
    lengths = top.inner("iban_lengths")
    return Tables(
        tuple(issuers), MappingProxyType({code: lengths.whole(code) for code in lengths.unread()})
    )


def _range(prefix: str) -> tuple[str, str]:
    first, _, last = prefix.partition("-")
    return first, last or first


def _window(row: Record) -> Window:
    row.take("note")
    made = Window(row.whole("same_line_chars"), row.truth("previous_line"), row.truth("left_cell"))
    row.finish()
    return made


def _confusables(row: Record) -> MappingProxyType[str, str]:
    made = {}
    for letter in row.unread():
        digit = row.text(letter)
        if len(letter) != 1 or len(digit) != 1 or not digit.isdigit():
            row.wrong(f"{letter!r}: one character to one digit")
        made[letter] = digit
    return MappingProxyType(made)


def _entity(row: Record, tables: Tables, named: frozenset[str]) -> Entity | None:
    name, words = row.inner("name"), row.inner("context")
    label = row.inner("label") if row.has("label") else None
    scheme = row.maybe_text("checksum")
    if scheme and (scheme not in SCHEMES or scheme not in named):
        row.wrong(f"no check digit {scheme}")
    kind = row.text("class")
    if kind not in KINDS:
        row.wrong(f"no class {kind}")
    row.texts("valid")
    row.texts("invalid")
    made = Entity(
        id=row.text("id"),
        zh=name.text("zh"),
        en=name.text("en"),
        country=row.text("country"),
        kind=kind,
        default=row.choice("default", Default, Default.MASK),
        patterns=_patterns(row),
        score=_score(row.inner("score")),
        strip=row.text("strip"),
        scheme=scheme,
        check_digit=SCHEMES.get(scheme),
        checks=_checks(row, tables),
        context=tuple(comparable(word) for word in words.texts("zh") + words.texts("en")),
        notes=row.maybe_text("notes"),
        short_zh=label.text("zh") if label else "",
        short_en=label.text("en") if label else "",
    )
    for one in (name, words, row, *([label] if label else [])):
        one.finish()
    return made


def _checks(row: Record, tables: Tables) -> tuple[Check, ...]:
    made = (row.made(check_of, name, tables) for name in row.texts("checks"))
    return tuple(one for one in made if one is not None)


def _patterns(row: Record) -> tuple[Pattern, ...]:
    needs = row.inner("pattern_needs") if row.has("pattern_needs") else None
    made = []
    for at, source in enumerate(row.texts("patterns")):
        evidence = Evidence.AS_TYPE
        if needs is not None and needs.has(str(at)):
            evidence = needs.choice(str(at), Evidence, Evidence.AS_TYPE)
        made.append(row.made(pattern_of, source, evidence))
    if needs is not None:
        needs.finish()
    return tuple(one for one in made if one is not None)


def _score(row: Record) -> Score:
    made = Score(row.share("pattern"), row.maybe_share("checksum"), row.share("context"))
    row.finish()
    return made


def _profile(row: Record, name: str) -> Profile | None:
    made = Profile(
        name=name,
        zh=row.text("zh"),
        en=row.text("en"),
        min_digits=row.maybe_whole("min_digits"),
        kinds=frozenset(row.texts("include_classes")),
        include=frozenset(row.maybe_texts("include")),
        exclude=frozenset(row.maybe_texts("exclude")),
        codes=row.maybe_truth("codes"),
        zones=row.maybe_truth("mrz"),
        faces=row.maybe_truth("faces"),
        signatures=row.maybe_truth("signatures"),
        notes=row.maybe_text("note"),
    )
    row.finish()
    if made.kinds - KINDS:
        row.wrong(f"no classes {sorted(made.kinds - KINDS)}")
    return made


def _refuse_loose_ends(top: Record, made: Book, ids: list[str]) -> None:
    """No id twice, and every type that a profile names must exist."""
    for id_ in sorted({one for one in ids if ids.count(one) > 1}):
        top.wrong(f"{id_} stands there twice")
    for profile in made.profiles.values():
        unknown = (profile.include | profile.exclude) - set(made.entities)
        if unknown:
            top.wrong(f"profile {profile.name}: no types {sorted(unknown)}")


__all__ = ["DataError", "book", "data_text", "examples", "read"]
