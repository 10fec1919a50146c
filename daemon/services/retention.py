"""Deleting originals whose time is over; nothing else in the booth deletes a photo.

A photo is known by the record beside it. What has no record, or one that cannot be read, was
not put there by the booth and is left alone. One photo at a time: first the audit line is
committed, then the files go, the record last, so that a run which was killed in between (W23)
is finished by the next one.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from daemon.clock import Clock
from daemon.config.model import Config, Layout
from daemon.domain.job import TERMINAL, Job
from daemon.files.atomic import is_taken
from daemon.files.mounts import MountTable
from daemon.files.syncing import fsync_dir
from daemon.services.filing import FilingPlace, explaining
from daemon.services.records import SUFFIX, NotARecordError, from_record
from daemon.services.thumbnails import drop_thumbnail, expire_thumbnails
from daemon.store.database import Database
from daemon.telemetry import events, failpoints
from daemon.telemetry.logging import get_logger

DAY_MS = 86_400_000

_DAY_NAME = re.compile(r"^\d{4}-\d{2}-\d{2}$")


@dataclass(slots=True)
class Deleted:
    """What a run of retention did.

    Attributes:
        photos: Originals deleted.
        size: Their bytes.
        unreadable: Records that could not be read; their photos stay.
        refused: Photos that the filesystem would not let go.
    """

    photos: int = 0
    size: int = 0
    unreadable: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class FiledPhoto:
    """An original in archive, rejected or failed, with all that lies beside it.

    Attributes:
        job: What its record says.
        place: Where it lies now (people may have moved a whole folder).
    """

    job: Job
    place: FilingPlace

    @property
    def companions(self) -> tuple[Path, ...]:
        """Files of the group besides the original and the record."""
        name = os.fsencode(os.fsdecode(self.job.relative).rsplit("/", 1)[-1])
        notes = [self.place.note(name, note) for note in self.job.sidecars]
        return (*notes, *explaining(self.job, self.place))


@dataclass(slots=True)
class _Run:
    """One pass over the folders: what it needs, and what it has done so far."""

    layout: Layout
    database: Database
    clock: Clock
    why: str
    deleted: Deleted = field(default_factory=Deleted)


def expire(config: Config, database: Database, clock: Clock) -> Deleted:
    """Delete what is older than ``retention`` allows.

    Archived photos go by the day of their folder, rejected and failed ones by the time in
    their record. Photos in review wait for a person, however long.
    """
    run = _Run(config.layout, database, clock, "age")
    if days := config.retention.archive_days:
        last_day = _day(clock.now_ms() - days * DAY_MS)
        for folder in _day_folders(config.layout):
            if folder.name < last_day:
                _empty_day(run, folder, lambda: False)
    if days := config.retention.failed_days:
        for name in ("rejected", "failed"):
            _expire_by_record(run, config.layout.root / name, clock.now_ms() - days * DAY_MS)
    if days := config.retention.archive_days:
        # Last, because these lie on shares, which may hang.
        _expire_set_aside(run, config, clock.now_ms() - days * DAY_MS)
    expire_thumbnails(config.layout, clock.now_ms())
    return run.deleted


def evict(
    config: Config, database: Database, clock: Clock, *, is_enough: Callable[[], bool]
) -> Deleted:
    """Delete archived photos before their time, oldest first, until there is enough room.

    Nothing is evicted where ``archive_days`` is 0 (for ever) or ``evict_archive`` is off, and
    never a photo that was finished today: somebody may be looking at it.

    Args:
        config: The whole configuration.
        database: For the audit.
        clock: Which day it is.
        is_enough: Asked before each photo; ends the run when true.
    """
    run = _Run(config.layout, database, clock, "space")
    if not config.retention.evict_archive or config.retention.archive_days == 0:
        return run.deleted
    today = _day(clock.now_ms())
    for folder in _day_folders(config.layout):
        if folder.name >= today or is_enough():
            break
        _empty_day(run, folder, is_enough)
    return run.deleted


def _day(at_ms: int) -> str:
    # The archive's folders are named by local days, as people count them.
    return time.strftime("%Y-%m-%d", time.localtime(at_ms / 1000))


def _day_folders(layout: Layout) -> list[Path]:
    """Every day of every inbox, also of inboxes no longer configured, oldest first."""
    days = [
        day
        for inbox in _folders(layout.root / "archive")
        for day in _folders(inbox)
        if _DAY_NAME.match(day.name)
    ]
    return sorted(days, key=lambda day: (day.name, day.parent.name))


def _folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []  # not there yet, or a share that is away: another night


def _empty_day(run: _Run, folder: Path, is_enough: Callable[[], bool]) -> None:
    for photo in sorted(_photos(run, folder), key=lambda photo: photo.job.id):
        if is_enough():
            return
        _delete(run, photo)
    _remove_empty_folders(folder)
    with contextlib.suppress(OSError):  # what people put there keeps its folder
        folder.rmdir()


def _expire_by_record(run: _Run, folder: Path, before_ms: int) -> None:
    for photo in list(_photos(run, folder)):
        if photo.job.finished_ms is not None and photo.job.finished_ms < before_ms:
            _delete(run, photo)
    for inbox in _folders(folder):
        _remove_empty_folders(inbox)


def _photos(run: _Run, folder: Path) -> Iterator[FiledPhoto]:
    for parent, _, names in os.walk(folder, followlinks=False):
        for name in names:
            if not name.endswith(SUFFIX):
                continue
            record = Path(parent) / name
            try:
                job = from_record(record.read_bytes())
            except (NotARecordError, OSError):
                run.deleted.unreadable += 1
                continue
            yield FiledPhoto(job, FilingPlace(record.with_name(name.removesuffix(SUFFIX))))


def _delete(run: _Run, photo: FiledPhoto) -> None:
    original, record = photo.place.original, photo.place.record
    try:
        # Gone already: a run before this one was killed after its audit line.
        if is_taken(original):
            size = original.lstat().st_size
            _audit(run, photo.job, size)
            original.unlink()
            run.deleted.photos += 1
            run.deleted.size += size
        for companion in photo.companions:
            companion.unlink(missing_ok=True)
        drop_thumbnail(run.layout, photo.job.id)
        failpoints.reached("W23")
        fsync_dir(original.parent)
        _forget_place(run, photo)
        # The record goes last: as long as it stands, the next run finishes what this one began.
        record.unlink(missing_ok=True)
        fsync_dir(original.parent)
    except OSError as error:
        run.deleted.refused += 1
        get_logger("retention").warning(
            events.UPKEEP_FAILED, job_id=photo.job.id, errno=error.errno
        )


def _forget_place(run: _Run, photo: FiledPhoto) -> None:
    with run.database.write() as uow:
        job = uow.jobs.get(photo.job.id)
        # A copy that somebody made of the archive has the same record, at another place.
        if job is not None and job.filed == os.fsencode(photo.place.original):
            uow.jobs.update(job.id, filed=None)


def _audit(run: _Run, job: Job, size: int) -> None:
    facts = {"why": run.why, "sha256": job.content_sha256, "size": size}
    now_ms = run.clock.now_ms()
    with run.database.write() as uow:
        uow.audit.add("boothd", "original.delete", job.id, facts, now_ms)
        # The row may have been pruned, or belong to a database that was lost.
        if uow.jobs.get(job.id) is not None:
            uow.history.event(job.id, events.FILE_DELETED, facts, now_ms)
    get_logger("retention").info(events.FILE_DELETED, job_id=job.id, **facts)


def _expire_set_aside(run: _Run, config: Config, before_ms: int) -> None:
    """Sources which were copied to another filesystem and kept on their own."""
    for inbox in config.inboxes:
        for folder in _set_aside(config.layout, inbox.name):
            with run.database.read() as uow:
                job = uow.jobs.get(folder.name)
            # Only what a finished job of this very inbox left there; a live job's folder of the
            # same name holds its only copy.
            if job is None or job.inbox != inbox.name or job.state not in TERMINAL:
                continue
            if job.finished_ms is not None and job.finished_ms < before_ms:
                _delete_set_aside(run, folder, job)


def _set_aside(layout: Layout, inbox: str) -> list[Path]:
    """``filed/<job>`` beside the inbox, and ``claimed/<job>`` on mounts below it."""
    found = _folders(layout.claimed(inbox).parent / "filed")
    for point in MountTable.read().below(layout.inbox(inbox)):
        found += _folders(Path(os.fsdecode(point)) / ".boothd" / "claimed")
    return found


def _delete_set_aside(run: _Run, folder: Path, job: Job) -> None:
    try:
        for path in sorted(folder.iterdir()):
            size = path.lstat().st_size
            facts = {"why": run.why, "sha256": job.content_sha256, "size": size}
            with run.database.write() as uow:
                uow.audit.add("boothd", "source.delete", folder.name, facts, run.clock.now_ms())
            path.unlink()
            run.deleted.photos += 1
            run.deleted.size += size
        folder.rmdir()
    except OSError as error:
        run.deleted.refused += 1
        get_logger("retention").warning(events.UPKEEP_FAILED, job_id=folder.name, errno=error.errno)


def _remove_empty_folders(folder: Path) -> None:
    for parent, names, _ in os.walk(folder, topdown=False, followlinks=False):
        for name in names:
            with contextlib.suppress(OSError):  # not empty, or a link
                (Path(parent) / name).rmdir()
