"""What only a start, or the return of a share, has to look for.

A claimed folder without a row is what an older database leaves; a queued job without its local
copy is what a lost staging disk leaves; a claimed photo of a job that has ended is what a share
leaves that was away at that moment. Everything else is taken up by an ordinary step.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable
from pathlib import Path

from daemon.config.model import Layout
from daemon.domain.job import TERMINAL, Job, State
from daemon.domain.readiness import Facts
from daemon.files.atomic import is_taken
from daemon.files.digest import Digest
from daemon.files.ignore import note_owner
from daemon.files.operations import Entry, FileOperations, Kind
from daemon.files.probe import facts_of
from daemon.services.intake_report import Tools
from daemon.services.intake_stage import (
    LocalTrouble,
    NoRoom,
    Restless,
    SourceGone,
    has_staged,
    source_of,
    stage,
)
from daemon.services.intake_walk import APPLE_DOUBLE
from daemon.store.database import Database
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

_JOB_ID = re.compile(rb"^[0-9a-f]{22}$")

NewJob = Callable[[str, bytes, Facts, tuple[bytes, ...]], Job]


def adopt(claimed: bytes, database: Database, operations: FileOperations, new_job: NewJob) -> int:
    """Give claimed photos without a row one; remove empty folders of nobody.

    Args:
        claimed: The inbox's folder of claimed photos.
        database: Where rows lie.
        operations: What is done to the share.
        new_job: Makes a job of id, path inside the inbox, facts and notes.

    Returns:
        How many were adopted.
    """
    adopted = 0
    for folder in _folders(claimed, operations):
        job_id = folder.decode()
        with database.read() as uow:
            job = uow.jobs.get(job_id)
        entries = operations.listing(claimed + b"/" + folder)
        if not entries:
            # An admitted job makes its folder again.
            operations.remove_folder(claimed + b"/" + folder)
            continue
        photo = _photo_among(entries)
        if job is not None and job.state in TERMINAL:
            _clear(claimed, job, entries, operations)
        if job is not None or photo is None:
            continue
        facts = facts_of(operations.status(claimed + b"/" + folder + b"/" + photo))
        notes = tuple(sorted(entry.name for entry in entries if entry.name != photo))
        with database.write() as uow:
            # Its sub-folder is not known any more; its bytes, name and notes are.
            adopted += uow.jobs.add(new_job(job_id, photo, facts, notes))
        get_logger("intake").warning(events.CLAIM_ADOPTED, job_id=job_id)
    return adopted


def _clear(claimed: bytes, job: Job, entries: list[Entry], operations: FileOperations) -> None:
    """Put what a job left in its claimed folder where it belongs now.

    A copy of a finished photo was filed while the share was away: the source is set aside, and
    retention deletes it. A photo that was taken for withdrawn before it was ever staged goes back
    to where it was dropped.
    """
    folder = claimed + b"/" + job.id.encode()
    target = claimed.rpartition(b"/")[0] + b"/filed/" + job.id.encode()
    if job.state is State.WITHDRAWN and job.content_sha256 is None:
        inbox = claimed.rpartition(b"/")[0].rpartition(b"/")[0]
        target = (inbox + b"/" + job.relative).rpartition(b"/")[0]
    operations.make_folder(target)
    for entry in entries:
        with contextlib.suppress(FileExistsError):  # theirs stays, and ours where it is
            operations.rename(folder + b"/" + entry.name, target + b"/" + entry.name)
    with contextlib.suppress(OSError):
        operations.remove_folder(folder)
    get_logger("intake").warning(events.CLAIM_CLEARED, job_id=job.id, state=job.state)


def _folders(claimed: bytes, operations: FileOperations) -> list[bytes]:
    try:
        entries = operations.listing(claimed)
    except FileNotFoundError:
        return []
    names = (entry.name for entry in entries if entry.kind is Kind.FOLDER)
    return sorted(name for name in names if _JOB_ID.match(name))


def _photo_among(entries: list[Entry]) -> bytes | None:
    names = {entry.name for entry in entries if entry.kind is Kind.FILE}
    photos = [
        name
        for name in sorted(names)
        if not note_owner(name, names)
        and not (name.startswith(APPLE_DOUBLE) and name[2:] in names)
        and not name.endswith(b".boothd-part")
    ]
    return photos[0] if len(photos) == 1 else None


def restage(inbox: str, tools: Tools, *, local: bool) -> int:
    """Copy queued photos again whose local copy is missing.

    Returns:
        How many were copied.
    """
    layout, copied, after = tools.config.layout, 0, ""
    while True:
        with tools.database.read() as uow:
            jobs = uow.jobs.in_state(State.QUEUED, inbox=inbox, after_id=after)
        if not jobs:
            return copied
        after = jobs[-1].id
        for job in jobs:
            if not has_staged(layout, job):
                copied += _restaged(layout, job, tools.operations, local=local)


def _restaged(layout: Layout, job: Job, operations: FileOperations, *, local: bool) -> bool:
    source = Path(source_of(layout, job))
    if not is_taken(source):
        return False  # the worker's attempt will say that there is nothing to read
    facts = facts_of(operations.status(os.fsencode(source)))
    try:
        staged = stage(layout, job, operations, settled=facts, local=local)
    except (Restless, SourceGone, NoRoom, LocalTrouble) as error:
        get_logger("intake").error(
            events.STAGING_FAILED, job_id=job.id, reason=str(error) or type(error).__name__
        )
        return False
    return staged.digest == Digest(job.size or 0, job.content_sha256 or "")
