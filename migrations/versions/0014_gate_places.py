"""Where photos stand on the gate's gauges: what a moved limit would change.

Photos that were judged before have no place: the answers begin with those that come after.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STRICT = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    op.create_table(
        "gate_places",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("places", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_gate_places_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_gate_places")),
        **STRICT,
    )


def downgrade() -> None:
    op.drop_table("gate_places")
    op.execute("DELETE FROM histograms WHERE kind LIKE 'gate!_%' ESCAPE '!'")
