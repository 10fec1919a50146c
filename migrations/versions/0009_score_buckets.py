"""Results by where their score is counted: lists behind a bin of scores, low scores among them.

The score itself lies behind measures of thousands of characters: a list of one bin read them all.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SCORED = sa.text("bucket IS NOT NULL")
LOW = sa.text("score < 4000")


def upgrade() -> None:
    op.add_column("job_results", sa.Column("bucket", sa.Integer()))
    # Fifty buckets of two hundred ten-thousandths; a perfect score lies in the last.
    op.execute(
        sa.text(
            "UPDATE job_results SET bucket = CASE WHEN score < 10000 THEN score / 200 ELSE 49 END "
            "WHERE score IS NOT NULL"
        )
    )
    op.drop_index("ix_job_results_low", table_name="job_results")
    op.create_index(
        "ix_job_results_bucket",
        "job_results",
        ["bucket", "job_id"],
        sqlite_where=SCORED,
        postgresql_where=SCORED,
    )


def downgrade() -> None:
    op.drop_index("ix_job_results_bucket", table_name="job_results")
    op.create_index(
        "ix_job_results_low",
        "job_results",
        ["job_id"],
        sqlite_where=LOW,
        postgresql_where=LOW,
    )
    op.drop_column("job_results", "bucket")
