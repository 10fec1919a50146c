"""EQ-Face as an engine that may be taken; imports no tensor library until it is."""

from __future__ import annotations

from typing import Any

from daemon.engines.eqface.facts import MODELS, NAME, eqface_facts
from daemon.engines.importing import importing
from daemon.engines.offers import Offer, Setup, Weights


def _load(weights: Weights, setup: Setup) -> Any:
    with importing(NAME, "torch"):
        from daemon.engines.eqface.adapter import EqFace  # noqa: PLC0415 - torch takes seconds
    return EqFace(weights, setup)


EQFACE_OFFER = Offer(NAME, MODELS, _load, eqface_facts, needs_all=True)
