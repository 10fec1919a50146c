"""Where photos stand on the gate's gauges: lists of what a moved limit would change.

How many there are is told by sums (``store.statistics``). The hours that hold any are found in the
same sums, so that a list of a rare change looks at few photos.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
)

from daemon.domain.gauges import GAUGES, Gauge, Places, offset_of, standing_byte
from daemon.domain.job import Job
from daemon.store.counters import HOUR_MS
from daemon.store.histograms import column_of
from daemon.store.jobs import AFTER_ALL
from daemon.store.statements import Prepared
from daemon.store.tables import gate_places, histograms

# A page looks at the photos of so many hours at most; where it stopped, the next one goes on.
MOST_HOURS = 200


@dataclass(frozen=True, slots=True)
class Span:
    """Photos in the same steps with the same standing.

    Attributes:
        standing: See ``gauges.Place``.
        first: The first step.
        last: The last one.
    """

    standing: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Among:
    """Which photos are looked at.

    Attributes:
        engine: Judged by this one.
        profile: By this profile.
        since_ms: Start of the first hour.
        until_ms: End of the last one.
        inbox: Of this inbox; empty for all.
    """

    engine: str
    profile: str
    since_ms: int
    until_ms: int
    inbox: str = ""


class Rejects:
    """Photos by their places on the gauges, as ``uow.rejects``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def place(self, job: Job, places: Places, *, sign: int = 1) -> None:
        """Note where a photo stands, or with ``sign`` -1 that it stands nowhere any more."""
        if sign < 0:
            _DROP.run(self._connection, {"job": job.id})
            return
        row = {
            "job_id": job.id,
            "inbox": job.inbox,
            "engine": places.engine,
            "profile": places.profile,
            "places": places.packed(),
        }
        _ADD.run(self._connection, row)

    def first_hour_ms(self) -> int | None:
        """Start of the hour of the oldest photo that is kept; ``None`` without any."""
        found = self._connection.execute(select(func.min(gate_places.c.job_id))).scalar_one()
        return None if found is None else int(found[:12], 16) // HOUR_MS * HOUR_MS

    def forget_sums(self) -> None:
        """Drop what was counted in hours of which no photo is kept any more."""
        first_ms = self.first_hour_ms()
        old: ColumnElement[bool] = histograms.c.kind.in_([gauge.value for gauge in GAUGES.values()])
        if first_ms is not None:
            old = and_(old, histograms.c.hour_ms < first_ms)
        self._connection.execute(delete(histograms).where(old))

    def page(
        self,
        gauge: Gauge,
        spans: Sequence[Span],
        among: Among,
        *,
        before_id: str | None,
        limit: int,
    ) -> tuple[list[str], str | None]:
        """Ids of photos in any of the spans, newest first, and where the next page begins.

        A page may come up short of photos that are not kept any more, with a way on.
        """
        edge = min(before_id or AFTER_ALL, f"{max(0, among.until_ms):012x}")
        hours = self._hours(gauge, spans, among, edge)
        statement = _photos(gauge, spans, among)
        found: list[str] = []
        for hour_ms in hours[:MOST_HOURS]:
            top = min(edge, f"{hour_ms + HOUR_MS:012x}")
            asked = statement.where(
                gate_places.c.job_id >= f"{hour_ms:012x}", gate_places.c.job_id < top
            )
            # One more than is shown tells whether there is a next page.
            found += self._connection.execute(asked.limit(limit + 1 - len(found))).scalars()
            if len(found) > limit:
                return found[:limit], found[limit - 1]
        if len(hours) > MOST_HOURS:
            return found, f"{hours[MOST_HOURS - 1]:012x}{'0' * 10}"
        return found, None

    def _hours(self, gauge: Gauge, spans: Sequence[Span], among: Among, edge: str) -> Sequence[int]:
        """Hours with such photos, newest first, one more than a page looks at."""
        hour = histograms.c.hour_ms
        kept = [
            and_(histograms.c.verdict == span.standing, _number(span.first, span.last) > 0)
            for span in spans
        ]
        statement = (
            select(hour)
            .where(
                histograms.c.kind == gauge.value,
                hour >= among.since_ms,
                hour < min(among.until_ms, int(edge[:12], 16) + 1),
                histograms.c.engine == among.engine,
                histograms.c.profile == among.profile,
                or_(*kept),
            )
            .distinct()
            .order_by(hour.desc())
            .limit(MOST_HOURS + 1)
        )
        if among.inbox:
            statement = statement.where(histograms.c.inbox == among.inbox)
        return self._connection.execute(statement).scalars().all()


def _number(first: int, last: int) -> ColumnElement[Any]:
    columns = [histograms.c[column_of(step)] for step in range(first, last + 1)]
    return functools.reduce(operator.add, columns)


def _photos(gauge: Gauge, spans: Sequence[Span], among: Among) -> Any:
    """Ids of photos in the spans, newest first."""
    place = func.substr(gate_places.c.places, offset_of(gauge) + 1, 2)
    within = [
        place.between(
            literal(bytes((standing_byte(span.standing), span.first))),
            literal(bytes((standing_byte(span.standing), span.last))),
        )
        for span in spans
    ]
    of_gate = (gate_places.c.engine == among.engine, gate_places.c.profile == among.profile)
    statement = select(gate_places.c.job_id).where(*of_gate, or_(*within))
    if among.inbox:
        statement = statement.where(gate_places.c.inbox == among.inbox)
    return statement.order_by(gate_places.c.job_id.desc())


_DROP = Prepared(delete(gate_places).where(gate_places.c.job_id == bindparam("job")))
_ADD = Prepared(
    insert(gate_places).values({column.name: bindparam(column.name) for column in gate_places.c}),
    "ON CONFLICT (job_id) DO UPDATE SET engine = excluded.engine, profile = excluded.profile, "
    "places = excluded.places",
)
