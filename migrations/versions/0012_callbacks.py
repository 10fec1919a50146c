"""Callbacks: where the caller of the API wants to be told, and where a message goes by itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("submissions", sa.Column("callback", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("address", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox", "address")
    op.drop_column("submissions", "callback")
