"""Schema revisions, one idea each, run by ``daemon.store.schema``.

A revision that was released never changes (``tests/migrations`` keeps their digests). May
import sqlalchemy, alembic and, in ``env.py`` only, ``daemon.store.tables``; a revision spells its
tables out, because it must still mean the same when ``tables`` has moved on.
"""
