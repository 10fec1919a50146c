"""The description as a page for people: ``/api/v1/docs``, rendered here, no script and no CDN."""

from __future__ import annotations

from typing import Any

from flask import render_template

from admin.api.openapi import describe
from daemon.config.model import Config


def page(config: Config) -> str:
    """Every operation with its parameters, bodies and answers, by tag."""
    told = describe(config)
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, item in told["paths"].items():
        for method, one in item.items():
            line = {"path": path, "method": method.upper(), **one}
            groups.setdefault(one["tags"][0], []).append(line)
    schemas = told["components"]["schemas"]
    return render_template(
        "api_docs.html", info=told["info"], groups=groups, schemas=schemas, kind=_kind
    )


def _kind(schema: dict[str, Any]) -> str:
    """A schema in a few words: ``integer, 1 to 200``."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " | ".join(_kind(each) for each in schema["anyOf"])
    if "enum" in schema:
        shown = [str(word) for word in schema["enum"][:12]]
        return " | ".join([*shown, "…"] if len(schema["enum"]) > len(shown) else shown)
    words = [str(schema.get("format") or schema.get("type", "any"))]
    if "items" in schema:
        words.append(f"of {_kind(schema['items'])}")
    if "minimum" in schema or "maximum" in schema:
        words.append(f"{schema.get('minimum', '')} … {schema.get('maximum', '')}".strip())
    return " ".join(words)
