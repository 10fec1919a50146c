"""The key of this installation, by which equal numbers on two pages can be told to be equal.

It lies in the booth's state folder, readable by the booth alone. Whoever has it can find out by
trying which telephone number a tag stands for, so a key that others may read makes no tags, and
neither does one that was cut: the record then says why there are none.
"""

from __future__ import annotations

import enum
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

KEY_NAME = "privacy.key"
KEY_BYTES = 32
_MODE = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Tags(enum.StrEnum):
    """Whether a record's places have tags, and why not."""

    MADE = "made"
    NO_KEY = "no_key"  # outside an installation
    KEY_REFUSED = "key_refused"  # cut, not a file, or others may read it and that cannot be mended


@dataclass(frozen=True, slots=True)
class Key:
    """The key, or why there is none.

    Attributes:
        secret: 32 bytes, or ``b""``.
        tags: What comes of it.
    """

    secret: bytes = field(repr=False)
    tags: Tags


NO_KEY = Key(b"", Tags.NO_KEY)
_REFUSED = Key(b"", Tags.KEY_REFUSED)


def installation_key(folder: Path | None) -> Key:
    """The key of this installation, made at its first use.

    Args:
        folder: The booth's state; ``None`` outside an installation.

    Raises:
        OSError: The key can be neither read nor made.
    """
    if folder is None:
        return NO_KEY
    path = folder / KEY_NAME
    try:
        return _read(path)
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        return _made(folder, path)


def _read(path: Path) -> Key:
    if path.is_symlink():
        return _REFUSED
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            return _REFUSED
        if found.st_mode & _OTHERS:
            try:
                os.fchmod(handle, _MODE)
            except PermissionError:
                return _REFUSED
        secret = os.read(handle, KEY_BYTES + 1)
    finally:
        os.close(handle)
    return Key(secret, Tags.MADE) if len(secret) == KEY_BYTES else _REFUSED


def _made(folder: Path, path: Path) -> Key:
    fresh = secrets.token_bytes(KEY_BYTES)
    part = folder / f"{KEY_NAME}.{secrets.token_hex(4)}"
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
    try:
        os.write(handle, fresh)
        os.fsync(handle)
        # A link refuses a name that is taken: of two workers that start at once one wins.
        os.link(part, path)
    except FileExistsError:
        return _read(path)
    finally:
        os.close(handle)
        part.unlink()
    return Key(fresh, Tags.MADE)
