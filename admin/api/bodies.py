"""What a call brings: pictures as a form, as JSON in base64, or bare; options by query or form."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from flask import request
from pydantic import BaseModel, ValidationError

from admin.api.problems import Refused

# Names of a query or form that are no option of a route.
RESERVED = frozenset({"inbox", "plan", "instruct", "wait", "image", "options", "callback"})
# What a bare body may call itself; the bytes decide what it is.
_BARE = frozenset({"application/octet-stream", ""})
_ARCHIVES = _BARE | {"application/zip", "application/x-zip-compressed"}
# How many of a list a call gets, and how many it may ask for.
PAGE, MOST = 50, 200
_FORMS = frozenset({"multipart/form-data", "application/x-www-form-urlencoded"})
_MOST_OPTION_CHARS = 2000


@dataclass(frozen=True, slots=True)
class Brought:
    """A photo and its wishes, as the call has them.

    Attributes:
        content: The picture file.
        options: Options, bare or by route name.
        instruct: A person's words.
        callback: Where the caller wants to be told how it ended; empty: nowhere.
    """

    content: bytes = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)
    instruct: str = ""
    callback: str = ""


def json_body(model: type[BaseModel]) -> Any:
    """The body as that model.

    Raises:
        Refused: It is no JSON, or not of that shape.
    """
    try:
        body = request.get_json(silent=True)
    except RecursionError:
        body = None  # brackets in brackets, deeper than anybody means
    if not isinstance(body, dict):
        code, detail = "BAD_REQUEST", "the body is no JSON object"
        raise Refused(code, detail)
    try:
        return model.model_validate(body)
    except ValidationError as error:
        wrong = {".".join(map(str, one["loc"])): one["msg"] for one in error.errors()}
        is_missing = wrong.keys() & {"image", "a", "b"}
        detail = "; ".join(f"{name}: {said}" for name, said in wrong.items())
        code = "MISSING_IMAGE" if is_missing else "BAD_REQUEST"
        raise Refused(code, detail) from None


def photo(model: type[BaseModel]) -> Brought:
    """The one photo of a call, with its wishes.

    Raises:
        Refused: There is none, or the wishes cannot be understood.
    """
    refuse_type()
    options = _options(request.args)
    said = {name: request.args.get(name, "") for name in ("instruct", "callback")}
    if request.is_json:
        body = json_body(model)
        given = dict(body.model_extra or {})
        given |= getattr(body, "options", {})
        said |= {name: text for name in said if (text := getattr(body, name, ""))}
        named = {name: value for name, value in given.items() if name not in RESERVED}
        return Brought(decoded(body.image), _joined(options, named), **said)
    if request.mimetype in _FORMS:
        given = _options(request.form)
        said |= {name: text for name in said if (text := request.form.get(name, ""))}
        return Brought(uploaded("image"), _joined(options, given), **said)
    content = request.get_data(cache=False)
    if not content:
        code = "MISSING_IMAGE"
        raise Refused(code)
    return Brought(content, options, **said)


def refuse_type() -> None:
    """Refuse a body that says itself that it is something else.

    Raises:
        Refused: ``UNSUPPORTED_MEDIA_TYPE``.
    """
    kind = request.mimetype
    if request.is_json or kind in _FORMS | _BARE or kind.startswith("image/"):
        return
    code = "UNSUPPORTED_MEDIA_TYPE"
    raise Refused(code, kind[:100])


def pair(model: type[BaseModel]) -> tuple[bytes, bytes]:
    """The two photos ``a`` and ``b`` of a call.

    Raises:
        Refused: One is missing.
    """
    refuse_type()
    if request.is_json:
        body = json_body(model)
        return decoded(body.a), decoded(body.b)
    return uploaded("a"), uploaded("b")


def uploaded(name: str) -> bytes:
    """The file of that form field; its own name is not looked at.

    Raises:
        Refused: There is none.
    """
    file = request.files.get(name)
    content = file.read() if file is not None else b""
    if not content:
        code = "MISSING_IMAGE"
        raise Refused(code, f"the form has no file {name}")
    return content


def archive_stream() -> BinaryIO:
    """The bare body as it comes in, unread.

    Raises:
        Refused: It says itself that it is no archive.
    """
    if request.mimetype not in _ARCHIVES:
        code = "UNSUPPORTED_MEDIA_TYPE"
        raise Refused(code, request.mimetype[:100])
    return cast("BinaryIO", request.stream)


def limit_of_call() -> int:
    """``?limit=``: how many of a list.

    Raises:
        Refused: It is no number, or out of range.
    """
    text = request.args.get("limit", str(PAGE))
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST):
        code, detail = "BAD_REQUEST", f"limit is 1 to {MOST}"
        raise Refused(code, detail)
    return int(text)


def decoded(text: str) -> bytes:
    """The bytes of base64, with or without ``data:…;base64,`` before it.

    Raises:
        Refused: It is no base64, or empty.
    """
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        code = "INVALID_IMAGE"
        raise Refused(code, "the picture is no base64") from None
    if not content:
        code = "MISSING_IMAGE"
        raise Refused(code)
    return content


def _options(given: Mapping[str, str]) -> dict[str, Any]:
    """``strength=0.5``, ``restore.strength=0.5`` and ``options={…}`` as options."""
    found: dict[str, Any] = {}
    if text := given.get("options"):
        value = _value(text)
        if not isinstance(value, dict):
            code, detail = "BAD_REQUEST", "options is no JSON object"
            raise Refused(code, detail)
        found |= value
    named = {name: _value(text) for name, text in given.items() if name not in RESERVED}
    return _joined(found, named)


def _joined(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    joined = dict(first)
    for name, value in second.items():
        route, dot, option = name.partition(".")
        if not dot:
            inner = joined.get(name)
            both = isinstance(inner, dict) and isinstance(value, dict)
            joined[name] = {**inner, **value} if both else value  # type: ignore[dict-item]
            continue
        inside = joined.get(route)
        joined[route] = {**(inside if isinstance(inside, dict) else {}), option: value}
    return joined


def _value(text: str) -> Any:
    if len(text) > _MOST_OPTION_CHARS:
        code, detail = "BAD_REQUEST", "an option is too long"
        raise Refused(code, detail)
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return text


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are words, no numbers
