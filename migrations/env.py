"""How Alembic reaches the database: on the connection that ``daemon.store.schema`` gives it.

There is no other way in: the schema is upgraded by ``boothd db upgrade``, which makes a backup
first. One transaction holds all revisions of an upgrade, so a crash leaves the old schema.
"""

from __future__ import annotations

from alembic import context

from daemon.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
    transaction_per_migration=False,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
