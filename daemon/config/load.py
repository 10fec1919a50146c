"""From a file and the environment to a ``Config``, or to every mistake at once.

A complaint reads ``file:line: key.path: message (did you mean X?)``; one about an override
has the variable's name where the file would stand.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon.config import overrides
from daemon.config.meaning import mistakes
from daemon.config.model import Config
from daemon.config.route_options import OptionsOf, option_problems
from daemon.config.salvage import salvage
from daemon.config.schema import errors_of, explain, section_of
from daemon.config.source import KeyPath, Problem, Source, key_path, read_source
from daemon.domain.language import Language, language_of
from daemon.errors import ConfigError

DEFAULT_NAME = "boothd.yaml"
VARIABLE = "BOOTHD_CONFIG"


@dataclass(frozen=True, slots=True)
class Examination:
    """What a configuration file comes to.

    Attributes:
        path: The file.
        config: The settings, paths absolute; where there are problems, what can be made out
            of the rest (for ``boothd check`` to look further), or ``None``.
        problems: Every mistake, a line each, in the order of the file.
        language: Language of the problems.
    """

    path: Path
    config: Config | None
    problems: tuple[str, ...]
    language: Language


def find_file(chosen: Path | None, environ: Mapping[str, str]) -> Path:
    """The configuration file: as chosen, else ``$BOOTHD_CONFIG``, else ``./boothd.yaml``."""
    return chosen or Path(environ.get(VARIABLE) or DEFAULT_NAME)


def load_config(path: Path, environ: Mapping[str, str]) -> Config:
    """The settings, every path absolute.

    Raises:
        ConfigError: With every mistake in the file, the overrides and their meaning.
    """
    examination = examine(path, environ)
    if examination.problems or examination.config is None:
        raise ConfigError(list(examination.problems))
    return examination.config


def examine(
    path: Path, environ: Mapping[str, str], options_of: OptionsOf = lambda _route: None
) -> Examination:
    """Like ``load_config``, but hands over what it found instead of raising.

    Args:
        path: The file.
        environ: For overrides, credentials and the locale.
        options_of: Finds the model of a route's options, to judge those as well.
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 - links stay as the administrator wrote them
    source = read_source(path, language_of(environ))
    language = _language(source, environ)
    if language != language_of(environ) and source.problems:
        source = read_source(path, language)  # the same complaints, in the file's language
    if source.data is None:
        return Examination(path, None, _rendered(path, source, {}, source.problems), language)
    origins: dict[KeyPath, str] = {}
    if isinstance(source.data, dict):
        _drop_empty_sections(source.data)
        origins = overrides.apply(source, environ, language)
    errors = errors_of(source.data)
    bad = {problem.where for problem in source.problems}
    found = [*source.problems]
    found += [p for e in errors if (p := explain(e, language)) and p.where not in bad]
    subject = salvage(source.data, errors, path.parent, environ)
    if subject is not None:
        found += mistakes(subject, environ, language)
        found += option_problems(subject, options_of, language)
    config = subject.config if subject is not None and subject.inboxes else None
    return Examination(path, config, _rendered(path, source, origins, found), language)


def _drop_empty_sections(data: dict[str, Any]) -> None:
    """``engines:`` with every key still commented out says nothing; it is no mistake."""
    for name, info in Config.model_fields.items():
        if data.get(name, ...) is None and section_of(info.annotation) is not None:
            del data[name]


def _language(source: Source, environ: Mapping[str, str]) -> Language:
    chosen = environ.get(overrides.override_name(("language",)))
    if chosen is None and isinstance(source.data, dict):
        chosen = source.data.get("language")
    if chosen == "zh":
        return "zh"
    return "en" if chosen == "en" else language_of(environ)


def _rendered(
    path: Path, source: Source, origins: Mapping[KeyPath, str], problems: list[Problem]
) -> tuple[str, ...]:
    lines = []
    for problem in problems:
        variable = _origin(problem.where, source, origins)
        line = problem.line or source.line_of(problem.where)
        place = f"${variable}" if variable else f"{path}:{line}"
        where = f"{key_path(problem.where)}: " if problem.where else ""
        lines.append((variable or "", line, f"{place}: {where}{problem.text}"))
    return tuple(dict.fromkeys(text for *_, text in sorted(lines, key=lambda row: row[:2])))


def _origin(where: KeyPath, source: Source, origins: Mapping[KeyPath, str]) -> str | None:
    """The variable behind a complaint, if it is not about the file."""
    if where == ("development", "failpoints"):
        return origins.get(where) or "BOOTHD_FAILPOINT"
    for end in range(len(where), 0, -1):
        if where[:end] in origins:
            return origins[where[:end]]
    if where in source.lines:
        return None
    below = (name for path, name in origins.items() if path[: len(where)] == where)
    return next(below, None) if where else None
