"""Values made ready for the page: words by language, numbers grouped, nothing computed twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from admin.wording import WORDS
from daemon.domain.job import State
from daemon.services.overview import InboxLine, Overview

# Columns of the table; the two states before "queued" show as one.
COLUMNS: Mapping[str, tuple[State, ...]] = {
    "taking_in": (State.ADMITTED, State.TAKEN),
    "queued": (State.QUEUED,),
    "working": (State.WORKING,),
    "publishing": (State.PUBLISHING,),
    "done": (State.DONE,),
    "rejected": (State.REJECTED,),
    "review": (State.REVIEW,),
    "failed": (State.FAILED,),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: name, state in words, reason, and one number a column."""

    name: str
    state: str
    reason: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The page's table and the holds above it."""

    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    totals: tuple[int, ...]
    holds: tuple[str, ...]


def present(seen: Overview, language: str) -> Table:
    """The overview in words of a language."""
    words = WORDS[language]
    rows = tuple(_row(line, words) for line in seen.inboxes)
    totals = tuple(sum(column) for column in zip(*(row.numbers for row in rows), strict=True))
    holds = tuple(
        f"{words.get(pause.scope, pause.scope)} ({pause.who}: {pause.why})" for pause in seen.pauses
    )
    return Table(tuple(words[name] for name in ("waiting", *COLUMNS)), rows, totals, holds)


def _row(line: InboxLine, words: Mapping[str, str]) -> Row:
    numbers = tuple(sum(line.counts.get(s, 0) for s in states) for states in COLUMNS.values())
    state = words.get(line.state, line.state)
    return Row(line.name, state, line.reason, (line.waiting, *numbers))
