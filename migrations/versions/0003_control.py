"""What people ask for and do: holds, orders, the audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STRICT = {"sqlite_strict": True, "sqlite_with_rowid": True}
STRICT_WITHOUT_ROWID = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    op.create_table(
        "holds",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("since_ms", WHOLE, nullable=False),
        sa.Column("until_ms", WHOLE),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_holds")),
        **STRICT_WITHOUT_ROWID,
    )
    op.create_table(
        "orders",
        sa.Column("id", WHOLE, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text()),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("args", sa.Text(), nullable=False),
        sa.Column("placed_ms", WHOLE, nullable=False),
        sa.Column("closed_ms", WHOLE),
        sa.Column("outcome", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        **STRICT,
    )
    is_pending = sa.text("closed_ms IS NULL")
    op.create_index(
        "ix_orders_pending",
        "orders",
        ["id"],
        sqlite_where=is_pending,
        postgresql_where=is_pending,
    )
    op.create_table(
        "audit",
        sa.Column("id", WHOLE, autoincrement=True, nullable=False),
        sa.Column("at_ms", WHOLE, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        **STRICT,
    )


def downgrade() -> None:
    for table in ("audit", "orders", "holds"):
        op.drop_table(table)
