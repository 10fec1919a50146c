"""Small pictures of photos for lists: made by the worker, kept locally, a cache and no more.

The worker leaves one beside its outputs; once a job has ended it is renamed into
``<state>/thumbnails/``, a folder for every 4.7 hours of admission (as job ids begin). They show
people, so they go with the original when retention deletes it, and after 30 days anyway.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from daemon.config.model import Layout
from daemon.domain.job import Job
from daemon.protocol import THUMBNAIL_NAME
from daemon.services.filing import attempt_dir

# So much of an id names the folder: 2 ** 24 ms, a few thousand photos at most.
_LEADING = 6
KEPT_DAYS = 30
_DAY_MS = 86_400_000


def folder_of(layout: Layout) -> Path:
    """Where they lie."""
    return layout.state / "thumbnails"


def thumbnail_path(layout: Layout, job_id: str) -> Path:
    """Where the small picture of a job lies, if it has one."""
    return folder_of(layout) / job_id[:_LEADING] / f"{job_id}.jpg"


def keep_thumbnail(layout: Layout, job: Job) -> None:
    """Keep what the worker left of an ended job's last attempt; there may be none.

    Nothing waits for the disk here: after a power cut a list shows a blank.
    """
    source = attempt_dir(layout, job.id, job.attempts) / THUMBNAIL_NAME
    target = thumbnail_path(layout, job.id)
    with contextlib.suppress(OSError):  # none was made, or the disk is full: a blank
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)


def kept_thumbnail(layout: Layout, job_id: str, most: int) -> bytes:
    """The small picture of a job, ``most`` bytes of it; empty where it has none, or no longer."""
    try:
        with thumbnail_path(layout, job_id).open("rb") as reader:
            return reader.read(most)
    except OSError:
        return b""


def drop_thumbnail(layout: Layout, job_id: str) -> None:
    """Remove the small picture of a job whose original is gone."""
    thumbnail_path(layout, job_id).unlink(missing_ok=True)


def expire_thumbnails(layout: Layout, now_ms: int) -> int:
    """Remove those of jobs admitted more than ``KEPT_DAYS`` ago; returns how many folders."""
    oldest = f"{max(0, now_ms - KEPT_DAYS * _DAY_MS):012x}"[:_LEADING]
    gone = 0
    with contextlib.suppress(FileNotFoundError):
        for folder in sorted(folder_of(layout).iterdir()):
            if len(folder.name) == _LEADING and folder.name < oldest:
                shutil.rmtree(folder, ignore_errors=True)
                gone += 1
    return gone
