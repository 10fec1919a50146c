"""The offers of these engines; imports no runtime until one of them is loaded."""

from __future__ import annotations

from typing import Any

from daemon.engines.offers import Setup, Weights
from daemon.engines.onnx_kind import Kind
from daemon.engines.onnx_matting.facts import MODNET
from daemon.engines.onnx_offer import onnx_offer

# ruff: noqa: PLC0415 - a runtime takes half a second to import: only when an engine is loaded


def _modnet(_kind: Kind, weights: Weights, setup: Setup) -> Any:
    from daemon.engines.onnx_matting.modnet import OnnxModNet

    return OnnxModNet(weights, setup)


MODNET_ONNX_OFFER = onnx_offer(MODNET, _modnet)
