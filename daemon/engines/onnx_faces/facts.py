"""What records say of these engines, loaded or not, and of which models they are made.

ONNX Runtime is imported where it is asked what it can compute on, and not before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    """One of the engines.

    Attributes:
        name: What options and records call it.
        title: What its authors call it.
        models: Keys of the catalogue, the preferred one first; any one is enough.
        library: Import name of what computes.
    """

    name: str
    title: str
    models: tuple[str, ...]
    library: str = ONNXRUNTIME

    def weights_of(self, weights: Weights) -> StoredWeights:
        """The one that is used of those that are there."""
        return next(weights[key] for key in self.models if key in weights)


# The side in pixels that each file was exported for; of one side the first is used.
GPEN_SIZES_PX: Mapping[str, int] = {
    "gpen-bfr-512-onnx": 512,
    "gpen-bfr-512-onnx-reactor": 512,
    "gpen-bfr-256-onnx": 256,
    "gpen-bfr-1024-onnx": 1024,
    "gpen-bfr-2048-onnx": 2048,
}
GPEN = Kind("gpen-onnx", "GPEN", tuple(GPEN_SIZES_PX))
GFPGAN = Kind("gfpgan-onnx", "GFPGAN", ("gfpgan-1.4-onnx",))
RESTOREFORMER = Kind("restoreformer-onnx", "RestoreFormer", ("restoreformer-pp-onnx",))
CODEFORMER = Kind("codeformer-onnx", "CodeFormer", ("codeformer-onnx",))
YUNET = Kind(
    "yunet",
    "YuNet",
    ("yunet-2023mar", "yunet-n-dynamic", "yunet-n-640", "yunet-2023mar-int8"),
    OPENCV,
)
ARCFACE_R50 = Kind(
    "arcface-r50", "ArcFace R50", ("recognition-w600k-r50", "recognition-w600k-r50-facefusion")
)
BISENET34 = Kind("bisenet34", "BiSeNet on ResNet-34", ("parsing-bisenet34-onnx",))
MODNET = Kind("modnet-onnx", "MODNet", ("modnet-photographic-onnx",))
SFACE = Kind("sface", "SFace", ("recognition-sface", "recognition-sface-int8"))


def onnx_facts(kind: Kind, weights: Weights, setup: Setup) -> EngineFacts:
    """An engine's facts.

    Args:
        kind: Which.
        weights: By model key.
        setup: How it is asked to compute; the facts say how it does.
    """
    used = used_of(kind, weights)
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


def used_of(kind: Kind, weights: Weights) -> tuple[StoredWeights, ...]:
    """The files that an engine uses of those that are there: one, or GPEN's one for each side."""
    if kind is not GPEN:
        return (kind.weights_of(weights),)
    by_side: dict[int, StoredWeights] = {}
    for key, side in GPEN_SIZES_PX.items():
        if key in weights:
            by_side.setdefault(side, weights[key])
    return tuple(by_side[side] for side in sorted(by_side))


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
