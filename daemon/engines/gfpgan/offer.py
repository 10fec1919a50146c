"""The offers of these engines; imports no tensor library until one of them is loaded."""

from __future__ import annotations

from functools import partial

from daemon.engines.base import EngineFacts, FaceRestorer
from daemon.engines.gfpgan.facts import CODEFORMER, GFPGAN, RESTOREFORMER, Kind, restorer_facts
from daemon.engines.importing import importing
from daemon.engines.offers import Offer, Setup, Weights


def _load(kind: Kind, weights: Weights, setup: Setup) -> FaceRestorer:
    with importing(kind.name, "spandrel or torch"):
        from daemon.engines.gfpgan.adapter import (  # noqa: PLC0415 - seconds to import
            SpandrelRestorer,
        )
    return SpandrelRestorer(kind, weights, setup)


def _facts(kind: Kind, weights: Weights, setup: Setup) -> EngineFacts:
    return restorer_facts(kind, weights, setup)


GFPGAN_OFFER, RESTOREFORMER_OFFER, CODEFORMER_OFFER = (
    Offer(kind.name, kind.models, load=partial(_load, kind), facts=partial(_facts, kind))
    for kind in (GFPGAN, RESTOREFORMER, CODEFORMER)
)
