"""The statements that every job passes step into an index, whatever the size of the tables.

SQLite's plans are asserted instead of times: a plan that walks the table is fast in a small test
and takes seconds in a booth with a million rows.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import event

from daemon.domain.artifact import Reason
from daemon.domain.job import State, Verdict
from daemon.store import jobs, queue, views
from daemon.store.statements import Prepared
from tests.fakes.store import NOW_MS, job_row
from tests.fakes.traffic import quality

USES = [
    (queue._BEST_READY, "ix_jobs_ready (state=? AND inbox=?)"),
    (queue._BEST_SUSPECT, "ix_jobs_suspect (state=? AND inbox=?)"),
    (queue._TAKE_READY, "ix_jobs_ready (state=? AND inbox=?)"),
    (queue._TAKE_SUSPECT, "ix_jobs_suspect (state=? AND inbox=?)"),
    (queue._DEFERRED, "ix_jobs_deferred (state=? AND not_before_ms>?)"),
    (queue._WAKE, "ix_jobs_deferred (state=? AND not_before_ms>? AND not_before_ms<?)"),
    (queue._WORKING, "ix_jobs_state (state=?)"),
    (queue._FINISH, "sqlite_autoindex_jobs_1 (id=?)"),
    (jobs._OLDEST, "ix_jobs_state (state=? AND inbox=? AND id>?)"),
    (jobs._NEWEST, "ix_jobs_state (state=? AND inbox=? AND id<?)"),
    (jobs._LAST_DONE, "ix_jobs_effect (state=? AND inbox=? AND effect_key=?)"),
    (jobs._ENDED, "ix_jobs_state (state=? AND inbox=? AND id<?)"),
    (views._OF_BUCKET, "COVERING INDEX ix_job_results_bucket (bucket=? AND job_id<?)"),
]


def plan_of(database, statement: Prepared) -> list[str]:
    with database.write() as uow:
        connection = uow._connection
        sql, _ = statement._for(connection)
        values = dict.fromkeys(re.findall(r":(\w+)", sql), 0)
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
    return [row[3] for row in rows]


@pytest.mark.parametrize(("statement", "index"), USES, ids=[index for _, index in USES])
def test_a_statement_steps_into_its_index(database, statement, index):
    plan = plan_of(database, statement)
    assert any(index in step for step in plan), plan
    # The one table that may be walked has a row for each inbox.
    assert [step for step in plan if step.startswith("SCAN") and "inbox_turns" not in step] in (
        [],
        ["SCAN CONSTANT ROW"],
    )


def test_the_next_of_an_inbox_needs_no_sorting(database):
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan_of(database, queue._TAKE_READY)
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan_of(database, jobs._NEWEST)


FILTERS = [
    views.JobFilter(is_low=True, inboxes=("in",)),
    views.JobFilter(is_low=True, states=(State.REJECTED,)),
    views.JobFilter(scores=(4000, 4200), inboxes=("in", "out"), states=(State.DONE,)),
    views.JobFilter(scores=(4050, 4100)),
    views.JobFilter(code="BLURRED", inboxes=("in",), is_first_code=True),
    views.JobFilter(code="BLURRED", is_low=True),
]


@pytest.mark.parametrize("wanted", FILTERS, ids=repr)
def test_a_list_behind_a_bar_steps_to_the_ids_it_was_given(database, wanted):
    """Not through all jobs of an inbox, nor past the measures of every photo."""
    with database.write() as uow:
        job = job_row(State.REJECTED)
        found = {"measures": quality(0.3), "reasons": (Reason("BLURRED"),)}
        assert uow.jobs.add(replace(job, **found, verdict=Verdict.REJECTED, finished_ms=NOW_MS))
    asked = []
    with database.read() as uow:
        connection = uow._connection
        note = lambda _c, _cur, sql, values, *_: asked.append((sql, values))  # noqa: E731 - a hook
        event.listen(connection, "before_cursor_execute", note)
        # SQLite thinks of other ways where the ids are many.
        uow.views._matching(wanted, [job.id, *(f"{number:022x}" for number in range(999))])
        plans = [
            connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
            for sql, values in list(asked)
        ]
    steps = [row[3] for plan in plans for row in plan if "SUBQUERY" not in row[3]]
    wrong = [step for step in steps if "job_id=?" not in step and "(id=?)" not in step]
    assert steps
    assert wrong == []


def test_photos_in_review_are_sought_by_code_without_reading_their_rows(database):
    """Tens of thousands may wait, few of them for that reason."""
    asked = []
    with database.read() as uow:
        connection = uow._connection
        note = lambda _c, _cur, sql, values, *_: asked.append((sql, values))  # noqa: E731 - a hook
        event.listen(connection, "before_cursor_execute", note)
        uow.reviews.waiting(["in"], code="BLURRED")
        uow.reviews.count(["in"], code="BLURRED")
        plans = [
            connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
            for sql, values in list(asked)
        ]
    for plan in plans:
        first, second = [row[3] for row in plan if row[3].startswith("SEARCH")][:2]
        assert first.startswith("SEARCH jobs USING COVERING INDEX ix_jobs_state (state=?")
        assert second.startswith("SEARCH job_codes USING COVERING INDEX ix_job_codes_code (code=?")
    assert len(plans) == 2


def test_a_move_leaves_the_index_on_live_names_alone(database):
    """It names a column that no move but the last one sets; SQLite would rewrite it otherwise."""
    with database.read() as uow:
        sql = uow._connection.exec_driver_sql(
            "SELECT sql FROM sqlite_schema WHERE name = 'uq_jobs_live'"
        ).scalar_one()
    assert sql.endswith("WHERE finished_ms IS NULL")
