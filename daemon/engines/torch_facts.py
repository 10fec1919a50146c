"""What records say of an engine on PyTorch that computes in float32 alone; imports no PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from daemon.engines.base import EngineFacts, runtime_version
from daemon.engines.offers import Setup
from daemon.engines.precision import FP32
from daemon.engines.weights import StoredWeights


def float32_facts(
    name: str, used: Sequence[StoredWeights], setup: Setup, packages: Sequence[str] = ()
) -> EngineFacts:
    """An engine's facts.

    Args:
        name: What options and records call it.
        used: Its files.
        setup: How it is asked to compute; it does so in float32.
        packages: Distributions with code of its network.
    """
    details: dict[str, Any] = {
        "model": " + ".join(one.model for one in used),
        "precision": FP32,
    }
    if packages:
        details["packages"] = [runtime_version(package) for package in packages]
    if setup.precision != FP32:
        details["precision_note"] = f"{setup.precision} was asked for; this engine has fp32 only"
    return EngineFacts(
        name,
        runtime_version("torch"),
        {one.path.name: one.sha256 for one in used},
        setup.device,
        deterministic=setup.device == "cpu",
        details=details,
    )
