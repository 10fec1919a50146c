"""The settings in force made ready: section by section, with what set each, secrets masked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from admin.wording import WORDS
from admin.wording_settings import setting_meaning
from daemon.config.describe import effective, meaning_of
from daemon.config.model import Config
from daemon.config.option_models import options_of
from daemon.config.origins import From, Origins, key_path, leaves

# Section → the page of the documentation that is about it.
_PAGES: Mapping[str, str] = {
    "inboxes": "docs/intake.md",
    "rules": "docs/intake.md",
    "intake": "docs/intake.md",
    "engines": "docs/engines.md",
    "worker": "docs/worker.md",
    "queue": "docs/worker.md",
    "quality": "docs/quality.md",
    "webhooks": "docs/webhooks.md",
    "panel": "docs/panel.md",
    "api": "docs/api.md",
    "retention": "docs/durability.md",
}
_OTHER = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A setting.

    Attributes:
        key: Its path; also its anchor on the page.
        value: As JSON, words bare.
        set_by: What set it, in words.
        is_set: Whether that was somebody's choice.
        meaning: What it means; empty where nobody says.
        spoken: In which language that is said.
    """

    key: str
    value: str
    set_by: str
    is_set: bool
    meaning: str
    spoken: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the configuration, and the page of the documentation about it."""

    name: str
    page: str
    rows: tuple[Row, ...]

    @property
    def is_set(self) -> bool:
        """Whether somebody chose anything in it."""
        return any(row.is_set for row in self.rows)


def present_settings(
    config: Config, origins: Origins | None, language: str, *, only_set: bool
) -> list[Section]:
    """Every setting, or those that somebody chose, by section in the configuration's order."""
    words = WORDS[language]
    sections: dict[str, list[Row]] = {}
    for where, value in leaves(effective(config)):
        row = _row(where, value, origins, language)
        if row.is_set or not only_set:
            name = str(where[0]) if len(where) > 1 else _OTHER
            sections.setdefault(name, []).append(row)
    return [
        Section(name or words["section_other"], _PAGES.get(name, "docs/settings.md"), tuple(rows))
        for name, rows in sections.items()
    ]


def _row(where: tuple[str | int, ...], value: Any, origins: Origins | None, language: str) -> Row:
    words, key = WORDS[language], key_path(where)
    set_by, is_set = "–", True
    if origins is not None:
        origin = origins.of(where)
        set_by = words[f"from_{origin.kind}"].format(place=origin.place)
        is_set = origin.kind is not From.DEFAULT
    meaning, spoken = setting_meaning(key, _english(where), words, language)
    return Row(key, _told(value), set_by, is_set, meaning, spoken)


def _english(where: tuple[str | int, ...]) -> str:
    """As the settings' reference has it: of an inbox's options, as their route has it."""
    match where:
        case ("inboxes" | "rules", int(), "options", str() as route, str() as option):
            model = options_of(route)
            info = None if model is None else model.model_fields.get(option)
            return "" if info is None else " ".join((info.description or "").split())
    return meaning_of(where)


def _told(value: Any) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
