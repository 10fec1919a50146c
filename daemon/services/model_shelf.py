"""What the model store holds for the engines of this version, and what keeps a file from use.

Files are judged by name, length, time and what was recorded of them; none is read here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daemon.catalogue.models import model_book
from daemon.config.model import Config
from daemon.domain.models import ModelBook, Standing
from daemon.files.model_store import Found, is_accepted, look, mending, read_lock
from daemon.services.engine_facts import FOUND_OTHERWISE, WEIGHTS_OF


@dataclass(frozen=True, slots=True)
class Use:
    """An engine that takes a model.

    Attributes:
        task: What it does.
        engine: Its name in options and records.
    """

    task: str
    engine: str


@dataclass(frozen=True, slots=True)
class Shelved:
    """A model as the engines find it.

    Attributes:
        found: How its file stands.
        uses: Engines that take it; empty: none of this version.
        is_accepted: Somebody accepted its licence in the words it has now.
        is_barred: Its licence forbids business use, and ``engines.allow_noncommercial`` is off.
    """

    found: Found
    uses: tuple[Use, ...]
    is_accepted: bool
    is_barred: bool

    @property
    def is_there(self) -> bool:
        """Something lies where its file belongs."""
        return self.found.standing is not Standing.MISSING

    @property
    def obstacle(self) -> str:
        """Code of what keeps it from being used; empty: nothing that is known without reading."""
        if self.is_there and self.is_barred:
            return "MODEL_NONCOMMERCIAL"
        if not self.found.is_usable:
            return self.found.code
        return "" if self.is_accepted else "LICENCE_NOT_ACCEPTED"

    @property
    def command(self) -> str:
        """What a person runs to have it in order; empty: nothing to do, or no command helps."""
        if not self.obstacle or self.is_barred or not self.uses:
            return ""
        is_replacing = self.is_there and not self.found.is_usable
        command = mending(self.found.model, replacing=is_replacing)
        return command if self.is_accepted else f"{command} --accept-licence"


def shelf_of(config: Config, book: ModelBook | None = None) -> list[Shelved]:
    """Every model that an engine takes, task by task, then whatever else lies in the store.

    Args:
        config: The whole configuration.
        book: The catalogue; that of the package unless a test brings its own.

    Raises:
        ModelError: ``MODEL_LOCK_DAMAGED``.
    """
    models, store = (book or model_book()).models, config.layout.models
    lock = read_lock(store)
    uses = _uses()
    wanted = [key for key in uses if key in models]
    shelved = []
    for key in [*wanted, *(key for key in models if key not in uses)]:
        model = models[key]
        one = Shelved(
            found=look(store, model, lock),
            uses=tuple(uses.get(key, ())),
            is_accepted=is_accepted(model.licence, lock),
            is_barred=model.licence.is_noncommercial and not config.engines.allow_noncommercial,
        )
        if key != FOUND_OTHERWISE and (one.uses or one.is_there):
            shelved.append(one)
    return shelved


def _uses() -> Mapping[str, Sequence[Use]]:
    """Model → engines that take it, in the order of tasks and engines."""
    uses: dict[str, list[Use]] = {}
    for task, engines in WEIGHTS_OF.items():
        for engine, keys in engines.items():
            for key in keys:
                uses.setdefault(key, []).append(Use(task, engine))
    return uses
