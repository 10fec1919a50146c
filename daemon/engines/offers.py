"""The engines that need weights: which task each does, with which models, and how it is loaded.

A task's offers stand in the order in which ``auto`` takes them; where a factor of enlarging is
wanted, those of that factor come first. The modules behind them import a tensor library, so they
are imported only when one of them is loaded.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from daemon.config.model import Engines as Settings
from daemon.domain.sayings import Saying, joined, of_model, said_of, say, unavailable
from daemon.engines.base import EngineFacts
from daemon.engines.weights import StoredWeights, has_file, obtain
from daemon.errors import EngineUnavailable, ModelError

AUTO, EMBEDDED = "auto", "embedded"
TORCH = "torch"
_FACTOR = f"{AUTO}-x"

Weights = Mapping[str, StoredWeights]


def auto_for(factor: int) -> str:
    """``auto`` for a result so many times as large: engines of that factor before the others."""
    return f"{_FACTOR}{factor}"


def is_auto(asked: str) -> bool:
    """Whether no engine was asked for by its name."""
    return asked == AUTO or asked.startswith(_FACTOR)


@dataclass(frozen=True, slots=True)
class Setup:
    """How an engine is to compute.

    Attributes:
        device: ``cpu`` or ``cuda:N``.
        precision: As asked for; an engine that does otherwise says so in its facts.
        threads: CPU threads; 0 leaves the choice to the runtime.
        memory_mib: What a runtime with memory of its own may take of the card; 0: all of it.
            PyTorch is told once for the whole process (``daemon.engines.vram``).
    """

    device: str
    precision: str
    threads: int
    memory_mib: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """An engine that needs weights.

    Attributes:
        name: What options and records call it.
        models: Keys of the catalogue; any one of them is enough unless ``needs_all``, all that
            are there are handed over.
        load: Makes the engine of its weights.
        facts: What the record says of it; loads nothing.
        library: Import name of what computes; without it the engine is refused.
        device_of: Device of the worker → where the engine would compute there: ``auto`` does
            not take one that a GPU does not help.
        factor: How many times as large its pictures are; ``None``: it enlarges nothing.
        by_name_only: ``auto`` never takes it: it does what nobody wants unasked.
        needs_all: It computes with all of its models or not at all.
    """

    name: str
    models: tuple[str, ...]
    load: Callable[[Weights, Setup], Any]
    facts: Callable[[Weights, Setup], EngineFacts]
    library: str = TORCH
    device_of: Callable[[str], str] = str
    factor: int | None = None
    by_name_only: bool = False
    needs_all: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a task gets.

    Attributes:
        offer: ``None``: the embedded engine.
        weights: By model key.
        said: Why not another, for the record; empty where there is nothing to say.
    """

    offer: Offer | None
    weights: Weights = field(default_factory=dict)
    said: tuple[Saying, ...] = ()

    @property
    def note(self) -> str:
        """What is said, in English."""
        return joined(self.said)


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
        if asked == EMBEDDED or (is_auto(asked) and self.settings.prefer == EMBEDDED):
            return Chosen(None)
        if not is_auto(asked):
            offer = next((one for one in offers if one.name == asked), None)
            if offer is None:
                names = ", ".join(one.name for one in offers) or say("none")
                raise unavailable(say("no_such_engine", asked=asked, names=names), engine=asked)
            return self._taken(offer)
        return self._first_of(_in_order(offers, asked), asked)

    def _first_of(self, offers: Sequence[Offer], asked: str) -> Chosen:
        """The first that can be had, with what kept the ones before it from being taken."""
        notes: list[Saying] = []
        for offer in offers:
            if not any(has_file(self.store, key) for key in offer.models):
                continue
            try:
                chosen = self._taken(offer)
            except EngineUnavailable as error:
                notes.append(say("of_engine", engine=offer.name, why=said_of(error)))
                continue
            if self.settings.prefer == "gpu" or offer.device_of(self.device) != "cpu":
                said = (*notes, *chosen.said, *_other_factor(offer, offers, asked))
                return replace(chosen, said=said)
            is_cpu = self.device == "cpu"
            lacks = say("no_gpu") if is_cpu else say("on_cpu_only", library=offer.library)
            notes.append(say("of_engine", engine=offer.name, why=lacks))
            if is_cpu:
                break
        if not notes and self.settings.prefer == "gpu" and offers:
            wanted = offers[0]
            notes.append(say("of_engine", engine=wanted.name, why=_no_weights(wanted)))
        return Chosen(None, said=tuple(notes))

    def _taken(self, offer: Offer) -> Chosen:
        if importlib.util.find_spec(offer.library) is None:
            source = say("gpu_extra") if offer.library == TORCH else say("packages_again")
            lacks = say("library_missing", library=offer.library, source=source)
            raise unavailable(lacks, engine=offer.name)
        if self.store is None:
            raise unavailable(say("no_store"), engine=offer.name)
        missing = [key for key in offer.models if not has_file(self.store, key)]
        if missing and (offer.needs_all or len(missing) == len(offer.models)):
            raise unavailable(_no_weights(offer, missing), engine=offer.name)
        found: dict[str, StoredWeights] = {}
        first_problem: ModelError | None = None
        for key in offer.models:
            if key in missing:
                continue
            try:
                allow = self.settings.allow_noncommercial
                found[key] = obtain(self.store, key, allow_noncommercial=allow)
            except ModelError as error:
                first_problem = first_problem or error
        if first_problem is None:
            return Chosen(offer, found)
        if found and not offer.needs_all:
            return Chosen(offer, found, (say("left_out", why=_words(first_problem)),))
        cause = first_problem.code
        raise unavailable(_words(first_problem), engine=offer.name, cause=cause)


def _in_order(offers: Sequence[Offer], asked: str) -> Sequence[Offer]:
    """What ``auto`` may take, those of the wanted factor first."""
    free = [offer for offer in offers if not offer.by_name_only]
    return sorted(free, key=lambda offer: _is_other(offer, asked))


def _is_other(offer: Offer, asked: str) -> bool:
    return asked != AUTO and offer.factor is not None and asked != auto_for(offer.factor)


def _other_factor(offer: Offer, offers: Sequence[Offer], asked: str) -> tuple[Saying, ...]:
    """What a record says of an engine whose factor is not the wanted one."""
    if not _is_other(offer, asked):
        return ()
    wanted = asked.removeprefix(_FACTOR)
    fitting = next((one.models[0] for one in offers if not _is_other(one, asked)), None)
    other = say("other_factor", factor=offer.factor, wanted=wanted)
    if fitting is None:
        return (other,)
    return (say("mended_by", what=other, command=_pull(fitting)),)


def _no_weights(offer: Offer, missing: Sequence[str] = ()) -> Saying:
    """What lacks, and the command that brings it; no ``missing``: everything does."""
    if not offer.needs_all:
        return say("no_weights", command=_pull(offer.models[0]))
    absent = missing or offer.models
    command = _pull(*absent)
    if len(absent) == len(offer.models):
        return say("no_weights", command=command)
    return say("no_weights_for", missing=", ".join(absent), command=command)


def _pull(*models: str) -> str:
    return f"boothd models pull {' '.join(models)}"


def _words(problem: ModelError) -> Saying:
    return of_model(problem.facts.get("model"), problem.code, problem.facts.get("command"))
