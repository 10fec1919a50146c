"""The form for dropping photos: options of routes as fields, and what was filled in as values."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from admin.wording import WORDS
from admin.wording_options import choice_name, option_meaning, option_name
from daemon.config.model import Config
from daemon.config.option_models import options_of
from daemon.config.route_options import mistakes_in
from daemon.domain.language import Language

_PREFIX = "option"
_BOOL = ("true", "false")
_NUMBERS = {int: "1", float: "any"}


@dataclass(frozen=True, slots=True)
class Field:
    """One option of a route.

    Attributes:
        route: The route.
        name: The option.
        label: What people call it.
        kind: ``choice``, ``number`` or ``text``; empty where a form has none for it.
        choices: What may be chosen: value and words.
        least: Smallest number, or empty.
        most: Largest number, or empty.
        step: Of a number.
        about: What it means.
        spoken: In which language that is said.
        value: What stands there; empty: as the inbox has it.
        problem: What is wrong with that, or empty.
    """

    route: str
    name: str
    label: str
    kind: str
    choices: tuple[tuple[str, str], ...] = ()
    least: str = ""
    most: str = ""
    step: str = ""
    about: str = ""
    spoken: str = "en"
    value: str = ""
    problem: str = ""

    @property
    def key(self) -> str:
        """Its name in the form."""
        return f"{_PREFIX}.{self.route}.{self.name}"


@dataclass(frozen=True, slots=True)
class Group:
    """The options of a route, and the inboxes whose plan has it."""

    route: str
    inboxes: tuple[str, ...]
    fields: tuple[Field, ...]

    @property
    def is_open(self) -> bool:
        """Whether somebody filled something in."""
        return any(field.value for field in self.fields)


def option_groups(config: Config, language: str, filled: Mapping[str, str]) -> list[Group]:
    """The options of every route that an inbox's plan has, with what was filled in."""
    groups = []
    for route in dict.fromkeys(route for inbox in config.inboxes for route in inbox.plan):
        fields = tuple(_fields(route, language))
        if fields:
            inboxes = tuple(inbox.name for inbox in config.inboxes if route in inbox.plan)
            shown = tuple(replace(one, value=filled.get(one.key, "").strip()) for one in fields)
            groups.append(Group(route, inboxes, shown))
    return groups


def blamed(groups: Iterable[Group], problems: Mapping[str, str]) -> list[Group]:
    """The groups with what is wrong at each field."""
    return [
        replace(
            group,
            fields=tuple(
                replace(field, problem=problems.get(field.key, "")) for field in group.fields
            ),
        )
        for group in groups
    ]


def chosen_options(
    config: Config, inbox: str, groups: Iterable[Group], language: Language
) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """What was filled in, as options by route name, and what is wrong with it by field."""
    plan = next((one.plan for one in config.inboxes if one.name == inbox), ())
    options: dict[str, dict[str, Any]] = {}
    problems: dict[str, str] = {}
    words = WORDS[language]
    for group in groups:
        for field in group.fields:
            if not field.value:
                continue
            if group.route not in plan:
                told = words["drop_unknown_option"].format(inbox=inbox, route=group.route)
                problems[field.key] = told
            elif (value := _value(field)) is None:
                problems[field.key] = words["drop_not_a_number"]
            else:
                options.setdefault(group.route, {})[field.name] = value
    for route, raw in options.items():
        problems.update(_mistakes(route, raw, language))
    return options, problems


def _mistakes(route: str, raw: Mapping[str, Any], language: Language) -> Iterator[tuple[str, str]]:
    model = options_of(route)
    if model is not None:
        for problem in mistakes_in(model, raw, language):
            name = str(problem.where[0]) if problem.where else next(iter(raw))
            yield f"{_PREFIX}.{route}.{name}", problem.text


def _value(field: Field) -> Any:
    """What was typed as the option has it; ``None`` where that is no number."""
    if field.kind == "text":
        return field.value
    try:
        value = json.loads(field.value)
    except ValueError:
        value = field.value
    if field.kind == "number":
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return value if is_number else None
    return value


def _fields(route: str, language: str) -> Iterator[Field]:
    model: type[BaseModel] | None = options_of(route)
    for name, info in (model.model_fields if model is not None else {}).items():
        field = _field(Field(route, name, option_name(route, name, language), ""), info, language)
        if field.kind:
            english = " ".join((info.description or "").split())
            about, spoken = option_meaning(route, name, language, english)
            yield replace(field, about=about, spoken=spoken)
        # What is nested (limits of measures) belongs in the configuration, not in a form.


def _field(empty: Field, info: FieldInfo, language: str) -> Field:
    """The field for an option's type; without a kind where a form has none."""
    kinds, words = _plain(info.annotation), WORDS[language]
    if kinds == {bool}:
        told = tuple((value, words["yes" if value == "true" else "no"]) for value in _BOOL)
        return replace(empty, kind="choice", choices=told)
    if choices := _choices(info.annotation):
        told = tuple((one, choice_name(empty.name, one, language)) for one in choices)
        return replace(empty, kind="choice", choices=told)
    if len(kinds) == 1 and (step := _NUMBERS.get(next(iter(kinds)))):
        marks = [*info.metadata, *_marks(info.annotation)]
        least, most = _limit(marks, "ge", "gt"), _limit(marks, "le", "lt")
        return replace(empty, kind="number", least=least, most=most, step=step)
    return replace(empty, kind="text") if kinds == {str} else empty


def _plain(annotation: Any) -> set[Any]:
    """The types an annotation allows, ``None`` left out."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _plain(typing.get_args(annotation)[0])
    if origin in {typing.Union, types.UnionType}:
        parts = (_plain(part) for part in typing.get_args(annotation) if part is not type(None))
        return set().union(*parts)
    return {annotation}


def _marks(annotation: Any) -> list[Any]:
    found: list[Any] = []
    for part in typing.get_args(annotation):
        if typing.get_origin(part) is typing.Annotated:
            for mark in part.__metadata__:
                found += getattr(mark, "metadata", None) or [mark]
    return found


def _choices(annotation: Any) -> tuple[str, ...]:
    if typing.get_origin(annotation) is not typing.Literal:
        return ()
    return tuple(str(value) for value in typing.get_args(annotation))


def _limit(marks: Iterable[Any], *names: str) -> str:
    """The edge that a mark sets, or empty."""
    found = (getattr(mark, name, None) for mark in marks for name in names)
    return next((f"{edge:g}" for edge in found if edge is not None), "")
