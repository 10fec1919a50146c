"""Copies of the database while it is in use, and looking for damage in it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from daemon.clock import Clock, SystemClock
from daemon.errors import BoothError, StoreError
from daemon.files.atomic import rename_noreplace
from daemon.files.syncing import fsync_dir
from daemon.store.engine import BUSY_TIMEOUT_MS, explained, sqlite

# Backups that are dropped when newer ones exist; those made before an upgrade are named
# otherwise and stay.
_REGULAR = re.compile(r"^boothd-\d{8}-\d{6}(?:-(\d+))?\.db$")
_STAMPED = len("boothd-YYYYmmdd-HHMMSS")
_PART_SUFFIX = ".boothd-part"
# Of use for minutes only, and about people's faces: a copy is kept for weeks.
_NOT_KEPT = ("questions",)


def backup(
    database_path: Path,
    into_dir: Path,
    keep: int | None = None,
    *,
    label: str = "",
    clock: Clock | None = None,
) -> Path:
    """Write a whole, consistent copy beside whatever goes on, then drop the oldest.

    Args:
        database_path: The SQLite file.
        into_dir: Folder for copies; made if missing.
        keep: How many regular copies stay, this one among them; ``None`` for all.
        label: Put into the name of a copy which is not a regular one.
        clock: Gives the time in the name (UTC).

    Returns:
        Path of the copy, ``boothd-YYYYmmdd-HHMMSS.db``, durable on its disk.

    Raises:
        StoreError: There is no database, or the copy is damaged.
        DiskFull: No space for the copy.
    """
    into_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    now_ms = (clock or SystemClock()).now_ms()
    stamp = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y%m%d-%H%M%S")
    stem = f"boothd-{stamp}-{label}" if label else f"boothd-{stamp}"
    part = into_dir / f".{stem}.{os.getpid()}{_PART_SUFFIX}"
    try:
        _copy(database_path, part)
        target = _name(part, into_dir, stem)
    finally:
        part.unlink(missing_ok=True)
    fsync_dir(into_dir)
    if keep is not None:
        _drop_oldest(into_dir, keep)
    return target


def _copy(database_path: Path, part: Path) -> None:
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600))
    with (
        opened(database_path) as source,
        explained(),
        closing(sqlite.connect(os.fspath(part), isolation_level=None)) as copy,
    ):
        # In one step: a snapshot does not hold up the writer, and pieces would start anew at
        # each of its commits.
        source.backup(copy, pages=-1)
        # The copy must be one file, whole without a journal beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
        _leave_out(copy)
    if problems := integrity(part):
        msg = f"The copy of the database is damaged: {problems[0]}"
        raise StoreError(msg, problems=problems)
    with part.open("rb") as handle:
        os.fsync(handle.fileno())


def _leave_out(copy: Any) -> None:
    copy.execute("PRAGMA secure_delete = ON")
    tables = {row[0] for row in copy.execute("SELECT name FROM sqlite_master")}
    for table in tables.intersection(_NOT_KEPT):
        copy.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own


def _name(part: Path, folder: Path, stem: str) -> Path:
    # Above every number in use, not in a gap: names must sort by age when the oldest is dropped.
    used = [_number(path) for path in folder.glob(f"{stem}*.db") if path.stem != part.stem]
    number = 1 + max(used, default=0)
    while True:
        chosen = folder / (f"{stem}.db" if number == 1 else f"{stem}-{number}.db")
        try:
            rename_noreplace(part, chosen)
        except FileExistsError:
            number += 1
        else:
            return chosen


def _number(path: Path) -> int:
    match = _REGULAR.match(path.name)
    return int(match[1] or 1) if match else 1


def _drop_oldest(folder: Path, keep: int) -> None:
    regular = sorted(
        (path for path in folder.iterdir() if _REGULAR.match(path.name)),
        key=lambda path: (path.stem[:_STAMPED], _number(path)),
    )
    for path in regular[: max(0, len(regular) - max(1, keep))]:
        path.unlink(missing_ok=True)


def integrity(path: Path) -> list[str]:
    """What is wrong with a database; empty when all is well.

    Reads the whole file; a file that is no database at all is a problem like any other.
    """
    try:
        with opened(path) as connection, explained():
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
            dangling = connection.execute("PRAGMA foreign_key_check").fetchall()
    except BoothError as error:
        return [str(error)]
    problems = [] if found == ["ok"] else found
    return problems + [f"row {row[1]} of {row[0]} refers to no row of {row[2]}" for row in dangling]


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A driver's connection that can only read, and never makes a database.

    Raises:
        StoreError: It cannot be opened.
    """
    # The path's own % and ? must not be read as parts of the URL.
    url = f"file:{quote(os.fsencode(path.absolute()))}?mode=ro"
    with explained():
        connection = sqlite.connect(url, uri=True, isolation_level=None)
        try:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
            yield connection
        finally:
            connection.close()
