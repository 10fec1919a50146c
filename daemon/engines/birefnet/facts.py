"""What records say of these engines, loaded or not, and of which models they are made.

Needs no tensor library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from daemon.engines.base import EngineFacts
from daemon.engines.offers import Setup, Weights
from daemon.engines.torch_facts import float32_facts

SIDE_PX: Final = 1024
"""What it was trained at, and is asked at. Source: BiRefNet config.py; RMBG-2.0's model card."""


@dataclass(frozen=True, slots=True)
class Training:
    """One training of the network.

    Attributes:
        name: What options and records call it; its model's key in the catalogue.
        title: What its authors call it.
    """

    name: str
    title: str


BIREFNET = Training("birefnet", "BiRefNet")
RMBG = Training("rmbg-2.0", "RMBG-2.0")


def birefnet_facts(training: Training, weights: Weights, setup: Setup) -> EngineFacts:
    """An engine's facts.

    Args:
        training: Which.
        weights: By model key.
        setup: How it is asked to compute; it does so in float32.
    """
    return float32_facts(training.name, [weights[training.name]], setup, ["torchvision"])
