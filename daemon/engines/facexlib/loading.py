"""A network of facexlib's with the weights of a file out of our store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from daemon.engines.checkpoint import compare, entries
from daemon.engines.cuda import cuda_errors
from daemon.engines.offers import Setup

# Counts training steps and is not used afterwards. Files of before PyTorch 0.4.1 have none, and
# PyTorch takes them as they are.
_COUNTER = ".num_batches_tracked"


def loaded(make: Callable[[], nn.Module], path: Path, engine: str, setup: Setup) -> Any:
    """The network, in float32, ready to compute.

    Args:
        make: Makes it without weights.
        path: The checkpoint.
        engine: Named in errors.
        setup: Where it computes.

    Raises:
        EngineUnavailable: The file is not this network's key for key.
        GpuExhausted: It does not fit into the GPU's memory.
    """
    if setup.threads:
        torch.set_num_threads(setup.threads)
    found = entries(path, engine)
    with torch.device("meta"):  # shapes only: the values come from the file
        network = make()
    wanted = network.state_dict()
    compare(_with_counters(found, wanted), wanted, path, engine)
    network.load_state_dict(found, strict=True, assign=True)
    network.eval().requires_grad_(requires_grad=False)
    with cuda_errors(engine):
        return network.to(torch.device(setup.device))


def _with_counters(found: dict[str, Tensor], wanted: dict[str, Tensor]) -> dict[str, Tensor]:
    for key in wanted:
        if key.endswith(_COUNTER):
            found.setdefault(key, torch.zeros((), dtype=torch.int64))
    return found
