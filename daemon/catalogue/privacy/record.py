"""A mapping of the data file with its line, read once, whole; mistakes are collected."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from typing import Any, ParamSpec, TypeVar

import yaml

_E = TypeVar("_E", bound=enum.Enum)
_T = TypeVar("_T")
_P = ParamSpec("_P")


class DataError(ValueError):
    """The data does not say what the booth needs; every mistake with its line."""


class Mistakes:
    """What was found wrong so far.

    Args:
        file: Name of the file, for the messages.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._found: list[str] = []

    def add(self, line: int, what: str) -> None:
        """One more.

        Args:
            line: From 1.
            what: The mistake.
        """
        self._found.append(f"{self._file}:{line}: {what}")

    def raise_any(self) -> None:
        """Tell them.

        Raises:
            DataError: There are some.
        """
        if self._found:
            raise DataError("\n".join(self._found))


class Record:
    """One mapping; a wrong or missing value is told and a harmless one takes its place.

    Args:
        node: The mapping, or anything else where one was expected.
        mistakes: Where mistakes go.
    """

    def __init__(self, node: yaml.Node | None, line: int, mistakes: Mistakes) -> None:
        self._mistakes = mistakes
        self._line = node.start_mark.line + 1 if node is not None else line
        self._left: dict[str, yaml.Node] = {}
        if not isinstance(node, yaml.MappingNode):
            self.wrong("a mapping must stand here")
            return
        for key, value in node.value:
            if key.value in self._left:
                self._mistakes.add(key.start_mark.line + 1, f"{key.value} stands there twice")
            self._left[str(key.value)] = value

    def wrong(self, what: str) -> None:
        """Tell a mistake of this mapping."""
        self._mistakes.add(self._line, what)

    def finish(self) -> None:
        """Nobody may have written anything that was not read."""
        for key, node in self._left.items():
            self._mistakes.add(node.start_mark.line + 1, f"unknown key {key}")

    def has(self, key: str) -> bool:
        """Whether the key stands there unread."""
        return key in self._left

    def unread(self) -> tuple[str, ...]:
        """What stands there unread."""
        return tuple(self._left)

    def take(self, key: str) -> Any:
        """The value of a key that must stand there, as plain data."""
        node = self._node(key)
        return None if node is None else _plain(node)

    def text(self, key: str) -> str:
        return self._typed(key, str, "text", "")

    def whole(self, key: str) -> int:
        return self._typed(key, int, "a whole number", 0)

    def truth(self, key: str) -> bool:
        return self._typed(key, bool, "true or false", default=False)

    def maybe_text(self, key: str) -> str:
        """Text, ``""`` where the key is missing or null."""
        return "" if self._absent(key) else self.text(key)

    def maybe_whole(self, key: str) -> int | None:
        """A whole number, ``None`` where the key is missing or null."""
        return None if self._absent(key) else self.whole(key)

    def maybe_truth(self, key: str) -> bool:
        """True or false, false where the key is missing."""
        return False if self._absent(key) else self.truth(key)

    def share(self, key: str) -> float:
        """A number 0..1."""
        value = self.take(key)
        if not isinstance(value, int | float) or not 0 <= value <= 1:
            self.wrong(f"{key} must be a number from 0 to 1")
            return 0.0
        return float(value)

    def maybe_share(self, key: str) -> float | None:
        """A number 0..1, ``None`` where the key is missing or null."""
        return None if self._absent(key) else self.share(key)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        return self._list(key, str, "texts")

    def wholes(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        return self._list(key, int, "whole numbers")

    def maybe_texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where the key is missing."""
        return self.texts(key) if self.has(key) else ()

    def choice(self, key: str, of: type[_E], otherwise: _E) -> _E:
        """One word of an enumeration."""
        value = self.take(key)
        try:
            return of(value)
        except ValueError:
            self.wrong(f"{key} must be one of {[one.value for one in of]}")
            return otherwise

    def made(self, make: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T | None:
        """What a maker makes of values, ``None`` where it refuses them."""
        try:
            return make(*args, **kwargs)
        except ValueError as error:
            self.wrong(str(error))
            return None

    def inner(self, key: str) -> Record:
        """A mapping inside this one."""
        return Record(self._node(key), self._line, self._mistakes)

    def rows(self, key: str) -> Iterator[Record]:
        """The mappings of a list."""
        node = self._node(key)
        if not isinstance(node, yaml.SequenceNode):
            self.wrong(f"{key} must be a list")
            return
        for row in node.value:
            yield Record(row, self._line, self._mistakes)

    def groups(self) -> Iterator[tuple[str, Record]]:
        """Every mapping inside, by name."""
        for key in self.unread():
            yield key, self.inner(key)

    def _absent(self, key: str) -> bool:
        """Whether a key is missing or null; a null is taken."""
        if key not in self._left:
            return True
        if _plain(self._left[key]) is None:
            del self._left[key]
            return True
        return False

    def _node(self, key: str) -> yaml.Node | None:
        if key not in self._left:
            self.wrong(f"{key} is missing")
            return None
        return self._left.pop(key)

    def _typed(self, key: str, kind: type[_T], what: str, default: _T) -> _T:
        value = self.take(key)
        if type(value) is not kind:
            self.wrong(f"{key} must be {what}")
            return default
        return value

    def _list(self, key: str, kind: type[_T], what: str) -> tuple[_T, ...]:
        value = self.take(key)
        if not isinstance(value, list) or any(type(one) is not kind for one in value):
            self.wrong(f"{key} must be a list of {what}")
            return ()
        return tuple(value)


def record_of(text: str, mistakes: Mistakes) -> Record:
    """A whole file.

    Raises:
        DataError: It is no YAML.
    """
    # The C reader is thirty times as fast; where PyYAML came without it the plain one reads the
    # same.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node = yaml.compose(text, Loader=loader)
    except yaml.YAMLError as error:
        raise DataError(str(error)) from error
    return Record(node, 1, mistakes)


def _plain(node: yaml.Node) -> Any:
    """A node as plain data, with YAML's own idea of numbers and null."""
    constructor = yaml.constructor.SafeConstructor()
    return constructor.construct_document(node)
