"""Stands between the booth and its files: fails, kills, or cuts the power at the n-th call.

Every file operation that Python code makes below the watched folders is counted (SQLite makes
its own, and is trusted with ``synchronous=FULL``). For a power cut the model of a journalling
disk is kept: what a file holds is durable after its own fsync; names are durable after any fsync
on that disk that follows them (``journal``), or only after an fsync of their own folder
(``strict``, what POSIX promises). Whatever is not durable is undone.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from daemon.files import atomic

# What is counted. Calls by which nothing can go wrong (close) or that C makes are not.
_BY_PATH = ("open", "rename", "replace", "link", "unlink", "mkdir", "rmdir", "scandir", "lstat",
            "stat", "utime")  # fmt: skip
_BY_HANDLE = ("fsync", "write", "pread", "fstat")
_CHANGES_NAMES = frozenset({"rename", "replace", "link", "unlink", "mkdir", "rmdir"})


@dataclass(slots=True)
class _Undo:
    """How to take back a change of names, and the folders whose fsync makes it durable."""

    folders: frozenset[str]
    take_back: Callable[[], None]


@dataclass(slots=True)
class Disk:
    """What would not survive a power cut.

    Attributes:
        is_strict: Names are durable only after an fsync of their folder.
    """

    is_strict: bool = False
    unsynced: dict[int, int] = field(default_factory=dict)
    undo: list[_Undo] = field(default_factory=list)

    def wrote(self, handle: int) -> None:
        """Its bytes may be lost, under whatever names the file has."""
        number = os.fstat(handle).st_ino
        if number not in self.unsynced:
            self.unsynced[number] = os.dup(handle)

    def synced(self, path: str, handle: int) -> None:
        kept = self.unsynced.pop(os.fstat(handle).st_ino, None)
        if kept is not None:
            os.close(kept)
        if self.is_strict:
            self.undo = [one for one in self.undo if path not in one.folders]
        else:
            self.undo.clear()

    def cut_power(self) -> None:
        """Undo what no fsync made durable: names last to first, then contents."""
        for one in reversed(self.undo):
            with suppress(OSError):
                one.take_back()
        for handle in self.unsynced.values():
            # The name survived, the bytes did not: half of them are zeros, the rest is gone.
            size = os.fstat(handle).st_size
            os.ftruncate(handle, 0)
            os.ftruncate(handle, size // 2)


class Interposer:
    """Counts operations below some folders and meets one of them.

    Args:
        folders: Which paths count.
        at: Which call to meet; 0 meets none.
        meet: Called in place of that operation, with its name and path; may return to let it
            happen after all.
        disk: Told of everything, for a power cut.
    """

    def __init__(
        self,
        folders: tuple[Path, ...],
        *,
        at: int = 0,
        meet: Callable[[str, str], None] = lambda _name, _path: None,
        disk: Disk | None = None,
    ) -> None:
        self._tops = tuple(os.fspath(folder) for folder in folders)
        self._at = at
        self._meet = meet
        self._disk = disk
        self._handles: dict[int, str] = {}
        self.calls: list[str] = []
        self._real = {name: getattr(os, name) for name in (*_BY_PATH, *_BY_HANDLE, "close")}
        self._real_io_open = io.open
        self._real_rename = atomic.rename_in_one_step
        self._is_inside = False

    @contextmanager
    def watching(self) -> Iterator[Interposer]:
        """From here to the end of the block."""
        patches = [mock.patch.object(os, name, self._by_path(name)) for name in _BY_PATH]
        patches += [mock.patch.object(os, name, self._by_handle(name)) for name in _BY_HANDLE]
        patches.append(mock.patch.object(os, "close", self._close))
        patches.append(mock.patch.object(io, "open", self._io_open))
        patches.append(mock.patch.object(atomic, "rename_in_one_step", self._in_one_step))
        for patch in patches:
            patch.start()
        try:
            yield self
        finally:
            for patch in reversed(patches):
                patch.stop()

    # ── the calls ─────────────────────────────────────────────────────────────────────────

    def _by_path(self, name: str) -> Callable[..., Any]:
        real = self._real[name]

        def call(path: Any, *arguments: Any, **options: Any) -> Any:
            where = self._where(path, options.get("dir_fd"))
            if where is None:
                return real(path, *arguments, **options)
            self._count(name, where)
            before = self._before(name, where, arguments)
            result = real(path, *arguments, **options)
            self._after(name, where, result)
            self._note(before)
            return result

        return call

    def _by_handle(self, name: str) -> Callable[..., Any]:
        real = self._real[name]

        def call(handle: int, *arguments: Any) -> Any:
            where = self._handles.get(handle)
            if where is None:
                return real(handle, *arguments)
            self._count(name, where)
            result = real(handle, *arguments)
            if self._disk and name == "fsync":
                self._disk.synced(where, handle)
            if self._disk and name == "write":
                self._disk.wrote(handle)
            return result

        return call

    def _close(self, handle: int) -> None:
        self._handles.pop(handle, None)
        self._real["close"](handle)

    def _io_open(self, path: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        where = self._where(path) if not isinstance(path, int) else None
        if where is not None:
            self._count("open", where)
            if self._disk and set(mode) & set("wax+"):
                self._created(where)
                stream = self._real_io_open(path, mode, *arguments, **options)
                self._disk.wrote(stream.fileno())
                return stream
        return self._real_io_open(path, mode, *arguments, **options)

    def _in_one_step(self, source: Path, target: Path) -> None:
        where = self._where(source)
        if where is None:
            self._real_rename(source, target)
            return
        self._count("renameat2", where)
        before = self._before("rename", where, (target,))
        self._real_rename(source, target)
        self._note(before)

    def _count(self, name: str, where: str) -> None:
        self.calls.append(name)
        if len(self.calls) == self._at:
            self._meet(name, where)

    def _where(self, path: Any, dir_fd: int | None = None) -> str | None:
        if isinstance(path, int):
            return self._handles.get(path)
        text = os.fsdecode(path)
        if dir_fd is not None:
            text = f"{self._handles.get(dir_fd, '?')}/{text}"
        return text if text.startswith(self._tops) else None

    # ── what a power cut would take ───────────────────────────────────────────────────────

    def _before(self, name: str, where: str, arguments: tuple[Any, ...]) -> _Undo | None:
        """How to take the change back, found out before it is made."""
        if self._disk is None or name not in _CHANGES_NAMES | {"open"}:
            return None
        if name == "open":
            if arguments and arguments[0] & os.O_CREAT:
                self._created(where)
            return None
        return self._taking_back(name, where, arguments)

    def _taking_back(self, name: str, where: str, arguments: tuple[Any, ...]) -> _Undo:
        real, folders = self._real, {_folder_of(where)}
        if name in {"rename", "replace", "link"}:
            target = os.fsdecode(arguments[0])
            folders.add(_folder_of(target))
            back = (
                (lambda: real["unlink"](target))
                if name == "link"
                else (lambda: real["rename"](target, where))
            )
            if name != "link":
                # The folder that gained the name decides.
                folders = {_folder_of(target)}
            return _Undo(frozenset(folders), back)
        if name == "mkdir":
            return _Undo(frozenset(folders), lambda: real["rmdir"](where))
        if name == "rmdir":
            return _Undo(frozenset(folders), lambda: real["mkdir"](where))
        kept = self._keep(where)
        return _Undo(frozenset(folders), lambda: real["link"](kept, where))

    def _keep(self, where: str) -> str:
        """A second name of a file about to lose one, so that it can be given back."""
        folder = self._tops[0] + ".kept"
        with suppress(FileExistsError):
            self._real["mkdir"](folder)
        kept = f"{folder}/{len(self.calls)}"
        with suppress(OSError):
            self._real["link"](where, kept)
        return kept

    def _created(self, where: str) -> None:
        assert self._disk is not None
        try:
            self._real["lstat"](where)
        except FileNotFoundError:
            undo = _Undo(frozenset({_folder_of(where)}), lambda: self._real["unlink"](where))
            self._disk.undo.append(undo)

    def _after(self, name: str, where: str, result: Any) -> None:
        if name == "open":
            self._handles[result] = where

    def _note(self, undo: _Undo | None) -> None:
        if self._disk is not None and undo is not None:
            self._disk.undo.append(undo)


def _folder_of(path: str) -> str:
    return path.rpartition("/")[0]
