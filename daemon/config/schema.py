"""The shape of the settings: which keys there are, and complaints about data of another shape."""

from __future__ import annotations

import functools
import json
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import pydantic
from pydantic import BaseModel

from daemon.config.model import Config
from daemon.config.source import KeyPath, Problem
from daemon.config.wording import hint, knows, nearest, sentence, shown
from daemon.domain.language import Language

Errors = list[Any]


def errors_of(data: Any) -> Errors:
    """What is wrong with the data's shape, as pydantic's error rows; empty: nothing.

    The data goes through JSON because strictness then means what it means for YAML: lists and
    texts become tuples and paths, but "8480" does not become a number, nor 1 a truth.
    """
    try:
        build(data)
    except pydantic.ValidationError as error:
        return list(error.errors(include_url=False))
    return []


def build(data: Any) -> Config:
    """The settings from plain values.

    Raises:
        pydantic.ValidationError: The data has another shape.
    """
    return Config.model_validate_json(json.dumps(data), strict=True)


def explain(
    error: Mapping[str, Any], language: Language, *, near_key: str | None = None
) -> Problem | None:
    """An error row as a complaint to a person; ``None`` where it only follows from another.

    Args:
        error: One of pydantic's.
        language: Of the complaint.
        near_key: The valid key nearest to an unknown one, where that is no setting's.
    """
    if follows_from_another(error):
        return None
    kind, where, value = error["type"], tuple(error["loc"]), error["input"]
    facts = {"value": shown(value), "detail": error["msg"], **error.get("ctx", {})}
    near = None
    if kind == "extra_forbidden":
        near = near_key or nearest_key(where)
    elif kind in {"literal_error", "enum"}:
        kind = "enum"
        facts["expected"] = error["ctx"]["expected"]
        near = nearest(str(value), _words(error["ctx"]["expected"]))
    elif kind == "string_pattern_mismatch" and where[:1] == ("inboxes",):
        kind = "inbox_name"
    elif kind == "string_pattern_mismatch" and where[:1] == ("webhooks",):
        kind = "webhook_name"
    text = sentence(kind if knows(kind) else "other", language, **facts)
    return Problem(where, text + hint(near, language))


def follows_from_another(error: Mapping[str, Any]) -> bool:
    """Whether a list only counts as too short because no entry of it was valid."""
    return error["type"] == "too_short" and bool(error["input"])


def _words(expected: str) -> list[str]:
    return [word.strip("' ") for word in expected.replace(" or ", ",").split(",")]


def nearest_key(where: KeyPath) -> str | None:
    """The valid key nearest to one that is not valid, as people would write it."""
    *parent, last = where
    here = children(tuple(parent))
    near = nearest(str(last), here)
    if near:
        return near
    elsewhere = [path for path in every_key() if path[-1] == last]
    return ".".join(map(str, elsewhere[0])) if elsewhere else None


def children(where: KeyPath) -> list[str]:
    """The valid keys below a key path; empty where anything goes or nothing can follow."""
    model: Any = Config
    named = False  # whether the next part is a name that the administrator chose
    for part in where:
        if isinstance(part, int) or named:
            named = False
            continue
        if model is None or part not in model.model_fields:
            return []
        annotation = model.model_fields[part].annotation
        model, named = section_of(annotation), typing.get_origin(annotation) is dict
    if named:
        return []
    return list(model.model_fields) if model is not None else []


def section_of(annotation: Any) -> type[BaseModel] | None:
    """The section's model behind a field's type: itself, or the entries of its tuple."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in typing.get_args(annotation):
        if not isinstance(inner, types.EllipsisType) and (found := section_of(inner)):
            return found
    return None


@functools.cache
def every_key() -> tuple[KeyPath, ...]:
    """Every key path of the settings; list entries stand as 0."""
    return tuple(_keys(Config, ()))


def _keys(model: type[BaseModel], where: KeyPath) -> Iterator[KeyPath]:
    for name, info in model.model_fields.items():
        inner = section_of(info.annotation)
        # Below names that an administrator chooses there is no one key to name.
        if inner is None or typing.get_origin(info.annotation) is dict:
            yield (*where, name)
            continue
        listed = typing.get_origin(info.annotation) is tuple
        yield from _keys(inner, (*where, name, 0) if listed else (*where, name))
