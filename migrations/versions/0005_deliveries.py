"""Announcements reach their endpoints: what became of each, every attempt, every endpoint.

The outbox gets a subject in place of a job (a hold has no job), a number for a job that ended
more than once, and the id under which a receiver knows it. Nothing was ever sent before this
revision: rows that wait since then are discarded, not poured over a receiver all at once.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STRICT = {"sqlite_strict": True, "sqlite_with_rowid": True}
STRICT_WITHOUT_ROWID = {"sqlite_strict": True, "sqlite_with_rowid": False}

STATES = "'pending', 'delivered', 'exhausted', 'disabled', 'discarded'"
IS_DUE = "state = 'pending'"
IS_SETTLED = "settled_ms IS NOT NULL"


def upgrade() -> None:
    # A table of another name for a moment: the names of its constraints are taken until it goes.
    op.execute("CREATE TABLE outbox_was AS SELECT * FROM outbox")
    op.drop_table("outbox")
    _outbox()
    op.execute(
        "INSERT INTO outbox (id, subject, event, endpoint, seq, message_id, body, created_ms)"
        " SELECT id, job_id, event, endpoint, 1, 'msg_0004_' || CAST(id AS TEXT), body, created_ms"
        " FROM outbox_was"
    )
    op.drop_table("outbox_was")
    _follow_numbers()
    _deliveries()
    op.execute(
        "INSERT INTO deliveries"
        " (outbox_id, endpoint, state, attempts, next_ms, settled_ms, last_error)"
        " SELECT id, endpoint, 'discarded', 0, 0, created_ms, 'before_delivery' FROM outbox"
    )
    _attempts()
    _endpoints()


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", WHOLE, autoincrement=True, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_ms", WHOLE, nullable=False),
        sa.Column("picture", sa.LargeBinary()),
        sa.Column("picture_sha256", sa.Text()),
        sa.Column("sent_sha256", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint(
            "subject",
            "event",
            "endpoint",
            "seq",
            name=op.f("uq_outbox_subject_event_endpoint_seq"),
        ),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_message_id")),
        **STRICT,
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("outbox_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_ms", WHOLE, nullable=False),
        sa.Column("settled_ms", WHOLE),
        sa.Column("last_ms", WHOLE),
        sa.Column("last_status", sa.Integer()),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_deliveries_state")),
        sa.CheckConstraint(
            "(settled_ms IS NULL) = (state = 'pending')", name=op.f("ck_deliveries_settled_ms")
        ),
        sa.PrimaryKeyConstraint("outbox_id", name=op.f("pk_deliveries")),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox.id"], name=op.f("fk_deliveries_outbox_id"), ondelete="CASCADE"
        ),
        **STRICT,
    )
    _partial("ix_deliveries_due", ["state", "endpoint", "next_ms", "outbox_id"], IS_DUE)
    _partial("ix_deliveries_settled", ["settled_ms"], IS_SETTLED)
    op.create_index("ix_deliveries_state", "deliveries", ["state", "endpoint", "outbox_id"])
    op.create_index("ix_deliveries_endpoint", "deliveries", ["endpoint", "outbox_id"])


def _partial(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "deliveries", columns, sqlite_where=condition, postgresql_where=condition)


def _attempts() -> None:
    op.create_table(
        "delivery_attempts",
        sa.Column("id", WHOLE, autoincrement=True, nullable=False),
        sa.Column("outbox_id", WHOLE, nullable=False),
        sa.Column("at_ms", WHOLE, nullable=False),
        sa.Column("latency_ms", WHOLE, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("response", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_attempts")),
        sa.ForeignKeyConstraint(
            ["outbox_id"],
            ["outbox.id"],
            name=op.f("fk_delivery_attempts_outbox_id"),
            ondelete="CASCADE",
        ),
        **STRICT,
    )
    op.create_index("ix_delivery_attempts_outbox_id", "delivery_attempts", ["outbox_id", "id"])


def _endpoints() -> None:
    op.create_table(
        "endpoints",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("disabled_ms", WHOLE),
        sa.Column("disabled_why", sa.Text(), nullable=False),
        sa.Column("failing_ms", WHOLE),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("rest_until_ms", WHOLE, nullable=False),
        sa.Column("throttles", sa.Integer(), nullable=False),
        sa.Column("last_ms", WHOLE),
        sa.Column("last_ok_ms", WHOLE),
        sa.Column("last_status", sa.Integer()),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_endpoints")),
        **STRICT_WITHOUT_ROWID,
    )


def _follow_numbers() -> None:
    """PostgreSQL numbers new rows by a sequence, which rows put in by number do not move."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('outbox', 'id'), max(id)) FROM outbox"
            " HAVING max(id) IS NOT NULL"
        )


def downgrade() -> None:
    for table in ("endpoints", "delivery_attempts", "deliveries"):
        op.drop_table(table)
    op.execute("CREATE TABLE outbox_was AS SELECT * FROM outbox")
    op.drop_table("outbox")
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
    op.execute(
        "INSERT INTO outbox (id, job_id, event, endpoint, body, created_ms)"
        " SELECT id, subject, event, endpoint, body, created_ms FROM outbox_was WHERE id IN"
        " (SELECT min(id) FROM outbox_was GROUP BY subject, event, endpoint)"
    )
    op.drop_table("outbox_was")
    _follow_numbers()
