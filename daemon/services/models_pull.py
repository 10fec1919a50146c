"""Fetching weight files: several mirrors in turn, on behind what is here, held to their sums."""

from __future__ import annotations

import errno
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from shlex import quote
from urllib.parse import urlsplit

from daemon.domain.models import Model, Standing
from daemon.errors import ModelError, ModelNotNow
from daemon.files.digest import CHUNK
from daemon.files.model_store import Found, alone_in, examine, expected_sum, mending, read_lock
from daemon.files.resumable import Origin, ResumablePart
from daemon.net.fetching import Download, NotFetchedError, Rules, Trouble, Wish, fetching
from daemon.services.models import ModelStore

# The largest single file of the catalogue has about 24 GB; nobody states its exact length.
MOST_BYTES = 40 * 10**9
# Tries at one address; one that brings this much makes them begin anew.
MOST_TRIES = 3
GAIN_BYTES = 1 << 20

_AGAIN = frozenset({Trouble.CUT, Trouble.RANGE})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_WRONG, _FOREIGN, _NO_SPACE = "MODEL_WRONG_SUM", "MODEL_FOREIGN_FILE", "MODEL_NO_SPACE"
_UNREACHABLE, _ARCHIVE = "MODEL_UNREACHABLE", "archive:"

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Fetched:
    """How a model came to be here.

    Attributes:
        found: How it stands now.
        source: Address, or archive, it came from; empty: it was here already.
        resumed_from: Bytes that were here from an earlier try.
        replaced: A file that was not the right one went away.
        is_first_sum: Its sum is recorded now and was known to nobody before.
    """

    found: Found
    source: str = ""
    resumed_from: int = 0
    replaced: bool = False
    is_first_sum: bool = False


class _WrongSumError(Exception):
    """A whole file came, and it is another one."""

    def __init__(self, sha256: str) -> None:
        super().__init__(sha256)
        self.sha256 = sha256


def _quiet(_done: int, _total: int | None) -> None:
    pass


class Puller:
    """Fetches models into a store.

    Args:
        store: Where to.
        rules: Time limits and the proxy.
        on_progress: Told bytes done, and of how many.
    """

    def __init__(self, store: ModelStore, rules: Rules, on_progress: Progress = _quiet) -> None:
        self._store = store
        self._rules = rules
        self._on_progress = on_progress

    def pull(self, key: str, *, accepting: str = "", replacing: bool = False) -> Fetched:
        """Have a model here, whole and right.

        Args:
            key: Which.
            accepting: Login name of whoever accepts its licence now; empty: nobody.
            replacing: A wrong file may go away, and a sum that only we recorded be forgotten.

        Raises:
            ModelError: It may not be fetched, or something else is in its place.
            ModelNotNow: No mirror, no room, or somebody else at it.
        """
        model = self._store.model(key)
        with alone_in(self._store.folder):
            self._store.allow(model, accepting)
            return self._have(model, replacing=replacing)

    def _have(self, model: Model, *, replacing: bool) -> Fetched:
        store, lock = self._store, read_lock(self._store.folder)
        found = examine(store.folder, model, lock)
        if found.is_usable:
            store.record(found, "found")
            return Fetched(found)
        is_missing = found.standing is Standing.MISSING
        if model.is_folder or (not is_missing and (not replacing or found.code == _FOREIGN)):
            raise store.complaint(found)
        wanted = model.sha256 if replacing else expected_sum(model, lock)
        with ResumablePart(found.path, model.key) as part:
            try:
                source = self._fill(part, model, wanted)
                self._publish(part, model, replacing=not is_missing)
            except OSError as error:
                if error.errno in _FULL:
                    raise self._no_space(model, part, 0) from error
                raise
            digest, resumed_from = part.digest, part.kept
        standing = Standing.PRESENT if model.sha256 else Standing.UNVERIFIED
        made = Found(model, standing, found.path, digest.size, digest.sha256, is_read=True)
        store.record(made, source)
        return Fetched(
            made,
            source,
            resumed_from=resumed_from,
            replaced=not is_missing,
            is_first_sum=not wanted,
        )

    def _publish(self, part: ResumablePart, model: Model, *, replacing: bool) -> None:
        try:
            part.publish(replacing=replacing)
        except FileExistsError as error:
            # What was not there a moment ago, or a link that leads nowhere.
            file = error.filename2 or error.filename
            facts = {"model": model.key, "file": file, "command": f"rm {quote(str(file))}"}
            raise ModelError(_FOREIGN, **facts) from error

    def _fill(self, part: ResumablePart, model: Model, wanted: str) -> str:
        could_be_whole = part.size > 0 and model.size_bytes in {None, part.size}
        if wanted and could_be_whole and part.digest.sha256 == wanted:
            return "" if part.origin is None else part.origin.url  # killed just before the rename
        if model.archive:
            return self._unpack(part, model)
        return self._from_mirrors(part, model, wanted)

    # ── the network ───────────────────────────────────────────────────────────────────────

    def _from_mirrors(self, part: ResumablePart, model: Model, wanted: str) -> str:
        troubles, wrong = [], ""
        for url in model.urls:
            try:
                self._from_mirror(url, part, model, wanted)
            except NotFetchedError as error:
                troubles.append(f"{urlsplit(url).hostname}: {error}")
            except _WrongSumError as error:
                wrong = error.sha256
                troubles.append(f"{urlsplit(url).hostname}: sha256 {wrong}")
            else:
                return url
        facts = {"model": model.key, "file": part.path, "detail": "; ".join(troubles)}
        if wrong:
            # A published sum is never overruled: only the right file helps.
            command = "boothd models import DIR" if model.sha256 else mending(model, replacing=True)
            raise ModelError(_WRONG, **facts, actual=wrong, limit=wanted, command=command)
        raise ModelNotNow(_UNREACHABLE, **facts, command=mending(model, replacing=False))

    def _from_mirror(self, url: str, part: ResumablePart, model: Model, wanted: str) -> None:
        """Everything from one address, in as many tries as it takes while it goes on."""
        tries, is_mixed, is_second = 0, False, False
        while True:
            before = part.size
            try:
                is_mixed = self._once(url, part, model, wanted) or is_mixed
            except NotFetchedError as error:
                tries = 1 if part.size - before >= GAIN_BYTES else tries + 1
                is_over = error.trouble not in _AGAIN or tries >= MOST_TRIES
                if is_over or (error.trouble is Trouble.RANGE and is_second):
                    raise
                if error.trouble is Trouble.RANGE:
                    is_second = True
                    part.cut(0)
                is_mixed = part.size > 0
                continue
            found = part.digest.sha256
            if not wanted or found == wanted:
                return
            part.cut(0)
            if not is_mixed or is_second:
                raise _WrongSumError(found)
            # What was here before may be to blame: once more, all of it from here.
            is_second, is_mixed = True, False

    def _once(self, url: str, part: ResumablePart, model: Model, wanted: str) -> bool:
        """One request; whether it went on behind bytes that were here."""
        start = _start(url, part, model, wanted)
        is_same = part.origin is not None and part.origin.url == url
        validator = part.origin.validator if part.origin is not None and is_same else ""
        wish = Wish(start, validator)
        most = model.size_bytes or MOST_BYTES
        with fetching(url, wish, self._rules, self._store.clock) as download:
            _refuse_size(model, download, most)
            if not (wanted or model.size_bytes or download.has_end):
                # One that breaks off would be taken for whole, and its sum for the right one.
                raise NotFetchedError(Trouble.PROTOCOL, "no length")
            part.cut(download.start)
            self._refuse_full(model, part, download)
            part.begin(Origin(url, download.validator, part.size))
            total = download.total or model.size_bytes
            for piece in download.pieces():
                if part.size + len(piece) > most:
                    part.cut(0)
                    raise NotFetchedError(Trouble.PROTOCOL, f"more than {most} bytes")
                part.append(piece)
                self._on_progress(part.size, total)
            if total is not None and part.size != total:
                raise NotFetchedError(Trouble.CUT, f"{part.size} bytes")
            return download.start > 0

    def _refuse_full(self, model: Model, part: ResumablePart, download: Download) -> None:
        wanted = (download.total or model.size_bytes or 0) - part.size
        if shutil.disk_usage(part.path.parent).free < wanted + self._store.least_free_bytes:
            raise self._no_space(model, part, wanted)

    def _no_space(self, model: Model, part: ResumablePart, wanted: int) -> ModelNotNow:
        return ModelNotNow(
            _NO_SPACE,
            model=model.key,
            file=part.path,
            actual=shutil.disk_usage(part.path.parent).free,
            limit=wanted + self._store.least_free_bytes,
            command=mending(model, replacing=False),
        )

    # ── archives ──────────────────────────────────────────────────────────────────────────

    def _unpack(self, part: ResumablePart, model: Model) -> str:
        """Take a file out of its zip, which is fetched first and held to its own sum."""
        outer = self._have(self._store.model(model.archive), replacing=False).found
        part.cut(0)
        most = model.size_bytes or MOST_BYTES
        try:
            with zipfile.ZipFile(outer.path) as archive:
                (member,) = (each for each in archive.infolist() if _name(each) == model.name)
                with archive.open(member) as reader:
                    while part.size <= most and (chunk := reader.read(CHUNK)):
                        part.append(chunk)
                        self._on_progress(part.size, member.file_size)
            found = part.digest.sha256
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            found = f"{outer.path.name}: {type(error).__name__}"
        if found != model.sha256:
            part.cut(0)
            command = mending(outer.model, replacing=True)
            facts = {"model": model.key, "file": outer.path, "command": command}
            raise ModelError(_WRONG, **facts, actual=found, limit=model.sha256)
        return f"{_ARCHIVE}{model.archive}"


def _name(member: zipfile.ZipInfo) -> str:
    return "" if member.is_dir() else PurePosixPath(member.filename).name


def _start(url: str, part: ResumablePart, model: Model, wanted: str) -> int:
    """Behind which byte to go on."""
    origin = part.origin
    if part.size >= (model.size_bytes or MOST_BYTES):
        return 0
    if wanted:
        return part.size
    if origin is not None and origin.url == url and origin.validator:
        return min(origin.synced, part.size)
    return 0


def _refuse_size(model: Model, download: Download, most: int) -> None:
    total = download.total
    if total is None:
        return
    if total > most or (model.size_bytes is not None and total != model.size_bytes):
        raise NotFetchedError(Trouble.PROTOCOL, f"{total} bytes")
