"""What a record says of these engines, loaded or not; needs no tensor library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from daemon.engines.base import EngineFacts, runtime_version
from daemon.engines.offers import Setup, Weights
from daemon.engines.precision import settled
from daemon.engines.weights import StoredWeights

MIDDLE_FIDELITY: Final[float] = 0.5
"""CodeFormer's dial where nothing was asked for; what its authors take."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the networks.

    Attributes:
        name: What options and records call it.
        title: What its authors call it.
        models: Keys of the catalogue, the preferred one first.
        packages: Distributions whose code it is.
        note: What a record must say of how it is computed here; may be empty.
    """

    name: str
    title: str
    models: tuple[str, ...]
    packages: tuple[str, ...] = ("spandrel",)
    note: str = ""

    def weights_of(self, weights: Weights) -> StoredWeights:
        """The one that is used of those that are there."""
        return next(weights[key] for key in self.models if key in weights)


GFPGAN = Kind(
    "gfpgan",
    "GFPGAN",
    ("gfpgan-1.4", "gfpgan-1.3", "gfpgan-1.2"),
    note="noise as stored in the weight file, not drawn at random",
)
RESTOREFORMER = Kind("restoreformer", "RestoreFormer", ("restoreformer-pp", "restoreformer"))
CODEFORMER = Kind(
    "codeformer",
    "CodeFormer",
    ("codeformer",),
    packages=("spandrel", "spandrel-extra-arches"),
    note=f"fidelity {MIDDLE_FIDELITY:g} unless one was asked for",
)


def restorer_facts(kind: Kind, weights: Weights, setup: Setup) -> EngineFacts:
    """Its facts.

    Args:
        kind: Which network.
        weights: By model key.
        setup: How it computes.
    """
    used = kind.weights_of(weights)
    precision = settled([used.sha256], setup.precision, setup.device)
    details: dict[str, Any] = {"model": used.model, **precision.as_json()}
    details["packages"] = [runtime_version(package) for package in kind.packages]
    if kind.note:
        details["how"] = kind.note
    return EngineFacts(
        kind.name,
        runtime_version("torch"),
        {used.path.name: used.sha256},
        setup.device,
        deterministic=setup.device == "cpu",
        details=details,
    )
