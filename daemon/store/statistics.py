"""Read models of the sums: how many, how good, how long, over any inboxes and hours.

Each is one walk over the hours asked for in one table; the grouping is the database's work. What
the numbers mean, and whose local time they are shown in, is the business of
``services.statistics``.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, case, func, select

from daemon.domain.distribution import SCORES, UNSCORED, Distribution, merged
from daemon.domain.gauges import Gauge
from daemon.domain.job import Verdict
from daemon.store.counters import HOUR_MS
from daemon.store.histograms import Kind, column_of
from daemon.store.statements import Prepared
from daemon.store.tables import counters, histograms, inbox_turns, not_assessed


@dataclass(frozen=True, slots=True)
class Hours:
    """A range of hours, and of which inboxes.

    Attributes:
        since_ms: Start of the first hour (UTC).
        until_ms: End of the last one.
        inboxes: Of these; empty for all.
        offset_ms: How far local time is ahead of UTC in all of them: for ``local_day`` and
            ``local_hour`` alone.
    """

    since_ms: int
    until_ms: int
    inboxes: tuple[str, ...] = ()
    offset_ms: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """Scores of photos, however they ended.

    Attributes:
        scores: The distribution, photos without a score among it.
        rejected: How many of all these were rejected.
    """

    scores: Distribution
    rejected: int

    @classmethod
    def together(cls, parts: Iterable[Judged]) -> Judged:
        """All parts as one."""
        found = list(parts)
        if len(found) == 1:
            return found[0]
        whole = merged(SCORES, (part.scores for part in found))
        return cls(whole, sum(part.rejected for part in found))


class Statistics:
    """Sums of what is counted, as ``uow.statistics``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def counts(self, hours: Hours, *by: str) -> dict[tuple[Any, ...], int]:
        """How many photos came and how they ended.

        Args:
            hours: Which.
            by: Columns to keep apart: ``hour_ms``, ``local_day`` (days since 1970),
                ``local_weekday`` (0..6, Monday first) or ``local_hour`` (0..23), ``inbox``,
                ``verdict`` (a verdict, or ``counters.RECEIVED``).

        Returns:
            Values of the columns → how many.
        """
        found = self._rows(_counts(by, len(hours.inboxes)), hours)
        return {tuple(row[name] for name in by): int(row["n"]) for row in found if row["n"]}

    def codes(self, hours: Hours, *by: str) -> dict[tuple[Any, ...], tuple[int, int]]:
        """How many photos carried a code, and of how many it was the first.

        Args:
            hours: Which.
            by: Columns to keep apart: those of ``counts``, and ``code``.
        """
        found = self._rows(_codes(by, len(hours.inboxes)), hours)
        return {
            tuple(row[name] for name in by): (int(row["n"]), int(row["n_first"]))
            for row in found
            if row["n"] or row["n_first"]
        }

    def distributions(
        self, kind: Kind | Gauge, hours: Hours, *by: str
    ) -> dict[tuple[Any, ...], Distribution]:
        """How good photos were, or how long they took.

        Args:
            kind: Of what; of a gauge, ``verdict`` is a ``Place.standing``.
            hours: Which.
            by: Columns to keep apart: ``hour_ms``, ``inbox``, ``engine``, ``profile``,
                ``verdict``.
        """
        statement, start = _buckets(kind, by, len(hours.inboxes)), len(by)
        found: dict[tuple[Any, ...], Distribution] = {}
        for row in statement.tuples(self._connection, {**_values(hours), "kind": kind.value}):
            total, *numbers = row[start:]
            counts = {place: int(n) for place, n in enumerate(numbers, start=UNSCORED) if n}
            if counts:
                found[tuple(row[:start])] = Distribution(kind.scale, counts, int(total))
        return found

    def judged(self, hours: Hours, *by: str) -> dict[tuple[Any, ...], Judged]:
        """How good photos were, whatever the verdict: fewer rows than ``distributions``.

        Args:
            hours: Which.
            by: Columns to keep apart: ``hour_ms``, ``local_day`` (days since 1970),
                ``local_weekday`` (0..6) or ``local_hour`` (0..23), ``inbox``, ``engine``,
                ``profile``.
        """
        statement, start = _judged(by, len(hours.inboxes)), len(by)
        found: dict[tuple[Any, ...], Judged] = {}
        values = {**_values(hours), "kind": Kind.SCORE.value}
        for row in statement.tuples(self._connection, values):
            rejected, total, *numbers = row[start:]
            counts = {place: int(n) for place, n in enumerate(numbers, start=UNSCORED) if n}
            if counts:
                scores = Distribution(SCORES, counts, int(total))
                found[tuple(row[:start])] = Judged(scores, int(rejected))
        return found

    def means(self, hours: Hours, *by: str, engine: str) -> dict[tuple[Any, ...], tuple[int, int]]:
        """Sum of the scores that an engine gave, and out of how many photos.

        Args:
            hours: Which.
            by: Columns to keep apart: those of ``judged``.
            engine: Which engine's.
        """
        values = {**_values(hours), "kind": Kind.SCORE.value, "of_engine": engine}
        found = _means(by, len(hours.inboxes)).tuples(self._connection, values)
        return {tuple(row[:-2]): (int(row[-2]), int(row[-1])) for row in found}

    def missing(self, hours: Hours) -> dict[tuple[str, str, tuple[str, ...]], int]:
        """Engine, profile and the measures that could not be taken → how many photos."""
        return {
            (row["engine"], row["profile"], tuple(row["measures"].split(" "))): int(row["n"])
            for row in self._rows(_missing(len(hours.inboxes)), hours)
            if row["n"]
        }

    def first_hour_ms(self) -> int | None:
        """Start of the first hour of which anything is known."""
        found = [row["first"] for row in _FIRST.rows(self._connection, {})]
        return min((first for first in found if first is not None), default=None)

    def _rows(self, statement: Prepared, hours: Hours) -> Iterable[Mapping[str, Any]]:
        return statement.rows(self._connection, _values(hours))


def _values(hours: Hours) -> dict[str, Any]:
    names = {f"inbox_{place}": name for place, name in enumerate(hours.inboxes)}
    local = {"offset": hours.offset_ms}
    return {"since": hours.since_ms, "until": hours.until_ms, **local, **names}


def _within(table: Table, inboxes: int) -> Any:
    """The condition on hours and inboxes."""
    hour = table.c.hour_ms
    within = and_(hour >= bindparam("since"), hour < bindparam("until"))
    if inboxes:
        return and_(
            within, table.c.inbox.in_([bindparam(f"inbox_{place}") for place in range(inboxes)])
        )
    if table is counters:
        # All are named all the same: the counters lie by inbox, and each is a walk over its hours.
        return and_(within, table.c.inbox.in_(select(inbox_turns.c.inbox).scalar_subquery()))
    return within


def _summed(table: Table, by: tuple[str, ...], sums: Iterable[Any], *conditions: Any) -> Prepared:
    columns = [_column(table, name) for name in by]
    return Prepared(select(*columns, *sums).where(*conditions).group_by(*columns))


def _column(table: Table, name: str) -> Any:
    local = table.c.hour_ms + bindparam("offset")
    if name == "local_day":
        return (local // (24 * HOUR_MS)).label(name)
    if name == "local_weekday":
        # The first day of 1970 was a Thursday.
        return ((local // (24 * HOUR_MS) + 3) % 7).label(name)
    if name == "local_hour":
        return (local // HOUR_MS % 24).label(name)
    return table.c[name]


def _sums(table: Table, names: Iterable[str]) -> list[Any]:
    return [func.sum(table.c[name]).label(name) for name in names]


@functools.cache
def _counts(by: tuple[str, ...], inboxes: int) -> Prepared:
    within = _within(counters, inboxes)
    return _summed(counters, by, _sums(counters, ["n"]), counters.c.code == "", within)


@functools.cache
def _codes(by: tuple[str, ...], inboxes: int) -> Prepared:
    within = _within(counters, inboxes)
    return _summed(counters, by, _sums(counters, ["n", "n_first"]), counters.c.code != "", within)


@functools.cache
def _buckets(kind: Kind | Gauge, by: tuple[str, ...], inboxes: int) -> Prepared:
    """The columns to keep apart, then the sum of values, the unscored, and each bucket."""
    sums = _sums(histograms, ["total", *_counted_in(kind)])
    return _summed(histograms, by, sums, *_of_kind(inboxes))


@functools.cache
def _judged(by: tuple[str, ...], inboxes: int) -> Prepared:
    """The columns to keep apart, then the rejected, and the rest as above."""
    names = _counted_in(Kind.SCORE)
    photos = functools.reduce(operator.add, (histograms.c[name] for name in names))
    of_rejected = histograms.c.verdict == Verdict.REJECTED.value
    rejected = func.sum(case((of_rejected, photos), else_=0))
    sums = [rejected, *_sums(histograms, ["total", *names])]
    return _summed(histograms, by, sums, *_of_kind(inboxes))


@functools.cache
def _means(by: tuple[str, ...], inboxes: int) -> Prepared:
    names = [column_of(bucket) for bucket in range(len(SCORES.edges) - 1)]
    photos = functools.reduce(operator.add, (histograms.c[name] for name in names))
    sums = [func.sum(histograms.c.total), func.sum(photos)]
    of_engine = histograms.c.engine == bindparam("of_engine")
    return _summed(histograms, by, sums, *_of_kind(inboxes), of_engine)


def _counted_in(kind: Kind | Gauge) -> list[str]:
    return [column_of(bucket) for bucket in (UNSCORED, *range(len(kind.scale.edges) - 1))]


def _of_kind(inboxes: int) -> tuple[Any, ...]:
    return histograms.c.kind == bindparam("kind"), _within(histograms, inboxes)


@functools.cache
def _missing(inboxes: int) -> Prepared:
    by = ("engine", "profile", "measures")
    return _summed(not_assessed, by, _sums(not_assessed, ["n"]), _within(not_assessed, inboxes))


_FIRST = Prepared(
    select(
        select(func.min(counters.c.hour_ms))
        .where(counters.c.inbox == inbox_turns.c.inbox)
        .scalar_subquery()
        .label("first")
    ).select_from(inbox_turns)
)
