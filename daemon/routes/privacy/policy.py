"""From options to what the domain finds by, and the key that tags are made with."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from daemon.catalogue.privacy.load import book
from daemon.catalogue.privacy.policies import policy_of
from daemon.domain.privacy.find import Finder
from daemon.domain.privacy.policy import Policy
from daemon.routes.privacy.options import Options

KEY_NAME = "privacy.key"
_KEY_BYTES = 32


def finder_for(options: Options, key: bytes) -> Finder:
    """What finds by these options.

    Args:
        options: Validated.
        key: The installation's key, ``b""`` for none: then values leave no tag.
    """
    return Finder(book(), policy_for(options), key)


def policy_for(options: Options) -> Policy:
    """The profile with what the options change in it."""
    return policy_of(book(), options.profile, options)


def installation_key(folder: Path | None) -> bytes:
    """The key of this installation, made at its first use.

    Args:
        folder: The booth's state; ``None`` outside an installation.

    Returns:
        32 bytes, or ``b""`` without a folder.

    Raises:
        OSError: The key can be neither read nor made.
    """
    if folder is None:
        return b""
    path = folder / KEY_NAME
    fresh = secrets.token_bytes(_KEY_BYTES)
    part = folder / f"{KEY_NAME}.{secrets.token_hex(4)}"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(handle, fresh)
        os.fsync(handle)
        # A link refuses a name that is taken: of two workers that start at once one wins.
        os.link(part, path)
    except FileExistsError:
        return path.read_bytes()
    finally:
        os.close(handle)
        part.unlink()
    return fresh
