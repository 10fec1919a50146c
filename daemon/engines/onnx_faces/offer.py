"""The offers of these engines; imports no runtime until one of them is loaded."""

from __future__ import annotations

from typing import Any

from daemon.engines.offers import Setup, Weights
from daemon.engines.onnx_faces.facts import (
    ARCFACE_R50,
    BISENET34,
    CODEFORMER,
    GFPGAN,
    GPEN,
    RESTOREFORMER,
    SFACE,
    XSEG,
)
from daemon.engines.onnx_kind import Kind
from daemon.engines.onnx_offer import onnx_offer

# ruff: noqa: PLC0415 - a runtime takes half a second to import: only when an engine is loaded


def _restorer(kind: Kind, weights: Weights, setup: Setup) -> Any:
    from daemon.engines.onnx_faces.restorer import OnnxRestorer

    return OnnxRestorer(kind, weights, setup)


def _recogniser(kind: Kind, weights: Weights, setup: Setup) -> Any:
    from daemon.engines.onnx_faces.recognisers import OnnxRecogniser

    return OnnxRecogniser(kind, weights, setup)


def _parser(_kind: Kind, weights: Weights, setup: Setup) -> Any:
    from daemon.engines.onnx_faces.parser import OnnxParser

    return OnnxParser(weights, setup)


def _occluder(_kind: Kind, weights: Weights, setup: Setup) -> Any:
    from daemon.engines.onnx_faces.occluder import OnnxOccluder

    return OnnxOccluder(weights, setup)


BISENET34_OFFER = onnx_offer(BISENET34, _parser)
XSEG_OFFER = onnx_offer(XSEG, _occluder)
ONNX_RESTORERS = tuple(
    onnx_offer(kind, _restorer) for kind in (GPEN, GFPGAN, RESTOREFORMER, CODEFORMER)
)
ONNX_RECOGNISERS = tuple(onnx_offer(kind, _recogniser) for kind in (ARCFACE_R50, SFACE))
