"""What a record says of the engine, loaded or not; needs no tensor library."""

from __future__ import annotations

from typing import Final

from daemon.engines.base import EngineFacts
from daemon.engines.offers import Setup, Weights
from daemon.engines.torch_facts import float32_facts

NAME: Final = "eqface"
TITLE: Final = "EQ-Face"
BACKBONE, QUALITY = "gpen-eqface-backbone", "gpen-eqface-quality"
MODELS: Final = (BACKBONE, QUALITY)


def eqface_facts(weights: Weights, setup: Setup) -> EngineFacts:
    """Its facts.

    Args:
        weights: By model key, both.
        setup: How it computes.
    """
    return float32_facts(NAME, [weights[key] for key in MODELS], setup)
