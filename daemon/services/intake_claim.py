"""Taking a photo in: one rename from where it was dropped into ``.boothd/claimed/<job>/``.

Every step can be done again: what is in the claimed folder already stays there, what is gone
from both places was taken away by a person. Nothing is ever deleted but a second name that an
interrupted rename left on the very same file.
"""

from __future__ import annotations

import enum
import errno
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from daemon.config.model import Layout
from daemon.domain.job import Job
from daemon.files import atomic
from daemon.files.digest import CHUNK, Digest, digest_of
from daemon.files.operations import FileOperations
from daemon.files.probe import CannotLook, Obstacle, Opened, facts_of
from daemon.files.spreading import spread_folders_in
from daemon.services.filing import claimed_photo
from daemon.services.intake_walk import Region, joined
from daemon.telemetry import failpoints

REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_BUSY = frozenset({errno.EBUSY, errno.ETXTBSY, errno.EAGAIN})


class Claimed(enum.StrEnum):
    """How a claim ended."""

    TAKEN = "taken"
    IN_LEDGER = "in_ledger"  # the share forbids it; the file stays where it is
    GONE = "gone"
    LATER = "later"  # held by its writer, or no room: try again


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims within one inbox.

    Args:
        layout: Where everything lies.
        root: The inbox's folder.
        operations: What is done to the share.
        may_leave: Whether a refused rename makes the photo stay (else it waits).
    """

    layout: Layout
    root: bytes
    operations: FileOperations
    may_leave: bool = True

    def claim(self, job: Job, region: Region) -> Claimed:
        """Move a photo and its notes into the job's claimed folder.

        Raises:
            OSError: The share is in trouble; nothing is known about the photo then.
        """
        source = self.root + b"/" + job.relative
        if job.in_ledger:
            return Claimed.IN_LEDGER if self._exists(source) else Claimed.GONE
        target = os.fsencode(claimed_photo(self.layout, job))
        folder = target.rpartition(b"/")[0]
        try:
            self._make(folder, region)
            failpoints.reached("W3b")
            outcome = self._move(job, region, source, target)
        except OSError as error:
            outcome = self._refusal(error)
        if outcome is not Claimed.TAKEN:
            self._remove_if_empty(folder)
            return outcome
        failpoints.reached("W3")
        # The photo is in; with a note to follow it is claimed once more, later.
        return Claimed.TAKEN if self._move_notes(job, region, folder) else Claimed.LATER

    def _make(self, folder: bytes, region: Region) -> None:
        above = folder.rpartition(b"/")[0]
        if region.policy.local and not os.path.isdir(above):  # noqa: PTH112 - paths are bytes
            self.operations.make_folder(above)
            spread_folders_in(Path(os.fsdecode(above)))
        self.operations.make_folder(folder)

    def _refusal(self, error: OSError) -> Claimed:
        if error.errno in REFUSED:
            return Claimed.IN_LEDGER if self.may_leave else Claimed.LATER
        if error.errno in _BUSY | FULL:
            return Claimed.LATER
        raise error

    def _move(self, job: Job, region: Region, source: bytes, target: bytes) -> Claimed:
        try:
            self.operations.rename(source, target)
        except FileNotFoundError:
            return Claimed.TAKEN if self._exists(target) else Claimed.GONE
        except FileExistsError:
            self._tidy_source(job, region, source, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # Across mounts the kernel does not get as far as telling that the name is taken.
            if self._exists(target):
                self._tidy_source(job, region, source, target)
                return Claimed.TAKEN
            return self._copy_in(job, region, source, target)
        return Claimed.TAKEN

    def _tidy_source(self, job: Job, region: Region, source: bytes, target: bytes) -> None:
        """The photo is in already; see what the name in the inbox still is."""
        try:
            here, there = self.operations.status(source), self.operations.status(target)
        except FileNotFoundError:
            return
        if (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino):
            # An interrupted link-and-unlink: the same file under both names.
            self.operations.drop_second_name(source)
        elif here.st_dev != there.st_dev and facts_of(here).is_content_of(job.generation):
            self._set_aside(job, region, source)

    def _copy_in(self, job: Job, region: Region, source: bytes, target: bytes) -> Claimed:
        """From a mount below the inbox: copy, verify, then put the original aside on its mount."""
        try:
            with self.operations.open(source) as opened:
                part, digest = self._copied(opened, job, target)
                if opened.again() != opened.facts:
                    return Claimed.LATER
        except CannotLook as error:
            return Claimed.GONE if error.obstacle is Obstacle.GONE else Claimed.LATER
        if digest_of(part) != digest:
            raise OSError(errno.EIO, "the copy differs from its source", os.fsdecode(target))
        # The times are part of what the photo is told by.
        os.utime(part, ns=(opened.facts.mtime_ns, opened.facts.mtime_ns))
        self.operations.rename(os.fsencode(part), target)
        self.operations.sync_folder(target.rpartition(b"/")[0])
        self._set_aside(job, region, source)
        return Claimed.TAKEN

    @staticmethod
    def _copied(opened: Opened, job: Job, target: bytes) -> tuple[Path, Digest]:
        hasher, size = hashlib.sha256(), 0

        def write(handle: int) -> None:
            nonlocal size
            while chunk := os.pread(opened.descriptor, CHUNK, size):
                hasher.update(chunk)
                size += len(chunk)
                view = memoryview(chunk)
                while view:
                    view = view[os.write(handle, view) :]

        part = atomic.write_part(Path(os.fsdecode(target)), job.id, write)
        return part, Digest(size, hasher.hexdigest())

    def _set_aside(self, job: Job, region: Region, source: bytes) -> None:
        folder = region.point + b"/.boothd/claimed/" + job.id.encode()
        self.operations.make_folder(folder)
        self.operations.rename(source, joined(folder, source.rpartition(b"/")[2]))

    def _move_notes(self, job: Job, region: Region, folder: bytes) -> bool:
        """Bring the notes in too; False where one cannot come now."""
        above = job.relative.rpartition(b"/")[0]
        for name in job.sidecars:
            source = self.root + b"/" + joined(above, name)
            try:
                self._move(job, region, source, joined(folder, name))
            except OSError as error:
                if error.errno in _BUSY | FULL:
                    return False
                # A note that will not move stays; the photo goes on with what it has.
                if error.errno not in REFUSED:
                    raise
        return True

    def _exists(self, path: bytes) -> bool:
        try:
            self.operations.status(path)
        except FileNotFoundError:
            return False
        return True

    def _remove_if_empty(self, folder: bytes) -> None:
        try:
            self.operations.remove_folder(folder)
        except OSError as error:
            if error.errno not in {errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST} | REFUSED:
                raise
