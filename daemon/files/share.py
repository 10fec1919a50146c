"""What a folder's filesystem lets us do: tried out, not guessed from its type.

Each trial is made with a file of our own that is removed again. Nothing of anyone else's is
touched, and no trial raises: what was refused is an answer.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from daemon.domain.readiness import Writer
from daemon.files import atomic
from daemon.files.lease import writer_of
from daemon.files.syncing import fsync_dir

_ACCENTED = "\N{LATIN SMALL LETTER E WITH ACUTE}"


@dataclass(frozen=True, slots=True)
class ShareFacts:
    """What was found out about a folder.

    Attributes:
        list_error: Errno of listing it, 0 if it can be listed.
        create_error: Errno of creating a file in it.
        rename_error: Errno of renaming that file into its ``.boothd`` folder.
        delete_error: Errno of deleting the file again.
        noreplace: Renames can refuse to replace in one step.
        lease: The open-writer test works here.
        folds_case: ``A.JPG`` and ``a.jpg`` are one name.
        folds_accents: The composed and the decomposed spelling of an accent are one name.
        syncs_folders: A folder can be made durable.
        skew_s: How far the filesystem's clock is ahead of ours.
    """

    list_error: int = 0
    create_error: int = 0
    rename_error: int = 0
    delete_error: int = 0
    noreplace: bool = False
    lease: bool = False
    folds_case: bool = False
    folds_accents: bool = False
    syncs_folders: bool = False
    skew_s: float = 0.0


def probe_share(folder: Path) -> ShareFacts:
    """Try a folder out: list, create, rename, delete and the rest.

    Args:
        folder: An inbox or output folder; a ``.boothd`` made in it for the trial goes again.
    """
    list_error = _errno_of(lambda: next(folder.iterdir(), None))
    tag = secrets.token_hex(4)
    dropped = folder / f".boothd-probe-{tag}"
    try:
        handle = os.open(dropped, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        return ShareFacts(list_error=list_error, create_error=error.errno or errno.EIO)
    before_s = time.time()
    os.close(handle)
    inner = folder / ".boothd"
    was_there = inner.exists()
    try:
        return _tried(dropped, inner / f"probe-{tag}", inner, list_error, before_s)
    finally:
        for leftover in (dropped, inner / f"probe-{tag}"):
            with contextlib.suppress(OSError):
                leftover.unlink()
        if not was_there:
            with contextlib.suppress(OSError):
                inner.rmdir()


def _tried(dropped: Path, moved: Path, inner: Path, list_error: int, before_s: float) -> ShareFacts:
    skew_s = dropped.stat().st_mtime - before_s
    lease = _has_leases(dropped)
    rename_error = _errno_of(lambda: _into(dropped, moved, inner))
    there = dropped if rename_error else moved
    noreplace = not rename_error and _refuses_to_replace(moved, dropped)
    folds_case = there.with_name(there.name.upper()).exists()
    folds_accents = _folds_accents(there.parent, there.name)
    synced = _syncs(there.parent)
    return ShareFacts(
        list_error=list_error,
        rename_error=rename_error,
        delete_error=_errno_of(there.unlink),
        noreplace=noreplace,
        lease=lease,
        folds_case=folds_case,
        folds_accents=folds_accents,
        syncs_folders=synced,
        skew_s=skew_s,
    )


def _into(dropped: Path, moved: Path, inner: Path) -> None:
    inner.mkdir(exist_ok=True)
    atomic.rename_noreplace(dropped, moved)


def _refuses_to_replace(moved: Path, again: Path) -> bool:
    try:
        again.touch(exist_ok=False)
        try:
            atomic.rename_in_one_step(again, moved)
        except FileExistsError:
            return True
    except OSError:
        return False
    return False


def _has_leases(path: Path) -> bool:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return writer_of(handle) is Writer.FREE
    finally:
        os.close(handle)


def _folds_accents(folder: Path, name: str) -> bool:
    composed = folder / f"{name}-{_ACCENTED}"
    decomposed = folder / unicodedata.normalize("NFD", composed.name)
    try:
        composed.touch(exist_ok=False)
        try:
            return decomposed.exists()
        finally:
            composed.unlink()
    except OSError:
        return False


def _syncs(folder: Path) -> bool:
    try:
        return fsync_dir(folder)
    except OSError:
        return False


def _errno_of(act: Callable[[], object]) -> int:
    try:
        act()
    except OSError as error:
        return error.errno or errno.EIO
    return 0
