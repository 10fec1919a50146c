"""The networks with the weights of their files; refuses what does not fit key for key.

The published program loads what fits and passes over the rest in silence: a trunk without its
last stage would compute, and nobody would know.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from daemon.engines.checkpoint import compare, entries
from daemon.engines.eqface.facts import TITLE
from daemon.engines.eqface.network import EqBackbone, EqQuality

Network = TypeVar("Network", bound=nn.Module)


def load_backbone(path: Path) -> EqBackbone:
    """The trunk with the weights of a file, on the CPU, in float32.

    Raises:
        EngineUnavailable: The file cannot be read, or is not this network's key for key.
    """
    return _loaded(EqBackbone, path, "trunk")


def load_quality(path: Path) -> EqQuality:
    """The head; see ``load_backbone``."""
    return _loaded(EqQuality, path, "head")


def _loaded(make: Callable[[], Network], path: Path, part: str) -> Network:
    engine = f"{TITLE}'s {part}"
    weights = entries(path, engine)
    with torch.device("meta"):  # shapes only: the values come from the file
        network = make()
    compare(weights, network.state_dict(), path, engine)
    network.load_state_dict(weights, strict=True, assign=True)
    return network.requires_grad_(requires_grad=False)
