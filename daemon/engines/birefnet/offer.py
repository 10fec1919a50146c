"""The offers of these engines; imports no tensor library until one of them is loaded."""

from __future__ import annotations

from functools import partial
from typing import Any

from daemon.engines.birefnet.facts import BIREFNET, RMBG, Training, birefnet_facts
from daemon.engines.importing import importing
from daemon.engines.offers import Offer, Setup, Weights


def _load(training: Training, weights: Weights, setup: Setup) -> Any:
    with importing(training.name, "torch/torchvision"):
        from daemon.engines.birefnet.adapter import BiRefNetMatter  # noqa: PLC0415 - seconds

        return BiRefNetMatter(training, weights[training.name].path, setup)


def _offer(training: Training) -> Offer:
    return Offer(
        training.name,
        (training.name,),
        load=partial(_load, training),
        facts=partial(birefnet_facts, training),
    )


BIREFNET_OFFER, RMBG_OFFER = _offer(BIREFNET), _offer(RMBG)
