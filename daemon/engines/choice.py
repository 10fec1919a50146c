"""Whether the engine that needs weights and torch is taken here, decided without loading it."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from daemon.config.model import Engines as Settings
from daemon.domain.sayings import Saying, joined, say
from daemon.engines.rts.files import OFFICIAL, find_weights


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen.

    Attributes:
        weights: The weight file; ``None`` where the embedded engines do without it.
        said: Why not, for the record; empty where nobody asked and nothing is there.
    """

    weights: Path | None
    said: tuple[Saying, ...] = ()

    @property
    def note(self) -> str:
        """What is said, in English."""
        return joined(self.said)


def choose_assessor(settings: Settings, device: str, models: Path | None) -> Choice:
    """Take RTS or leave it.

    ``auto`` takes it where its weights and a GPU are there; ``gpu`` takes it on the CPU too.

    Args:
        settings: The ``engines`` section.
        device: ``cpu`` or ``cuda:N``, as the worker found it.
        models: The model store.
    """
    if settings.prefer == "embedded":
        return Choice(None)
    weights, is_gpu_wanted = find_weights(models), settings.prefer == "gpu"
    if weights is None:
        return _without(say("no_weights", command=OFFICIAL)) if is_gpu_wanted else Choice(None)
    if importlib.util.find_spec("torch") is None:
        return _without(say("no_torch"))
    if device == "cpu" and settings.prefer == "auto":
        return _without(say("no_gpu"))
    return Choice(weights)


def _without(why: Saying) -> Choice:
    return Choice(None, (say("of_engine", engine="RTS", why=why),))
