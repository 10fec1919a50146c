"""The network with the weights of a file; refuses what does not fit key for key."""

from __future__ import annotations

from pathlib import Path

import torch

from daemon.domain.sayings import say
from daemon.engines.checkpoint import compare, entries
from daemon.engines.rts.network import RtsNetwork, alpha_of
from daemon.engines.weights import unfit

_ENGINE = "RTS"


def load_network(path: Path) -> RtsNetwork:
    """The network with the weights of a file, on the CPU, in float32.

    Args:
        path: A ``.safetensors`` file, or one of ``torch.save``; of the latter nothing but tensors
            and plain containers is unpickled.

    Raises:
        EngineUnavailable: The file cannot be read, or is not this network's key for key.
    """
    weights = entries(path, _ENGINE, wrappers=("state_dict",))
    alpha = alpha_of({key: tuple(value.shape) for key, value in weights.items()})
    if alpha is None:
        raise unfit(path, _ENGINE, say("no_second_head"))
    with torch.device("meta"):  # shapes only: the values come from the file
        network = RtsNetwork(alpha)
    compare(weights, network.state_dict(), path, _ENGINE)
    network.load_state_dict(weights, strict=True, assign=True)
    return network.requires_grad_(requires_grad=False)
