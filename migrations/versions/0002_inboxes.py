"""Inboxes as last seen, and the files that wait or are passed over there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STRICT_WITHOUT_ROWID = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    op.create_table(
        "inboxes",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("device", WHOLE),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since_ms", WHOLE, nullable=False),
        sa.Column("scanned_ms", WHOLE),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_inboxes")),
        **STRICT_WITHOUT_ROWID,
    )
    op.create_table(
        "waiting_files",
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("relative", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since_ms", WHOLE, nullable=False),
        sa.Column("changed_ms", WHOLE, nullable=False),
        sa.Column("next_look_ms", WHOLE, nullable=False),
        sa.Column("size", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("inbox", "relative", name=op.f("pk_waiting_files")),
        **STRICT_WITHOUT_ROWID,
    )
    op.create_table(
        "ignored_files",
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("relative", sa.LargeBinary(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("seen_ms", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("inbox", "relative", name=op.f("pk_ignored_files")),
        **STRICT_WITHOUT_ROWID,
    )


def downgrade() -> None:
    for table in ("ignored_files", "waiting_files", "inboxes"):
        op.drop_table(table)
