"""What records say of these engines, loaded or not, and of which models they are made.

Needs no tensor library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from daemon.engines.base import EngineFacts, runtime_version
from daemon.engines.offers import Setup, Weights

FP32: Final = "fp32"
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
    used = weights[training.name]
    details: dict[str, Any] = {
        "model": used.model,
        "precision": FP32,
        "packages": [runtime_version("torchvision")],
    }
    if setup.precision != FP32:
        details["precision_note"] = f"{setup.precision} was asked for; this engine has fp32 only"
    return EngineFacts(
        training.name,
        runtime_version("torch"),
        {used.path.name: used.sha256},
        setup.device,
        deterministic=setup.device == "cpu",
        details=details,
    )
