"""Removing what a crash left behind: part files, probes, staging folders, empty claim folders.

Only names of the booth's own making are looked at, and never those of a live job. A file whose
job is unknown is kept for 36 hours, as a mail server keeps its stale temporary files: a part
file may be the work of a booth that was restored from an older database.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.job import TERMINAL
from daemon.files.atomic import PART_SUFFIX
from daemon.store.database import Database
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

# Maildir's and Postfix's habit for stale temporary files.
STALE_MS = 36 * 3_600_000
# A finished job's staging is removed by whoever finished it; give that a moment.
FINISHED_MS = 600_000

_PART = re.compile(r"^\.[0-9a-f]{12}\.(?P<tag>[^/]+)" + re.escape(PART_SUFFIX) + r"$")
_JOB_ID = re.compile(r"^[0-9a-f]{22}$")
_PROBE = re.compile(r"^(\.boothd-)?probe-[0-9a-f]{8}(-.{1,2})?$")


@dataclass(slots=True)
class Swept:
    """What was removed: part files (and probes), staging folders, empty claim folders; refused."""

    parts: int = 0
    stagings: int = 0
    claims: int = 0
    refused: int = 0


def sweep(config: Config, database: Database, clock: Clock) -> Swept:
    """Remove what no live job needs any more."""
    swept, layout = Swept(), config.layout
    for folder in _job_folders(layout.staging):
        if _is_stale(database, folder.name, folder, clock):
            swept.stagings += _removed(swept, folder, shutil.rmtree)
    for part in _parts(config):
        if _is_stale(database, _tag(part), part, clock):
            swept.parts += _removed(swept, part, os.unlink)
    for probe in _probes(config):
        if _age_ms(probe, clock) >= FINISHED_MS:
            swept.parts += _removed(swept, probe, os.unlink)
    for inbox in config.inboxes:
        for folder in _job_folders(layout.claimed(inbox.name)):
            if _is_empty(folder) and _is_stale(database, folder.name, folder, clock):
                swept.claims += _removed(swept, folder, os.rmdir)
    return swept


def _removed(swept: Swept, path: Path, remove: Callable[[Path], object]) -> int:
    try:
        remove(path)
    except FileNotFoundError:
        return 0
    except OSError as error:
        swept.refused += 1
        get_logger("sweep").warning(events.UPKEEP_FAILED, errno=error.errno)
        return 0
    return 1


def _is_stale(database: Database, tag: str, path: Path, clock: Clock) -> bool:
    age_ms = _age_ms(path, clock)
    if age_ms < FINISHED_MS:
        return False
    with database.read() as uow:
        job = uow.jobs.get(tag) if _JOB_ID.match(tag) else None
    if job is None:
        return age_ms >= STALE_MS
    return job.state in TERMINAL


def _age_ms(path: Path, clock: Clock) -> int:
    try:
        return clock.now_ms() - path.lstat().st_mtime_ns // 1_000_000
    except OSError:
        return 0


def _job_folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [
                Path(entry.path)
                for entry in entries
                if entry.is_dir(follow_symlinks=False) and _JOB_ID.match(entry.name)
            ]
    except OSError:
        return []  # an inbox that is away now is swept another time


def _is_empty(folder: Path) -> bool:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return next(entries, None) is None
    return False


def _parts(config: Config) -> Iterator[Path]:
    """Part files in every output folder, and of the booth's own files."""
    layout = config.layout
    tops = {layout.root / name for name in ("out", "rejected", "review", "failed", "archive")}
    tops |= {inbox.out for inbox in config.inboxes if inbox.out is not None}
    for top in sorted(tops):
        for parent, _, names in os.walk(top, followlinks=False):
            yield from (Path(parent) / name for name in names if _PART.match(name))
    for inbox in config.inboxes:
        # What was cut off while it was dropped there, or sent.
        with contextlib.suppress(OSError), os.scandir(layout.inbox(inbox.name)) as entries:
            yield from (Path(entry.path) for entry in entries if _PART.match(entry.name))
        for folder in _job_folders(layout.claimed(inbox.name)):
            yield from (path for path in folder.glob(f".*{PART_SUFFIX}") if _PART.match(path.name))
    with contextlib.suppress(FileNotFoundError):
        yield from (path for path in layout.state.iterdir() if _PART.match(path.name))
    with contextlib.suppress(FileNotFoundError):
        # Copies of the database that a kill cut short.
        yield from layout.backups.glob(f".*{PART_SUFFIX}")


def _probes(config: Config) -> Iterator[Path]:
    """Files by which a share was tried out (``files.share``), left by a kill."""
    layout = config.layout
    for inbox in config.inboxes:
        for folder in (layout.inbox(inbox.name), layout.out(inbox.name)):
            for place in (folder, folder / ".boothd"):
                with contextlib.suppress(OSError), os.scandir(place) as entries:
                    yield from (Path(e.path) for e in entries if _PROBE.match(e.name))


def _tag(part: Path) -> str:
    match = _PART.match(part.name)
    return match["tag"] if match else ""
