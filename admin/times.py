"""Times and spans of time for people: local to the booth, the exact one for machines beside it."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask


def iso(at_ms: int) -> str:
    """Local time with its offset, to the second (ISO 8601)."""
    return _local(at_ms).isoformat(timespec="seconds")


def shown(at_ms: int) -> str:
    """Local time as people write it."""
    return _local(at_ms).strftime("%Y-%m-%d %H:%M:%S")


def hour(at_ms: int) -> str:
    """The hour of the day, local time."""
    return _local(at_ms).strftime("%H:%M")


def span(seconds: float) -> str:
    """How long, in the largest unit that fits: ``8 s``, ``3 min``, ``2.5 h``, ``4 d``."""
    for unit, length_s in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length_s:
            return f"{seconds / length_s:.3g} {unit}"
    return f"{seconds:.3g} s"


def tell_times(app: Flask) -> None:
    """Give templates the filters."""
    app.jinja_env.filters.update(iso=iso, shown=shown, span=span)


def _local(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone()
