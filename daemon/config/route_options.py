"""Options of routes: judged where the settings are, by models which the routes own.

The models lie in the pixel tower, above this package, so whoever examines a configuration hands
in how to find them; without that, a wrong option is only told by the worker, photo by photo.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import pydantic
from pydantic import BaseModel, ConfigDict

from daemon.config.meaning import Subject
from daemon.config.schema import explain, section_of
from daemon.config.source import KeyPath, Problem
from daemon.config.wording import nearest
from daemon.domain.language import Language

OptionsOf: TypeAlias = Callable[[str], type[BaseModel] | None]


class NoOptions(BaseModel):
    """Of a route that takes none."""

    model_config = ConfigDict(extra="forbid")


def option_problems(
    subject: Subject, options_of: OptionsOf, language: Language
) -> Iterator[Problem]:
    """Every mistake in the options of inboxes and rules."""
    placed: list[tuple[KeyPath, Mapping[str, Mapping[str, Any]]]] = [
        (("inboxes", index), inbox.options) for index, inbox in subject.inboxes
    ]
    placed += [(("rules", index), rule.options) for index, rule in subject.rules]
    for place, options in placed:
        for route, raw in options.items():
            model = options_of(route)
            if model is not None:
                for problem in mistakes_in(model, raw, language):
                    where = (*place, "options", route, *problem.where)
                    yield Problem(where, problem.text)


def _near(model: type[BaseModel], where: tuple[str | int, ...]) -> str | None:
    """The valid key nearest to an unknown one, in the options or in a group inside them."""
    if not where:
        return None
    inside: type[BaseModel] | None = model
    for part in where[:-1]:
        if inside is None or str(part) not in inside.model_fields:
            return None
        inside = section_of(inside.model_fields[str(part)].annotation)
    return nearest(str(where[-1]), inside.model_fields) if inside is not None else None


def mistakes_in(
    model: type[BaseModel], raw: Mapping[str, Any], language: Language
) -> Iterator[Problem]:
    """Every mistake in the options of one route; key paths start at its options."""
    try:
        model.model_validate_json(json.dumps(dict(raw)), strict=True)
    except pydantic.ValidationError as error:
        for row in error.errors(include_url=False):
            near = _near(model, row["loc"])
            problem = explain(row, language, near_key=near)
            if problem is not None:
                yield problem
