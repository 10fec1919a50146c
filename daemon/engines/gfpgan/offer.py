"""The offers of these engines; imports no tensor library until one of them is loaded."""

from __future__ import annotations

from functools import partial

from daemon.engines.base import EngineFacts, FaceRestorer
from daemon.engines.gfpgan.facts import (
    CODEFORMER,
    COLORIZATION,
    GFPGAN,
    GFPGAN_1_0,
    RESTOREFORMER,
    Kind,
    restorer_facts,
)
from daemon.engines.importing import importing
from daemon.engines.offers import Offer, Setup, Weights


def _load(kind: Kind, weights: Weights, setup: Setup) -> FaceRestorer:
    with importing(kind.name, "spandrel/torch"):
        from daemon.engines.gfpgan.adapter import (  # noqa: PLC0415 - seconds to import
            SpandrelRestorer,
        )
    return SpandrelRestorer(kind, weights, setup)


def _facts(kind: Kind, weights: Weights, setup: Setup) -> EngineFacts:
    return restorer_facts(kind, weights, setup)


def _offer(kind: Kind, *, by_name_only: bool = False) -> Offer:
    load, facts = partial(_load, kind), partial(_facts, kind)
    return Offer(kind.name, kind.models, load=load, facts=facts, by_name_only=by_name_only)


GFPGAN_OFFER, RESTOREFORMER_OFFER, CODEFORMER_OFFER = map(
    _offer, (GFPGAN, RESTOREFORMER, CODEFORMER)
)
# The first GFPGAN is the weakest of them, and nobody's photo is coloured unasked.
GFPGAN_1_0_OFFER = _offer(GFPGAN_1_0, by_name_only=True)
COLORIZATION_OFFER = _offer(COLORIZATION, by_name_only=True)
