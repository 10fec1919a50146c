"""A mapping of the data files that is read once, whole: what is left over is an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon.domain.idphoto.colour import Names, Rgb
from daemon.domain.idphoto.preset import Limits


class DataError(ValueError):
    """A data file does not say what the booth needs; a fault of the package."""


class Record:
    """One mapping.

    Args:
        where: For the error: file and entry.
        data: What stands there.

    Raises:
        DataError: It is no mapping.
    """

    def __init__(self, where: str, data: object) -> None:
        if not isinstance(data, Mapping):
            msg = f"{where}: not a mapping"
            raise DataError(msg)
        self._where = where
        self._left: dict[str, Any] = {str(key): value for key, value in data.items()}

    def finish(self) -> None:
        """Nobody may have written anything that was not read.

        Raises:
            DataError: Something is left.
        """
        if self._left:
            raise self.wrong(f"unknown keys {sorted(self._left)}")

    def wrong(self, what: str) -> DataError:
        """The error for this entry."""
        return DataError(f"{self._where}: {what}")

    def has(self, key: str) -> bool:
        """Whether the key stands there unread."""
        return key in self._left

    def unread(self) -> tuple[str, ...]:
        """What stands there unread."""
        return tuple(self._left)

    def take(self, key: str) -> Any:
        """The value of a key that must stand there."""
        if key not in self._left:
            raise self.wrong(f"{key} is missing")
        return self._left.pop(key)

    def text(self, key: str) -> str:
        value = self.take(key)
        if not isinstance(value, str):
            raise self.wrong(f"{key} must be text, not {value!r}")
        return value

    def maybe_text(self, key: str) -> str:
        """Text, or ``""`` where the key is missing or null."""
        if self._left.get(key) is None:
            self._left.pop(key, None)
            return ""
        return self.text(key)

    def truth(self, key: str) -> bool:
        value = self.take(key)
        if not isinstance(value, bool):
            raise self.wrong(f"{key} must be true or false")
        return value

    def whole(self, key: str) -> int:
        value = self.take(key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(f"{key} must be a whole number, not {value!r}")
        return value

    def number(self, key: str) -> float:
        return self._number(key, self.take(key))

    def maybe_number(self, key: str) -> float | None:
        value = self.take(key)
        return None if value is None else self._number(key, value)

    def _number(self, key: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(f"{key} must be a number, not {value!r}")
        return float(value)

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.take(key)
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise self.wrong(f"{key} must be a list of texts")
        return tuple(value)

    def maybe_texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where the key is missing."""
        return self.texts(key) if self.has(key) else ()

    def pair(self, key: str) -> tuple[int, int] | None:
        """Two whole numbers, ``None`` where the key is missing."""
        if not self.has(key):
            return None
        value = self.take(key)
        if not isinstance(value, list) or [type(one) for one in value] != [int, int]:
            raise self.wrong(f"{key} must be two whole numbers")
        return value[0], value[1]

    def rgb(self) -> tuple[str, Rgb]:
        """``hex`` and ``rgb``, which must agree."""
        written, value = self.text("hex"), self.take("rgb")
        read = tuple(int(written[at : at + 2], 16) for at in (1, 3, 5))
        if list(read) != value:
            raise self.wrong(f"hex {written} is not rgb {value}")
        return written, (read[0], read[1], read[2])

    def inner(self, key: str) -> Record:
        """A mapping inside this one."""
        return Record(f"{self._where}.{key}", self.take(key))

    def limits(self, key: str) -> Limits | None:
        """``{min, max}``, ``None`` where the key is missing or null."""
        if self._left.get(key) is None:
            self._left.pop(key, None)
            return None
        inner = self.inner(key)
        limits = Limits(inner.maybe_number("min"), inner.maybe_number("max"))
        inner.finish()
        if limits.least is not None and limits.most is not None and limits.least > limits.most:
            raise self.wrong(f"{key}: min is above max")
        return limits

    def numbers(self, key: str) -> dict[str, float]:
        """Numbers by name, empty where the key is missing."""
        if not self.has(key):
            return {}
        inner = self.inner(key)
        return {name: inner.number(name) for name in inner.unread()}

    def names(self) -> Names:
        inner = self.inner("names")
        names = Names(inner.text("zh"), inner.text("en"), inner.texts("aliases"))
        inner.finish()
        return names
