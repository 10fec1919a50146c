"""Reads a zip that anyone may have made: names, sizes and contents are claims until proven.

Nothing is unpacked under a name that the archive chose: members go into one flat folder under
names of ours, and what the archive called them is kept as text. A member is read only up to the
size it claims and what the limits allow, whatever its stream goes on to give.
"""

from __future__ import annotations

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from daemon.errors import InputError
from daemon.files.safe import display_name

_CHUNK = 1 << 20
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1
# Photos hardly compress; a table of names may by ten to one. A hundred is nobody's photo.
_MOST_RATIO = 100
# Of an archive with as many members as are allowed, their names 1.5 KiB long.
_MOST_DIRECTORY = 8 * 1024**2
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may be.

    Attributes:
        most_members: Files in it.
        most_bytes: Bytes of all files together, unpacked.
        most_file_bytes: Bytes of one file, unpacked.
    """

    most_members: int = 5000
    most_bytes: int = 20 * 1024**3
    most_file_bytes: int = 512 * 1024**2


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive.

    Attributes:
        index: Its place in the archive's directory.
        name: What the archive calls it, with folders; text for people and for matching, never
            a path to write to.
        size: Bytes it claims to have.
    """

    index: int
    name: str
    size: int


def members(path: Path, limits: ArchiveLimits) -> list[Member]:
    """What an archive holds, its folders left out.

    Raises:
        InputError: ``ARCHIVE_UNREADABLE`` (no zip, cut short, encrypted, a method nobody reads),
            ``ARCHIVE_UNSAFE`` (a name that leaves the folder, a link, two members of one name)
            or ``ARCHIVE_TOO_LARGE``.
    """
    with _opened(path) as archive:
        return _members(archive, limits)


def unpack(path: Path, folder: Path, limits: ArchiveLimits) -> Iterator[tuple[Member, Path]]:
    """Write each member to ``folder/<index>``; files appear there whole or not at all.

    Raises:
        InputError: As ``members``; also where a stream gives more than it claimed, or is broken.
    """
    with _opened(path) as archive:
        infos = archive.infolist()
        for member in _members(archive, limits):
            target = folder / str(member.index)
            part = target.with_suffix(".part")
            _copy(archive, infos[member.index], part)
            part.rename(target)
            yield member, target


class _Bounded(io.FileIO):
    """A file of which no large piece is read at once.

    The directory of an archive is read in one piece and every entry of it becomes an object,
    before anybody can count them: a hundred megabytes would become gigabytes.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _MOST_DIRECTORY:
            raise _too_large("directory", size, _MOST_DIRECTORY)
        return super().read(-1 if size is None else size) or b""


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    with _Bounded(path) as file:
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, NotImplementedError) as error:
            code = "ARCHIVE_UNREADABLE"
            raise InputError(code, detail=type(error).__name__) from error
        with archive:
            yield archive


def _members(archive: zipfile.ZipFile, limits: ArchiveLimits) -> list[Member]:
    infos = archive.infolist()
    if len(infos) > limits.most_members:
        raise _too_large("members", len(infos), limits.most_members)
    found: dict[str, Member] = {}
    total, packed, whole = 0, 0, _size_of(archive)
    for index, info in enumerate(infos):
        if info.is_dir():
            continue
        name = _name(info)
        _refuse_unsafe(info, name)
        if info.file_size > limits.most_file_bytes:
            raise _too_large("file_bytes", info.file_size, limits.most_file_bytes)
        if info.file_size > _MOST_RATIO * max(info.compress_size, 1024):
            raise _too_large("ratio", info.file_size // max(info.compress_size, 1), _MOST_RATIO)
        total += info.file_size
        if total > limits.most_bytes:
            raise _too_large("bytes", total, limits.most_bytes)
        packed += info.compress_size
        if packed > whole:
            raise _unsafe("members_overlap")
        if name.casefold() in found:
            raise _unsafe("name_twice")
        found[name.casefold()] = Member(index, name, info.file_size)
    return list(found.values())


def _size_of(archive: zipfile.ZipFile) -> int:
    assert archive.fp is not None, "it is open"
    return archive.fp.seek(0, os.SEEK_END)


def _refuse_unsafe(info: zipfile.ZipInfo, name: str) -> None:
    if info.flag_bits & _ENCRYPTED_FLAG:
        code = "ARCHIVE_UNREADABLE"
        raise InputError(code, detail="encrypted")
    if info.compress_type not in _METHODS:
        code = "ARCHIVE_UNREADABLE"
        raise InputError(code, detail="method")
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        raise _unsafe("not_a_file")
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or ":" in parts[0]:
        raise _unsafe("path")


def _name(info: zipfile.ZipInfo) -> str:
    """The member's name as its maker saw it.

    Windows in Chinese writes GBK without saying so; Python then shows it as code page 437.
    """
    if info.flag_bits & _UTF8_FLAG:
        raw = info.filename.encode("utf-8", "surrogatepass")
    else:
        raw = info.orig_filename.split("\0")[0].encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return "/".join(display_name(part.encode()) for part in text.replace("\\", "/").split("/"))
    return display_name(raw)


def _copy(archive: zipfile.ZipFile, info: zipfile.ZipInfo, part: Path) -> None:
    left = info.file_size
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with archive.open(info) as source, os.fdopen(os.open(part, flags, 0o600), "wb") as target:
            while piece := source.read(min(_CHUNK, left + 1)):
                left -= len(piece)
                if left < 0:
                    raise _too_large("claimed", info.file_size, info.file_size)
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        code = "ARCHIVE_UNREADABLE"
        raise InputError(code, detail=type(error).__name__) from error


def _too_large(what: str, actual: int, limit: int) -> InputError:
    code = "ARCHIVE_TOO_LARGE"
    return InputError(code, what=what, actual=actual, limit=limit)


def _unsafe(what: str) -> InputError:
    code = "ARCHIVE_UNSAFE"
    return InputError(code, what=what)
