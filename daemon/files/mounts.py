"""The mount table: what lies under a path, and whether others can write there unseen.

The kernel tells of changes made through it. What another machine writes on a share, or the
host writes under a FUSE or VM mount, raises no event here, so such a mount is scanned.
Everything is bytes: a mount point may be named by anyone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MOUNTINFO = Path("/proc/self/mountinfo")

# Types whose files change without this kernel knowing. autofs stands for whatever it will
# mount, which in an office is a share.
_NETWORK = frozenset({
    "9p", "afs", "autofs", "beegfs", "ceph", "cifs", "coda", "davfs", "drvfs", "fhgfs", "fuse",
    "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "prl_fs",
    "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs",
})  # fmt: skip

# Attribute caches by default, seconds. NFS keeps the attributes of a file that has just changed
# for acregmin (3 s) and only those of an old file for acregmax; SMB keeps all for actimeo (1 s).
# Source: nfs(5), mount.cifs(8).
_NFS_CACHE_S = 3.0
_SMB_CACHE_S = 1.0
_FOREIGN_CACHE_S = 1.0

_ESCAPE = re.compile(rb"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of the mount table.

    Attributes:
        number: The kernel's mount id; a later mount over the same point hides an earlier one.
        device: ``major:minor``, as ``st_dev`` of the files inside.
        root: Which folder of the filesystem is shown here; not ``/`` for a bind mount.
        point: Where it is mounted.
        fstype: Such as ``ext4``, ``cifs``, ``fuse.sshfs``.
        source: Device or share, such as ``/dev/sda1`` or ``//nas/photos``.
        options: Mount and filesystem options by name; ``""`` for those without a value.
    """

    number: int
    device: str
    root: bytes
    point: bytes
    fstype: str
    source: bytes
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_network(self) -> bool:
        """Whether files may change here without a kernel event."""
        return self.fstype in _NETWORK or self.fstype.startswith("fuse.")

    @property
    def attribute_cache_s(self) -> float:
        """How long the client may show the old size of a file that changed; 0 when local."""
        if not self.is_network or "noac" in self.options:
            return 0.0
        names: tuple[str, ...] = ("actimeo",)
        default = _FOREIGN_CACHE_S
        if self.fstype in {"nfs", "nfs4"}:
            names, default = ("acregmin", "actimeo"), _NFS_CACHE_S
        elif self.fstype in {"cifs", "smb3"}:
            names, default = ("acregmax", "actimeo"), _SMB_CACHE_S
        for name in names:
            value = self.options.get(name, "")
            if value.isdigit():
                return float(value)
        return default

    @property
    def identity(self) -> str:
        """Which filesystem this is, in words that outlive a reboot better than device numbers.

        A share gets a new device number at every mount and a disk may; what people mean by
        "the same share is back" is type, source and the folder of it that is shown.
        """
        return f"{self.fstype} {os.fsdecode(self.source)} {os.fsdecode(self.root)}"


class MountTable:
    """Every mount this process sees.

    Args:
        mounts: In the table's own order; where two have the same point the later one is on top.
    """

    def __init__(self, mounts: tuple[Mount, ...]) -> None:
        self.mounts = mounts

    @classmethod
    def parse(cls, text: bytes) -> MountTable:
        """Read the text of ``/proc/self/mountinfo``; lines of another shape are left out."""
        found = (_mount_of_line(line) for line in text.splitlines())
        return cls(tuple(mount for mount in found if mount is not None))

    @classmethod
    def read(cls, source: Path = MOUNTINFO) -> MountTable:
        """The table as it is now."""
        return cls.parse(source.read_bytes())

    def mount_of(self, path: Path | bytes) -> Mount:
        """The mount that a path, links resolved, lies on."""
        real = os.path.realpath(os.fsencode(path))
        best: Mount | None = None
        for mount in self.mounts:
            deeper = best is None or len(mount.point) >= len(best.point)
            if deeper and _is_under(real, mount.point):
                best = mount
        # A chroot or container may hide the root's own line.
        return best or Mount(0, "0:0", b"/", b"/", "unknown", b"none")

    def below(self, folder: Path | bytes) -> dict[bytes, Mount]:
        """Mounts strictly inside a folder, by mount point."""
        real = os.path.realpath(os.fsencode(folder))
        return {
            mount.point: mount
            for mount in self.mounts
            if mount.point != real and _is_under(mount.point, real)
        }


def mount_of(path: Path | bytes) -> Mount:
    """The mount that a path lies on, by the table as it is now."""
    return MountTable.read().mount_of(path)


def _is_under(path: bytes, folder: bytes) -> bool:
    return path == folder or path.startswith(folder.rstrip(b"/") + b"/")


def _mount_of_line(line: bytes) -> Mount | None:
    # 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
    # Source: proc_pid_mountinfo(5). The optional fields before the dash vary in number.
    left, dash, right = line.partition(b" - ")
    head, tail = left.split(b" "), right.split(b" ")
    if not dash or len(head) < 6 or len(tail) < 2 or not head[0].isdigit():
        return None
    options = _options(head[5]) | _options(tail[2] if len(tail) > 2 else b"")
    return Mount(
        number=int(head[0]),
        device=head[2].decode("ascii", "replace"),
        root=_unescaped(head[3]),
        point=_unescaped(head[4]),
        fstype=tail[0].decode("ascii", "replace"),
        source=_unescaped(tail[1]),
        options=options,
    )


def _options(text: bytes) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.decode("utf-8", "replace").split(","))
    return {name: value for name, _, value in pairs if name}


def _unescaped(text: bytes) -> bytes:
    return _ESCAPE.sub(lambda match: bytes([int(match[1], 8) & 0xFF]), text)
