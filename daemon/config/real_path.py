"""Where paths really lead, without touching a share: one that is away must not hang the settings.

``os.path.realpath`` looks at every part of a path, and the very look at the mount point of a share
that does not answer can take minutes. Here the way ends at such a mount point: what lies beyond
is taken as it is written. A link inside a share is therefore not followed; the doctor compares
folders by device and inode besides, each with its own limit.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable
from pathlib import Path

MOUNTINFO = Path("/proc/self/mountinfo")
# Beginnings of the filesystem types that ask somebody else, who may not answer.
_REMOTE = (
    "nfs", "cifs", "smb", "fuse", "9p", "ceph", "afs", "autofs", "glusterfs", "lustre", "ocfs2",
    "gfs2", "davfs", "coda", "ncp", "virtiofs", "vboxsf", "vmhgfs", "prl_fs", "beegfs", "fhgfs",
    "orangefs", "gpfs", "drvfs",
)  # fmt: skip
# Local disks that come by way of a program of their own.
_LOCAL = ("fuseblk", "fusectl")
_MOST_LINKS = 40  # as the kernel has it: path_resolution(7)
_OCTAL = re.compile(rb"\\([0-7]{3})")


class RealPaths:
    """Resolves paths, each once.

    Args:
        mountinfo: Reads what is mounted, in the form of proc_pid_mountinfo(5).
        link: Reads a link; raises ``OSError`` for what is none.
    """

    def __init__(
        self,
        mountinfo: Callable[[], bytes] = MOUNTINFO.read_bytes,
        link: Callable[[str], str] = os.readlink,
    ) -> None:
        self._points = frozenset(_remote_points(mountinfo()))
        self._link = link
        self._known: dict[Path, Path] = {}

    def of(self, path: Path) -> Path:
        """Where an absolute path leads, links resolved as far as the first share."""
        if path not in self._known:
            self._known[path] = Path(self._resolved(os.fspath(path)))
        return self._known[path]

    def _resolved(self, path: str) -> str:
        here, rest, links = "/", deque(path.split("/")), 0
        while rest:
            name = rest.popleft()
            if name in {"", "."}:
                continue
            if name == "..":
                here = os.path.dirname(here)  # noqa: PTH120 - text, part by part
                continue
            there = os.path.join(here, name)  # noqa: PTH118 - as above
            if there in self._points or links >= _MOST_LINKS:
                return os.path.normpath("/".join([there, *rest]))
            try:
                target = self._link(there)
            except OSError:
                here = there  # no link, or not there at all
                continue
            links += 1
            here = "/" if target.startswith("/") else here
            rest.extendleft(reversed(target.split("/")))
        return here


def _remote_points(text: bytes) -> list[str]:
    points = []
    for line in text.splitlines():
        head, _, tail = line.partition(b" - ")
        fields, kind = head.split(), tail.split()
        if len(fields) > 4 and kind:  # the fifth is the mount point
            fstype = kind[0].decode("ascii", "replace")
            if fstype.startswith(_REMOTE) and fstype not in _LOCAL:
                points.append(os.fsdecode(_OCTAL.sub(_character, fields[4])))
    return points


def _character(octal: re.Match[bytes]) -> bytes:
    return bytes([int(octal[1], 8)])
