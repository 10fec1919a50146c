"""A part file that is filled over several tries, perhaps by several processes.

Beside it lies a note of where its bytes came from and how many of them are on disk for certain.
Whoever knows the whole file's sum may go on behind the last byte; whoever does not goes on behind
the last certain one, and only with the same version of the same address.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from shlex import quote
from typing import Self

from daemon.errors import ModelError
from daemon.files.atomic import making_folder, part_path, rename_noreplace, replace_bytes
from daemon.files.digest import CHUNK, Digest
from daemon.files.syncing import alone, fsync_dir

TAG = "pull"
# How much may have to be fetched again after a power cut where no sum is known.
SYNC_BYTES = 64 * 1024 * 1024

_FOREIGN = "MODEL_FOREIGN_FILE"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the bytes came from.

    Attributes:
        url: The address.
        validator: The version there; empty: nobody said.
        synced: So many bytes are on disk for certain.
    """

    url: str
    validator: str
    synced: int = 0


class ResumablePart:
    """The part file of a target; close it.

    Args:
        target: Where the whole file will lie; its folder is made.
        model: For errors.

    Attributes:
        size: Bytes in it.
        kept: How many of them were here before it was opened.
        origin: Where the last of them came from; ``None``: nobody knows.

    Raises:
        ModelError: ``MODEL_FOREIGN_FILE``: something else has the part's name.
    """

    def __init__(self, target: Path, model: str) -> None:
        alone(making_folder(target.parent))
        self.path = part_path(target, TAG)
        self._note = self.path.with_name(self.path.name + ".json")
        self._target = target
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        facts = {"model": model, "file": self.path, "command": f"rm -r {quote(str(self.path))}"}
        try:
            self._handle = os.open(self.path, flags, 0o666)
        except OSError as error:
            if error.errno not in {errno.ELOOP, errno.EISDIR, errno.ENXIO}:
                raise
            raise ModelError(_FOREIGN, **facts) from error
        if not stat.S_ISREG(os.fstat(self._handle).st_mode):
            os.close(self._handle)
            raise ModelError(_FOREIGN, **facts)
        self.origin = self._noted()
        self.size = os.fstat(self._handle).st_size
        self.kept = self.size
        self._hasher = hashlib.sha256()
        self._hashed = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)

    @property
    def digest(self) -> Digest:
        """Of everything up to now."""
        self._hash_to(self.size)
        return Digest(self.size, self._hasher.hexdigest())

    def cut(self, size: int) -> None:
        """Keep the first ``size`` bytes."""
        if size < self.size:
            os.ftruncate(self._handle, size)
            self.size = size
            self.kept = min(self.kept, size)
            if size < self._hashed:
                self._hasher, self._hashed = hashlib.sha256(), 0

    def begin(self, origin: Origin) -> None:
        """Note where the bytes that follow come from."""
        self.origin = origin
        self._write_note()

    def append(self, content: bytes) -> None:
        """Add bytes.

        Raises:
            OSError: As the disk says; what fitted is kept.
        """
        self._hash_to(self.size)
        view = memoryview(content)
        while view:
            written = os.pwrite(self._handle, view, self.size)
            self._hasher.update(view[:written])
            self.size += written
            self._hashed = self.size
            view = view[written:]
        if self.origin is not None and self.size - self.origin.synced >= SYNC_BYTES:
            os.fdatasync(self._handle)
            self.origin = replace(self.origin, synced=self.size)
            self._write_note()

    def publish(self, *, replacing: bool) -> None:
        """Give the whole file its name, durably.

        Args:
            replacing: An older file of that name goes away.

        Raises:
            FileExistsError: There is one, and it may not.
        """
        os.fsync(self._handle)
        if replacing:
            self.path.replace(self._target)
        else:
            rename_noreplace(self.path, self._target)
        self._note.unlink(missing_ok=True)
        fsync_dir(self._target.parent)

    def _noted(self) -> Origin | None:
        """The note, if it can be read; without one nothing here is trusted without a sum."""
        try:
            return Origin(**json.loads(self._note.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def _write_note(self) -> None:
        if self.origin is not None:
            replace_bytes(self._note, TAG, json.dumps(asdict(self.origin)).encode())

    def _hash_to(self, size: int) -> None:
        """Read what was here before us; once."""
        while self._hashed < size:
            chunk = os.pread(self._handle, min(CHUNK, size - self._hashed), self._hashed)
            if not chunk:
                raise OSError(errno.EIO, os.strerror(errno.EIO), os.fspath(self.path))
            self._hasher.update(chunk)
            self._hashed += len(chunk)
