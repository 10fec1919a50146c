"""Jobs, their results, and the turns of inboxes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STRICT = {"sqlite_strict": True, "sqlite_with_rowid": True}
STRICT_WITHOUT_ROWID = {"sqlite_strict": True, "sqlite_with_rowid": False}

STATES = (
    "'admitted', 'taken', 'queued', 'working', 'publishing', "
    "'done', 'rejected', 'review', 'failed', 'withdrawn'"
)
LIVE = "'admitted', 'taken', 'queued', 'working', 'publishing'"
IS_READY = "state = 'queued' AND not_before_ms = 0 AND crashes = 0"
IS_SUSPECT = "state = 'queued' AND not_before_ms = 0 AND crashes > 0"
IS_DEFERRED = "state = 'queued' AND not_before_ms > 0"


def upgrade() -> None:
    _jobs()
    _results()
    op.create_table(
        "inbox_turns",
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("served", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("inbox", name=op.f("pk_inbox_turns")),
        **STRICT_WITHOUT_ROWID,
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("relative", sa.LargeBinary(), nullable=False),
        sa.Column("name_key", sa.LargeBinary(), nullable=False),
        sa.Column("search_name", sa.Text(), nullable=False),
        sa.Column("generation", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("created_ms", WHOLE, nullable=False),
        sa.Column("sidecars", sa.LargeBinary(), nullable=False),
        sa.Column("instruct", sa.LargeBinary(), nullable=False),
        sa.Column("in_ledger", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.Text()),
        sa.Column("size", WHOLE),
        sa.Column("effect_key", sa.Text()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("token", sa.Text()),
        sa.Column("lease_until_ms", WHOLE),
        sa.Column("not_before_ms", WHOLE, nullable=False),
        sa.Column("queued_ms", WHOLE),
        sa.Column("started_ms", WHOLE),
        sa.Column("verdict", sa.Text()),
        sa.Column("filed", sa.LargeBinary()),
        sa.Column("finished_ms", WHOLE),
        sa.Column("retry_of", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_jobs_state")),
        sa.CheckConstraint(
            f"(finished_ms IS NULL) = (state IN ({LIVE}))", name=op.f("ck_jobs_finished_ms")
        ),
        sa.CheckConstraint("in_ledger IN (0, 1)", name=op.f("ck_jobs_in_ledger")),
        sa.CheckConstraint("attempts >= 0 AND crashes >= 0", name=op.f("ck_jobs_attempts")),
        **STRICT,
    )
    in_turn = ["state", "inbox", sa.text("priority DESC"), "id"]
    _partial("uq_jobs_live", ["inbox", "name_key", "generation"], "finished_ms IS NULL", True)
    _partial("ix_jobs_ready", in_turn, IS_READY)
    _partial("ix_jobs_suspect", in_turn, IS_SUSPECT)
    _partial("ix_jobs_deferred", ["state", "not_before_ms"], IS_DEFERRED)
    _partial("ix_jobs_effect", ["state", "inbox", "effect_key", "id"], "state = 'done'")
    op.create_index("ix_jobs_identity", "jobs", ["inbox", "name_key", "generation"])
    op.create_index("ix_jobs_state", "jobs", ["state", "inbox", "id"])


def _partial(name, columns, where, unique=False) -> None:  # noqa: FBT002 - as create_index has it
    condition = sa.text(where)
    op.create_index(
        name,
        "jobs",
        columns,
        unique=unique,
        sqlite_where=condition,
        postgresql_where=condition,
    )


def _results() -> None:
    op.create_table(
        "job_codes",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("pk_job_codes")),
        _of_job("job_codes"),
        **STRICT_WITHOUT_ROWID,
    )
    op.create_index("ix_job_codes_code", "job_codes", ["code", "job_id"])
    op.create_table(
        "job_outputs",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("suffix", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", WHOLE, nullable=False),
        sa.Column("target", sa.LargeBinary(), nullable=False),
        sa.Column("published_ms", WHOLE),
        sa.PrimaryKeyConstraint("job_id", "ordinal", name=op.f("pk_job_outputs")),
        _of_job("job_outputs"),
        **STRICT_WITHOUT_ROWID,
    )
    op.create_table(
        "job_results",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("engines", sa.Text(), nullable=False),
        sa.Column("timings_ms", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job_results")),
        _of_job("job_results"),
        **STRICT_WITHOUT_ROWID,
    )


def _of_job(table) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["job_id"], ["jobs.id"], name=op.f(f"fk_{table}_job_id"), ondelete="CASCADE"
    )


def downgrade() -> None:
    for table in ("inbox_turns", "job_results", "job_outputs", "job_codes", "jobs"):
        op.drop_table(table)
