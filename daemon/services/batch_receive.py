"""What is dropped into an inbox that takes batches: it is held until its batch is opened.

An archive is a batch by itself. A folder is one too: every file of it is taken in as it always
is, and waits until no more of its folder comes.
"""

from __future__ import annotations

import enum
import os
from pathlib import PurePosixPath
from typing import Any

from daemon.config.model import Inbox
from daemon.domain.batch import Batch, BatchPhoto, BatchState
from daemon.domain.job import Job
from daemon.files.safe import display_name
from daemon.store.batches import HELD_MS
from daemon.store.uow import UnitOfWork

_ENDING = b".zip"
# Among a batch's findings: the folder of the inbox that it was gathered from.
GATHERED = "gathered"


class Brings(enum.StrEnum):
    """What a file has to do with a batch."""

    ARCHIVE = "archive"
    FOLDER = "folder"


def brings(inbox: Inbox, relative: bytes) -> Brings | None:
    """Whether a file is a batch, or a part of one, rather than a photo by itself."""
    if not inbox.batches:
        return None
    if relative.lower().endswith(_ENDING):
        return Brings.ARCHIVE
    return Brings.FOLDER if b"/" in relative else None


def held() -> dict[str, Any]:
    """What keeps the worker from a file that is queued."""
    return {"not_before_ms": HELD_MS}


def receive(uow: UnitOfWork, job: Job, kind: Brings) -> None:
    """Note, where a job is recorded, which batch it brings or belongs to."""
    if kind is Brings.ARCHIVE:
        name = PurePosixPath(display_name(os.path.basename(job.relative))).stem  # noqa: PTH119 - bytes
        uow.batches.add(_batch(job, name))
        return
    top, _, below = job.relative.partition(b"/")
    folder = os.fsdecode(top)
    batch = next((one for one in uow.batches.live() if _gathers(one, job.inbox, folder)), None)
    if batch is None:
        batch = _batch(job, display_name(top), {GATHERED: folder})
        uow.batches.add(batch)
    uow.batches.add_photos(batch.id, [BatchPhoto(job.id, None, display_name(below))])


def _gathers(batch: Batch, inbox: str, folder: str) -> bool:
    is_open = batch.state is not BatchState.RECEIVED
    return not is_open and batch.inbox == inbox and batch.findings.get(GATHERED) == folder


def _batch(job: Job, name: str, findings: dict[str, Any] | None = None) -> Batch:
    return Batch(
        job.id, job.inbox, name, BatchState.RECEIVED, job.language, job.created_ms,
        findings=findings or {},
    )  # fmt: skip
