"""How many inotify watches there may be, and how many this process has."""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")


def watch_limit(proc: Path = PROC) -> int:
    """Watches that one user may have; 0 where the kernel does not say."""
    return _number(proc / "sys/fs/inotify/max_user_watches")


def instance_limit(proc: Path = PROC) -> int:
    """Inotify instances that one user may have; 0 where the kernel does not say."""
    return _number(proc / "sys/fs/inotify/max_user_instances")


def watches_in_use(proc: Path = PROC) -> int:
    """Watches that this process has, over all its inotify descriptors."""
    count = 0
    try:
        descriptors = os.listdir(proc / "self/fd")  # noqa: PTH208 - names only
    except OSError:
        return 0
    for number in descriptors:
        try:
            if (proc / "self/fd" / number).readlink().name != "anon_inode:inotify":
                continue
            info = (proc / "self/fdinfo" / number).read_text("ascii", "replace")
        except OSError:
            continue  # closed since it was listed
        count += sum(line.startswith("inotify wd:") for line in info.splitlines())
    return count


def _number(path: Path) -> int:
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return 0
