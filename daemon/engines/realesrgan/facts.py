"""What a record says of Real-ESRGAN on torch, loaded or not; needs no tensor library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from daemon.engines.base import EngineFacts, runtime_version
from daemon.engines.offers import Setup, Weights
from daemon.engines.precision import settled
from daemon.engines.weights import StoredWeights


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the enlargers.

    Attributes:
        name: What options and records call it.
        factor: How many times as large the result is.
        models: Keys of the catalogue; where both of a pair are there, their mean is taken.
        by_name_only: It is for pictures that are no photos.
    """

    name: str
    factor: int
    models: tuple[str, ...]
    by_name_only: bool = False

    def weights_of(self, weights: Weights) -> Sequence[StoredWeights]:
        """Those that are used."""
        return [weights[key] for key in self.models if key in weights]


X2 = Kind("realesrgan-x2", 2, ("realesrgan-x2plus",))
X4 = Kind("realesrgan-x4", 4, ("realesrgan-x4plus",))
# The light network, and the one that takes more noise away. Source: the published program mixes
# the weights of the two half and half unless it is told otherwise.
GENERAL = Kind("realesr-general-x4", 4, ("realesr-general-x4v3", "realesr-general-wdn-x4v3"))
# Trained without a discriminator: smoother, and invents no texture.
REALESRNET_X4 = Kind("realesrnet-x4", 4, ("realesrnet-x4plus",))
# What GPEN's own program enlarges with. Source: its ``real_esrnet.py``, RRDBNet of 23 blocks as
# the others are, but of 32 maps.
GPEN_X2 = Kind("gpen-realesrnet-x2", 2, ("gpen-realesrnet-x2",))
DRAWINGS = Kind("realesr-animevideo-x4", 4, ("realesr-animevideov3",), by_name_only=True)
KINDS = (X2, X4, GENERAL, REALESRNET_X4, GPEN_X2, DRAWINGS)


def enlarger_facts(kind: Kind, weights: Weights, setup: Setup) -> EngineFacts:
    """Its facts.

    Args:
        kind: Which enlarger.
        weights: By model key.
        setup: How it computes.
    """
    used = kind.weights_of(weights)
    precision = settled((one.sha256 for one in used), setup.precision, setup.device)
    models = " + ".join(one.model for one in used)
    details: dict[str, Any] = {"model": models, "factor": kind.factor}
    details |= {**precision.as_json(), "packages": [runtime_version("spandrel")]}
    if len(used) > 1:
        details["how"] = "the mean of both files' weights"
    return EngineFacts(
        kind.name,
        runtime_version("torch"),
        {one.path.name: one.sha256 for one in used},
        setup.device,
        deterministic=setup.device == "cpu",
        details=details,
    )
