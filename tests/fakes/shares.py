"""Shares that refuse, freeze, vanish and lie, as file operations that can be passed in."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from dataclasses import replace

from PIL import Image

from daemon.files.mounts import Mount, MountTable
from daemon.files.operations import Entry, FileOperations
from daemon.files.probe import CannotLook, Opened, obstacle_of


def photo(seed: int = 0, side: int = 48) -> bytes:
    """A small JPEG, another one for every seed."""
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), (seed % 251, seed // 251 % 251, 77)).save(buffer, "JPEG")
    # The colours repeat after 63,001 pictures; a comment makes each one's bytes its own.
    comment = str(seed).encode()
    content = buffer.getvalue()
    return content[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + content[2:]


class TroubledShare(FileOperations):
    """A real folder of which some operations fail while ``trouble`` says so.

    Attributes:
        trouble: Operation name → errno; the path test decides whom it hits.
        hits: Which paths are hit; all of them unless a test says otherwise.
        calls: How often each operation was asked for.
    """

    def __init__(self, **trouble: int) -> None:
        self.trouble = dict(trouble)
        self.hits: Callable[[bytes], bool] = lambda _: True
        self.calls: dict[str, int] = {}

    def _meet(self, name: str, path: bytes) -> None:
        self.calls[name] = self.calls.get(name, 0) + 1
        number = self.trouble.get(name, self.trouble.get("everything", 0))
        if number and self.hits(path):
            raise OSError(number, os.strerror(number), path)

    def status(self, path: bytes) -> os.stat_result:
        self._meet("status", path)
        return super().status(path)

    def listing(self, folder: bytes) -> list[Entry]:
        self._meet("listing", folder)
        return super().listing(folder)

    def open(self, path: bytes) -> Opened:
        try:
            self._meet("open", path)
        except OSError as error:
            obstacle = obstacle_of(error.errno)
            if obstacle is None:
                raise
            raise CannotLook(obstacle) from error
        return super().open(path)

    def make_folder(self, path: bytes) -> None:
        self._meet("make_folder", path)
        super().make_folder(path)

    def rename(self, source: bytes, target: bytes) -> None:
        self._meet("rename", source)
        super().rename(source, target)

    def sync_folder(self, path: bytes) -> bool:
        if self.trouble.get("sync_folder") == errno.EINVAL:
            return False
        self._meet("sync_folder", path)
        return super().sync_folder(path)


def mounted_as(fstype: str, **options: str) -> Callable[[], MountTable]:
    """A mount table in which everything is of another type than it is."""

    def read() -> MountTable:
        root = Mount(1, "0:1", b"/", b"/", fstype, b"//nas/photos", options)
        return MountTable((root,))

    return read


def with_mount(point: bytes, fstype: str) -> Callable[[], MountTable]:
    """The real mount table with one more mount in it."""

    def read() -> MountTable:
        real = MountTable.read()
        above = real.mount_of(point)
        return MountTable((*real.mounts, replace(above, point=point, fstype=fstype)))

    return read
