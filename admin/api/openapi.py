"""The description of the API, OpenAPI 3.1, made of the table of operations and the models.

What a booth takes is a matter of its configuration: its inboxes, its plans, the places for
callbacks and the options of its routes stand in the description as they are in effect.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from admin.api import models
from admin.api.bodies import MOST
from admin.api.operations import OPERATIONS, Operation
from admin.api.problems import CONTENT_TYPE, MOST_WAIT_S
from daemon import __version__
from daemon.config.model import Config
from daemon.config.option_models import options_of
from daemon.config.quality import names
from daemon.domain.artifact import Reason
from daemon.domain.codes import CODES, explain
from daemon.domain.job import State
from daemon.services.batch_desk import FILES
from daemon.services.sidecars import MAX_INSTRUCT_CHARS

BASE = "/api/v1"
_REF = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
_PICTURE: dict[str, Any] = {"type": "string", "format": "binary"}
_ONE_LINE = {"type": "string", "pattern": r"^[^\x00-\x1f]*$", "maxLength": MAX_INSTRUCT_CHARS}
_AN_ID = {"type": "string", "format": "job-id", "examples": ["01a1fe01e77170eb2faa7d"]}
# What any call may meet; the others stand with their operations.
_ALWAYS = ("BAD_REQUEST", "METHOD_NOT_ALLOWED", "RATE_LIMITED", "INTERNAL_ERROR", "SERVICE_BUSY")
_WITH_TOKEN = ("UNAUTHORIZED", "FORBIDDEN")
_WITH_BODY = ("REQUEST_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE")
_EXAMPLE_FACTS = {"detail": "…", "limit": 52428800, "scope": "read", "state": "working"}


@dataclass(slots=True)
class _Page:
    """The description while it is being written.

    Attributes:
        config: What is in effect.
        schemas: Models met so far, by name.
    """

    config: Config
    schemas: dict[str, Any] = field(default_factory=dict)


def describe(config: Config) -> dict[str, Any]:
    """The whole document."""
    page, paths = _Page(config), dict[str, dict[str, Any]]()
    for one in OPERATIONS:
        path = _PARAMETER.sub(r"{\2}", f"{BASE}{one.path}")
        paths.setdefault(path, {})[one.method.lower()] = _operation(one, page)
    _schema(models.Problem, page)
    about = "A photo booth for a file server: photos in, restored, judged and cut photos out."
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "boothd",
            "version": __version__,
            "description": about,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": dict(sorted(page.schemas.items())),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(one: Operation, page: _Page) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "tags": [one.tag],
        "parameters": _parameters(one, page),
        "responses": {str(status): _answer(said, page) for status, said in one.answers.items()}
        | _refusals(one, page),
    }
    if one.scope is None:
        told["security"] = []
    else:
        # Without tokens configured, this machine may call without one.
        anybody: list[dict[str, list[str]]] = [] if page.config.api.tokens else [{}]
        told["security"] = [{"token": [one.scope]}, *anybody]
    if one.takes_options:
        told["description"] = (
            "Any other parameter is an option of a route: strength=0.5, or restore.strength=0.5 "
            "where the plan has several routes."
        )
    if one.body is not None or one.files:
        told["requestBody"] = {"required": True, "content": _body(one, page)}
    return told


# ── parameters ────────────────────────────────────────────────────────────────────────────


def _parameters(one: Operation, page: _Page) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _in_path(kind, name)}
        for kind, name in _PARAMETER.findall(one.path)
    ]
    for name, said in one.query:
        schema = _in_query(one, name, page.config)
        if schema is not None:
            told.append({"name": name, "in": "query", "description": said, "schema": schema})
    if one.is_idempotent:
        schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[!-~]+$"}
        told.append({"name": "Idempotency-Key", "in": "header", "schema": schema})
    told.append(
        {
            "name": "X-Request-ID",
            "in": "header",
            "description": "Names the call in its answer and the log: 1 to 64 of A-Z a-z 0-9 . _ -",
            "schema": {"type": "string"},
        }
    )
    return told


def _in_path(kind: str, name: str) -> dict[str, Any]:
    if kind == "int":
        return {"type": "integer", "minimum": 0}
    return {"type": "string", "enum": list(FILES)} if name == "name" else dict(_AN_ID)


def _in_query(one: Operation, name: str, config: Config) -> dict[str, Any] | None:
    """The schema of a parameter; ``None`` where this booth has no use for it."""
    inboxes = [each.name for each in config.inboxes if each.batches or one.name != "submit_batch"]
    plans = sorted({",".join(each.plan) for each in config.inboxes})
    if one.name == "jobs" and name == "inbox":
        return {"type": "string"}  # also of one that is no longer configured
    fixed: Mapping[str, dict[str, Any] | None] = {
        "inbox": {"type": "string", "enum": inboxes} if inboxes else {"type": "string"},
        "plan": {"type": "string", "enum": plans},
        "instruct": _ONE_LINE,
        "callback": _callback(config),
        "wait": {"type": "number", "minimum": 0, "maximum": MOST_WAIT_S},
        "state": _listed(tuple(State)),
        "code": {"type": "string", "enum": sorted(CODES)},
        "before": _AN_ID,
        "limit": {"type": "integer", "minimum": 1, "maximum": MOST, "default": 50},
        "after": {"type": "integer", "minimum": 0, "maximum": 999_999_999, "default": 0},
        "profile": _listed(names(config.quality)),
    }
    return fixed[name]


def _listed(words: tuple[str, ...] | list[str]) -> dict[str, Any]:
    """Some of these words, commas between."""
    one = "|".join(map(re.escape, words))
    return {"type": "string", "pattern": f"^(({one})(,({one}))*)?$", "examples": [words[0]]}


def _callback(config: Config) -> dict[str, Any] | None:
    if not config.api.callbacks:
        return None
    places = [re.escape(place.origin.rstrip("/")) for place in config.api.callbacks]
    pattern = rf"^({'|'.join(places)})/[A-Za-z0-9._~/-]*$"
    example = f"{config.api.callbacks[0].origin.rstrip('/')}/orders/17"
    return {"type": "string", "pattern": pattern, "maxLength": 2048, "examples": [example]}


# ── bodies ────────────────────────────────────────────────────────────────────────────────


def _body(one: Operation, page: _Page) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if one.body is not None:
        content["application/json"] = {"schema": _json_body(one, one.body, page)}
    if one.files == ("archive",):
        content["application/zip"] = {"schema": {"type": "string", "format": "archive"}}
    elif one.files:
        fields: dict[str, Any] = dict.fromkeys(one.files, _PICTURE)
        if one.takes_options:
            fields |= {"instruct": _ONE_LINE}
        form = {"type": "object", "required": list(one.files), "properties": fields}
        content["multipart/form-data"] = {"schema": form}
    if one.files == ("image",):
        content["image/*"] = {"schema": _PICTURE}
    return content


def _json_body(one: Operation, model: type[BaseModel], page: _Page) -> dict[str, Any]:
    _schema(model, page)
    schema = page.schemas[model.__name__]
    for name in ("image", "a", "b"):
        if name in schema["properties"]:
            schema["properties"][name]["contentEncoding"] = "base64"
            schema["properties"][name]["format"] = "byte"
    if one.takes_options:
        properties = schema["properties"]
        properties["instruct"] |= _ONE_LINE
        properties["options"] = _options(page)
        place = _callback(page.config)
        properties["callback"] |= place or {"enum": [""]}
        schema["additionalProperties"] = False
    return {"$ref": _REF.format(model=model.__name__)}


def _options(page: _Page) -> dict[str, Any]:
    """Options by route, of every route that some inbox runs."""
    told: dict[str, Any] = {}
    for route in sorted({route for inbox in page.config.inboxes for route in inbox.plan}):
        model = options_of(route)
        if model is None:
            return {"type": "object", "description": "Options by route name."}
        name = f"{route.capitalize()}Options"
        whole = model.model_json_schema(ref_template=_REF)
        page.schemas.update(whole.pop("$defs", {}))
        page.schemas[name] = whole | {"title": name}
        told[route] = {"$ref": _REF.format(model=name)}
    return {
        "type": "object",
        "description": "Options by route name.",
        "properties": told,
        "additionalProperties": False,
    }


# ── answers ───────────────────────────────────────────────────────────────────────────────


def _answer(said: Any, page: _Page) -> dict[str, Any]:
    headers = {"X-Request-ID": {"schema": {"type": "string"}}}
    content: dict[str, Any] = {}
    if said is bytes:
        result = _schema(models.ResultSaid, page)
        content = {
            "image/*": {"schema": _PICTURE},
            "application/json": {"schema": result},
            "application/octet-stream": {"schema": _PICTURE},
        }
        what = "The file; of a task's picture, JSON where Accept asks for it."
        return {"description": what, "headers": headers, "content": content}
    if said is str:
        content = {"text/html": {"schema": {"type": "string"}}}
    else:
        schema = {"type": "object"} if said is None else _schema(said, page)
        content = {"application/json": {"schema": schema}}
    return {"description": "Done.", "headers": headers, "content": content}


def _refusals(one: Operation, page: _Page) -> dict[str, Any]:
    """Every status a refusal may have, each with its codes and an example."""
    codes = [*_ALWAYS, *one.refusals]
    codes += _WITH_TOKEN if one.scope is not None else ()
    codes += _WITH_BODY if one.body is not None or one.files else ()
    codes += ("NOT_FOUND",) if "<" in one.path else ()
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys(codes):
        by_status.setdefault(CODES[code].http_status, []).append(code)
    if one.is_judged:
        # The photo's own reason is the answer: any that docs/codes.md has.
        for row in CODES.values():
            if row.http_status >= HTTPStatus.BAD_REQUEST:
                by_status.setdefault(row.http_status, [])
    schema = _schema(models.Problem, page)
    return {str(status): _refusal(by_status[status], schema) for status in sorted(by_status)}


def _refusal(codes: list[str], schema: dict[str, str]) -> dict[str, Any]:
    said = ", ".join(codes) or "A reason of docs/codes.md for which a photo is turned down."
    told: dict[str, Any] = {"schema": schema}
    if codes:
        told["examples"] = {code: {"value": _example(code)} for code in codes}
    headers: dict[str, Any] = {"X-Request-ID": {"schema": {"type": "string"}}}
    if any(CODES[code].http_status in {429, 503} for code in codes):
        headers["Retry-After"] = {"schema": {"type": "string", "pattern": "^[0-9]+$"}}
    return {"description": said, "headers": headers, "content": {CONTENT_TYPE: told}}


def _example(code: str) -> dict[str, Any]:
    message = " ".join(explain(Reason(code, _EXAMPLE_FACTS), "en"))
    said: dict[str, Any] = {"code": code, "message": message, "request_id": "7c1e0a9b44d2"}
    return said | ({"retry_after": 2} if CODES[code].http_status in {429, 503} else {})


def _schema(model: type[BaseModel], page: _Page) -> dict[str, str]:
    if model.__name__ not in page.schemas:
        whole = model.model_json_schema(ref_template=_REF)
        page.schemas.update(whole.pop("$defs", {}))
        page.schemas[model.__name__] = whole
    return {"$ref": _REF.format(model=model.__name__)}
