"""The offers of Real-ESRGAN on torch; imports no tensor library until one is loaded."""

from __future__ import annotations

from functools import partial

from daemon.engines.base import BackgroundEnlarger, EngineFacts
from daemon.engines.importing import importing
from daemon.engines.offers import Offer, Setup, Weights
from daemon.engines.realesrgan.facts import KINDS, Kind, enlarger_facts


def _load(kind: Kind, weights: Weights, setup: Setup) -> BackgroundEnlarger:
    with importing(kind.name, "spandrel/torch"):
        from daemon.engines.realesrgan.background import (  # noqa: PLC0415 - seconds to import
            TiledRealEsrgan,
        )
    return TiledRealEsrgan(kind, weights, setup)


def _facts(kind: Kind, weights: Weights, setup: Setup) -> EngineFacts:
    return enlarger_facts(kind, weights, setup)


REALESRGAN_OFFERS = tuple(
    Offer(
        kind.name,
        kind.models,
        load=partial(_load, kind),
        facts=partial(_facts, kind),
        factor=kind.factor,
        by_name_only=kind.by_name_only,
    )
    for kind in KINDS
)
