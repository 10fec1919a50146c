"""Settings from the environment: ``BOOTHD__PANEL__PORT=8500`` over ``panel.port``.

Values are typed as in the file. Entries of a list are reached by number, from 0
(``BOOTHD__INBOXES__0__PAUSED=true``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon.config.schema import every_key
from daemon.config.source import KeyPath, Problem, Source, parse_value
from daemon.config.wording import hint, sentence, shown
from daemon.domain.language import Language

PREFIX = "BOOTHD__"
# Variables of the booth's own that are no overrides.
OTHER_VARIABLES = frozenset({"BOOTHD_CONFIG", "BOOTHD_FAILPOINT"})


def apply(source: Source, environ: Mapping[str, str], language: Language) -> dict[KeyPath, str]:
    """Put every override into the source's data.

    Returns:
        Key path → name of the variable which set it, to name it in complaints.
    """
    origins: dict[KeyPath, str] = {}
    for name in sorted(environ):
        if name.startswith(PREFIX):
            where = _where(name)
            origins[where] = name
            _put(source, where, parse_value(environ[name]), language)
        elif name.startswith("BOOTHD_") and name not in OTHER_VARIABLES:
            _warn_of_single_underscores(source, name, origins, language)
    return origins


def override_name(where: KeyPath) -> str:
    """The variable that overrides a key."""
    return PREFIX + "__".join(str(part).upper() for part in where)


def _where(name: str) -> KeyPath:
    parts = name.removeprefix(PREFIX).lower().split("__")
    return tuple(int(part) if part.isdecimal() else part for part in parts)


def _put(source: Source, where: KeyPath, value: Any, language: Language) -> None:
    place = source.data
    for depth, part in enumerate(where[:-1]):
        place = _step(source, where[: depth + 1], place, part, language)
        if place is None:
            return
    last = where[-1]
    if isinstance(place, dict):
        place[str(last)] = value
    elif isinstance(place, list) and isinstance(last, int) and last < len(place):
        place[last] = value
    else:
        source.problems.append(Problem(where, _misplaced(place, language)))


def _step(source: Source, where: KeyPath, place: Any, part: str | int, language: Language) -> Any:
    if isinstance(place, dict):
        if place.get(str(part)) is None:
            place[str(part)] = {}  # a section that the file leaves out, or empty
        return place[str(part)]
    if isinstance(place, list) and isinstance(part, int) and part < len(place):
        return place[part]
    source.problems.append(Problem(where, _misplaced(place, language)))
    return None


def _misplaced(place: Any, language: Language) -> str:
    if isinstance(place, list):
        return sentence("not_a_list_index", language)
    return sentence("inside_a_value", language, value=shown(place))


def _warn_of_single_underscores(
    source: Source, name: str, origins: dict[KeyPath, str], language: Language
) -> None:
    """``BOOTHD_PANEL_PORT`` is nobody's variable, but surely meant as an override."""
    for where in every_key():
        meant = override_name(where)
        if meant.replace("__", "_") == name:
            origins[where] = name
            text = sentence("single_underscore", language) + hint(meant, language)
            source.problems.append(Problem(where, text))
