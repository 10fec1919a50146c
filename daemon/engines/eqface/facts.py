"""What a record says of the engine, loaded or not; needs no tensor library."""

from __future__ import annotations

from typing import Any, Final

from daemon.engines.base import EngineFacts, runtime_version
from daemon.engines.offers import Setup, Weights

NAME: Final = "eqface"
TITLE: Final = "EQ-Face"
FP32: Final = "fp32"
BACKBONE, QUALITY = "gpen-eqface-backbone", "gpen-eqface-quality"
MODELS: Final = (BACKBONE, QUALITY)


def eqface_facts(weights: Weights, setup: Setup) -> EngineFacts:
    """Its facts.

    Args:
        weights: By model key, both.
        setup: How it computes.
    """
    used = [weights[key] for key in MODELS]
    details: dict[str, Any] = {"model": " + ".join(MODELS), "precision": FP32}
    if setup.precision != FP32:
        details["precision_note"] = f"{setup.precision} was asked for; this engine has fp32 only"
    return EngineFacts(
        NAME,
        runtime_version("torch"),
        {one.path.name: one.sha256 for one in used},
        setup.device,
        deterministic=setup.device == "cpu",
        details=details,
    )
