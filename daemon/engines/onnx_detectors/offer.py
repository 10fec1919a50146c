"""The offers of these engines; imports no runtime until one of them is loaded."""

from __future__ import annotations

from typing import Any

from daemon.engines.offers import Setup, Weights
from daemon.engines.onnx_detectors.facts import YUNET
from daemon.engines.onnx_kind import Kind
from daemon.engines.onnx_offer import onnx_offer

# ruff: noqa: PLC0415 - a runtime takes half a second to import: only when an engine is loaded


def _yunet(kind: Kind, weights: Weights, _setup: Setup) -> Any:
    from daemon.engines.onnx_detectors.yunet import YuNet

    return YuNet(kind.weights_of(weights))


YUNET_OFFER = onnx_offer(YUNET, _yunet)
