"""What records say of these engines, loaded or not, and of which models they are made.

Needs no tensor library.
"""

from __future__ import annotations

from dataclasses import dataclass

from daemon.engines.base import EngineFacts
from daemon.engines.offers import Setup, Weights
from daemon.engines.torch_facts import float32_facts
from daemon.engines.weights import StoredWeights


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the engines.

    Attributes:
        name: What options and records call it.
        title: What its authors call it.
        models: Keys of the catalogue, the preferred one first; any one is enough.
    """

    name: str
    title: str
    models: tuple[str, ...]

    def weights_of(self, weights: Weights) -> StoredWeights:
        """The one that is used of those that are there."""
        return next(weights[key] for key in self.models if key in weights)


RESNET50, MOBILE = "detection-resnet50", "detection-mobilenet025"
# GPEN's publisher has the same networks under names of its own.
RETINAFACE = Kind("retinaface", "RetinaFace", (RESNET50, "gpen-retinaface-r50", MOBILE))
BISENET = Kind("bisenet", "BiSeNet", ("parsing-bisenet",))
PARSENET = Kind("parsenet", "ParseNet", ("parsing-parsenet", "gpen-parsenet"))
MODNET = Kind("modnet", "MODNet", ("modnet-photographic-pth",))
ARCFACE = Kind("arcface", "ArcFace", ("recognition-arcface-ir-se50", "gpen-model-ir-se50"))


def facexlib_facts(kind: Kind, weights: Weights, setup: Setup) -> EngineFacts:
    """An engine's facts.

    Args:
        kind: Which.
        weights: By model key.
        setup: How it computes.
    """
    return float32_facts(kind.name, [kind.weights_of(weights)], setup, ["facexlib"])
