"""The doctor at the model store: which weights are there, and what keeps one from use."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from daemon.config.model import Config
from daemon.domain.models import Standing
from daemon.errors import ModelError
from daemon.services.engine_facts import BY_NAME_ONLY, NEED_ALL, WEIGHTS_OF
from daemon.services.model_shelf import Shelved, shelf_of


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to be said, in no language yet.

    Attributes:
        level: ``ok``, ``warn`` or ``error``.
        key: Of the sentence.
        facts: What it names.
    """

    level: str
    key: str
    facts: Mapping[str, object]


def remarks_on_models(config: Config) -> Iterator[Remark]:
    """What is to be said of every model that lies in the store, and of what is asked for in vain.

    Args:
        config: The whole configuration.
    """
    try:
        shelved = shelf_of(config)
    except ModelError as error:
        yield Remark("error", "models.lock", {"path": error.facts["file"]})
        return
    for one in shelved:
        if one.is_there:
            yield _remark_on(one)
    ready = [one for one in shelved if one.uses and not one.obstacle]
    if ready and importlib.util.find_spec("torch") is None:
        yield Remark("warn", "models.torch", {"count": len(ready)})
    if config.engines.prefer == "gpu":
        keys = {one.found.model.key for one in ready}
        left = [task for task, engines in WEIGHTS_OF.items() if not _can_be_done(engines, keys)]
        if left:
            yield Remark("warn", "models.asked", {"tasks": ", ".join(left)})


def _can_be_done(engines: Mapping[str, tuple[str, ...]], ready: set[str]) -> bool:
    """Whether one of a task's engines has the models it needs, without being asked for by name."""
    return any(
        ready.issuperset(models) if name in NEED_ALL else not ready.isdisjoint(models)
        for name, models in engines.items()
        if name not in BY_NAME_ONLY
    )


def _remark_on(one: Shelved) -> Remark:
    model = one.found.model
    facts: dict[str, object] = {"model": model.key, "licence": model.licence.name}
    if not one.uses:
        return Remark("ok", "model.unused", facts)
    facts["engines"] = ", ".join(dict.fromkeys(use.engine for use in one.uses))
    if one.obstacle == "MODEL_NONCOMMERCIAL":
        return Remark("warn", "model.barred", facts)
    if one.obstacle == "LICENCE_NOT_ACCEPTED":
        return Remark("warn", "model.terms", {**facts, "command": one.command})
    if one.obstacle:
        wrong = {**facts, "path": one.found.path, "command": one.command, "code": one.obstacle}
        return Remark("warn", "model.wrong", wrong)
    is_proven = one.found.standing is Standing.PRESENT
    return Remark("ok", "model.verified" if is_proven else "model.unverified", facts)
