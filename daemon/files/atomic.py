"""Writing and moving so that a power cut leaves either nothing or the whole file.

A file appears under its final name only complete: bytes go to a part file beside it, are
fsynced and read back, and a rename that refuses to replace gives the name. Nothing here
overwrites and nothing unlinks a source.

Limits accepted on purpose: where a share refuses both ``renameat2(RENAME_NOREPLACE)`` and hard
links, a check followed by a plain rename is used, and two writers could race in between; the
booth is the only writer of its output folders. Folder fsync is refused by some SMB servers
(EINVAL, EACCES): the result says so, the publish does not fail for it.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from daemon.files.digest import CHUNK, Digest, digest_of
from daemon.files.syncing import Way, alone, fsync_dir
from daemon.telemetry import failpoints

PART_SUFFIX = ".boothd-part"

_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
# Errors by which a filesystem says that it does not know the flag, or hard links.
_NOT_SUPPORTED = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM})

# Asking means setting; once, before there are threads that would make files meanwhile.
_UMASK = os.umask(0o077)
os.umask(_UMASK)

_libc = ctypes.CDLL(None, use_errno=True)


def is_taken(path: Path) -> bool:
    """Whether something, be it a broken link, has the name.

    Raises:
        OSError: It cannot be told; a name that nobody could look at is not free.
    """
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def making_folder(folder: Path) -> Way[None]:
    """Make a folder and those above it, if it is not there, and make their names durable."""
    missing = []
    while not folder.is_dir():  # asking costs less than trying
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        yield each.parent


def rename_noreplace(source: Path, target: Path) -> None:
    """Rename, refusing to replace.

    Raises:
        FileExistsError: Something has the target's name.
        OSError: With ``errno.EXDEV`` across filesystems, or as the kernel says.
    """
    try:
        rename_in_one_step(source, target)
    except OSError as error:
        if error.errno not in _NOT_SUPPORTED:
            raise
        _rename_by_link(source, target)


def rename_in_one_step(source: Path, target: Path) -> None:
    """Rename where the filesystem itself can refuse to replace.

    Raises:
        FileExistsError: Something has the target's name.
        OSError: With ``errno.EINVAL`` and the like where the filesystem does not know how.
    """
    code = _libc.renameat2(
        _AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), _RENAME_NOREPLACE
    )
    if code != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), os.fspath(source), None, os.fspath(target))


def _rename_by_link(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NOT_SUPPORTED | {errno.EMLINK, errno.EACCES}:
            raise
        if is_taken(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target) from error
        os.rename(source, target)  # noqa: PTH104 - the one place where a plain rename is meant
        return
    os.unlink(source)  # noqa: PTH108 - the same file now has its final name


def part_path(target: Path, tag: str) -> Path:
    """Where a file lies while it is being written: beside its target, named by job."""
    # The name must stay under 255 bytes whatever the target is called, so it carries only the
    # job and a hash of the target's name.
    short = hashlib.sha256(os.fsencode(target.name)).hexdigest()[:12]
    return target.with_name(f".{short}.{tag}{PART_SUFFIX}")


def name_part(part: Path, target: Path) -> None:
    """Give a whole part file its final name; where somebody has that name, the part goes.

    Raises:
        FileExistsError: Something has the target's name.
    """
    try:
        rename_noreplace(part, target)
    except FileExistsError:
        part.unlink(missing_ok=True)
        raise


def drop_part(target: Path, tag: str) -> None:
    """Remove the part that a try before a crash left for a name which is no longer wanted."""
    part_path(target, tag).unlink(missing_ok=True)


def write_part(target: Path, tag: str, write: Callable[[int], None]) -> Path:
    """``writing_part``, waiting for the disk alone."""
    return alone(writing_part(target, tag, write))


def writing_part(target: Path, tag: str, write: Callable[[int], None]) -> Way[Path]:
    """Write a part file durably and return its path.

    Args:
        target: The final path.
        tag: Job id; a part file left by an earlier try of the same job is overwritten.
        write: Writes the content to the given descriptor.
    """
    yield from making_folder(target.parent)
    part = part_path(target, tag)
    # Never written into: an older part may be a second name of a staged file.
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        write(handle)
        yield handle
    finally:
        os.close(handle)
    return part


def linking_part(source: Path, target: Path, tag: str) -> Way[Path | None]:
    """Give a finished local file its part name beside the target, durably, without copying.

    Returns ``None`` where the filesystem differs or refuses hard links.
    """
    part = part_path(target, tag)
    part.unlink(missing_ok=True)
    try:
        os.link(source, part, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NOT_SUPPORTED | {errno.EXDEV, errno.EMLINK, errno.EACCES}:
            raise
        return None
    handle = os.open(part, os.O_RDONLY | os.O_CLOEXEC)
    try:
        # Staged files are the booth's alone; what is published is for whom the folder is.
        os.fchmod(handle, 0o666 & ~_UMASK)
        yield handle
    finally:
        os.close(handle)
    return part


def copy_part(source: Path, target: Path, tag: str, expected: Digest) -> Path:
    """``copying_part``, waiting for the disk alone."""
    return alone(copying_part(source, target, tag, expected))


def copying_part(source: Path, target: Path, tag: str, expected: Digest) -> Way[Path]:
    """Copy a file to a part file beside the target and read it back.

    Raises:
        OSError: With ``errno.EIO`` when what was read back differs from ``expected``.
    """

    def write(handle: int) -> None:
        with source.open("rb") as reader, os.fdopen(handle, "wb", closefd=False) as writer:
            writer.write(reader.read(min(CHUNK, expected.size // 2)))
            writer.flush()
            failpoints.reached("W13")
            shutil.copyfileobj(reader, writer, CHUNK)

    part = yield from writing_part(target, tag, write)
    if digest_of(part) != expected:
        raise OSError(errno.EIO, "the copy differs from its source", os.fspath(part))
    return part


def write_bytes(target: Path, tag: str, content: bytes) -> None:
    """Put a small file of the booth's own under its name, durably; same bytes twice is fine.

    Raises:
        FileExistsError: Another file has that name.
    """

    def write(handle: int) -> None:
        view = memoryview(content)
        while view:
            view = view[os.write(handle, view) :]

    part = write_part(target, tag, write)
    try:
        name_part(part, target)
    except FileExistsError:
        if not _same_bytes(target, content):
            raise
    fsync_dir(target.parent)


def replace_bytes(target: Path, tag: str, content: bytes) -> None:
    """``replacing_bytes``, waiting for the disk alone."""
    alone(replacing_bytes(target, tag, content))


def replacing_bytes(target: Path, tag: str, content: bytes) -> Way[None]:
    """Put a small file of the booth's own under its name, replacing an older one."""

    def write(handle: int) -> None:
        view = memoryview(content)
        while view:
            view = view[os.write(handle, view) :]

    part = yield from writing_part(target, tag, write)
    part.replace(target)
    yield target.parent


def _same_bytes(path: Path, content: bytes) -> bool:
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size != len(content):
            return False
        return path.read_bytes() == content
    except OSError:
        return False
