"""The model store on disk: where each file lies, what is known of it, who accepted what.

``lock.json`` beside the files keeps the sum of every file that was fetched, imported or verified,
and the licences that were accepted. A sum that nobody publishes is recorded there once and
compared ever after. The lock is a small file of the booth's own, replaced in one step.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from daemon.domain.models import Model, ModelLicence, Standing
from daemon.errors import ModelError, ModelNotNow
from daemon.files.atomic import making_folder, replace_bytes
from daemon.files.digest import Digest, digest_of
from daemon.files.syncing import alone

LOCK = "lock.json"
HELD = ".lock"
SCHEMA = 1

_DAMAGED, _BUSY = "MODEL_LOCK_DAMAGED", "MODEL_STORE_BUSY"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was found when a file was last read whole.

    Attributes:
        sha256: Its sum.
        size: Its length in bytes.
        mtime_ns: When it was last written; another time means that it must be read again.
        at_ms: When it was read.
        source: Address it came from, ``import`` or ``found``.
    """

    sha256: str
    size: int
    mtime_ns: int
    at_ms: int
    source: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """That somebody accepted a licence.

    Attributes:
        at_ms: When.
        by: The login name.
        text_sha256: Sum of the text that was shown.
    """

    at_ms: int
    by: str
    text_sha256: str


@dataclass(frozen=True, slots=True)
class Lock:
    """The content of ``lock.json``.

    Attributes:
        files: By model.
        licences: By licence.
    """

    files: Mapping[str, Recorded] = field(default_factory=dict)
    licences: Mapping[str, Accepted] = field(default_factory=dict)

    def with_file(self, key: str, recorded: Recorded) -> Lock:
        return replace(self, files={**self.files, key: recorded})

    def with_licence(self, key: str, accepted: Accepted) -> Lock:
        return replace(self, licences={**self.licences, key: accepted})


@dataclass(frozen=True, slots=True)
class Found:
    """How a model stands.

    Attributes:
        model: Which.
        standing: How.
        path: Where it lies; where it belongs, if it is missing.
        size: Bytes of the file; of the half-fetched one, if it is missing.
        sha256: Its sum, where it is known; empty otherwise.
        is_read: The sum is that of the file as it is now.
        code: What is wrong with it; empty: nothing.
    """

    model: Model
    standing: Standing
    path: Path
    size: int = 0
    sha256: str = ""
    is_read: bool = False
    code: str = ""

    @property
    def is_usable(self) -> bool:
        return self.standing in {Standing.PRESENT, Standing.UNVERIFIED}


def expected_sum(model: Model, lock: Lock) -> str:
    """The published sum, else the recorded one, else nothing."""
    if model.sha256:
        return model.sha256
    kept = lock.files.get(model.key)
    return "" if kept is None else kept.sha256


def look(store: Path, model: Model, lock: Lock) -> Found:
    """How a model stands by its name, length and time; the file is not read.

    Args:
        store: The folder of models.
        model: Which.
        lock: What is known.
    """
    if model.is_folder:
        return Found(model, Standing.MISSING, store / model.key, code="MODEL_NOT_A_FILE")
    path = _lying(store, model)
    try:
        facts = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return Found(model, Standing.MISSING, path, code="MODEL_MISSING")
    if not stat.S_ISREG(facts.st_mode):
        return Found(model, Standing.WRONG, path, code="MODEL_FOREIGN_FILE")
    kept = lock.files.get(model.key)
    if model.size_bytes is not None and facts.st_size != model.size_bytes:
        is_half = facts.st_size < model.size_bytes
        standing = Standing.HALF if is_half else Standing.WRONG
        code = "MODEL_INCOMPLETE" if is_half else "MODEL_WRONG_SUM"
        return Found(model, standing, path, facts.st_size, code=code)
    if kept is None or (kept.size, kept.mtime_ns) != (facts.st_size, facts.st_mtime_ns):
        return Found(model, Standing.UNVERIFIED, path, facts.st_size)
    return _judged(model, path, Digest(kept.size, kept.sha256), lock)


def examine(store: Path, model: Model, lock: Lock) -> Found:
    """How a model stands; its file is read to the end if it can be right at all."""
    seen = look(store, model, lock)
    if not seen.is_usable:
        return seen
    return _judged(model, seen.path, digest_of(seen.path), lock)


def _judged(model: Model, path: Path, digest: Digest, lock: Lock) -> Found:
    wanted = expected_sum(model, lock)
    if wanted and digest.sha256 != wanted:
        standing, code = Standing.WRONG, "MODEL_WRONG_SUM"
    else:
        standing, code = (Standing.PRESENT if model.sha256 else Standing.UNVERIFIED), ""
    return Found(model, standing, path, digest.size, digest.sha256, is_read=True, code=code)


def _lying(store: Path, model: Model) -> Path:
    candidates = [store / place for place in model.places]
    return next((path for path in candidates if path.exists()), candidates[-1])


def vouched(store: Path, model: Model) -> Found:
    """A model's file, held against its sum: what an engine asks before it loads weights.

    Read to the end only where it changed since that was done last.

    Args:
        store: The folder of models.
        model: Which.

    Raises:
        ModelError: It is not here, or not the right one; says which command mends it.
    """
    lock = read_lock(store)
    found = look(store, model, lock)
    if found.is_usable and not found.is_read:
        found = examine(store, model, lock)
    if not found.is_usable:
        raise complaint(found, lock)
    return found


def complaint(found: Found, lock: Lock) -> ModelError:
    """What is wrong with a file, with the command that mends it."""
    model = found.model
    facts: dict[str, object] = {
        "model": model.key,
        "file": found.path,
        "command": mending(model, replacing=found.standing is not Standing.MISSING),
    }
    if model.is_folder:
        facts["url"] = model.urls[0]
    elif found.is_read:
        facts |= {"actual": found.sha256, "limit": expected_sum(model, lock)}
    else:
        facts |= {"actual": found.size, "limit": model.size_bytes}
    return ModelError(found.code, **facts)


def is_accepted(licence: ModelLicence, lock: Lock) -> bool:
    """Whether somebody accepted the licence in the words it has now."""
    kept = lock.licences.get(licence.key)
    return kept is not None and kept.text_sha256 == terms_sum(licence)


def terms_sum(licence: ModelLicence) -> str:
    """Sum of the terms as they are shown."""
    return hashlib.sha256(licence.text.encode()).hexdigest()


def mending(model: Model, *, replacing: bool) -> str:
    """The command that brings a model's file in order."""
    return f"boothd models pull {model.key}" + (" --replace" if replacing else "")


def recorded_now(path: Path, sha256: str, at_ms: int, source: str) -> Recorded:
    """The record of a file as it lies there."""
    facts = path.stat()
    return Recorded(sha256, facts.st_size, facts.st_mtime_ns, at_ms, source)


def read_lock(store: Path) -> Lock:
    """What is known of the store; an empty lock where nothing was written yet.

    Raises:
        ModelError: ``MODEL_LOCK_DAMAGED``: it cannot be read. Recorded sums are not forgotten
            without a word.
    """
    path = store / LOCK
    try:
        return _lock_of(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return Lock()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(_DAMAGED, file=path) from error


def _lock_of(written: Mapping[str, Any]) -> Lock:
    if written["schema"] != SCHEMA:
        raise ValueError(written["schema"])
    return Lock(
        {key: Recorded(**row) for key, row in written["files"].items()},
        {key: Accepted(**row) for key, row in written["licences"].items()},
    )


def write_lock(store: Path, lock: Lock) -> None:
    """Replace ``lock.json`` durably; only under ``alone_in``."""
    written: dict[str, Any] = {
        "schema": SCHEMA,
        "files": {key: asdict(row) for key, row in sorted(lock.files.items())},
        "licences": {key: asdict(row) for key, row in sorted(lock.licences.items())},
    }
    replace_bytes(store / LOCK, "lock", json.dumps(written, indent=1).encode() + b"\n")


@contextlib.contextmanager
def alone_in(store: Path) -> Iterator[None]:
    """Be the only one who changes the store, for the duration.

    Raises:
        ModelNotNow: ``MODEL_STORE_BUSY``: somebody else is at it.
    """
    alone(making_folder(store))
    handle = os.open(store / HELD, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ModelNotNow(_BUSY) from error
        yield
    finally:
        os.close(handle)
