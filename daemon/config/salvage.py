"""What can be made out of settings that are partly of a wrong shape.

One mistake must not hide the others: the broken pieces are taken away, and what is left is
examined for meaning like any configuration.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from daemon.config.api import ApiToken, Callback
from daemon.config.meaning import Subject
from daemon.config.model import Config, Inbox
from daemon.config.schema import Errors, build, errors_of, follows_from_another
from daemon.config.source import KeyPath
from daemon.config.webhook import Webhook

LISTS = ("inboxes", "rules", "webhooks")

# Stands in for inboxes of which none has the right shape, so that the rest can be examined.
_STAND_IN = {"name": "stand-in", "plan": ["copy"]}


def salvage(data: Any, errors: Errors, folder: Path, environ: Mapping[str, str]) -> Subject | None:
    """As much of the settings as has the right shape, with the places it came from."""
    if not isinstance(data, dict):
        return None
    names = _inbox_names(data)
    sound: Any = _copy(data)
    places = {name: list(range(len(_listed(sound, name)))) for name in LISTS}
    for _ in range(4):  # what is taken away may leave something else incomplete
        if not errors:
            break
        for error in sorted(errors, key=lambda e: _sort_key(tuple(e["loc"])), reverse=True):
            if not follows_from_another(error):
                _take_away(sound, tuple(error["loc"]), error["type"], places)
        if not _listed(sound, "inboxes"):
            sound["inboxes"], places["inboxes"] = [dict(_STAND_IN)], []
        errors = errors_of(sound)
    if errors:
        return None
    config = absolute(build(sound), folder, environ)
    return Subject(
        config,
        list(zip(places["inboxes"], config.inboxes, strict=False)),
        list(zip(places["rules"], config.rules, strict=True)),
        list(zip(places["webhooks"], config.webhooks, strict=True)),
        names,
    )


def _listed(data: Mapping[str, Any], name: str) -> list[Any]:
    value = data.get(name)
    return value if isinstance(value, list) else []


def _inbox_names(data: Mapping[str, Any]) -> frozenset[str]:
    entries = [entry for entry in _listed(data, "inboxes") if isinstance(entry, dict)]
    return frozenset(str(entry.get("name")) for entry in entries)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value


def _sort_key(where: KeyPath) -> list[tuple[int, int, str]]:
    return [(0, part, "") if isinstance(part, int) else (1, 0, part) for part in where]


def _take_away(
    data: dict[str, Any], where: KeyPath, kind: str, places: dict[str, list[int]]
) -> None:
    """Remove the value at a key path; of an entry that lacks something, the whole entry."""
    if not where:
        return
    if kind == "missing" and len(where) > 1:
        where = where[:-1]
    if len(where) == 2 and where[0] in LISTS and isinstance(where[1], int):
        entries = _listed(data, str(where[0]))
        if where[1] < len(entries):
            del entries[where[1]]
            del places[str(where[0])][where[1]]
        return
    holder: Any = data
    for part in where[:-1]:
        try:
            holder = holder[part]
        except (KeyError, IndexError, TypeError):
            return
    last = where[-1]
    if isinstance(holder, dict):
        holder.pop(last, None)
        if len(where) == 1 and last in places:
            places[str(last)] = []
    elif isinstance(holder, list) and isinstance(last, int) and last < len(holder):
        del holder[last]


def absolute(config: Config, folder: Path, environ: Mapping[str, str]) -> Config:
    """The settings with every path absolute: relative ones start at the file's folder."""

    def at(path: Path | None) -> Path | None:
        return None if path is None else Path(os.path.abspath(folder / path.expanduser()))  # noqa: PTH100 - links stay

    def inbox(entry: Inbox) -> Inbox:
        return entry.model_copy(update={"path": at(entry.path), "out": at(entry.out)})

    def webhook(entry: Webhook) -> Webhook:
        found = {"secret_file": _secret(at(entry.secret_file), environ)}
        return entry.model_copy(update={**found, "ca_file": at(entry.ca_file)})

    def token(entry: ApiToken) -> ApiToken:
        found = _secret(at(entry.callback_secret_file), environ)
        return entry.model_copy(update={"callback_secret_file": found})

    def callback(entry: Callback) -> Callback:
        return entry.model_copy(update={"ca_file": at(entry.ca_file)})

    api = {
        "tokens": tuple(map(token, config.api.tokens)),
        "callbacks": tuple(map(callback, config.api.callbacks)),
    }
    password_file = _secret(at(config.panel.password_file), environ)
    changes = {
        "panel": config.panel.model_copy(update={"password_file": password_file}),
        "api": config.api.model_copy(update=api),
        "root": at(config.root),
        "state": at(config.state),
        "inboxes": tuple(map(inbox, config.inboxes)),
        "webhooks": tuple(map(webhook, config.webhooks)),
    }
    return config.model_copy(update=changes)


def _secret(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """A secret file, or the systemd credential of that name where the file is missing."""
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    if path is None or credentials is None or path.exists():
        return path
    candidate = Path(credentials) / path.name
    return candidate if candidate.is_file() else path
