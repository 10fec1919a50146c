"""The offers of these engines; imports no tensor library until one of them is loaded."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from daemon.engines.base import EngineFacts
from daemon.engines.facexlib.facts import (
    ARCFACE,
    BISENET,
    MOBILE,
    MODNET,
    PARSENET,
    RETINAFACE,
    Kind,
    facexlib_facts,
)
from daemon.engines.importing import importing
from daemon.engines.offers import Offer, Setup, Weights
from daemon.engines.weights import StoredWeights

# ruff: noqa: PLC0415 - torch takes seconds to import: only when an engine is loaded

Make = Callable[[StoredWeights, Setup], Any]


def _retinaface(used: StoredWeights, setup: Setup) -> Any:
    from daemon.engines.facexlib.retinaface import RetinaFace

    return RetinaFace(used.path, "mobile" if used.model == MOBILE else "resnet50", setup)


def _bisenet(used: StoredWeights, setup: Setup) -> Any:
    from daemon.engines.facexlib.parser import BISENET_PARSING, FacexlibParser

    return FacexlibParser(BISENET_PARSING, used.path, setup)


def _parsenet(used: StoredWeights, setup: Setup) -> Any:
    from daemon.engines.facexlib.parser import PARSENET_PARSING, FacexlibParser

    return FacexlibParser(PARSENET_PARSING, used.path, setup)


def _modnet(used: StoredWeights, setup: Setup) -> Any:
    from daemon.engines.facexlib.modnet import ModNet

    return ModNet(used.path, setup)


def _arcface(used: StoredWeights, setup: Setup) -> Any:
    from daemon.engines.facexlib.arcface import ArcFace

    return ArcFace(used.path, setup)


def _load(kind: Kind, make: Make, weights: Weights, setup: Setup) -> Any:
    with importing(kind.name, "torch/torchvision"):
        return make(kind.weights_of(weights), setup)


def _facts(kind: Kind, weights: Weights, setup: Setup) -> EngineFacts:
    return facexlib_facts(kind, weights, setup)


def _offer(kind: Kind, make: Make) -> Offer:
    return Offer(
        kind.name, kind.models, load=partial(_load, kind, make), facts=partial(_facts, kind)
    )


RETINAFACE_OFFER = _offer(RETINAFACE, _retinaface)
BISENET_OFFER = _offer(BISENET, _bisenet)
PARSENET_OFFER = _offer(PARSENET, _parsenet)
MODNET_OFFER = _offer(MODNET, _modnet)
ARCFACE_OFFER = _offer(ARCFACE, _arcface)
