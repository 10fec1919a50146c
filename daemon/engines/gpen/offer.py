"""GPEN as an engine that may be taken; imports no tensor library until it is."""

from __future__ import annotations

from typing import Any

from daemon.engines.gpen.facts import NAME, SIZES_PX, gpen_facts
from daemon.engines.importing import importing
from daemon.engines.offers import Offer, Setup, Weights


def _load(weights: Weights, setup: Setup) -> Any:
    with importing(NAME, "torch"):
        from daemon.engines.gpen.adapter import Gpen  # noqa: PLC0415 - torch takes seconds
    return Gpen(weights, setup)


GPEN_OFFER = Offer(NAME, tuple(SIZES_PX), _load, gpen_facts)
