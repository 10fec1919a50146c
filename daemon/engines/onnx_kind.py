"""What an engine of an ONNX file is made of, and what records say of it, loaded or not.

ONNX Runtime is imported where it is asked what it can compute on, and not before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from daemon.engines.base import EngineFacts, runtime_version
from daemon.engines.offers import Setup, Weights
from daemon.engines.weights import StoredWeights

FP32: Final = "fp32"
CUDA_PROVIDER: Final = "CUDAExecutionProvider"
CPU_PROVIDER: Final = "CPUExecutionProvider"
ONNXRUNTIME, OPENCV = "onnxruntime", "cv2"
_DISTRIBUTIONS: Mapping[str, str] = {ONNXRUNTIME: "onnxruntime", OPENCV: "opencv-python"}

# Devices on which a session was asked for and not got: the provider is built in, but a library
# that it needs cannot be loaded. Records are written by other threads than the engines' owner.
_UNUSABLE: set[str] = set()


@dataclass(frozen=True, slots=True)
class Kind:
    """One engine.

    Attributes:
        name: What options and records call it.
        title: What its authors call it.
        models: Keys of the catalogue, the preferred one first; any one is enough.
        library: Import name of what computes.
        sizes_px: Model → the side it was exported for, where an engine uses one of each.
    """

    name: str
    title: str
    models: tuple[str, ...]
    library: str = ONNXRUNTIME
    sizes_px: Mapping[str, int] = field(default_factory=dict)

    def weights_of(self, weights: Weights) -> StoredWeights:
        """The one that is used of those that are there."""
        return next(weights[key] for key in self.models if key in weights)

    def used(self, weights: Weights) -> tuple[StoredWeights, ...]:
        """The files that are used of those that are there: one, or one for each side."""
        if not self.sizes_px:
            return (self.weights_of(weights),)
        by_side: dict[int, StoredWeights] = {}
        for key, side in self.sizes_px.items():
            if key in weights:
                by_side.setdefault(side, weights[key])
        return tuple(by_side[side] for side in sorted(by_side))


def onnx_facts(kind: Kind, weights: Weights, setup: Setup) -> EngineFacts:
    """An engine's facts.

    Args:
        kind: Which.
        weights: By model key.
        setup: How it is asked to compute; the facts say how it does.
    """
    used = kind.used(weights)
    device = device_of(kind.library, setup.device)
    details: dict[str, Any] = {
        "model": ", ".join(one.model for one in used),
        "precision": FP32,
    }
    if setup.precision != FP32:
        details["precision_note"] = f"{setup.precision} was asked for; this engine has fp32 only"
    if device != setup.device:
        runs = _DISTRIBUTIONS[kind.library]
        details["device_note"] = f"{setup.device} was asked for; this {runs} computes on the CPU"
    return EngineFacts(
        kind.name,
        runtime_version(_DISTRIBUTIONS[kind.library]),
        {one.path.name: one.sha256 for one in used},
        device,
        deterministic=device == "cpu",
        details=details,
    )


def device_of(library: str, asked: str) -> str:
    """Where a library computes that is asked to on a device; the CPU where it cannot there.

    Args:
        library: Import name.
        asked: ``cpu`` or ``cuda:N``.
    """
    if not asked.startswith("cuda") or library != ONNXRUNTIME or asked in _UNUSABLE:
        return "cpu"
    import onnxruntime  # noqa: PLC0415 - half a second, and only where there is a GPU

    return asked if CUDA_PROVIDER in onnxruntime.get_available_providers() else "cpu"


def mark_unusable(device: str) -> None:
    """Remember that no session could be had on a device; ``device_of`` says ``cpu`` from now on."""
    _UNUSABLE.add(device)
