"""An archive dropped into an inbox that takes batches: it is held for the unpacker."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import Any

from daemon.config.model import Inbox
from daemon.domain.batch import Batch, BatchState
from daemon.domain.job import Job
from daemon.files.safe import display_name
from daemon.store.batches import HELD_MS
from daemon.store.uow import UnitOfWork

_ENDING = b".zip"


def brings_batch(inbox: Inbox, relative: bytes) -> bool:
    """Whether a file is an archive of photos rather than a photo."""
    return inbox.batches and relative.lower().endswith(_ENDING)


def held() -> dict[str, Any]:
    """What keeps the worker from an archive that is queued."""
    return {"not_before_ms": HELD_MS}


def receive(uow: UnitOfWork, job: Job) -> None:
    """Note, where a job is recorded as queued, that it brings a batch."""
    uow.batches.add(
        Batch(
            job.id, job.inbox, batch_name(job.relative), BatchState.RECEIVED, job.language,
            job.created_ms,
        )
    )  # fmt: skip


def batch_name(relative: bytes) -> str:
    """What people call a batch: the archive's or the folder's name."""
    name = display_name(os.path.basename(relative))  # noqa: PTH119 - bytes
    return PurePosixPath(name).stem if name.lower().endswith(".zip") else name
