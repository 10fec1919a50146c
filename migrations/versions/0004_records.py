"""What happened: jobs' histories, sums, announcements, upkeep's last runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STRICT = {"sqlite_strict": True, "sqlite_with_rowid": True}
STRICT_WITHOUT_ROWID = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    op.create_table(
        "job_events",
        sa.Column("id", WHOLE, autoincrement=True, nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("at_ms", WHOLE, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_events")),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_job_events_job_id"), ondelete="CASCADE"
        ),
        **STRICT,
    )
    op.create_index("ix_job_events_job_id", "job_events", ["job_id", "id"])
    op.create_table(
        "counters",
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("hour_ms", WHOLE, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("n", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("inbox", "hour_ms", "verdict", "code", name=op.f("pk_counters")),
        **STRICT_WITHOUT_ROWID,
    )
    op.create_index("ix_counters_hour_ms", "counters", ["hour_ms"])
    op.create_table(
        "outbox",
        sa.Column("id", WHOLE, autoincrement=True, nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_ms", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint(
            "job_id", "event", "endpoint", name=op.f("uq_outbox_job_id_event_endpoint")
        ),
        **STRICT,
    )
    op.create_table(
        "upkeep",
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("last_ms", WHOLE, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("task", name=op.f("pk_upkeep")),
        **STRICT_WITHOUT_ROWID,
    )


def downgrade() -> None:
    for table in ("upkeep", "outbox", "counters", "job_events"):
        op.drop_table(table)
