"""Who may open the panel: names, roles and password hashes, in a file of their own.

A line each: ``NAME ROLE HASH``. The hash is argon2id with the library's defaults (RFC 9106, the
profile for little memory: 64 MiB, three passes), so that a copy of the file gives no password
away soon. The file is read anew whenever it changed: a password that is set or taken back
counts at once, and ends what was signed in with the old one.
"""

from __future__ import annotations

import enum
import functools
import hmac
import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from daemon.errors import ConfigError, UsageError
from daemon.files.atomic import write_part
from daemon.files.syncing import fsync_dir

LEAST_PASSWORD = 10
# Longer ones would only cost time; nobody types them.
MOST_PASSWORD = 1024
_NAME = re.compile(r"^\w[\w.@-]{0,63}$")
# Each check of a password takes 64 MiB and a core: two at a time, the others wait.
_CHECKS_AT_ONCE = 2


class Role(enum.StrEnum):
    """What somebody may do on the panel."""

    VIEWER = "viewer"  # look
    OPERATOR = "operator"  # look, and give orders


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in.

    Attributes:
        name: What the audit calls them.
        role: What they may do.
        digest: The password's argon2 hash; it tells also whether the password changed.
    """

    name: str
    role: Role
    digest: str = field(repr=False)


class Accounts:
    """The file of accounts, safe from several threads.

    Args:
        path: Where it lies.
        hasher: How passwords are hashed; the library's defaults unless a test wants it quick.
    """

    def __init__(self, path: Path, hasher: PasswordHasher | None = None) -> None:
        self._path = path
        self._hasher = hasher or PasswordHasher()
        self._lock = threading.Lock()
        self._checks = threading.Semaphore(_CHECKS_AT_ONCE)
        self._stamp: tuple[int, int, int] | None = None
        self._known: Mapping[str, Account] = {}

    def all(self) -> Mapping[str, Account]:
        """Accounts by name; empty where there is no file.

        Raises:
            ConfigError: The file cannot be read, or a line of it is none of ours.
        """
        with self._lock:
            stamp = _stamp(self._path)
            if stamp != self._stamp:
                self._known = {} if stamp is None else _read(self._path)
                self._stamp = stamp
            return self._known

    def check(self, name: str, password: str) -> Account | None:
        """The account if the password is right.

        It takes as long for a name that does not exist: names cannot be guessed by the clock.
        """
        account = self.all().get(name)
        digest = self._nobodys if account is None else account.digest
        with self._checks:
            is_right = self._is_right(digest, password[:MOST_PASSWORD])
        return account if is_right else None

    def is_current(self, account: Account) -> bool:
        """Whether an account is still as it was when somebody signed in."""
        now = self.all().get(account.name)
        if now is None or now.role is not account.role:
            return False
        return hmac.compare_digest(now.digest, account.digest)

    def set_password(self, name: str, role: Role, password: str) -> None:
        """Add an account or replace it; only the booth's own user may read the file.

        Raises:
            UsageError: The name or the password will not do.
            ConfigError: The file there is none of ours.
            OSError: It cannot be written.
        """
        if not _NAME.match(name):
            msg = f"a name has letters, digits and . _ @ - only, 64 at most: {name!r}"
            raise UsageError(msg)
        if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
            msg = f"a password has {LEAST_PASSWORD} to {MOST_PASSWORD} characters"
            raise UsageError(msg)
        account = Account(name, role, self._hasher.hash(password))
        lines = {**self.all(), name: account}.values()
        text = "".join(f"{one.name} {one.role} {one.digest}\n" for one in lines)
        _write(self._path, text.encode())

    @functools.cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(os.urandom(16).hex())

    def _is_right(self, digest: str, password: str) -> bool:
        try:
            return self._hasher.verify(digest, password)
        except (VerificationError, InvalidHashError):
            return False


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error) from error
    return found.st_ino, found.st_mtime_ns, found.st_size


def _read(path: Path) -> dict[str, Account]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    accounts = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split()
        if len(parts) != 3 or parts[1] not in set(Role) or not parts[2].startswith("$argon2"):
            problem = (
                f"{path}:{number}: NAME ROLE HASH is expected; see `boothd panel set-password`"
            )
            raise ConfigError([problem])
        accounts[parts[0]] = Account(parts[0], Role(parts[1]), parts[2])
    return accounts


def _unreadable(path: Path, error: Exception) -> ConfigError:
    return ConfigError([f"panel.password_file: {path} cannot be read: {error}"])


def _write(path: Path, content: bytes) -> None:
    def write(handle: int) -> None:
        os.fchmod(handle, 0o600)
        os.write(handle, content)

    part = write_part(path, "accounts", write)
    part.replace(path)
    fsync_dir(path.parent)
