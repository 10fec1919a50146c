"""GPEN as an engine that may be taken; imports no tensor library until it is."""

from __future__ import annotations

from functools import partial
from typing import Any

from daemon.engines.base import EngineFacts
from daemon.engines.gpen.facts import COLOURING, RESTORING, Family, gpen_facts
from daemon.engines.importing import importing
from daemon.engines.offers import Offer, Setup, Weights


def _load(family: Family, weights: Weights, setup: Setup) -> Any:
    with importing(family.name, "torch"):
        from daemon.engines.gpen.adapter import Gpen  # noqa: PLC0415 - torch takes seconds
    return Gpen(weights, setup, family)


def _facts(family: Family, weights: Weights, setup: Setup) -> EngineFacts:
    return gpen_facts(weights, setup, family)


def _offer(family: Family, *, by_name_only: bool = False) -> Offer:
    load, facts = partial(_load, family), partial(_facts, family)
    models = tuple(family.sizes_px)
    return Offer(family.name, models, load=load, facts=facts, by_name_only=by_name_only)


GPEN_OFFER = _offer(RESTORING)
GPEN_COLORIZATION_OFFER = _offer(COLOURING, by_name_only=True)
