"""The description of the API, OpenAPI 3.1, made of the table of operations and the models."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel

from admin.api import models
from admin.api.operations import OPERATIONS, Operation
from admin.api.problems import CONTENT_TYPE
from daemon import __version__

BASE = "/api/v1"
_REF = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
_PICTURE = {"type": "string", "format": "binary"}


def describe() -> dict[str, Any]:
    """The whole document."""
    schemas: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for one in OPERATIONS:
        path = _PARAMETER.sub(r"{\2}", f"{BASE}{one.path}")
        paths.setdefault(path, {})[one.method.lower()] = _operation(one, schemas)
    _schema(models.Problem, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "boothd", "version": __version__, "license": {"name": "Apache-2.0"}},
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(one: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "parameters": _parameters(one),
        "responses": {str(status): _answer(said, schemas) for status, said in one.answers.items()},
        # Without tokens configured, this machine may call without one.
        "security": [] if one.scope is None else [{"token": [one.scope]}, {}],
    }
    problem = {CONTENT_TYPE: {"schema": _schema(models.Problem, schemas)}}
    told["responses"]["default"] = {"description": "Why not.", "content": problem}
    if one.takes_options:
        told["description"] = "Any other parameter is an option of a route: strength=0.5."
    if one.body is not None:
        told["requestBody"] = {"required": True, "content": _body(one, schemas)}
    return told


def _parameters(one: Operation) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer", "minimum": 0} if kind == "int" else {"type": "string"},
        }
        for kind, name in _PARAMETER.findall(one.path)
    ]
    told += [
        {"name": name, "in": "query", "description": said, "schema": {"type": kind}}
        for name, kind, said in one.query
    ]
    if one.is_idempotent:
        schema = {"type": "string", "minLength": 1, "maxLength": 255}
        told.append({"name": "Idempotency-Key", "in": "header", "schema": schema})
    return told


def _body(one: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    assert one.body is not None
    content: dict[str, Any] = {"application/json": {"schema": _schema(one.body, schemas)}}
    if one.files:
        form = {
            "type": "object",
            "required": list(one.files),
            "properties": dict.fromkeys(one.files, _PICTURE),
        }
        content["multipart/form-data"] = {"schema": form}
    if one.files == ("image",):
        content["image/*"] = {"schema": _PICTURE}
    return content


def _answer(said: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    if said is bytes:
        result = _schema(models.ResultSaid, schemas)
        content = {"image/*": {"schema": _PICTURE}, "application/json": {"schema": result}}
        return {"description": "The picture; JSON where Accept asks for it.", "content": content}
    schema = {"type": "object"} if said is None else _schema(said, schemas)
    return {"description": "Done.", "content": {"application/json": {"schema": schema}}}


def _schema(model: type[BaseModel], schemas: dict[str, Any]) -> dict[str, str]:
    whole = model.model_json_schema(ref_template=_REF)
    schemas.update(whole.pop("$defs", {}))
    schemas[model.__name__] = whole
    return {"$ref": _REF.format(model=model.__name__)}
