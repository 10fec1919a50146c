"""Where each setting in force came from: the file (and its line), the environment, or the default.

Told for people who wonder why a change has no effect; nothing is decided by it.
"""

from __future__ import annotations

import enum
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon.config import overrides
from daemon.config.source import KeyPath, Source, key_path, read_source
from daemon.domain.language import language_of


class From(enum.StrEnum):
    """What set a value."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Origin:
    """What set a value, and where: a line of the file, a variable's name, or nothing."""

    kind: From
    place: str = ""


class Origins:
    """Where settings came from, as it was when the configuration was read.

    Args:
        path: The configuration file.
        environ: The environment.
    """

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        self.path = Path(os.path.abspath(path))  # noqa: PTH100 - links stay as they were written
        language = language_of(environ)
        self._file = read_source(self.path, language)
        merged = read_source(self.path, language)
        self._variables = (
            overrides.apply(merged, environ, language) if isinstance(merged.data, dict) else {}
        )

    def of(self, where: KeyPath) -> Origin:
        """What set the value at a key path."""
        for end in range(len(where), 0, -1):
            if (name := self._variables.get(where[:end])) is not None:
                return Origin(From.ENVIRONMENT, name)
        if _is_in(self._file, where):
            return Origin(From.FILE, str(self._file.line_of(where)))
        return Origin(From.DEFAULT)


def _is_in(source: Source, where: KeyPath) -> bool:
    """Whether a file says something at a key path, or above it something that is no section."""
    place = source.data
    for part in where:
        if isinstance(place, dict):
            if part not in place:
                return False
            place = place[part]
        elif isinstance(place, list) and isinstance(part, int):
            if part >= len(place):
                return False
            place = place[part]
        else:
            return place is not None
    return True


def leaves(data: Any, where: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every value of nested settings with its key path; an empty list or section is a value."""
    if isinstance(data, dict) and data:
        for name, inner in data.items():
            yield from leaves(inner, (*where, name))
    elif isinstance(data, list) and data and any(isinstance(one, dict | list) for one in data):
        for number, inner in enumerate(data):
            yield from leaves(inner, (*where, number))
    else:
        yield where, data


__all__ = ["From", "Origin", "Origins", "key_path", "leaves"]
