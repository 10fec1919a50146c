"""Batches: the people of a table, and which job is whose photo."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STRICT = {"sqlite_strict": True, "sqlite_with_rowid": True}
SMALL = {"sqlite_strict": True, "sqlite_with_rowid": False}
UNFINISHED = sa.text("finished_ms IS NULL")


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("created_ms", WHOLE, nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("finished_ms", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.CheckConstraint(
            "state IN ('received', 'open', 'paused', 'cancelled', 'finished', 'refused')",
            name=op.f("ck_batches_state"),
        ),
        **STRICT,
    )
    op.create_index(
        "ix_batches_live",
        "batches",
        ["id"],
        sqlite_where=UNFINISHED,
        postgresql_where=UNFINISHED,
    )
    op.create_table(
        "batch_people",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "line", name=op.f("pk_batch_people")),
        _of("batch_people", "batch_id", "batches"),
        **SMALL,
    )
    op.create_table(
        "batch_jobs",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("photo", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "job_id", name=op.f("pk_batch_jobs")),
        _of("batch_jobs", "batch_id", "batches"),
        _of("batch_jobs", "job_id", "jobs"),
        **SMALL,
    )
    op.create_index("ix_batch_jobs_job_id", "batch_jobs", ["job_id"])


def _of(table: str, column: str, referred: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{referred}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE"
    )


def downgrade() -> None:
    op.drop_table("batch_jobs")
    op.drop_table("batch_people")
    op.drop_table("batches")
