"""Files as the model store would hand them to an engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.engines.weights import StoredWeights


@pytest.fixture
def stored(tmp_path: Path) -> Callable[..., StoredWeights]:
    """``stored(key, content)``: a file of a model, as the store would hand it over."""

    def put(key: str, content: bytes) -> StoredWeights:
        path = tmp_path / key / "model.onnx"
        path.parent.mkdir()
        path.write_bytes(content)
        return StoredWeights(key, path, "0" * 64, is_published=False)

    return put


@pytest.fixture
def detector(stored) -> Callable[..., Any]:
    """``detector(name, content)``: a detector of ONNX files that has this one."""
    from daemon.engines.offers import Setup
    from daemon.engines.onnx_detectors import retinaface, scrfd, ultralight, yoloface
    from daemon.engines.onnx_detectors.detector import OnnxDetector
    from daemon.engines.onnx_detectors.facts import RETINAFACE, SCRFD, ULTRALIGHT, YOLOFACE

    formats = (
        (RETINAFACE, retinaface.RETINAFACE_FORMAT),
        (SCRFD, scrfd.SCRFD_FORMAT),
        (YOLOFACE, yoloface.YOLOFACE_FORMAT),
        (ULTRALIGHT, ultralight.ULTRALIGHT_FORMAT),
    )
    known = {kind.name: (kind, form) for kind, form in formats}

    def make(name: str, content: bytes) -> OnnxDetector:
        kind, form = known[name]
        return OnnxDetector(kind, stored(kind.models[0], content), Setup("cpu", "fp32", 1), form)

    return make


@pytest.fixture
def offered_finder(stored) -> Callable[..., Any]:
    """``offered_finder(name, key, content)``: a detector as a worker gets it."""
    from daemon.engines.offered import OFFERS
    from daemon.engines.offers import Setup
    from daemon.engines.tasks import FIND

    def make(name: str, key: str, content: bytes) -> Any:
        (offer,) = (one for one in OFFERS[FIND] if one.name == name)
        return offer.load({key: stored(key, content)}, Setup("cpu", "fp32", 1))

    return make
