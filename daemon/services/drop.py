"""Dropping a photo into an inbox the way every copier should.

The bytes go to a part file that no scanner looks at, a note is put down first, and one rename
that refuses to replace gives the photo its name: it is never seen half-written, nor without
its note.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon.config.model import Config
from daemon.config.wording import hint, nearest
from daemon.domain.job import new_job_id
from daemon.domain.language import Language
from daemon.errors import DiskFull, UsageError
from daemon.files import atomic
from daemon.files.digest import digest_of
from daemon.files.safe import display_name, numbered
from daemon.files.syncing import fsync_dir
from daemon.services.sidecars import INSTRUCT_KEY

NOTE_SUFFIX, OPTIONS_SUFFIX = ".txt", ".yaml"
MAX_NAME_BYTES = 255
MOST_NAMESAKES = 10_000


@dataclass(frozen=True, slots=True)
class Note:
    """What lies beside a photo.

    Attributes:
        suffix: What its name has behind the photo's.
        content: Its bytes; empty: there is no note.
    """

    suffix: str = NOTE_SUFFIX
    content: bytes = b""


def note_of(instruct: str, options: Mapping[str, Mapping[str, Any]]) -> Note:
    """The note for a line of instruction and options by route name."""
    if not options:
        return Note(NOTE_SUFFIX, f"{instruct}\n".encode() if instruct else b"")
    wanted = {**options, **({INSTRUCT_KEY: instruct} if instruct else {})}
    # JSON is YAML.
    return Note(OPTIONS_SUFFIX, json.dumps(wanted, ensure_ascii=False).encode() + b"\n")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A photo that now lies in an inbox.

    Attributes:
        source: The file it was copied from.
        inbox: Name of the inbox.
        relative: Its path inside the inbox, bytes.
    """

    source: Path
    inbox: str
    relative: bytes

    @property
    def name(self) -> str:
        """The name for people."""
        return display_name(self.relative)


def refuse_unfit(config: Config, inbox: str, files: Sequence[Path], instruct: str) -> None:
    """Look at a whole drop before the first byte is copied.

    Raises:
        UsageError: With every reason, one a line.
    """
    zh = config.language == "zh"
    wrong = list(_unknown_inbox(config, inbox))
    for path in files:
        if not path.is_file():
            shown = display_name(os.fsencode(path))
            wrong.append(f"{shown}:没有这个文件" if zh else f"{shown}: there is no such file")
    if "\n" in instruct or "\r" in instruct:
        wrong.append("--instruct 只能是一行" if zh else "--instruct takes one line")
    if wrong:
        raise UsageError("\n".join(wrong))


def _unknown_inbox(config: Config, name: str) -> Iterator[str]:
    names = [inbox.name for inbox in config.inboxes]
    language: Language = config.language
    if name not in names:
        said = f"没有收件夹 {name}" if language == "zh" else f"there is no inbox {name}"
        yield said + hint(nearest(name, names), language)


def drop(
    config: Config,
    inbox: str,
    files: Sequence[Path],
    instruct: str,
    options: Mapping[str, Mapping[str, Any]] | None = None,
) -> Iterator[Dropped]:
    """Copy each file into the inbox, one after the other.

    Args:
        config: The settings.
        inbox: Name of the inbox.
        files: What to copy; links are followed, for the person named them.
        instruct: One line for every photo, put beside it as ``PHOTO.jpg.txt``; empty for none.
        options: By route name, for every photo; instruction and options are then one
            ``PHOTO.jpg.yaml``.

    Raises:
        UsageError: Something about the call is wrong; nothing was copied.
        DiskFull: The inbox's disk is full; what was yielded is complete.
        OSError: The inbox cannot be written to.
    """
    refuse_unfit(config, inbox, files, instruct)
    folder = config.layout.inbox(inbox)
    if config.inbox(inbox).path is None:
        # A folder of our own is ours to make; that of a share may be missing for a reason.
        folder.mkdir(parents=True, exist_ok=True)
    elif not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(folder))
    note = note_of(instruct, options or {})
    for source in files:
        try:
            placed = _drop_one(source, folder, note)
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                msg = f"{os.strerror(error.errno)}: {folder}"
                raise DiskFull(msg, folder=os.fspath(folder)) from error
            raise
        yield Dropped(source, inbox, os.fsencode(placed.name))


def _drop_one(source: Path, folder: Path, beside: Note) -> Path:
    wanted = folder / source.name
    tag = new_job_id(0)
    part = atomic.part_path(wanted, tag)
    try:
        atomic.copy_part(source, wanted, tag, digest_of(source))
        placed = _name(part, wanted, beside, tag)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    fsync_dir(folder)
    return placed


def _name(part: Path, wanted: Path, beside: Note, tag: str) -> Path:
    """Give the part file its name, the note before it; the next number where one is taken."""
    for number in range(1, MOST_NAMESAKES):
        target = numbered(wanted, number)
        note = target.with_name(target.name + beside.suffix) if beside.content else None
        if note is not None and len(os.fsencode(note.name)) > MAX_NAME_BYTES:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), note.name)
        if os.path.lexists(target) or (note is not None and os.path.lexists(note)):
            continue
        with contextlib.suppress(FileExistsError):
            if note is not None:
                atomic.write_bytes(note, tag, beside.content)
            try:
                atomic.rename_noreplace(part, target)
            except FileExistsError:
                if note is not None:
                    note.unlink()  # ours, written a moment ago for a name that is taken now
                raise
            return target
    raise OSError(errno.EEXIST, os.strerror(errno.EEXIST), os.fspath(wanted))
