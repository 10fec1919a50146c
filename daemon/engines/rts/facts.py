"""What a record says of the engine, loaded or not; needs no tensor library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from daemon.domain.sayings import noted, say
from daemon.engines.base import EngineFacts, runtime_version
from daemon.engines.rts.calibration import Basis, Calibration, kept
from daemon.engines.rts.files import digest_of_weights

NAME = "rts-512"
FP32, FP16 = "fp32", "fp16"


def rts_facts(
    weights: Path, *, device: str, precision: str, calibration: Calibration | None = None
) -> EngineFacts:
    """Its facts.

    Args:
        weights: The checkpoint.
        device: ``cpu`` or ``cuda:N``.
        precision: As it was asked for.
        calibration: Of the loaded engine; else the one that lies beside the weights.
    """
    digest = digest_of_weights(weights)
    used = used_precision(device, precision)
    calibration = calibration or kept(weights, Basis(digest, used, device.partition(":")[0]))
    details: dict[str, Any] = {"precision": used}
    if used != precision:
        if device == "cpu":
            details |= noted([say("cpu_precision", asked=precision, used=used)])
        else:
            details |= noted([say("network_precision", asked=precision, used=used)])
    if calibration is not None:
        details["calibration"] = calibration.as_json()
    return EngineFacts(
        NAME,
        runtime_version("torch"),
        {weights.name: digest},
        device,
        deterministic=device == "cpu",
        details=details,
    )


def used_precision(device: str, asked: str) -> str:
    """What is computed in, for what was asked; bf16 was never tried with this network."""
    return FP16 if asked == FP16 and device.startswith("cuda") else FP32
