"""The private copy: from the share to local staging, hashed on the way, recorded last.

The same descriptor is asked for its facts before and after the copy. On POSIX a writer goes on
writing into a file that was renamed under it; a difference sends the photo back to settle.
"""

from __future__ import annotations

import errno
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from daemon.config.model import Layout
from daemon.domain.job import Job
from daemon.domain.readiness import Facts, Writer
from daemon.files.digest import CHUNK, Digest, digest_of
from daemon.files.operations import FileOperations
from daemon.files.probe import CannotLook, Obstacle, Opened
from daemon.files.syncing import Way, alone
from daemon.services.filing import attempt_dir, claimed_photo, inbox_photo, staged_photo
from daemon.services.intake_claim import FULL
from daemon.telemetry import failpoints


@dataclass(frozen=True, slots=True)
class Staged:
    """A verified local copy.

    Attributes:
        digest: Of the copy's bytes.
        facts: Of the source while it was copied.
    """

    digest: Digest
    facts: Facts


class Restless(Exception):
    """The photo is being written to, or is not what was judged: let it settle again."""


class SourceGone(Exception):
    """The photo is where it should be no longer."""


class NoRoom(Exception):
    """Local staging is full; nothing is wrong with the photo."""


def source_of(layout: Layout, job: Job) -> Path:
    """Where a photo lies after its claim."""
    return inbox_photo(layout, job) if job.in_ledger else claimed_photo(layout, job)


def stage(
    layout: Layout, job: Job, operations: FileOperations, *, settled: Facts | None, local: bool
) -> Staged:
    """A private copy that is on disk when this returns; see ``staging``."""
    return alone(staging(layout, job, operations, settled=settled, local=local))


def staging(
    layout: Layout, job: Job, operations: FileOperations, *, settled: Facts | None, local: bool
) -> Way[Staged]:
    """Copy a claimed photo to ``staging/<job>/in``; a whole copy left by an earlier try counts.

    Args:
        layout: Where everything lies.
        job: The job.
        operations: How the photo is opened.
        settled: What a second settling found, where there was one; else the admission counts.
        local: Whether the photo lies on a local disk.

    Raises:
        Restless: Somebody writes to it.
        SourceGone: It is not there.
        NoRoom: The local disk is full.
        OSError: The share is in trouble.
    """
    try:
        with operations.open(os.fsencode(source_of(layout, job))) as opened:
            _refuse_restless(job, opened, settled, local=local)
            if opened.facts.size == 0:
                return Staged(Digest(0, hashlib.sha256().hexdigest()), opened.facts)
            digest = yield from _copied(layout, job, opened)
            _refuse_changed(opened, digest, settled)
    except CannotLook as error:
        if error.obstacle is Obstacle.HELD:
            raise Restless from error
        raise SourceGone from error
    yield from _keep(layout, job)
    failpoints.reached("W6")
    return Staged(digest, opened.facts)


def _refuse_restless(job: Job, opened: Opened, settled: Facts | None, *, local: bool) -> None:
    facts = opened.facts
    is_same = facts.is_content_of(job.generation) if settled is None else _same(facts, settled)
    if not is_same or (local and opened.writer() is Writer.HELD):
        raise Restless


def _refuse_changed(opened: Opened, digest: Digest, settled: Facts | None) -> None:
    after = opened.again()
    # Indexers move the change time for ever; once settled again, content alone counts.
    is_same = after == opened.facts if settled is None else _same(after, opened.facts)
    if not is_same or digest.size != after.size:
        raise Restless


def _same(one: Facts, other: Facts) -> bool:
    return (one.size, one.mtime_ns) == (other.size, other.mtime_ns)


def _copied(layout: Layout, job: Job, opened: Opened) -> Way[Digest]:
    """Copy to ``in.tmp`` durably; an earlier, perhaps half, copy is written over."""
    target = _unfinished(layout, job)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # The folder of the next attempt too: here nobody waits for it, the worker would.
        attempt_dir(layout, job.id, job.attempts + 1).mkdir(exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(target, flags, 0o600)
    except OSError as error:
        raise _explained(error) from error
    try:
        digest = _pour(opened, handle)
        failpoints.reached("W5")
        try:
            yield handle
        except OSError as error:
            raise _explained(error) from error
        return digest
    finally:
        os.close(handle)


def _pour(opened: Opened, handle: int) -> Digest:
    hasher, size = hashlib.sha256(), 0
    # Reading may fail for the share's sake and writing for ours: they are told apart.
    while chunk := os.pread(opened.descriptor, CHUNK, size):
        try:
            view = memoryview(chunk)
            while view:
                view = view[os.write(handle, view) :]
        except OSError as error:
            raise _explained(error) from error
        hasher.update(chunk)
        size += len(chunk)
    return Digest(size, hasher.hexdigest())


def _keep(layout: Layout, job: Job) -> Way[None]:
    target = staged_photo(layout, job.id)
    try:
        # Ours to replace: a copy of an earlier try which was not recorded.
        _unfinished(layout, job).replace(target)
        yield target.parent
    except OSError as error:
        raise _explained(error) from error


def _unfinished(layout: Layout, job: Job) -> Path:
    return staged_photo(layout, job.id).with_name("in.tmp")


def discard_unfinished(layout: Layout, job: Job) -> None:
    """Free what a copy that could not be finished takes."""
    _unfinished(layout, job).unlink(missing_ok=True)


def _explained(error: OSError) -> Exception:
    return NoRoom(_words(error)) if error.errno in FULL else LocalTrouble(error)


def _words(error: OSError) -> str:
    return f"{errno.errorcode.get(error.errno or 0, '?')}: {error.strerror}"


class LocalTrouble(Exception):
    """The local disk failed (``error`` says how); the share is not to blame."""

    def __init__(self, error: OSError) -> None:
        super().__init__(_words(error))
        self.error = error


def has_staged(layout: Layout, job: Job) -> bool:
    """Whether the recorded copy of a queued job is there, whole."""
    path = staged_photo(layout, job.id)
    try:
        return path.stat().st_size == job.size
    except OSError:
        return False


def verified(path: Path, expected: Digest) -> bool:
    """Whether a file still has the digest recorded of it."""
    try:
        return path.stat().st_size == expected.size and digest_of(path) == expected
    except OSError:
        return False
