"""What is kept of each inbox's past: when it came and went, and how fast its canaries were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STRICT = {"sqlite_strict": True, "sqlite_with_rowid": True}


def upgrade() -> None:
    op.create_table(
        "inbox_changes",
        sa.Column("id", WHOLE, autoincrement=True, nullable=False),
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("at_ms", WHOLE, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_changes")),
        **STRICT,
    )
    op.create_index(op.f("ix_inbox_changes_inbox_id"), "inbox_changes", ["inbox", "id"])
    op.create_table(
        "canaries",
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("placed_ms", WHOLE, nullable=False),
        sa.Column("latency_ms", WHOLE, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("inbox", "placed_ms", name=op.f("pk_canaries")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("canaries")
    op.drop_index(op.f("ix_inbox_changes_inbox_id"), "inbox_changes")
    op.drop_table("inbox_changes")
