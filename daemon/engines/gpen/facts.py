"""What a record says of the engine, loaded or not; needs no tensor library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from daemon.engines.base import EngineFacts, runtime_version
from daemon.engines.offers import Setup, Weights
from daemon.engines.precision import settled
from daemon.engines.weights import StoredWeights

NAME = "gpen"

# Model → side of its crops; of two for one size the first that is there is taken.
SIZES_PX: Mapping[str, int] = {
    "gpen-bfr-512": 512,
    "gpen-modelscope-512": 512,
    "gpen-bfr-256": 256,
    "gpen-bfr-1024": 1024,
    "gpen-bfr-2048": 2048,
}


@dataclass(frozen=True, slots=True)
class Family:
    """Networks of one purpose.

    Attributes:
        name: What options and records call the engine.
        sizes_px: Model → side of its crops.
        sees_grey: They were trained to colour grey faces, and are shown no colour.
    """

    name: str
    sizes_px: Mapping[str, int]
    sees_grey: bool = False


RESTORING = Family(NAME, SIZES_PX)
# Source: the authors' ``face_colorization.py``: the same network, fed a grey face.
COLOURING = Family("gpen-colorization", {"gpen-colorization-1024": 1024}, sees_grey=True)

# What was found in this process, by the sum of the file: records are written by other threads
# than the engines' owner, and after an engine was dropped, too.
_REMARKS: dict[tuple[str, str], str] = {}
_REFUSED: dict[str, str] = {}


def chosen_sizes(weights: Weights, family: Family = RESTORING) -> dict[int, str]:
    """Side → the model that serves it, ascending."""
    chosen: dict[int, str] = {}
    for model, size_px in family.sizes_px.items():
        if model in weights:
            chosen.setdefault(size_px, model)
    return dict(sorted(chosen.items()))


def remark(weights: StoredWeights, device: str, text: str) -> None:
    """Keep what loading or drawing found out, for the records of this process."""
    _REMARKS[weights.sha256, device] = text


def refuse(weights: StoredWeights, why: str) -> None:
    """Keep that a file is not used, and why."""
    _REFUSED[weights.sha256] = why


def gpen_facts(weights: Weights, setup: Setup, family: Family = RESTORING) -> EngineFacts:
    """Its facts; what loading found out is in them from then on.

    Args:
        weights: By model key.
        setup: How it computes.
        family: Which networks.
    """
    fitting = {key: each for key, each in weights.items() if each.sha256 not in _REFUSED}
    sizes = chosen_sizes(fitting, family)
    used = {size: fitting[model] for size, model in sizes.items()}
    told = {
        size: settled([each.sha256], setup.precision, setup.device).as_json()
        for size, each in used.items()
    }
    details: dict[str, Any] = {"sizes_px": list(sizes)}
    if told:
        details["precision"] = "+".join(sorted({each["precision"] for each in told.values()}))
    parity = {str(size): each["parity_db"] for size, each in told.items() if "parity_db" in each}
    if parity:
        details["parity_db"] = parity
    notes = [each["precision_note"] for each in told.values() if "precision_note" in each]
    keys = [(each.sha256, setup.device) for each in used.values()]
    notes += [_REMARKS[key] for key in keys if key in _REMARKS]
    notes += [_REFUSED[each.sha256] for each in weights.values() if each.sha256 in _REFUSED]
    if family.sees_grey:
        details["how"] = "shown the face without colour"
    if notes:
        details["notes"] = list(dict.fromkeys(notes))
    files = {f"{each.model}/{each.path.name}": each.sha256 for each in used.values()}
    version, is_cpu = runtime_version("torch"), setup.device == "cpu"
    return EngineFacts(
        family.name, version, files, setup.device, deterministic=is_cpu, details=details
    )
