"""A job's result, in tables of its own: reasons, outputs, and what was measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from daemon.domain.artifact import Reason
from daemon.domain.job import Job, PlannedOutput
from daemon.store import rows
from daemon.store.statements import Prepared, pieces
from daemon.store.tables import job_codes, job_outputs, job_results


def insert_result(connection: Connection, job_id: str, result: Mapping[str, Any]) -> None:
    """Write the result fields of a job that has none yet."""
    if codes := rows.code_rows(job_id, result.get("reasons", ())):
        _ADD_CODE.run_many(connection, codes)
    if outputs := rows.output_rows(job_id, result.get("outputs", ())):
        _ADD_OUTPUT.run_many(connection, outputs)
    if any(result.get(name) for name in rows.MEASURED):
        _ADD_RESULT.run(connection, rows.result_row(job_id, result))


def replace_result(connection: Connection, job_id: str, changes: Mapping[str, Any]) -> None:
    """Replace the result fields that are among the changes; the others stay."""
    kept = {name: changes[name] for name in rows.RESULT_FIELDS if name in changes}
    if "reasons" in kept:
        _DROP_CODES.run(connection, {"job": job_id})
    if "outputs" in kept:
        _DROP_OUTPUTS.run(connection, {"job": job_id})
    if kept.keys() & rows.MEASURED:
        of_job = job_results.c.job_id == job_id
        old = connection.execute(select(job_results).where(of_job)).mappings().one_or_none()
        kept = {**(rows.measured_of(old) if old else {}), **kept}
        connection.execute(delete(job_results).where(of_job))
    insert_result(connection, job_id, kept)


def complete(connection: Connection, found: Sequence[rows.Row]) -> list[Job]:
    """Jobs from their rows, with their results fetched."""
    reasons: dict[str, list[Reason]] = defaultdict(list)
    outputs: dict[str, list[PlannedOutput]] = defaultdict(list)
    results: dict[str, rows.Row] = {}
    for some in pieces([row["id"] for row in found]):
        for row in _of_jobs(connection, job_codes, some, job_codes.c.position):
            reasons[row["job_id"]].append(rows.reason_of(row))
        for row in _of_jobs(connection, job_outputs, some, job_outputs.c.ordinal):
            outputs[row["job_id"]].append(rows.output_of(row))
        for row in _of_jobs(connection, job_results, some):
            results[row["job_id"]] = row
    return [
        rows.job_of(
            row,
            tuple(reasons.get(row["id"], ())),
            tuple(outputs.get(row["id"], ())),
            results.get(row["id"]),
        )
        for row in found
    ]


def _of_jobs(
    connection: Connection, table: Any, job_ids: Sequence[str], *order: Any
) -> Iterable[rows.Row]:
    statement = select(table).where(table.c.job_id.in_(job_ids)).order_by(*order)
    return connection.execute(statement).mappings()


_DROP_CODES = Prepared(delete(job_codes).where(job_codes.c.job_id == bindparam("job")))
_DROP_OUTPUTS = Prepared(delete(job_outputs).where(job_outputs.c.job_id == bindparam("job")))
_ADD_CODE = Prepared(insert(job_codes))
_ADD_OUTPUT = Prepared(insert(job_outputs))
_ADD_RESULT = Prepared(insert(job_results))
