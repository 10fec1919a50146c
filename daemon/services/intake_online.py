"""Whether an inbox is really there: a missing mount must never look like an empty folder."""

from __future__ import annotations

import errno
import hashlib
import os
from dataclasses import dataclass

from daemon.files.ignore import SENTINEL
from daemon.files.mounts import Mount
from daemon.files.operations import FileOperations

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 60.0
ALARM_S = 120.0

DEVICE_CHANGED = "device_changed"
SENTINEL_GONE = "sentinel_gone"

# Errors that speak of the share rather than of one file. EIO may be either.
SHARE_ERRNOS = frozenset({
    errno.EIO, errno.ESTALE, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENOTCONN, errno.ETIMEDOUT,
    errno.ENODEV, errno.ECONNRESET, errno.ECONNABORTED, errno.ECONNREFUSED, errno.ENETDOWN,
    errno.ENETUNREACH, errno.EREMOTEIO, errno.ESHUTDOWN, errno.ENOTDIR, errno.ENOENT,
})  # fmt: skip

# Filesystems whose own id comes from their UUID and so stays when a disk gets another letter.
_WITH_UUID = frozenset({"ext2", "ext3", "ext4", "btrfs", "f2fs"})


class InboxAway(Exception):
    """The inbox cannot be judged; no conclusion may be drawn from what is seen there.

    Args:
        reason: ``device_changed``, ``sentinel_gone`` or the name of an errno.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def errno_name(error: OSError) -> str:
    """``EHOSTDOWN`` and the like."""
    return errno.errorcode.get(error.errno or 0, "EIO")


def check_there(root: bytes, mount: Mount, recorded: int | None, operations: FileOperations) -> int:
    """Make sure that the folder is the one it was.

    Args:
        root: The inbox's folder.
        mount: What it lies on now.
        recorded: The fingerprint stored at the last scan, ``None`` the first time.
        operations: How it is looked at.

    Returns:
        The fingerprint to store now.

    Raises:
        InboxAway: It is another filesystem than before and nothing vouches for it.
        OSError: It cannot be looked at.
    """
    # The dot makes the kernel look into the folder, not at the name of a mount point.
    operations.status(root + b"/.")
    has_sentinel = _has_sentinel(root, operations)
    now = fingerprint(mount, root, has_sentinel=has_sentinel)
    if recorded is None or has_sentinel:
        # An administrator who puts the sentinel there says: this is the inbox.
        return now
    if recorded & 1:
        raise InboxAway(SENTINEL_GONE)
    if recorded != now:
        raise InboxAway(DEVICE_CHANGED)
    return now


def fingerprint(mount: Mount, root: bytes, *, has_sentinel: bool) -> int:
    """The filesystem and its place as a number of 49 bits; the lowest says "sentinel seen"."""
    identity = f"{mount.identity} {os.fsdecode(mount.point)}"
    if mount.fstype in _WITH_UUID:
        filesystem = os.statvfs(root).f_fsid
        identity = f"{mount.fstype} {filesystem:x} {os.fsdecode(mount.point)}"
    digest = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:6], "big") << 1 | has_sentinel


def _has_sentinel(root: bytes, operations: FileOperations) -> bool:
    try:
        operations.status(root + b"/" + SENTINEL)
    except FileNotFoundError:
        return False
    return True


def answers(root: bytes, operations: FileOperations) -> bool:
    """Whether the share still answers, so that an error was one file's own."""
    try:
        operations.listing(root)
    except OSError:
        return False
    return True


@dataclass(slots=True)
class Away:
    """How long an inbox has been away, and when to try again.

    Attributes:
        since_s: Monotonic time at which it went.
        reason: Why.
        retry_s: Pause before the next try.
        alarmed: Whether it was reported as lasting.
    """

    since_s: float
    reason: str
    retry_s: float = FIRST_RETRY_S
    alarmed: bool = False

    def again(self, reason: str) -> None:
        """Another try failed."""
        self.reason = reason
        self.retry_s = min(LONGEST_RETRY_S, self.retry_s * 2)
