"""Whether a five-field cron line is one.

The scheduler's own parser may not be imported here (the worker reads the configuration too,
and knows no scheduler), so the subset which both understand is checked: ``*``, ``*/n``,
numbers, ranges with an optional step, lists, and the English three-letter names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PART = re.compile(r"(?:\*|([a-z]{3}|\d+)(?:-([a-z]{3}|\d+))?)(?:/(\d+))?")


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int
    words: tuple[str, ...] = ()


# Weekdays count as in crontab(5): 0 and 7 are Sunday. (APScheduler counts from Monday; the
# scheduler turns numbers into names.) A name range runs from Monday to Sunday.
_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("weekday", 0, 7, _WEEKDAYS),
)


def mistake_in(line: str) -> str | None:
    """What is wrong with a cron line, or ``None``."""
    fields = line.lower().split()
    if len(fields) != len(_FIELDS):
        return f"{len(fields)} fields instead of 5"
    for text, spec in zip(fields, _FIELDS, strict=True):
        for part in text.split(","):
            if not _is_part(part, spec):
                return f"{spec.name} {part!r} ({spec.low}-{spec.high})"
    return None


def _is_part(text: str, spec: _Field) -> bool:
    match = _PART.fullmatch(text)
    if match is None:
        return False
    first, last, step = match.groups()
    if step is not None and (first in spec.words or (first and not last)):
        return False  # jan-jun/2 and 5/10 mean different things to different parsers
    if first is None:
        return step is None or 0 < int(step) <= spec.high - spec.low
    if (first in spec.words) != ((last or first) in spec.words):
        return False
    low, high = _number(first, spec), _number(last or first, spec)
    if low is None or high is None or low > high:
        return False
    return step is None or 0 < int(step) <= high - low


def _number(text: str, spec: _Field) -> int | None:
    if text in spec.words:
        return spec.words.index(text)
    number = int(text) if text.isdecimal() else -1
    return number if spec.low <= number <= spec.high else None
