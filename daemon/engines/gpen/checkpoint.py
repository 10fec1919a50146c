"""A GPEN network with the weights of a file; refuses what does not fit key for key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from daemon.domain.sayings import say
from daemon.engines.checkpoint import compare, entries, outline
from daemon.engines.gpen.network import GpenNetwork
from daemon.engines.gpen.plan import Plan, plan_of
from daemon.engines.weights import unfit

_ENGINE = "GPEN"


def load_network(path: Path, size_px: int) -> GpenNetwork:
    """The network with the weights of a file, on the CPU, in float32.

    Args:
        path: A checkpoint of either publisher.
        size_px: The side that it should be for.

    Raises:
        EngineUnavailable: The file cannot be read, or is not such a network key for key.
    """
    weights = entries(path, _ENGINE)
    network = _compared(weights, path, size_px)
    network.load_state_dict(weights, strict=True, assign=True)
    return network.requires_grad_(requires_grad=False)


def check_outline(path: Path, size_px: int) -> None:
    """Hold keys and shapes of a file against the network it should be for; reads no values.

    Raises:
        EngineUnavailable: As ``load_network``.
    """
    _compared(outline(path, _ENGINE), path, size_px)


def _compared(found: Mapping[str, Tensor], path: Path, size_px: int) -> GpenNetwork:
    """A network without values of which every key is there in its shape."""
    plan = _plan(found, path, size_px)
    with torch.device("meta"):  # shapes only: the values come from the file
        network = GpenNetwork(plan)
    compare(found, network.state_dict(), path, _ENGINE)
    return network


def _plan(found: Mapping[str, Tensor], path: Path, size_px: int) -> Plan:
    plan = plan_of({key: tuple(value.shape) for key, value in found.items()})
    if plan is None:
        raise unfit(path, _ENGINE, say("other_network"))
    if plan.size_px != size_px:
        raise unfit(path, _ENGINE, say("other_size", found=plan.size_px, wanted=size_px))
    return plan
