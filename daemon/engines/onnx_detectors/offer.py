"""The offers of these engines; imports no runtime until one of them is loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from daemon.engines.base import EngineFacts, FaceFinder
from daemon.engines.offers import Offer, Setup, Weights
from daemon.engines.onnx_detectors.facts import (
    PACKAGE,
    RETINAFACE,
    SCRFD,
    ULTRALIGHT,
    YOLOFACE,
    YUNET,
)
from daemon.engines.onnx_kind import Kind, onnx_facts
from daemon.engines.onnx_offer import onnx_offer

# ruff: noqa: PLC0415 - a runtime takes half a second to import: only when an engine is loaded

_IN_PACKAGE = "det_10g.onnx"


@dataclass(frozen=True, slots=True)
class Points:
    """Who reads the five points where a detector gives boxes only.

    Attributes:
        load: Makes it.
        facts: What records say of it.
    """

    load: Callable[[Setup], FaceFinder]
    facts: Callable[[], EngineFacts]


def _yunet(kind: Kind, weights: Weights, _setup: Setup) -> Any:
    from daemon.engines.onnx_detectors.yunet import YuNet

    return YuNet(kind.weights_of(weights))


def _retinaface(kind: Kind, weights: Weights, setup: Setup) -> Any:
    from daemon.engines.onnx_detectors.detector import OnnxDetector
    from daemon.engines.onnx_detectors.retinaface import RETINAFACE_FORMAT

    return OnnxDetector(kind, kind.weights_of(weights), setup, RETINAFACE_FORMAT)


def _yoloface(kind: Kind, weights: Weights, setup: Setup) -> Any:
    from daemon.engines.onnx_detectors.detector import OnnxDetector
    from daemon.engines.onnx_detectors.yoloface import YOLOFACE_FORMAT

    return OnnxDetector(kind, kind.weights_of(weights), setup, YOLOFACE_FORMAT)


def _scrfd(kind: Kind, weights: Weights, setup: Setup) -> Any:
    from daemon.engines.onnx_detectors.detector import OnnxDetector
    from daemon.engines.onnx_detectors.package import packed
    from daemon.engines.onnx_detectors.scrfd import SCRFD_FORMAT

    used = kind.weights_of(weights)
    content = packed(used, _IN_PACKAGE, kind.title) if used.model == PACKAGE else None
    return OnnxDetector(kind, used, setup, SCRFD_FORMAT, content)


def detector_offers(points: Points) -> tuple[Offer, ...]:
    """All of this folder, the freest and best first.

    Args:
        points: Of another folder, so whoever lists the offers names it.
    """
    return (
        onnx_offer(YUNET, _yunet),
        onnx_offer(RETINAFACE, _retinaface),
        onnx_offer(YOLOFACE, _yoloface),
        onnx_offer(SCRFD, _scrfd),
        # Last: it finds no more than the other detector confirms.
        _with_points(points),
    )


def _with_points(points: Points) -> Offer:
    """What gives boxes, together with what reads the points in them."""

    def load(kind: Kind, weights: Weights, setup: Setup) -> Any:
        from daemon.engines.onnx_detectors.detector import OnnxDetector
        from daemon.engines.onnx_detectors.ultralight import ULTRALIGHT_FORMAT, UltraLight

        used = kind.weights_of(weights)
        return UltraLight(OnnxDetector(kind, used, setup, ULTRALIGHT_FORMAT), points.load(setup))

    def facts(weights: Weights, setup: Setup) -> EngineFacts:
        own = onnx_facts(ULTRALIGHT, weights, setup)
        return replace(own, details={**own.details, "landmarks": points.facts().as_json()})

    return replace(onnx_offer(ULTRALIGHT, load), facts=facts)
