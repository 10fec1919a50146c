"""The schema's revisions: which one a database has, bringing it up to date.

Alembic is imported by ``upgrade`` only: a start with a current schema needs the revisions'
names and no more, and those are read from the folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import Connection, Engine

from daemon.errors import SchemaTooNew, StoreError
from daemon.files.mounts import mount_of
from daemon.store import engine
from daemon.store.backup import backup, opened
from daemon.telemetry.failpoints import reached

_REVISION = re.compile(r"^(\d{4})_\w+\.py$")
BACKUPS = "backups"


def folder() -> Path:
    """Where the revisions lie, in a checkout as in an installed package.

    Raises:
        StoreError: They are not installed.
    """
    spec = find_spec("migrations")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if (Path(place) / "env.py").is_file():
            return Path(place)
    msg = "The database's revisions are not installed: install boothd again."
    raise StoreError(msg)


def revisions() -> list[str]:
    """Ids of all revisions that this version knows, oldest first."""
    found = (_REVISION.match(entry.name) for entry in (folder() / "versions").iterdir())
    return sorted(match[1] for match in found if match)


def head_revision() -> str:
    """The newest revision."""
    return revisions()[-1]


def current_revision(path: Path) -> str | None:
    """The revision that a database has; ``None`` without a database or without a schema.

    Raises:
        StoreError: The file is no database, or cannot be read.
    """
    if not path.exists() or not path.stat().st_size:
        return None
    with opened(path) as connection:
        known = connection.execute(
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'alembic_version'"
        ).fetchone()
        if known is None:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def check(path: Path) -> None:
    """Refuse a database written by a newer boothd.

    Raises:
        SchemaTooNew: Its revision is unknown to this version.
        StoreError: The file is no database, or cannot be read.
    """
    _refuse_newer(current_revision(path))


def _refuse_newer(revision: str | None) -> None:
    if revision is not None and revision not in revisions():
        msg = (
            f"The database has schema {revision}, this boothd knows up to {head_revision()}: "
            "install the newer version again, or restore a backup made before it."
        )
        raise SchemaTooNew(msg, revision=revision, head=head_revision())


def upgrade(
    path: Path, *, filesystem: Callable[[Path], engine.Filesystem] = mount_of
) -> Path | None:
    """Bring a database to the newest schema, in one transaction; makes a missing one.

    Args:
        path: The SQLite file.
        filesystem: What lies under a path; a network filesystem is refused.

    Returns:
        The backup that was made first, in ``backups/`` beside the database; ``None`` where
        there was nothing to back up or nothing to do.

    Raises:
        SchemaTooNew: It was written by a newer boothd.
        StoreError: It cannot be used.
        DiskFull: No space for the backup or the upgrade.
    """
    engine.check_version(engine.sqlite.sqlite_version_info)
    engine.prepare_place(path, filesystem)
    before = current_revision(path)
    _refuse_newer(before)
    if before == head_revision():
        return None
    saved = None
    if before is not None:
        saved = backup(path, path.parent / BACKUPS, label=f"before-{head_revision()}")
    # Rebuilding a table drops the old one; with foreign keys on, its children would go too.
    writer = engine.sqlite_writer(path, foreign_keys=False)
    try:
        move_to(writer, "head")
    finally:
        writer.dispose()
    return saved


def move_to(writer: Engine, revision: str) -> None:
    """Run revisions up or down until the database has the given one, in one transaction.

    Args:
        writer: A SQLite engine must have been made with ``foreign_keys=False``.
        revision: An id, ``base`` or ``head``.

    Raises:
        StoreError: A revision failed; the database is as it was.
    """
    with engine.explained(), writer.begin() as connection:
        _run(connection, revision)
        if connection.dialect.name == "sqlite":
            _refuse_dangling(connection)
        reached("W24")


def _run(connection: Connection, revision: str) -> None:
    from alembic import command  # noqa: PLC0415 - slow to import, seldom needed
    from alembic.config import Config  # noqa: PLC0415 - the same
    from alembic.migration import MigrationContext  # noqa: PLC0415 - the same

    config = Config()
    # % is special in Alembic's configuration.
    config.set_main_option("script_location", str(folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    present = MigrationContext.configure(connection).get_current_revision()
    if revision == "base" or (present is not None and revision < present):
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)


def _refuse_dangling(connection: Connection) -> None:
    dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if dangling:
        msg = f"The upgrade would leave {len(dangling)} rows that refer to none; nothing changed."
        raise StoreError(msg)
