"""How good photos were and how long they took: buckets by hour and inbox.

They are added to in the very transactions that make it so. Hours are UTC hours of admission, as
a job's id tells it: what one bar of a chart counts are the jobs of one range of ids, and what
is taken back later is taken from where it was added.
"""

from __future__ import annotations

import enum
import functools
import operator
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert

from daemon.domain.assessment import Assessment
from daemon.domain.distribution import SCORES, TIMES, UNSCORED, Scale
from daemon.domain.gauges import GAUGES, Places
from daemon.domain.job import Verdict
from daemon.store.counters import hour_of
from daemon.store.statements import Prepared
from daemon.store.tables import histograms, not_assessed


class Kind(enum.StrEnum):
    """What is counted by value."""

    SCORE = "score"  # ten-thousandths
    LATENCY = "latency"  # milliseconds from admission to the end
    WORK = "work"  # milliseconds in the worker's hands, all steps together

    @property
    def scale(self) -> Scale:
        """The buckets."""
        return SCORES if self is Kind.SCORE else TIMES


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One bucket of one histogram.

    Rows are written in this order, so that writers who meet never wait in a circle.

    Attributes:
        kind: What is counted: a ``Kind``, or the ``value`` of a gauge.
        hour_ms: Start of the hour (UTC) in which the photos were admitted.
        inbox: Name of the inbox.
        engine: What made the score; empty for times.
        profile: What decided; empty for times.
        verdict: How the photos ended; empty for times; of a gauge what it made of them and what
            all others did (``rejected/done``).
        bucket: Bucket of the kind's scale, or ``UNSCORED``.
    """

    kind: str
    hour_ms: int
    inbox: str
    engine: str
    profile: str
    verdict: str
    bucket: int


@dataclass(frozen=True, slots=True, order=True)
class Missing:
    """Photos of which the same measures could not be taken.

    Attributes:
        hour_ms: Start of the hour (UTC) in which they were admitted.
        inbox: Name of the inbox.
        engine: What made the score.
        profile: What decided.
        measures: Names of the measures, separated by spaces.
    """

    hour_ms: int
    inbox: str
    engine: str
    profile: str
    measures: str


_FIELDS_OF_CELL = operator.attrgetter(*Cell.__dataclass_fields__)


class Tally:
    """What is to be added, merged before it is written.

    Attributes:
        cells: Cell → how many photos, and the sum of their values.
        missing: Photos without some measures → how many.
    """

    def __init__(self) -> None:
        self.cells: dict[Cell, tuple[int, int]] = {}
        self.missing: Counter[Missing] = Counter()

    def scored(self, job_id: str, inbox: str, verdict: Verdict, found: Assessment) -> None:
        """A photo whose quality was judged."""
        hour_ms = hour_of(job_id)
        of_gate = (hour_ms, inbox, found.engine, found.profile)
        bucket = UNSCORED if found.score is None else SCORES.bucket(found.score)
        self._add(Cell(Kind.SCORE, *of_gate, verdict.value, bucket), found.score or 0)
        if found.not_assessed:
            self.missing[Missing(*of_gate, " ".join(found.not_assessed))] += 1

    def placed(self, job_id: str, inbox: str, places: Places) -> None:
        """A photo on the gauges of the quality gate."""
        where = (hour_of(job_id), inbox, places.engine, places.profile)
        for name, place in places.of.items():
            self._add(Cell(GAUGES[name].value, *where, place.standing, place.step), 0)

    def took(self, kind: Kind, job_id: str, inbox: str, ms: int) -> None:
        """A photo that took so long; a clock that was put back makes it 0."""
        ms = max(0, ms)
        self._add(Cell(kind, hour_of(job_id), inbox, "", "", "", TIMES.bucket(ms)), ms)

    def worked(self, job_id: str, inbox: str, timings_ms: Mapping[str, float]) -> None:
        """A photo that a worker had in hand: all its steps together; without any, nothing."""
        if timings_ms:
            # ``restore.face`` is a part of ``restore``.
            whole = (ms for step, ms in timings_ms.items() if "." not in step)
            self.took(Kind.WORK, job_id, inbox, round(sum(whole)))

    def _add(self, cell: Cell, value: int) -> None:
        n, total = self.cells.get(cell, (0, 0))
        self.cells[cell] = (n + 1, total + value)


class Histograms:
    """Histograms, as ``uow.histograms``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, tally: Tally, *, sign: int = 1) -> None:
        """Add to the rows, or with ``sign`` -1 take from them what was added before."""
        for cell, (n, total) in sorted(tally.cells.items(), key=_order):
            values = {**_row(cell), "n": sign * n, "total": sign * total}
            _adding(cell.bucket).run(self._connection, values)
        missing = [{**_row(key), "n": sign * n} for key, n in sorted(tally.missing.items())]
        if missing:
            _ADD_MISSING.run_many(self._connection, missing)


def column_of(bucket: int) -> str:
    """Name of the column that counts a bucket."""
    return "unscored" if bucket == UNSCORED else f"b{bucket}"


def _order(pair: tuple[Cell, tuple[int, int]]) -> tuple[object, ...]:
    """A cell's place in the order of rows, made once: cells compare field by field."""
    return _FIELDS_OF_CELL(pair[0])


def _row(key: Cell | Missing) -> dict[str, Any]:
    return {name: getattr(key, name) for name in key.__dataclass_fields__ if name != "bucket"}


@functools.cache
def _adding(bucket: int) -> Prepared:
    """The statement that adds to a bucket; both databases know these words."""
    name = column_of(bucket)
    values: dict[str, Any] = {key: bindparam(key) for key in _KEY}
    return Prepared(
        insert(histograms).values({**values, "total": bindparam("total"), name: bindparam("n")}),
        f"ON CONFLICT ({', '.join(_KEY)}) DO UPDATE SET {name} = histograms.{name} + "
        f"excluded.{name}, total = histograms.total + excluded.total",
    )


_KEY = tuple(column.name for column in histograms.primary_key)
_ADD_MISSING = Prepared(
    insert(not_assessed).values({column.name: bindparam(column.name) for column in not_assessed.c}),
    "ON CONFLICT (hour_ms, inbox, engine, profile, measures) DO UPDATE "
    "SET n = not_assessed.n + excluded.n",
)
