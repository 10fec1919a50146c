"""The last way of an original: from its claimed folder to where it is filed, never unlinked."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from daemon.config.model import Layout
from daemon.domain.job import Job
from daemon.files.atomic import copying_part, is_taken, name_part, rename_noreplace
from daemon.files.digest import Digest, digest_of
from daemon.files.safe import numbered
from daemon.files.syncing import Way
from daemon.services.filing import (
    FilingPlace,
    claimed_photo,
    inbox_photo,
    renamed_photo,
    staged_photo,
)
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger


@dataclass(frozen=True, slots=True)
class Originals:
    """Files originals; each step looks at what stands and does what is missing.

    Args:
        layout: Where everything lies.
    """

    layout: Layout

    def file(self, job: Job, place: FilingPlace) -> Way[None]:
        """Move a photo and its notes to their place; what stands there already is left alone.

        Raises:
            FileExistsError: Somebody else's file has the name.
            OSError: A folder could not be written.
        """
        source = claimed_photo(self.layout, job)
        if is_taken(source):
            yield from self._move(source, place.original, job)
        elif not is_taken(place.original):
            # Of a batch that was called off while it gave its photos their names.
            if renamed := renamed_photo(self.layout, job):
                yield from self._move(renamed, place.original, job)
            else:
                yield from self._copy_from_elsewhere(job, place.original)
        # Also where the photo stands already: a crash may have come between it and its notes.
        yield from self._move_notes(source, place, job)
        yield place.original.parent

    def _move(self, source: Path, target: Path, job: Job) -> Way[None]:
        try:
            rename_noreplace(source, target)
        except OSError as error:
            if error.errno not in {errno.EXDEV, errno.EEXIST}:
                raise
            may_copy = error.errno == errno.EXDEV
            yield from self._copy_across(source, target, job, may_copy=may_copy)
            yield from self._set_aside(source, job)

    def _copy_across(self, source: Path, target: Path, job: Job, *, may_copy: bool) -> Way[None]:
        """Copy to another filesystem; a copy that we made before a crash stands already."""
        digest = digest_of(source)
        if stands(target, digest):
            return
        if not may_copy:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.fspath(target))
        name_part((yield from copying_part(source, target, job.id, digest)), target)
        yield target.parent

    def _set_aside(self, source: Path, job: Job) -> Way[None]:
        """Keep a source whose copy is verified; retention deletes it later."""
        # Not made with its parents: a share that went away meanwhile must not be made up.
        aside = self.layout.claimed(job.inbox).parent / "filed" / job.id
        aside.parent.mkdir(exist_ok=True)
        aside.mkdir(exist_ok=True)
        rename_noreplace(source, aside / source.name)
        yield aside

    def _move_notes(self, source: Path, place: FilingPlace, job: Job) -> Way[None]:
        for note in job.sidecars:
            lies = source.parent / os.fsdecode(note)
            if is_taken(lies):
                target = place.note(os.fsencode(source.name), note)
                number, digest = 1, digest_of(lies)
                # Its own copy, made before a crash, is no reason for another name.
                while is_taken(spot := numbered(target, number)) and not stands(spot, digest):
                    number += 1
                yield from self._move(lies, spot, job)

    def _copy_from_elsewhere(self, job: Job, target: Path) -> Way[None]:
        """File a copy where the source stays in the inbox, or was taken away by somebody."""
        for source in (staged_photo(self.layout, job.id), inbox_photo(self.layout, job)):
            if source.is_file() and not source.is_symlink():
                digest = digest_of(source)
                if job.content_sha256 in {None, digest.sha256}:
                    part = yield from copying_part(source, target, job.id, digest)
                    name_part(part, target)
                    yield target.parent
                    return
        get_logger("publish").error(events.JOB_SOURCE_LOST, job_id=job.id)


def stands(target: Path, wanted: Digest) -> bool:
    """Whether a file is under its name already, whole."""
    try:
        status = target.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    is_alike = stat.S_ISREG(status.st_mode) and status.st_size == wanted.size
    return is_alike and digest_of(target) == wanted
