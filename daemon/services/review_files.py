"""The files of a photo that a person decided about: moved, never replaced, each step repeatable.

Every function looks at what stands and does only what is missing, so that a crash between any
two of them is made good by calling them again.
"""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

from daemon.config.model import Layout
from daemon.domain.job import Job, PlannedOutput
from daemon.files.atomic import (
    copy_part,
    drop_part,
    is_taken,
    linking_part,
    making_folder,
    name_part,
    rename_noreplace,
)
from daemon.files.digest import Digest, digest_of
from daemon.files.safe import numbered
from daemon.files.syncing import alone, fsync_dir
from daemon.services.filing import FilingPlace
from daemon.services.originals import stands
from daemon.services.records import NotARecordError, from_record


def place_of(job: Job) -> FilingPlace:
    """Where a job's original is filed."""
    assert job.filed is not None
    return FilingPlace(Path(os.fsdecode(job.filed)))


def is_anothers(job: Job) -> bool:
    """Whether another job's original lies at a job's place: the record beside it says so.

    People take a photo away with all that lies beside it; the next of its name is filed there.
    """
    try:
        return from_record(place_of(job).record.read_bytes()).id != job.id
    except (FileNotFoundError, NotARecordError):
        return False


def path_of(output: PlannedOutput) -> Path:
    """Where an output lies, or is to lie."""
    return Path(os.fsdecode(output.target))


def digest_of_output(output: PlannedOutput) -> Digest:
    """What an output's bytes must be."""
    return Digest(output.file.size, output.file.sha256)


def give(source: Path, target: Path, job_id: str, wanted: Digest, *, replacing: bool) -> bool:
    """Put a whole file under a further name; its first one stays until the end is recorded.

    Returns:
        False where somebody else's file has the name.

    Raises:
        OSError: A folder could not be written, or the source is not what it was.
    """
    is_there = stands(target, wanted)
    if is_there or (is_taken(target) and not replacing):
        drop_part(target, job_id)  # of a try before a crash
        return is_there
    alone(making_folder(target.parent))
    part = alone(linking_part(source, target, job_id))
    if part is None:
        part = copy_part(source, target, job_id, wanted)
    if replacing:
        part.replace(target)
    else:
        try:
            name_part(part, target)
        except FileExistsError:
            return False
    fsync_dir(target.parent)
    return True


def move(source: Path, target: Path, job_id: str) -> None:
    """Move a photo or a note; across filesystems a copy that was read back takes its place.

    Raises:
        FileExistsError: Somebody else's file has the name.
        OSError: A folder could not be written.
    """
    if not is_taken(source):
        return
    alone(making_folder(target.parent))
    try:
        rename_noreplace(source, target)
    except OSError as error:
        if error.errno not in {errno.EXDEV, errno.EEXIST}:
            raise
        _move_by_copy(source, target, job_id, may_copy=error.errno == errno.EXDEV)
    fsync_dir(target.parent)
    fsync_dir(source.parent)


def _move_by_copy(source: Path, target: Path, job_id: str, *, may_copy: bool) -> None:
    digest = digest_of(source)
    if not stands(target, digest):
        if not may_copy:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.fspath(target))
        name_part(copy_part(source, target, job_id, digest), target)
        fsync_dir(target.parent)
    source.unlink()


def move_notes(job: Job, old: FilingPlace, new: FilingPlace) -> None:
    """Move what people had put beside the photo, under free names."""
    photo = job.relative.rsplit(b"/", 1)[-1]
    for note in job.sidecars:
        lies = old.note(photo, note)
        if is_taken(lies):
            move(lies, _free(new.note(photo, note), lies), job.id)


def move_notes_back(job: Job, old: FilingPlace, folder: Path) -> None:
    """Move the notes beside the photo in its claimed folder, under the names they came with."""
    photo = job.relative.rsplit(b"/", 1)[-1]
    for note in job.sidecars:
        lies = old.note(photo, note)
        if is_taken(lies):
            move(lies, _free(folder / os.fsdecode(note), lies), job.id)


def _free(target: Path, lies: Path) -> Path:
    digest, number = digest_of(lies), 1
    while is_taken(spot := numbered(target, number)) and not stands(spot, digest):
        number += 1
    return spot


def clear(layout: Layout, before: Job, after: Job | None) -> None:
    """Remove what explained the review: candidate, pictures, text; the record goes last."""
    if is_anothers(before):
        return  # done before a crash; the next photo of the name was filed there since
    old = place_of(before)
    kept = set() if after is None else {path_of(output) for output in after.outputs}
    for path in [*(path_of(output) for output in before.outputs), old.why_text]:
        if path not in kept:
            path.unlink(missing_ok=True)
    old.record.unlink(missing_ok=True)
    top = layout.review(before.inbox)
    folder = old.original.parent
    # What people put there keeps its folder; so does a photo that was just filed.
    with contextlib.suppress(OSError):
        while folder != top and folder.is_relative_to(top):
            folder.rmdir()
            folder = folder.parent
