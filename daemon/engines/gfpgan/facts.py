"""What a record says of these engines, loaded or not; needs no tensor library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from daemon.engines.base import EngineFacts, runtime_version
from daemon.engines.offers import Setup, Weights
from daemon.engines.precision import FP32, settled
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
        sees_grey: It was trained to colour grey faces, and is shown no colour.
        is_exact: It computes in fp32 alone.
    """

    name: str
    title: str
    models: tuple[str, ...]
    packages: tuple[str, ...] = ("spandrel",)
    note: str = ""
    sees_grey: bool = False
    is_exact: bool = False

    def precision_of(self, setup: Setup) -> str:
        """What it is to compute in."""
        return FP32 if self.is_exact else setup.precision

    def weights_of(self, weights: Weights) -> StoredWeights:
        """The one that is used of those that are there."""
        return next(weights[key] for key in self.models if key in weights)


GFPGAN = Kind(
    "gfpgan",
    "GFPGAN",
    ("gfpgan-1.4", "gfpgan-1.3", "gfpgan-1.2"),
    note="noise as stored in the weight file, not drawn at random",
)
GFPGAN_1_0 = Kind(
    "gfpgan-1.0",
    "GFPGAN 1.0",
    ("gfpgan-1.0",),
    packages=(),
    note="noise as stored in the weight file, not drawn at random; fp32 alone",
    is_exact=True,
)
RESTOREFORMER = Kind("restoreformer", "RestoreFormer", ("restoreformer-pp", "restoreformer"))
CODEFORMER = Kind(
    "codeformer",
    "CodeFormer",
    ("codeformer",),
    packages=("spandrel", "spandrel-extra-arches"),
    note=f"fidelity {MIDDLE_FIDELITY:g} unless one was asked for",
)
# Source: its authors' program for colouring, which takes no other fidelity: the parts that would
# let the photo through were not trained.
COLORIZATION = Kind(
    "codeformer-colorization",
    "CodeFormer",
    ("codeformer-colorization",),
    packages=("spandrel", "spandrel-extra-arches"),
    note="shown the face without colour, fidelity 0",
    sees_grey=True,
)


def restorer_facts(kind: Kind, weights: Weights, setup: Setup) -> EngineFacts:
    """Its facts.

    Args:
        kind: Which network.
        weights: By model key.
        setup: How it computes.
    """
    used = kind.weights_of(weights)
    precision = settled([used.sha256], kind.precision_of(setup), setup.device)
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
