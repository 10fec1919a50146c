"""The model store for people: what is there, whether it is right, and under which terms.

Nothing here fetches anything (``daemon.services.models_pull`` does, when a person says so).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from daemon.catalogue.models import model_book
from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.models import Model, ModelBook, ModelLicence
from daemon.errors import ModelError
from daemon.files.atomic import part_path
from daemon.files.model_store import (
    Accepted,
    Found,
    alone_in,
    complaint,
    examine,
    is_accepted,
    look,
    mending,
    read_lock,
    recorded_now,
    terms_sum,
    write_lock,
)
from daemon.files.resumable import TAG

_UNKNOWN, _NONCOMMERCIAL = "MODEL_UNKNOWN", "MODEL_NONCOMMERCIAL"
_NOT_ACCEPTED = "LICENCE_NOT_ACCEPTED"
_MIB = 1 << 20


class ModelStore:
    """The booth's weight files.

    Args:
        config: The whole configuration.
        clock: Time.
        book: The catalogue; that of the package unless a test brings its own.
    """

    def __init__(self, config: Config, clock: Clock, book: ModelBook | None = None) -> None:
        self.folder: Path = config.layout.models
        self.book = book or model_book()
        self.clock = clock
        self.least_free_bytes = config.retention.min_free_mib * _MIB
        self._allow_noncommercial = config.engines.allow_noncommercial

    def model(self, key: str) -> Model:
        """The model of that key.

        Raises:
            ModelError: ``MODEL_UNKNOWN``.
        """
        if key not in self.book.models:
            near = difflib.get_close_matches(key, self.book.models, n=1)
            raise ModelError(_UNKNOWN, model=key, near=near[0] if near else None)
        return self.book.models[key]

    def models(self, keys: Sequence[str]) -> list[Model]:
        """Those models; all of them where none is named."""
        if not keys:
            return list(self.book.models.values())
        return [self.model(key) for key in dict.fromkeys(keys)]

    def standings(self, keys: Sequence[str] = ()) -> list[Found]:
        """How models stand, without reading their files."""
        lock = read_lock(self.folder)
        return [look(self.folder, model, lock) for model in self.models(keys)]

    def verify(self, keys: Sequence[str] = ()) -> Iterator[Found]:
        """Read files to the end and hold them against their sums; the missing are told, too.

        A sum that nobody publishes and that was never seen is recorded.
        """
        models = self.models(keys)
        with alone_in(self.folder):
            for model in models:
                found = examine(self.folder, model, read_lock(self.folder))
                self.record(found, "found")
                yield found

    def path_of(self, key: str) -> Path:
        """Where a usable file lies.

        Raises:
            ModelError: There is none; says which command mends it.
        """
        (found,) = self.standings([key])
        if not found.is_usable:
            raise self.complaint(found)
        return found.path

    def record(self, found: Found, source: str) -> None:
        """Keep a sum that was just read; only under ``alone_in``.

        One that differs from a sum which only we recorded is not kept: it would take its place.
        """
        lock = read_lock(self.folder)
        if not found.is_read or not (found.is_usable or found.model.sha256):
            return
        kept = lock.files.get(found.model.key)
        if kept is not None and source == "found":
            source = kept.source
        row = recorded_now(found.path, found.sha256, self.clock.now_ms(), source)
        write_lock(self.folder, lock.with_file(found.model.key, row))

    def complaint(self, found: Found) -> ModelError:
        """What is wrong with a file, with the command that mends it."""
        return complaint(found, read_lock(self.folder))

    def part_bytes(self, model: Model) -> int:
        """How much of a file an interrupted fetch has left."""
        if model.is_folder:
            return 0
        try:
            return part_path(self.folder / model.place, TAG).stat().st_size
        except OSError:
            return 0

    # ── terms ─────────────────────────────────────────────────────────────────────────────

    def unaccepted(self, models: Iterable[Model]) -> list[ModelLicence]:
        """Licences of these models that nobody accepted as they read now."""
        lock = read_lock(self.folder)
        wanted = {model.licence.key: model.licence for model in models}
        return [licence for licence in wanted.values() if not is_accepted(licence, lock)]

    def allow(self, model: Model, accepting: str = "", command: str = "") -> None:
        """Let a model in, or say why not; only under ``alone_in``.

        Args:
            model: Which.
            accepting: Login name of whoever accepts its licence now; empty: nobody.
            command: What accepts it; fetching it, unless another is given.

        Raises:
            ModelError: ``MODEL_NONCOMMERCIAL`` or ``LICENCE_NOT_ACCEPTED``.
        """
        licence = model.licence
        if licence.is_noncommercial and not self._allow_noncommercial:
            raise ModelError(_NONCOMMERCIAL, model=model.key, licence=licence.name)
        lock = read_lock(self.folder)
        if is_accepted(licence, lock):
            return
        if not accepting:
            command = command or mending(model, replacing=False)
            facts = {"model": model.key, "licence": licence.name}
            raise ModelError(_NOT_ACCEPTED, **facts, command=f"{command} --accept-licence")
        accepted = Accepted(self.clock.now_ms(), accepting, terms_sum(licence))
        write_lock(self.folder, lock.with_licence(licence.key, accepted))

    # ── for programs ──────────────────────────────────────────────────────────────────────

    def as_json(self, found: Found) -> dict[str, Any]:
        """A model and its standing as JSON values."""
        model, licence = found.model, found.model.licence
        lock = read_lock(self.folder)
        return {
            "key": model.key,
            "state": str(found.standing),
            "code": found.code or None,
            "path": str(found.path),
            "bytes": found.size,
            "partial_bytes": self.part_bytes(model),
            "expected_bytes": model.size_bytes,
            "sha256": found.sha256 or None,
            "published_sha256": model.sha256 or None,
            "is_checked": found.is_read,
            "licence": licence.key,
            "licence_name": licence.name,
            "licence_accepted": is_accepted(licence, lock),
            "commercial_use": str(licence.commercial),
            "noncommercial": licence.is_noncommercial,
            "purpose": model.purpose,
            "architecture": model.architecture,
            "framework": model.framework,
        }
