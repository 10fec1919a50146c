"""The offer of an engine of an ONNX file; imports no runtime until it is loaded."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from daemon.engines.importing import PACKAGES, importing
from daemon.engines.offers import Offer, Setup, Weights
from daemon.engines.onnx_kind import Kind, device_of, onnx_facts

Make: TypeAlias = Callable[[Kind, Weights, Setup], Any]


def onnx_offer(kind: Kind, make: Make) -> Offer:
    """What the booth may choose.

    Args:
        kind: The engine.
        make: Makes it of its weights; imports what computes.
    """
    return Offer(
        kind.name,
        kind.models,
        load=partial(_load, kind, make),
        facts=partial(onnx_facts, kind),
        library=kind.library,
        device_of=partial(device_of, kind.library),
    )


def _load(kind: Kind, make: Make, weights: Weights, setup: Setup) -> Any:
    with importing(kind.name, kind.library, PACKAGES):
        return make(kind, weights, setup)
