"""Whether the engine that needs weights and torch is taken here, decided without loading it."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from daemon.config.model import Engines as Settings
from daemon.engines.rts.files import OFFICIAL, find_weights


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen.

    Attributes:
        weights: The weight file; ``None`` where the embedded engines do without it.
        note: Why not, for the record; empty where nobody asked and nothing is there.
    """

    weights: Path | None
    note: str = ""


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
    weights = find_weights(models)
    if weights is None:
        asked = settings.prefer == "gpu"
        return Choice(None, f"RTS: no weights in the model store ({OFFICIAL})" if asked else "")
    if importlib.util.find_spec("torch") is None:
        return Choice(None, "RTS: its weights are here, but torch is not: install the gpu extra")
    if device == "cpu" and settings.prefer == "auto":
        note = "RTS: its weights are here, but no GPU; engines.prefer: gpu takes it on the CPU"
        return Choice(None, note)
    return Choice(weights)
