"""I7: the sums that are kept equal a recount of the jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, bindparam, select

from daemon.domain.assessment import assessment_of
from daemon.domain.distribution import MOST_BUCKETS, UNSCORED
from daemon.domain.gauges import unpacked
from daemon.domain.job import State, Verdict
from daemon.store import rows
from daemon.store.counters import RECEIVED, hour_of
from daemon.store.histograms import Kind, Tally, column_of
from daemon.store.statements import PIECE, Prepared, pieces
from daemon.store.tables import (
    counters,
    gate_places,
    histograms,
    job_codes,
    job_results,
    jobs,
    not_assessed,
)

# What is summed (table and column), then the hour and the rest of the row's key → the sum.
Totals = dict[tuple[Any, ...], int]

_ENDED = frozenset(verdict.value for verdict in Verdict)
_BUCKETS = tuple(column_of(bucket) for bucket in (UNSCORED, *range(MOST_BUCKETS)))
_TABLES = (
    (counters, ("inbox", "verdict", "code"), ("n", "n_first")),
    (histograms, ("inbox", "kind", "engine", "profile", "verdict"), ("total", *_BUCKETS)),
    (not_assessed, ("inbox", "engine", "profile", "measures"), ("n",)),
)


class Sums:
    """The sums as kept and as counted anew, as ``uow.sums``; zeros are left out of both.

    Jobs whose rows retention has pruned are in the first and not in the second.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def kept(self) -> Totals:
        """Everything ever counted."""
        totals: Totals = {}
        for table, key, numbers in _TABLES:
            for row in self._connection.execute(select(table)).mappings():
                for number in numbers:
                    place = (f"{table.name}.{number}", row["hour_ms"], *(row[name] for name in key))
                    totals[place] = row[number]
        return {place: number for place, number in totals.items() if number}

    def recounted(self) -> Totals:
        """The same, made from the jobs alone; reads every job, so mind how often."""
        totals: Counter[tuple[Any, ...]] = Counter()
        after_id = ""
        while page := _PAGE.rows(self._connection, {"after": after_id}):
            after_id = page[-1]["id"]
            codes = self._codes(row["id"] for row in page)
            tally = Tally()
            for row in page:
                totals.update(_counted(row, codes.get(row["id"], [])))
                _add_to(tally, row)
            totals.update(_tallied(tally))
        return {place: number for place, number in totals.items() if number}

    def _codes(self, ids: Iterable[str]) -> dict[str, list[str]]:
        """Codes by job, gravest first, each once."""
        found: dict[str, list[str]] = {}
        for some in pieces(list(ids)):
            statement = select(job_codes.c.job_id, job_codes.c.code).where(
                job_codes.c.job_id.in_(some)
            )
            ordered = statement.order_by(job_codes.c.job_id, job_codes.c.position)
            for job_id, code in self._connection.execute(ordered):
                codes = found.setdefault(job_id, [])
                if code not in codes:
                    codes.append(code)
        return found


def _counted(row: rows.Row, codes: list[str]) -> Iterator[tuple[Any, ...]]:
    """Keys of the counters that a job is counted in."""
    where = (hour_of(row["id"]), row["inbox"])
    if row["state"] != State.WITHDRAWN:
        yield ("counters.n", *where, RECEIVED, "")
    if row["verdict"] is None:
        return
    for code in ["", *codes]:
        yield ("counters.n", *where, row["verdict"], code)
    if codes:
        yield ("counters.n_first", *where, row["verdict"], codes[0])


def _add_to(tally: Tally, row: rows.Row) -> None:
    if row["verdict"] is None:
        return
    verdict = Verdict(row["verdict"])
    if row["measures"] is not None:
        measured = rows.measured_of(row)
        found = assessment_of(measured["measures"], measured["engines"])
        if found is not None:
            tally.scored(row["id"], row["inbox"], verdict, found)
        tally.worked(row["id"], row["inbox"], measured["timings_ms"])
    if row["places"] is not None:
        places = unpacked(row["gate_engine"], row["gate_profile"], bytes(row["places"]))
        tally.placed(row["id"], row["inbox"], places)
    if row["state"] in _ENDED:
        spent_ms = row["finished_ms"] - row["created_ms"]
        tally.took(Kind.LATENCY, row["id"], row["inbox"], spent_ms)


def _tallied(tally: Tally) -> Totals:
    totals: Counter[tuple[Any, ...]] = Counter()
    for cell, (n, total) in tally.cells.items():
        key = (cell.hour_ms, cell.inbox, cell.kind, cell.engine, cell.profile, cell.verdict)
        totals[f"histograms.{column_of(cell.bucket)}", *key] += n
        totals["histograms.total", *key] += total
    for missing, n in tally.missing.items():
        key_of = (missing.inbox, missing.engine, missing.profile, missing.measures)
        totals["not_assessed.n", missing.hour_ms, *key_of] = n
    return totals


def over_hours(totals: Totals) -> Totals:
    """The same sums whatever the hour."""
    summed: Counter[tuple[Any, ...]] = Counter()
    for (what, _, *key), number in totals.items():
        summed[what, *key] += number
    return dict(summed)


_PAGE = Prepared(
    select(
        jobs.c.id,
        jobs.c.inbox,
        jobs.c.state,
        jobs.c.verdict,
        jobs.c.created_ms,
        jobs.c.finished_ms,
        job_results.c.measures,
        job_results.c.engines,
        job_results.c.timings_ms,
        gate_places.c.engine.label("gate_engine"),
        gate_places.c.profile.label("gate_profile"),
        gate_places.c.places,
    )
    .select_from(
        jobs.outerjoin(job_results, job_results.c.job_id == jobs.c.id).outerjoin(
            gate_places, gate_places.c.job_id == jobs.c.id
        )
    )
    .where(jobs.c.id > bindparam("after"))
    .order_by(jobs.c.id)
    .limit(PIECE)
)
