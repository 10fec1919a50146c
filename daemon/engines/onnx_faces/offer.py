"""The offers of these engines; imports no runtime until one of them is loaded."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from daemon.engines.base import EngineFacts
from daemon.engines.offers import Offer, Setup, Weights
from daemon.engines.onnx_faces.facts import (
    ARCFACE_R50,
    BISENET34,
    CODEFORMER,
    GFPGAN,
    GPEN,
    MODNET,
    RESTOREFORMER,
    SFACE,
    YUNET,
    Kind,
    device_of,
    onnx_facts,
)
from daemon.errors import EngineUnavailable

# ruff: noqa: PLC0415 - a runtime takes half a second to import: only when an engine is loaded

Make = Callable[[Kind, Weights, Setup], Any]


def _restorer(kind: Kind, weights: Weights, setup: Setup) -> Any:
    from daemon.engines.onnx_faces.restorer import OnnxRestorer

    return OnnxRestorer(kind, weights, setup)


def _recogniser(kind: Kind, weights: Weights, setup: Setup) -> Any:
    from daemon.engines.onnx_faces.recognisers import OnnxRecogniser

    return OnnxRecogniser(kind, weights, setup)


def _parser(_kind: Kind, weights: Weights, setup: Setup) -> Any:
    from daemon.engines.onnx_faces.parser import OnnxParser

    return OnnxParser(weights, setup)


def _modnet(_kind: Kind, weights: Weights, setup: Setup) -> Any:
    from daemon.engines.onnx_faces.matting import OnnxModNet

    return OnnxModNet(weights, setup)


def _yunet(kind: Kind, weights: Weights, _setup: Setup) -> Any:
    from daemon.engines.onnx_faces.yunet import YuNet

    return YuNet(kind.weights_of(weights))


def _load(kind: Kind, make: Make, weights: Weights, setup: Setup) -> Any:
    try:
        return make(kind, weights, setup)
    except ImportError as error:
        message = f"{kind.library} cannot be loaded: install the booth's packages again"
        raise EngineUnavailable(message, engine=kind.name) from error


def _facts(kind: Kind, weights: Weights, setup: Setup) -> EngineFacts:
    return onnx_facts(kind, weights, setup)


def _offer(kind: Kind, make: Make) -> Offer:
    return Offer(
        kind.name,
        kind.models,
        load=partial(_load, kind, make),
        facts=partial(_facts, kind),
        library=kind.library,
        device_of=partial(device_of, kind.library),
    )


YUNET_OFFER = _offer(YUNET, _yunet)
MODNET_ONNX_OFFER = _offer(MODNET, _modnet)
BISENET34_OFFER = _offer(BISENET34, _parser)
ONNX_RESTORERS = tuple(
    _offer(kind, _restorer) for kind in (GPEN, GFPGAN, RESTOREFORMER, CODEFORMER)
)
ONNX_RECOGNISERS = tuple(_offer(kind, _recogniser) for kind in (ARCFACE_R50, SFACE))
