"""SQL compiled once for many short-lived databases.

An engine keeps what it compiled to itself, so a booth that lives for a tenth of a second spends
a third of it compiling the same statements as the booth before. Where a test lives hundreds of
lives, they share one dialect and one cache of statements; connections they do not share.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from sqlalchemy import Engine

from daemon.store import engine


@contextmanager
def compiled_once() -> Iterator[None]:
    """Every SQLite engine made in the block takes over what the first one compiled."""
    real, first = engine.create_engine, list[Engine]()

    def make(url: str, **options: Any) -> Engine:
        made = real(url, **options)
        if made.dialect.name != "sqlite":
            return made
        first.append(made)
        # Statements are kept by dialect, so sharing them takes sharing that, too.
        made.dialect = first[0].dialect
        made._compiled_cache = first[0]._compiled_cache
        return made

    with mock.patch.object(engine, "create_engine", make):
        yield
