"""Batches that come by the API: an archive, streamed into an inbox that takes batches.

The archive is written beside its final name and digested on the way, then its row is written,
then it is given its name by one rename; a process that dies in between leaves a part file that
the sweep takes away, or a submission without a file, which the caller's next try completes.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from daemon.clock import Clock
from daemon.config.model import Config, Inbox
from daemon.domain.job import new_job_id
from daemon.domain.submission import Submission
from daemon.errors import BoothError, DiskFull, InputError, ServiceBusy, UsageError
from daemon.files import atomic
from daemon.files.syncing import fsync_dir
from daemon.services.submissions import KeyTaken, inbox_folder, refuse_key
from daemon.store.database import Database
from daemon.store.submissions import PREFIX

_CHUNK = 1 << 20
# How a zip begins: with a file in it, or with none.
_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")


class BodyTooLong(UsageError):
    """More bytes than ``api.max_batch_bytes``."""

    code = "REQUEST_TOO_LARGE"


@dataclass(frozen=True, slots=True)
class _Written:
    part: Path
    digest: str


class BatchUploads:
    """Takes archives in; safe from several threads.

    Args:
        config: The whole configuration.
        database: Opens the database, or hands out the open one.
        clock: Time.
    """

    def __init__(self, config: Config, database: Callable[[], Database], clock: Clock) -> None:
        self._config = config
        self._database = database
        self._clock = clock

    def take(self, stream: BinaryIO, inbox: str, *, caller: str, key: str | None) -> Submission:
        """Put an archive into its inbox.

        Args:
            stream: The archive; read once, in pieces.
            inbox: Name of the inbox; empty: the first one that takes batches.
            caller: Who brings it.
            key: ``Idempotency-Key``, or ``None``.

        Returns:
            The submission: a new one, or that of the same key.

        Raises:
            UsageError: There is no such inbox, or it takes no batches.
            BodyTooLong: The archive is longer than may be.
            InputError: It is no zip.
            KeyTaken: The key was used for something else.
            ServiceBusy: The inbox cannot be written to.
            DiskFull: There is no room.
        """
        chosen = self._inbox_of(inbox)
        refuse_key(key)
        now_ms = self._clock.now_ms()
        name = f"{PREFIX}{new_job_id(now_ms)}.zip"
        new_id = name.removeprefix(PREFIX).removesuffix(".zip")
        try:
            target = inbox_folder(self._config, chosen) / name
            written = self._write(stream, target, new_id)
        except OSError as error:
            raise _explained(error) from error
        try:
            new = Submission(
                new_id, chosen.name, name, caller, key, f"{chosen.name} {written.digest}", now_ms
            )
            return self._place(new, written.part, target)
        finally:
            written.part.unlink(missing_ok=True)

    def _inbox_of(self, name: str) -> Inbox:
        takers = [inbox for inbox in self._config.inboxes if inbox.batches]
        found = [inbox for inbox in takers if name in {"", inbox.name}]
        if not found:
            names = ", ".join(inbox.name for inbox in takers) or "none"
            msg = f"inboxes that take batches: {names}"
            raise UsageError(msg)
        return found[0]

    def _write(self, stream: BinaryIO, target: Path, tag: str) -> _Written:
        digest = hashlib.sha256()

        def write(handle: int) -> None:
            left, head = self._config.api.max_batch_bytes, b""
            while chunk := stream.read(min(_CHUNK, left + 1)):
                head = head or chunk[:4]
                left -= len(chunk)
                if left < 0:
                    raise BodyTooLong(limit=self._config.api.max_batch_bytes)
                digest.update(chunk)
                _write_all(handle, chunk)
            if head not in _BEGINNINGS:
                code = "ARCHIVE_UNREADABLE"
                raise InputError(code)

        try:
            part = atomic.write_part(target, tag, write)
        except BaseException:
            atomic.part_path(target, tag).unlink(missing_ok=True)
            raise
        return _Written(part, digest.hexdigest())

    def _place(self, new: Submission, part: Path, target: Path) -> Submission:
        with self._database().write() as uow:
            known = uow.submissions.of_key(new.caller, new.key) if new.key else None
            if known is None:
                uow.submissions.add(new)
            is_seen = known is not None and uow.submissions.job_id(known) is not None
        if known is not None:
            if known.digest != new.digest:
                raise KeyTaken
            if known.placed_ms is not None or is_seen:
                return known  # intake may have it already, without our having noted that
            # An earlier try died between its row and its file.
            new, target = known, target.with_name(known.name)
        try:
            atomic.rename_noreplace(part, target)
            fsync_dir(target.parent)
        except FileExistsError:
            pass  # the earlier try had come so far
        except OSError as error:
            raise _explained(error) from error
        with self._database().write() as uow:
            uow.submissions.placed(new.id, self._clock.now_ms())
        return new


def _write_all(handle: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(handle, view) :]


def _explained(error: OSError) -> BoothError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFull()
    return ServiceBusy(f"the inbox cannot be written to: {os.strerror(error.errno or 0)}")
