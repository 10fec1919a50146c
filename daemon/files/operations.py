"""What take-in does to a share, as one object, so that a test can pass a share that refuses."""

from __future__ import annotations

import enum
import os
from dataclasses import dataclass
from pathlib import Path

from daemon.files import atomic
from daemon.files.probe import Opened, open_file
from daemon.files.syncing import fsync_dir


class Kind(enum.StrEnum):
    """What a directory entry is; links are never followed to find out."""

    FILE = "file"
    FOLDER = "folder"
    OTHER = "other"  # a link, fifo, socket or device


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of a folder, as bytes."""

    name: bytes
    kind: Kind


class FileOperations:
    """The real thing. All paths are bytes and absolute."""

    def status(self, path: bytes) -> os.stat_result:
        """The stat of a name itself, links not followed."""
        return os.lstat(path)

    def listing(self, folder: bytes) -> list[Entry]:
        """Every name in a folder."""
        with os.scandir(folder) as entries:
            return [Entry(entry.name, _kind(entry)) for entry in entries]

    def open(self, path: bytes) -> Opened:
        """Open a dropped file; see ``files.probe.open_file``."""
        return open_file(path)

    def make_folder(self, path: bytes) -> None:
        """Make a folder and those above it; fine if it is there."""
        os.makedirs(path, exist_ok=True)  # noqa: PTH103 - paths are bytes

    def remove_folder(self, path: bytes) -> None:
        """Remove an empty folder."""
        os.rmdir(path)  # noqa: PTH106 - paths are bytes

    def drop_second_name(self, path: bytes) -> None:
        """Remove one of two names that the caller knows to be the same file."""
        os.unlink(path)  # noqa: PTH108 - paths are bytes

    def rename(self, source: bytes, target: bytes) -> None:
        """Rename, refusing to replace."""
        atomic.rename_noreplace(Path(os.fsdecode(source)), Path(os.fsdecode(target)))

    def sync_folder(self, path: bytes) -> bool:
        """Make a folder's entries durable; False where the share refuses."""
        return fsync_dir(Path(os.fsdecode(path)))


def _kind(entry: os.DirEntry[bytes]) -> Kind:
    if entry.is_file(follow_symlinks=False):
        return Kind.FILE
    return Kind.FOLDER if entry.is_dir(follow_symlinks=False) else Kind.OTHER
