"""The offers of these engines; imports no runtime until one of them is loaded."""

from __future__ import annotations

from functools import partial
from typing import Any

from daemon.engines.offers import Setup, Weights
from daemon.engines.onnx_kind import Kind
from daemon.engines.onnx_matting.facts import HIVISION, MODNET, SQUARES, Square
from daemon.engines.onnx_offer import onnx_offer

# ruff: noqa: PLC0415 - a runtime takes half a second to import: only when an engine is loaded


def _modnet(kind: Kind, weights: Weights, setup: Setup) -> Any:
    from daemon.engines.onnx_matting.modnet import OnnxModNet

    return OnnxModNet(kind, weights, setup)


def _square(square: Square, _kind: Kind, weights: Weights, setup: Setup) -> Any:
    from daemon.engines.onnx_matting.square import OnnxSquare

    return OnnxSquare(square, weights, setup)


MODNET_ONNX_OFFERS = (onnx_offer(MODNET, _modnet), onnx_offer(HIVISION, _modnet))
SQUARE_OFFERS = tuple(onnx_offer(one.kind, partial(_square, one)) for one in SQUARES)
