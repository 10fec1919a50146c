"""Bringing weight files from a folder: for booths without a network.

What a file is, its sum says where the sum is known; else its name, and where several models have
that name the folder it lies in. Nothing is guessed: what could be several models is left alone.
"""

from __future__ import annotations

import itertools
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import Any

from daemon.domain.models import Model, Standing
from daemon.errors import ModelError, ModelNotNow, UsageError
from daemon.files.atomic import copy_part, rename_noreplace
from daemon.files.digest import Digest, digest_of
from daemon.files.model_store import Found, alone_in, examine, expected_sum, read_lock
from daemon.files.syncing import fsync_dir
from daemon.services.models import ModelStore

# A folder of models, not a disk of everything.
MOST_FILES = 10_000
TAG = "import"

_AMBIGUOUS, _WRONG, _NO_SPACE = "MODEL_AMBIGUOUS", "MODEL_WRONG_SUM", "MODEL_NO_SPACE"
_FOREIGN = "MODEL_FOREIGN_FILE"


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file for a model.

    Attributes:
        file: The file.
        key: The model; empty: none that is known.
        outcome: ``imported``, ``replaced``, ``here`` (was there already), ``refused`` or
            ``unknown``.
        code: Why it was refused.
        facts: Of the code.
        found: How the model stands now, where it is usable.
    """

    file: Path
    key: str = ""
    outcome: str = "unknown"
    code: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    found: Found | None = None


class Importer:
    """Copies files of a folder into the store.

    Args:
        store: Where to.
        accepting: Login name of whoever accepts the licences now; empty: nobody.
        replacing: Wrong files in the store may go away.
    """

    def __init__(self, store: ModelStore, *, accepting: str = "", replacing: bool = False) -> None:
        self._store = store
        self._accepting = accepting
        self._replacing = replacing

    def run(self, folder: Path) -> Iterator[Imported]:
        """Look at every file below a folder; links are not followed.

        Raises:
            ModelNotNow: Somebody else changes the store.
            UsageError: There are far too many.
        """
        with alone_in(self._store.folder):
            for path in _files(folder):
                yield from self._one(path, folder)

    def _one(self, path: Path, folder: Path) -> Iterator[Imported]:
        likely = self._likely(path)
        if not likely:
            yield Imported(path)
            return
        digest = digest_of(path)
        try:
            models = self._chosen(path, digest, likely, folder)
        except ModelError as error:
            yield Imported(path, "", "refused", error.code, error.facts)
            return
        for model in models:
            try:
                yield self._take(path, digest, model)
            except ModelError as error:
                yield Imported(path, model.key, "refused", error.code, error.facts)

    def _likely(self, path: Path) -> list[Model]:
        """Models that it could be by name or length."""
        size = path.stat().st_size
        return [
            model
            for model in self._store.book.models.values()
            if not model.is_folder and (model.name == path.name or model.size_bytes == size)
        ]

    def _chosen(self, path: Path, digest: Digest, likely: list[Model], folder: Path) -> list[Model]:
        """Every model that it is.

        Raises:
            ModelError: ``MODEL_WRONG_SUM`` or ``MODEL_AMBIGUOUS``.
        """
        lock = read_lock(self._store.folder)
        same = [model for model in likely if expected_sum(model, lock) == digest.sha256]
        if same:
            return same
        named = [model for model in likely if model.name == path.name]
        # A file with a known sum or length that this one has not is not this one.
        possible = [
            model for model in named if not model.sha256 and model.size_bytes in {None, digest.size}
        ]
        if not named:
            return []
        if not possible:
            wanted = ", ".join(model.sha256 or str(model.size_bytes) for model in named)
            keys = ", ".join(model.key for model in named)
            command = f"boothd models import {quote(str(folder))}"
            facts = {"file": path, "actual": digest.sha256, "limit": wanted, "command": command}
            raise ModelError(_WRONG, model=keys, **facts)
        return [_by_folder(path, possible, folder)]

    def _take(self, path: Path, digest: Digest, model: Model) -> Imported:
        store = self._store
        store.allow(model, self._accepting, f"boothd models import {quote(str(path.parent))}")
        found = examine(store.folder, model, read_lock(store.folder))
        if found.is_usable and (not found.sha256 or found.sha256 == digest.sha256):
            store.record(found, "found")
            return Imported(path, model.key, "here", found=found)
        is_missing = found.standing is Standing.MISSING
        if not is_missing and (not self._replacing or found.code == _FOREIGN):
            command = f"boothd models import {quote(str(path.parent))} --replace"
            raise ModelError(_FOREIGN, model=model.key, file=found.path, command=command)
        wanted = expected_sum(model, read_lock(store.folder))
        if wanted and wanted != digest.sha256 and not self._replacing:
            facts = {"file": path, "actual": digest.sha256, "limit": wanted}
            command = f"boothd models import {quote(str(path.parent))} --replace"
            raise ModelError(_WRONG, model=model.key, **facts, command=command)
        self._copy(path, found.path, digest, model, is_missing=is_missing)
        standing = Standing.PRESENT if model.sha256 else Standing.UNVERIFIED
        made = Found(model, standing, found.path, digest.size, digest.sha256, is_read=True)
        store.record(made, TAG)
        return Imported(path, model.key, "imported" if is_missing else "replaced", found=made)

    def _copy(
        self, path: Path, target: Path, digest: Digest, model: Model, *, is_missing: bool
    ) -> None:
        free = shutil.disk_usage(self._store.folder).free
        wanted = digest.size + self._store.least_free_bytes
        if free < wanted:
            command = f"boothd models import {quote(str(path.parent))}"
            facts = {"model": model.key, "file": target, "actual": free, "limit": wanted}
            raise ModelNotNow(_NO_SPACE, **facts, command=command)
        part = copy_part(path, target, TAG, digest)
        if is_missing:
            rename_noreplace(part, target)
        else:
            part.replace(target)
        fsync_dir(target.parent)


def _by_folder(path: Path, possible: list[Model], folder: Path) -> Model:
    """The one model whose key, or whose publisher's folder, is a folder above the file."""
    if len(possible) == 1:
        return possible[0]
    above = set(path.relative_to(folder.parent).parts[:-1])
    fitting = [
        model
        for model in possible
        if model.key in above or any(above & set(url.split("/")[3:-1]) for url in model.urls)
    ]
    if len(fitting) == 1:
        return fitting[0]
    keys = ", ".join(model.key for model in possible)
    command = f"boothd models import {quote(str(folder))}"
    raise ModelError(_AMBIGUOUS, file=path, candidates=keys, command=command)


def _files(folder: Path) -> Iterator[Path]:
    """Regular files below a folder, in order; a folder of too many is no folder of models."""
    walk = (Path(above) / name for above, _, names in os.walk(folder) for name in names)
    found = sorted(itertools.islice(walk, MOST_FILES + 1))
    if len(found) > MOST_FILES:
        msg = f"{folder}: more than {MOST_FILES} files"
        raise UsageError(msg)
    for path in found:
        if stat.S_ISREG(path.lstat().st_mode):
            yield path
