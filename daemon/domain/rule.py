"""Which plan, options and priority a photo gets: the inbox's, unless a rule says otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from daemon.domain.route import Plan

Options = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a rule may look at.

    Attributes:
        path: Path inside the inbox as text, parts joined by ``/``.
        size: Length of the file in bytes.
        has_sidecar: Whether a note lies beside it.
    """

    path: str
    size: int
    has_sidecar: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One exception to an inbox's plan; a condition left ``None`` always holds.

    Attributes:
        match: Glob over the path; ``*`` stays within a folder, ``**`` does not, case is ignored.
        regex: Regular expression searched for in the path.
        min_bytes: Only files of at least this size.
        max_bytes: Only files of at most this size.
        sidecar: Only photos with, or without, a note.
        plan: Routes instead of the inbox's.
        options: Options by route, over the inbox's.
        priority: Priority instead of the inbox's.
    """

    match: str | None = None
    regex: str | None = None
    min_bytes: int | None = None
    max_bytes: int | None = None
    sidecar: bool | None = None
    plan: tuple[str, ...] | None = None
    options: Options = field(default_factory=dict)
    priority: int | None = None

    def applies_to(self, subject: Subject) -> bool:
        """Whether every condition holds."""
        return (
            (self.match is None or bool(glob_regex(self.match).fullmatch(subject.path)))
            and (self.regex is None or bool(re.search(self.regex, subject.path)))
            and (self.min_bytes is None or subject.size >= self.min_bytes)
            and (self.max_bytes is None or subject.size <= self.max_bytes)
            and (self.sidecar is None or subject.has_sidecar is self.sidecar)
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be done with a photo, before its own note is heard.

    Attributes:
        routes: Route names in order.
        options: Options by route name.
        priority: Higher first.
        rule: Which rule decided, counted from 1; 0 for the inbox itself.
    """

    routes: tuple[str, ...]
    options: Options
    priority: int
    rule: int = 0

    def plan(self, note: Options | None = None) -> Plan:
        """The plan with every option resolved; a note's options win."""
        return Plan.of(self.routes, merged(self.options, note or {}))


def choose(default: Choice, rules: Iterable[Rule], subject: Subject) -> Choice:
    """The first rule that applies, laid over the inbox's own choice."""
    for number, rule in enumerate(rules, start=1):
        if rule.applies_to(subject):
            return Choice(
                rule.plan or default.routes,
                merged(default.options, rule.options),
                default.priority if rule.priority is None else rule.priority,
                number,
            )
    return default


def merged(under: Options, over: Options) -> dict[str, dict[str, object]]:
    """Options by route; where both have a key the upper one's value holds."""
    routes = dict.fromkeys((*under, *over))
    return {route: {**under.get(route, {}), **over.get(route, {})} for route in routes}


@lru_cache(maxsize=512)
def glob_regex(pattern: str) -> re.Pattern[str]:
    """A glob over a path: ``*`` and ``?`` stay within a folder, ``**`` crosses folders."""
    parts, position = [], 0
    while position < len(pattern):
        token = _GLOB_TOKEN.match(pattern, position)
        assert token is not None, "the last alternative takes any character"
        parts.append(_translated(token[0]))
        position = token.end()
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)


_GLOB_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[[!^]?\]?[^\]]*\]|.", re.DOTALL)
_WILD = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _translated(token: str) -> str:
    if token in _WILD:
        return _WILD[token]
    if len(token) > 1:
        inside = token[1:-1].replace("\\", "\\\\").replace("[", "\\[")
        return f"[^{inside[1:]}]" if inside[:1] in {"!", "^"} else f"[{inside}]"
    return re.escape(token)
