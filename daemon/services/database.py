"""The database as commands need it: there or not, of our schema or another, backed up."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.errors import BoothError, StoreError
from daemon.store import backup as store_backup
from daemon.store import schema
from daemon.store.database import Database


@dataclass(frozen=True, slots=True)
class Standing:
    """How the database stands.

    Attributes:
        path: The file.
        exists: Whether there is one.
        revision: Schema it has, or ``None``.
        head: Schema this version wants.
        code: Why it cannot be used, or empty.
        detail: The sentence to it.
    """

    path: Path
    exists: bool
    revision: str | None
    head: str | None
    code: str = ""
    detail: str = ""


def standing(config: Config) -> Standing:
    """Look at the database without changing it; what is wrong is in the answer."""
    path = config.layout.database
    head = schema.head_revision()
    if not path.exists():
        return Standing(path, exists=False, revision=None, head=head)
    try:
        revision = schema.current_revision(path)
        schema.check(path)
    except BoothError as error:
        return Standing(
            path, exists=True, revision=None, head=head, code=error.code, detail=str(error)
        )
    return Standing(path, exists=True, revision=revision, head=head)


@contextlib.contextmanager
def open_existing(config: Config, clock: Clock) -> Iterator[Database]:
    """The booth's database, for a command beside the daemon; closed at the end of the block.

    Raises:
        StoreError: There is none yet, or its schema is not ours.
    """
    found = standing(config)
    zh = config.language == "zh"
    if not found.exists:
        msg = "还没有数据库" if zh else "there is no database yet"
        msg = f"{msg}: {found.path}"
        raise StoreError(msg)
    schema.check(found.path)
    if found.revision != found.head:
        said = "请先运行 boothd db upgrade" if zh else "run `boothd db upgrade` first"
        msg = f"{found.path}: {found.revision} → {found.head}; {said}"
        raise StoreError(msg)
    database = Database(found.path, clock)
    try:
        yield database
    finally:
        database.close()


def upgrade(config: Config) -> Standing:
    """Bring the database to this version's schema (backed up first); makes a missing one."""
    config.layout.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    schema.upgrade(config.layout.database)
    return standing(config)


def back_up(config: Config) -> Path:
    """Write a backup now and drop the oldest.

    Raises:
        StoreError: There is no database, or it cannot be read.
    """
    layout = config.layout
    if not layout.database.exists():
        msg = "还没有数据库" if config.language == "zh" else "there is no database yet"
        msg = f"{msg}: {layout.database}"
        raise StoreError(msg)
    return store_backup.backup(layout.database, layout.backups, config.retention.backups)
