"""Statistics: histograms by hour and inbox, what could not be assessed, first codes, received.

What is known of the jobs that are there is counted: how many came, which code was their first,
how long they took. Their quality was not measured before this revision.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STRICT_WITHOUT_ROWID = {"sqlite_strict": True, "sqlite_with_rowid": False}

HOUR_MS = 3_600_000
PAGE = 5000
# The buckets of times when this revision was written: three to the doubling, from 16 ms.
BUCKETS = 64
KEY = ("kind", "hour_ms", "inbox", "engine", "profile", "verdict")
TIME_EDGES = (0, *(round(16 * 2 ** (step / 3)) for step in range(BUCKETS)))


def upgrade() -> None:
    op.create_table(
        "histograms",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("hour_ms", WHOLE, nullable=False),
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("total", WHOLE, server_default=sa.text("0"), nullable=False),
        sa.Column("unscored", WHOLE, server_default=sa.text("0"), nullable=False),
        *(
            sa.Column(f"b{bucket}", WHOLE, server_default=sa.text("0"), nullable=False)
            for bucket in range(BUCKETS)
        ),
        sa.PrimaryKeyConstraint(
            "kind",
            "hour_ms",
            "inbox",
            "engine",
            "profile",
            "verdict",
            name=op.f("pk_histograms"),
        ),
        **STRICT_WITHOUT_ROWID,
    )
    op.create_table(
        "not_assessed",
        sa.Column("hour_ms", WHOLE, nullable=False),
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("n", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint(
            "hour_ms", "inbox", "engine", "profile", "measures", name=op.f("pk_not_assessed")
        ),
        **STRICT_WITHOUT_ROWID,
    )
    op.add_column(
        "counters", sa.Column("n_first", WHOLE, server_default=sa.text("0"), nullable=False)
    )
    op.add_column("job_results", sa.Column("score", WHOLE))
    low = sa.text("score < 4000")
    op.drop_index("ix_counters_hour_ms", table_name="counters")
    op.create_index(
        "ix_job_results_low",
        "job_results",
        ["job_id"],
        sqlite_where=low,
        postgresql_where=low,
    )
    _count(op.get_bind())


def downgrade() -> None:
    op.drop_index("ix_job_results_low", table_name="job_results")
    op.create_index("ix_counters_hour_ms", "counters", ["hour_ms"])
    op.drop_column("job_results", "score")
    op.execute(sa.text("DELETE FROM counters WHERE verdict = 'received'"))
    op.drop_column("counters", "n_first")
    op.drop_table("not_assessed")
    op.drop_table("histograms")


def _count(connection: sa.Connection) -> None:
    received: Counter[tuple[int, str]] = Counter()
    times: dict[tuple[str, int, str], Counter[str]] = {}
    for row in _jobs(connection):
        hour_ms = int(row.id[:12], 16) // HOUR_MS * HOUR_MS
        if row.state != "withdrawn":
            received[hour_ms, row.inbox] += 1
        if row.verdict is None:
            continue
        timings = json.loads(row.timings_ms) if row.timings_ms else {}
        spent = [("work", round(sum(timings.values())))] if timings else []
        if row.finished_ms is not None:
            spent.append(("latency", row.finished_ms - row.created_ms))
        for kind, spent_ms in spent:
            ms = max(0, spent_ms)
            bucket = min(bisect_right(TIME_EDGES, ms) - 1, len(TIME_EDGES) - 2)
            sums = times.setdefault((kind, hour_ms, row.inbox), Counter())
            sums.update({f"b{bucket}": 1, "total": ms})
    _write(connection, received, times)
    _count_first_codes(connection)


def _jobs(connection: sa.Connection) -> Iterator[Any]:
    """Every job, some at a time."""
    statement = sa.text(
        "SELECT jobs.id, inbox, state, verdict, created_ms, finished_ms, timings_ms FROM jobs "
        "LEFT JOIN job_results ON job_results.job_id = jobs.id WHERE jobs.id > :after "
        "ORDER BY jobs.id LIMIT :most"
    )
    after = ""
    while page := connection.execute(statement, {"after": after, "most": PAGE}).all():
        yield from page
        after = page[-1].id


def _write(
    connection: sa.Connection,
    received: Counter[tuple[int, str]],
    times: dict[tuple[str, int, str], Counter[str]],
) -> None:
    if received:
        connection.execute(
            sa.text(
                "INSERT INTO counters (inbox, hour_ms, verdict, code, n) "
                "VALUES (:inbox, :hour_ms, 'received', '', :n)"
            ),
            [{"inbox": inbox, "hour_ms": hour, "n": n} for (hour, inbox), n in received.items()],
        )
    if times:
        numbers = ("total", *(f"b{bucket}" for bucket in range(BUCKETS)))
        table = sa.table("histograms", *(sa.column(name) for name in (*KEY, *numbers)))
        empty = dict.fromkeys(KEY, "") | dict.fromkeys(numbers, 0)
        connection.execute(
            sa.insert(table),
            [
                {**empty, "kind": kind, "hour_ms": hour_ms, "inbox": inbox, **sums}
                for (kind, hour_ms, inbox), sums in times.items()
            ],
        )


def _count_first_codes(connection: sa.Connection) -> None:
    """Add them to the hour of admission; earlier sums lie in that of the verdict."""
    found = connection.execute(
        sa.text(
            "SELECT jobs.id, inbox, verdict, code FROM jobs "
            "JOIN job_codes ON job_codes.job_id = jobs.id AND position = 0 "
            "WHERE verdict IS NOT NULL"
        )
    )
    sums: Counter[tuple[Any, ...]] = Counter()
    for job_id, inbox, verdict, code in found:
        sums[inbox, int(job_id[:12], 16) // HOUR_MS * HOUR_MS, verdict, code] += 1
    if sums:
        names = ("inbox", "hour_ms", "verdict", "code", "n_first")
        connection.execute(
            sa.text(
                "INSERT INTO counters (inbox, hour_ms, verdict, code, n, n_first) "
                "VALUES (:inbox, :hour_ms, :verdict, :code, 0, :n_first) "
                "ON CONFLICT (inbox, hour_ms, verdict, code) "
                "DO UPDATE SET n_first = counters.n_first + excluded.n_first"
            ),
            [dict(zip(names, (*key, n), strict=True)) for key, n in sums.items()],
        )
