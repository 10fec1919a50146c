"""Looking at a dropped file: facts through an open descriptor, never through its name alone.

Open and fstat make an NFS client ask its server, where a plain stat may be served from a cache.
Nothing is followed and nothing blocks: a link is refused by the kernel, a fifo opens without a
writer, a device is never opened at all because the listing has told what it is.

Limits accepted on purpose: opening a file that another process holds under a write lease makes
the kernel ask that process to give it up (Samba's kernel oplocks do this all day).
"""

from __future__ import annotations

import enum
import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from daemon.domain.readiness import Facts, Writer
from daemon.files.lease import writer_of
from daemon.files.structure import Structure, examine

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
# How much of each end is compared when only the change time moves (indexers, virus scanners).
_EDGE = 4096

_HELD = frozenset({errno.EBUSY, errno.ETXTBSY, errno.EAGAIN})
_GONE = frozenset({errno.ENOENT, errno.ENOTDIR})
_REFUSED = frozenset({errno.EACCES, errno.EPERM})


class Obstacle(enum.StrEnum):
    """Why a file could not be looked at."""

    GONE = "gone"
    NOT_REGULAR = "not_regular"
    HELD = "held"
    NO_PERMISSION = "no_permission"


class CannotLook(Exception):
    """The file could not be opened for a reason that belongs to this file alone.

    Trouble with the share itself (EIO, ESTALE twice, EHOSTDOWN …) stays an ``OSError``.
    """

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(obstacle.value)
        self.obstacle = obstacle


@dataclass(frozen=True, slots=True)
class Opened:
    """An open dropped file; use as a context manager.

    Attributes:
        descriptor: Read-only, not following links.
        facts: As fstat gave them.
        links: How many names it has.
    """

    descriptor: int
    facts: Facts
    links: int

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self.descriptor)

    def again(self) -> Facts:
        """The facts now, of the same file whatever its name has become."""
        return facts_of(os.fstat(self.descriptor))

    def writer(self) -> Writer:
        """Whether someone has it open for writing."""
        return writer_of(self.descriptor)

    def structure(self) -> Structure:
        """Whether it is a whole picture."""
        return examine(self.descriptor, self.facts.size)

    def edges(self) -> bytes:
        """A digest of both ends."""
        tail = max(0, self.facts.size - _EDGE)
        ends = os.pread(self.descriptor, _EDGE, 0) + os.pread(self.descriptor, _EDGE, tail)
        return hashlib.sha256(ends).digest()


def facts_of(status: os.stat_result) -> Facts:
    """The part of a stat that readiness and identity go by."""
    return Facts(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def open_file(path: bytes) -> Opened:
    """Open a dropped file for a look.

    Raises:
        CannotLook: This file cannot be looked at now; the others may.
        OSError: The share itself is in trouble.
    """
    descriptor = _open(path)
    try:
        status = os.fstat(descriptor)
    except OSError:
        os.close(descriptor)
        raise
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise CannotLook(Obstacle.NOT_REGULAR)
    return Opened(descriptor, facts_of(status), status.st_nlink)


def _open(path: bytes) -> int:
    try:
        return _open_fresh(path)
    except OSError as error:
        obstacle = obstacle_of(error.errno)
        if obstacle is None:
            raise
        raise CannotLook(obstacle) from error


def _open_fresh(path: bytes) -> int:
    try:
        return os.open(path, _FLAGS)
    except OSError as error:
        if error.errno != errno.ESTALE:
            raise
    # The file was replaced on the server and our handle was an old one: once more.
    return os.open(path, _FLAGS)


def obstacle_of(number: int | None) -> Obstacle | None:
    """The obstacle behind an errno of ``open``; ``None`` where the share is in trouble."""
    if number in _GONE:
        return Obstacle.GONE
    if number in _HELD:
        return Obstacle.HELD
    if number in _REFUSED:
        return Obstacle.NO_PERMISSION
    if number in {errno.ELOOP, errno.ENXIO, errno.ENODEV}:
        return Obstacle.NOT_REGULAR
    return None
