"""The settings as text: the commented example, the reference page, the effective values.

``python -m daemon.config.describe example|reference`` prints what ``config.example.yaml`` and
``docs/settings.md`` hold; a test compares.

In the example a line that starts with ``#`` and a key (no space between) is a setting at its
default: taking the ``#`` away changes nothing until the value is changed. ``# `` with a space
is an explanation.
"""

from __future__ import annotations

import enum
import json
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from daemon.config.model import Config, Inbox
from daemon.config.overrides import override_name
from daemon.config.schema import every_key, section_of
from daemon.domain.language import Language
from daemon.domain.route import RouteId
from daemon.domain.withheld import MARK as MASK
from daemon.domain.withheld import withheld

_HEAD = """\
# Settings of boothd. `boothd check` lists every mistake and shows what is in effect.
# Lines such as `#port: 8480` show a default: take the # away and change the value.
# Every key can be overridden by the environment: BOOTHD__PANEL__PORT=8500.
"""

# What the example's lists hold. Comments at the first entry explain every key.
_INBOXES: tuple[dict[str, Any], ...] = (
    {"name": "restore", "plan": ["restore"]},
    {"name": "copy", "plan": ["copy"]},
    {"name": "privacy", "plan": ["privacy"], "options": {"privacy": {"profile": "all_digits"}}},
)
_RULE = {
    "inbox": "restore",
    "match": "scans/**",
    "plan": ["restore"],
    "options": {"restore": {"strength": 0.8}},
}
_WEBHOOK = {"url": "https://hr.example/booth", "events": ["photo.rejected"]}
_CALLBACK = {"origin": "https://shop.example"}
_TOKEN = {"name": "hr-portal", "sha256": "0123456789abcdef" * 4}
_EXAMPLES: dict[str, tuple[dict[str, Any], ...]] = {
    "inboxes": _INBOXES,
    "rules": (_RULE,),
    "webhooks": (_WEBHOOK,),
    "tokens": (_TOKEN,),
    "callbacks": (_CALLBACK,),
}

_SECRET_WORDS = ("secret", "password", "passwd", "token", "api_key", "apikey", "credential")


def example(root: str = "./booth", language: Language = "zh") -> str:
    """The commented example file.

    Args:
        root: The booth's folder.
        language: Language of reasons and of the panel.
    """
    chosen: dict[str, Any] = {"root": root, "language": language}
    blocks = [_HEAD]
    for name, info in Config.model_fields.items():
        lines = list(_comment(info, ""))
        inner = section_of(info.annotation)
        if name in _EXAMPLES and inner is not None:
            lines += _list(name, inner)
        elif inner is not None:
            lines += [f"#{name}:", *_section(inner, "  ", {})]
        elif name in chosen:
            lines.append(f"{name}: {_yaml(chosen[name])}")
        else:
            lines.append(f"#{name}: {_yaml(_default(info))}")
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def _list(name: str, model: type[BaseModel], indent: str = "") -> Iterator[str]:
    mark = "" if name == "inboxes" else "#"
    yield f"{indent}{mark}{name}:"
    for number, values in enumerate(_EXAMPLES[name]):
        lines = list(_section(model, f"{indent}    ", values, mark, brief=number > 0))
        first = next(i for i, line in enumerate(lines) if _is_setting(line, mark))
        lines[first] = f"{indent}  {mark}- " + lines[first].lstrip().removeprefix(mark)
        # What explains the entry's first key stands above the dash.
        yield from lines


def _is_setting(line: str, mark: str) -> bool:
    text = line.lstrip()
    return text.startswith(mark) and not text.startswith("# ")


def _section(
    model: type[BaseModel],
    indent: str,
    values: dict[str, Any],
    mark: str = "#",
    *,
    brief: bool = False,
) -> Iterator[str]:
    for name, info in model.model_fields.items():
        inner = section_of(info.annotation)
        if name in values:
            if not brief:
                yield from _comment(info, indent)
            yield f"{indent}{mark}{name}: {_yaml(values[name])}"
        elif not brief and name in _EXAMPLES and inner is not None:
            yield from _comment(info, indent)
            yield from _list(name, inner, indent)
        elif (
            not brief and typing.get_origin(info.annotation) is dict and section_of(info.annotation)
        ):
            sections = _default(info)
            yield from _comment(info, indent)
            yield f"{indent}#{name}:" if sections else f"{indent}#{name}: {{}}"
            yield from _named(sections, indent + "  ")
        elif not brief:
            yield from _comment(info, indent)
            yield f"{indent}#{name}: {_yaml(_default(info))}"


def _named(sections: dict[str, BaseModel], indent: str) -> Iterator[str]:
    """Sections by chosen names, with what each sets; what every key means is in the reference."""
    for name, section in sections.items():
        yield f"{indent}#{name}:"
        yield from _set(section.model_dump(exclude_none=True), indent + "  ")


def _set(values: dict[str, Any], indent: str) -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield f"{indent}#{key}:"
            yield from _set(value, indent + "  ")
        elif not isinstance(value, dict):
            yield f"{indent}#{key}: {_yaml(value)}"


def _comment(info: FieldInfo, indent: str) -> Iterator[str]:
    for line in (info.description or "").splitlines():
        yield f"{indent}# {line.strip()}"


def _default(info: FieldInfo) -> Any:
    default = info.get_default(call_default_factory=True, validated_data={})
    return None if default is PydanticUndefined else default


def _yaml(value: Any) -> str:
    """A value in YAML's flow style, which is JSON but for bare words."""
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, BaseModel):
        return _yaml(value.model_dump(exclude_none=True))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    if isinstance(value, str | Path):
        text = str(value)
        plain = text.replace("_", "").replace("-", "").isalnum() and text.isascii()
        bare = plain and not text.isdecimal() and text not in {"on", "off", "yes", "no"}
        return text if bare or text.startswith("./") else json.dumps(text, ensure_ascii=False)
    return json.dumps(value)


# ── docs/settings.md ──────────────────────────────────────────────────────────────────────


def reference() -> str:
    """The reference page: one row a setting."""
    lines = [
        "# Settings",
        "",
        "Written by `python docs/reference.py`; a test compares.",
        "",
        "| key | values | default | meaning |",
        "|---|---|---|---|",
    ]
    for where in every_key():
        info = _field_at(where)
        lines.append(_row(".".join(map(str, where)).replace(".0.", "[]."), info))
    override = override_name(("panel", "port"))
    lines += [
        "",
        f"From the environment: `{override}=8500` sets `panel.port`; entries of a list are reached",
        "by number (`BOOTHD__INBOXES__0__PAUSED=true`).",
        "Relative paths start at the file's folder.",
        "A secret file that does not exist is looked up by its name among the systemd credentials.",
    ]
    return "\n".join(lines) + "\n"


def options_table(route: str, model: type[BaseModel]) -> list[str]:
    """The rows of one route's options, as lines of Markdown."""
    lines = ["| option | values | default | meaning |", "|---|---|---|---|"]
    return lines + [_row(f"{route}.{name}", info) for name, info in model.model_fields.items()]


def _row(key: str, info: FieldInfo) -> str:
    default = "required" if info.is_required() else _shown_default(info)
    meaning = " ".join((info.description or "").split())
    kinds = _kinds(info).replace("|", "\\|")
    return f"| `{key}` | {kinds} | {default} | {meaning} |"


def _shown_default(info: FieldInfo) -> str:
    default = _default(info)
    if typing.get_origin(info.annotation) is dict and section_of(info.annotation):
        return ", ".join(f"`{name}`" for name in default)
    return f"`{_yaml(default)}`"


def meaning_of(where: tuple[str | int, ...]) -> str:
    """What a setting means; empty for the free part of one (options of a route)."""
    try:
        info = _field_at(where)
    except (KeyError, AssertionError):
        return ""
    return " ".join((info.description or "").split())


def _field_at(where: tuple[str | int, ...]) -> FieldInfo:
    model: type[BaseModel] = Config
    info: FieldInfo | None = None
    for part in where:
        if isinstance(part, str):
            info = model.model_fields[part]
            model = section_of(info.annotation) or model
    assert info is not None
    return info


def _kinds(info: FieldInfo) -> str:
    limits = {
        type(mark).__name__.lower(): getattr(mark, type(mark).__name__.lower(), None)
        for mark in info.metadata
    }
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    bounds = ", ".join(f"{signs[k]} {v}" for k, v in limits.items() if k in signs)
    return _kind(info.annotation) + (f", {bounds}" if bounds else "")


_KIND_WORDS: dict[Any, str] = {
    bool: "true, false",
    int: "whole number",
    float: "number",
    str: "text",
    Path: "path",
    type(None): "null",
    Any: "value",
}


def _kind(annotation: Any) -> str:  # noqa: PLR0911 - one line per kind of type
    if annotation in _KIND_WORDS:
        return _KIND_WORDS[annotation]
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return ", ".join(f"`{member.value}`" for member in annotation)
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if section_of(annotation) is annotation:
        return "settings"
    if origin is typing.Literal:
        return ", ".join(f"`{value}`" for value in inner)
    if origin in {typing.Union, types.UnionType}:
        return " or ".join(_kind(part) for part in inner)
    if origin is typing.Annotated:
        return _kind(inner[0])
    if origin is tuple:
        return f"list of {_kind(inner[0])}"
    return "settings by name" if origin is dict else str(annotation)


# ── what is in effect ─────────────────────────────────────────────────────────────────────


def effective(config: Config) -> dict[str, Any]:
    """Every setting with its value as JSON, secrets and the company's own words masked."""
    data: dict[str, Any] = _masked(config.model_dump(mode="json"))
    profiles = data["privacy"]["profiles"]
    data["privacy"]["profiles"] = {name: withheld(one) for name, one in profiles.items()}
    for one in (*data["inboxes"], *data["rules"]):
        if RouteId.PRIVACY in one["options"]:
            one["options"][RouteId.PRIVACY] = withheld(one["options"][RouteId.PRIVACY])
    return data


def _masked(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _masked(inner, str(name)) for name, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner, key) for inner in value]
    if not isinstance(value, str):
        return value
    lowered = key.lower()
    # A file's path is no secret; its content is never read here.
    if any(word in lowered for word in _SECRET_WORDS) and not lowered.endswith("_file"):
        return MASK
    return _masked_url(value) if "://" in value else value


def _masked_url(url: str) -> str:
    """The address without what people hide in it: user, password, query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return MASK
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{MASK}@{host}" if "@" in parts.netloc else host
    return urlunsplit((parts.scheme, netloc, parts.path, MASK if parts.query else "", ""))


def example_inboxes() -> tuple[Inbox, ...]:
    """The inboxes of the example file."""
    return tuple(Inbox.model_validate(values) for values in _INBOXES)


def main(arguments: list[str]) -> int:
    """Print the example or the reference."""
    pages = {"example": example, "reference": reference}
    page = pages.get(arguments[0] if arguments else "")
    if page is None:
        sys.stderr.write("usage: python -m daemon.config.describe example|reference\n")
        return 2
    sys.stdout.write(page())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
