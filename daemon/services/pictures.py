"""A job's pictures for people to look at: by the job's id, never by a path that somebody sent.

Where a picture lies stands in the job's row. It is handed out only if the file that was opened,
links resolved, lies in a folder of that inbox which the booth itself writes to (or, for an
original, where it was dropped): a row that was tampered with opens nothing else. What a browser
may show is told from the first bytes, not from the name.
"""

from __future__ import annotations

import enum
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from daemon.config.model import Layout
from daemon.domain.artifact import OutputKind
from daemon.domain.job import Job
from daemon.services.filing import claimed_photo, inbox_photo, staged_photo
from daemon.services.thumbnails import folder_of, thumbnail_path


class Side(enum.StrEnum):
    """Which picture of a job."""

    BEFORE = "before"
    AFTER = "after"
    WHY = "why"


# What every browser shows; anything else (HEIC, TIFF) is to be downloaded.
_SHOWN = {
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
}
_KINDS = {Side.AFTER: OutputKind.RESULT, Side.WHY: OutputKind.WHY_PICTURE}
_HEAD = 16


@dataclass(frozen=True, slots=True)
class Picture:
    """An open picture; whoever takes it closes it.

    Attributes:
        content: Its bytes, from the start.
        size: How many.
        suffix: Ending for a downloaded copy, with its dot.
        mime: What it is; ``application/octet-stream`` for what a browser may not show.
    """

    content: BinaryIO
    size: int
    suffix: str
    mime: str

    @property
    def is_shown(self) -> bool:
        """Whether a browser may show it."""
        return self.mime != "application/octet-stream"


def open_picture(layout: Layout, job: Job, side: Side) -> Picture | None:
    """A picture of a job; ``None`` where it has none, or no longer."""
    for path, folders in _places(layout, job, side):
        opened = _open_inside(path, folders)
        if opened is not None:
            return _told(opened, path.suffix)
    return None


def open_output(layout: Layout, job: Job, ordinal: int) -> Picture | None:
    """The file of that number among a job's outputs; ``None`` where there is none, or no longer."""
    if not 0 <= ordinal < len(job.outputs):
        return None
    path = Path(os.fsdecode(job.outputs[ordinal].target))
    opened = _open_inside(path, layout.output_dirs(job.inbox))
    return None if opened is None else _told(opened, path.suffix)


def kind_of_picture(content: bytes) -> str | None:
    """The media type of a picture that a browser may show; ``None`` for anything else."""
    return _SHOWN.get(_suffix_of(content[:_HEAD]))


def open_written(layout: Layout, inbox: str, path: Path) -> Picture | None:
    """A file that the booth wrote for an inbox; ``None`` where it is gone, or lies elsewhere."""
    opened = _open_inside(path, layout.output_dirs(inbox))
    return None if opened is None else _told(opened, path.suffix)


def open_thumbnail(layout: Layout, job_id: str) -> Picture | None:
    """The small picture of a job; ``None`` where it has none, or no longer."""
    opened = _open_inside(thumbnail_path(layout, job_id), (folder_of(layout),))
    return None if opened is None else _told(opened, ".jpg")


def sides_of(layout: Layout, job: Job) -> dict[Side, bool]:
    """Which pictures there are now, each with whether a browser may show it."""
    found = {}
    for side in Side:
        picture = open_picture(layout, job, side)
        if picture is not None:
            with picture.content:
                found[side] = picture.is_shown
    return found


def _places(layout: Layout, job: Job, side: Side) -> Iterator[tuple[Path, tuple[Path, ...]]]:
    """Where it may lie, the likeliest first, and the folders in which that must be."""
    written = layout.output_dirs(job.inbox)
    if side is not Side.BEFORE:
        for output in job.outputs:
            if output.file.kind is _KINDS[side]:
                yield Path(os.fsdecode(output.target)), written
        return
    if job.filed is not None:
        yield Path(os.fsdecode(job.filed)), written
    yield claimed_photo(layout, job), (layout.claimed(job.inbox),)
    yield staged_photo(layout, job.id), (layout.staging / job.id,)
    if job.in_ledger:
        yield inbox_photo(layout, job), (layout.inbox(job.inbox),)


def _open_inside(path: Path, folders: tuple[Path, ...]) -> BinaryIO | None:
    try:
        # Not waiting: a pipe of that name must not hang the panel.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    # Of the file that is open now: a folder swapped for a link in between changes nothing.
    really = Path(os.readlink(f"/proc/self/fd/{descriptor}"))  # noqa: PTH115 - no path of ours
    is_inside = any(really.is_relative_to(folder.resolve()) for folder in folders)
    if not is_inside or not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return open(descriptor, "rb")  # noqa: PTH123 - a descriptor


def _told(content: BinaryIO, suffix: str) -> Picture:
    head = content.read(_HEAD)
    content.seek(0)
    size = os.fstat(content.fileno()).st_size
    told = _suffix_of(head)
    if told:
        return Picture(content, size, told, _SHOWN[told])
    is_plain = suffix[1:].isascii() and suffix[1:].isalnum() and len(suffix) <= 6
    return Picture(content, size, suffix if is_plain else "", "application/octet-stream")


def _suffix_of(head: bytes) -> str:
    if head.startswith(b"\xff\xd8\xff"):
        return ".jpg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return ".png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return ".gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ".webp"
    return ".avif" if head[4:12] in {b"ftypavif", b"ftypavis"} else ""
