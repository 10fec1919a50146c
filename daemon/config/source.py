"""A YAML file as plain values which remember their lines.

Only the safe subset of YAML is read: no tag can make an object, aliases cannot blow up, and a
file larger than a configuration ever is gets refused unread.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from daemon.config.wording import sentence, shown
from daemon.domain.language import Language

KeyPath: TypeAlias = tuple[str | int, ...]

MAX_BYTES = 1 << 20
# A file within the size limit has at most so many values of its own; more come from aliases.
MAX_VALUES = 200_000
MAX_DEPTH = 32

_TIMESTAMP = "tag:yaml.org,2002:timestamp"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where (a key path, perhaps with a line of its own) and what."""

    where: KeyPath
    text: str
    line: int | None = None


@dataclass(slots=True)
class Source:
    """What a file or the environment says.

    Attributes:
        data: Plain values: dict, list, str, int, float, bool; ``None`` if nothing could be read.
        lines: Key path → line of its key, from 1.
        problems: Mistakes met while reading.
    """

    data: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line_of(self, where: KeyPath) -> int:
        """The line of the nearest thing that stands in the file: the key, else its parent."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)


def key_path(where: KeyPath) -> str:
    """A key path for people: ``inboxes[0].plan``."""
    text = ""
    for part in where:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read_source(path: Path, language: Language) -> Source:
    """Read a file; whatever is wrong with it is in ``problems``, nothing is raised."""
    try:
        with path.open("rb") as reader:
            raw = reader.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return _failed(sentence("no_file", language))
    except OSError as error:
        return _failed(sentence("unreadable", language, detail=error.strerror))
    if len(raw) > MAX_BYTES:
        return _failed(sentence("too_large", language, limit=MAX_BYTES))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _failed(sentence("not_utf8", language), raw[: error.start].count(b"\n") + 1)
    return parse(text, language)


def parse(text: str, language: Language) -> Source:
    """Read YAML text."""
    loader: yaml.SafeLoader | None = None
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
    except yaml.reader.ReaderError as error:
        detail = sentence("syntax", language, detail=error.reason)
        return _failed(detail, text[: error.position].count("\n") + 1)
    except yaml.MarkedYAMLError as error:
        return _failed(sentence("syntax", language, detail=_short(error)), _line(error))
    except RecursionError:
        return _failed(sentence("too_complex", language))
    finally:
        if loader is not None:
            loader.dispose()
    reading = _Reading(language)
    try:
        value = None if root is None else reading.value(root, ())
    except _TooComplexError as error:
        return _failed(sentence("too_complex", language), error.line)
    reading.source.data = {} if value is None else value
    return reading.source


def parse_value(text: str) -> Any:
    """One value typed as in the file; text that is not YAML is just text."""
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return text
    plain = isinstance(value, str | int | float | bool | list | dict) or value is None
    return value if plain else text


def _failed(text: str, line: int = 1) -> Source:
    return Source(problems=[Problem((), text, line)])


def _short(error: yaml.MarkedYAMLError) -> str:
    return ", ".join(part for part in (error.context, error.problem) if part)


def _line(error: yaml.MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark else 1


class _TooComplexError(Exception):
    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class _Reading:
    """Turns nodes into values, noting lines and mistakes on the way."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._constructor = yaml.constructor.SafeConstructor()
        self._values = 0
        self.source = Source()

    def value(self, node: yaml.Node, where: KeyPath) -> Any:
        self._values += 1
        if self._values > MAX_VALUES or len(where) > MAX_DEPTH:
            raise _TooComplexError(node.start_mark.line + 1)
        self.source.lines.setdefault(where, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, where)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*where, i)) for i, item in enumerate(node.value)]
        return self._scalar(node, where)

    def _mapping(self, node: yaml.MappingNode, where: KeyPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, where)
            if key is None:
                continue
            inner = (*where, key)
            if key in result:
                first = self.source.lines[inner]
                text = sentence("duplicate_key", self._language, line=first)
                self._problem(inner, key_node, text)
            self.source.lines[inner] = key_node.start_mark.line + 1
            result[key] = self.value(value_node, inner)
        return result

    def _key(self, node: yaml.Node, where: KeyPath) -> str | None:
        key = self._scalar(node, where) if isinstance(node, yaml.ScalarNode) else node.tag
        # `on:` and `no:` are booleans in YAML 1.1; as keys people mean the word.
        if isinstance(node, yaml.ScalarNode) and (key is None or isinstance(key, bool)):
            key = node.value
        if isinstance(key, str) and isinstance(node, yaml.ScalarNode):
            return key
        self._problem(where, node, sentence("key_not_text", self._language, value=shown(key)))
        return None

    def _scalar(self, node: yaml.Node, where: KeyPath) -> Any:
        if node.tag == _TIMESTAMP:
            return node.value  # a name or a folder that looks like a date
        try:
            value = self._constructor.construct_object(node, deep=True)
        except (yaml.YAMLError, ValueError) as error:
            detail = _short(error) if isinstance(error, yaml.MarkedYAMLError) else str(error)
            self._problem(where, node, sentence("bad_value", self._language, detail=detail))
            return None
        if isinstance(value, float) and not math.isfinite(value):
            text = sentence("finite_number", self._language, value=node.value)
            self._problem(where, node, text)
            return None
        if not (value is None or isinstance(value, str | int | float)):
            detail = f"{node.tag.rpartition(':')[2]} {shown(node.value)}"
            self._problem(where, node, sentence("bad_value", self._language, detail=detail))
            return None
        return value

    def _problem(self, where: KeyPath, node: yaml.Node, text: str) -> None:
        self.source.problems.append(Problem(where, text, node.start_mark.line + 1))
