"""The engines that need weights: which task each does, with which models, and how it is loaded.

A task's offers stand in the order in which ``auto`` takes them. The modules behind them import a
tensor library, so they are imported only when one of them is loaded.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daemon.config.model import Engines as Settings
from daemon.engines.base import EngineFacts
from daemon.engines.weights import StoredWeights, has_file, obtain
from daemon.errors import EngineUnavailable, ModelError

AUTO, EMBEDDED = "auto", "embedded"
TORCH = "torch"

Weights = Mapping[str, StoredWeights]


@dataclass(frozen=True, slots=True)
class Setup:
    """How an engine is to compute.

    Attributes:
        device: ``cpu`` or ``cuda:N``.
        precision: As asked for; an engine that does otherwise says so in its facts.
        threads: CPU threads; 0 leaves the choice to the runtime.
    """

    device: str
    precision: str
    threads: int


@dataclass(frozen=True, slots=True)
class Offer:
    """An engine that needs weights.

    Attributes:
        name: What options and records call it.
        models: Keys of the catalogue; any one of them is enough, all that are there are handed
            over.
        load: Makes the engine of its weights.
        facts: What the record says of it; loads nothing.
        library: Import name of what computes; without it the engine is refused.
        device_of: Device of the worker → where the engine would compute there: ``auto`` does
            not take one that a GPU does not help.
    """

    name: str
    models: tuple[str, ...]
    load: Callable[[Weights, Setup], Any]
    facts: Callable[[Weights, Setup], EngineFacts]
    library: str = TORCH
    device_of: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a task gets.

    Attributes:
        offer: ``None``: the embedded engine.
        weights: By model key.
        note: Why not another, for the record; empty where there is nothing to say.
    """

    offer: Offer | None
    weights: Weights = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chooser:
    """Takes an offer or leaves it.

    ``auto`` takes one where its weights verify and a GPU is there; ``engines.prefer: gpu`` takes
    it on the CPU too; an engine asked for by its name is taken, or refused with the reason.

    Attributes:
        settings: The ``engines`` section.
        device: ``cpu`` or ``cuda:N``, as the worker found it.
        store: The model store.
    """

    settings: Settings
    device: str
    store: Path | None

    def choose(self, offers: tuple[Offer, ...], asked: str = AUTO) -> Chosen:
        """One of a task's offers.

        Raises:
            EngineUnavailable: It was asked for by its name and cannot be had; says which command
                mends it.
        """
        if asked == EMBEDDED or (asked == AUTO and self.settings.prefer == EMBEDDED):
            return Chosen(None)
        if asked != AUTO:
            offer = next((one for one in offers if one.name == asked), None)
            if offer is None:
                names = ", ".join(one.name for one in offers) or "none"
                message = f"there is no engine {asked!r} for this task; there are {names}"
                raise EngineUnavailable(message, engine=asked)
            return self._taken(offer)
        notes = []
        for offer in offers:
            if not any(has_file(self.store, key) for key in offer.models):
                continue
            try:
                chosen = self._taken(offer)
            except EngineUnavailable as error:
                notes.append(f"{offer.name}: {error}")
                continue
            if self.settings.prefer == "gpu" or offer.device_of(self.device) != "cpu":
                return chosen
            lacks = "no GPU" if self.device == "cpu" else f"{offer.library} computes on the CPU"
            notes.append(
                f"{offer.name}: its weights are here, but {lacks}; engines.prefer: gpu takes "
                "it on the CPU"
            )
            if self.device == "cpu":
                break
        if not notes and self.settings.prefer == "gpu" and offers:
            wanted = offers[0]
            notes.append(
                f"{wanted.name}: no weights in the model store (boothd models pull "
                f"{wanted.models[0]})"
            )
        return Chosen(None, note="; ".join(notes))

    def _taken(self, offer: Offer) -> Chosen:
        if importlib.util.find_spec(offer.library) is None:
            whence = "the gpu extra" if offer.library == TORCH else "the booth's packages again"
            raise _refused(offer, f"{offer.library} is not installed: install {whence}")
        if self.store is None:
            raise _refused(offer, "there is no model store")
        found: dict[str, StoredWeights] = {}
        first_problem: ModelError | None = None
        for key in offer.models:
            if not has_file(self.store, key):
                continue
            try:
                allow = self.settings.allow_noncommercial
                found[key] = obtain(self.store, key, allow_noncommercial=allow)
            except ModelError as error:
                first_problem = first_problem or error
        if found:
            return Chosen(offer, found, _left_out(first_problem))
        raise _unavailable(offer, first_problem)


def _left_out(problem: ModelError | None) -> str:
    return "" if problem is None else f"left out: {_words(problem)}"


def _unavailable(offer: Offer, problem: ModelError | None) -> EngineUnavailable:
    if problem is None:
        command = f"boothd models pull {offer.models[0]}"
        return _refused(offer, f"no weights in the model store ({command})")
    return _refused(offer, _words(problem), cause=problem.code)


def _refused(offer: Offer, why: str, **facts: object) -> EngineUnavailable:
    return EngineUnavailable(why, engine=offer.name, **facts)


def _words(problem: ModelError) -> str:
    model, command = problem.facts.get("model"), problem.facts.get("command")
    mend = f" ({command})" if command else ""
    return f"{model}: {problem.code}{mend}"
