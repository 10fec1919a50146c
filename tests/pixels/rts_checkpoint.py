"""Random-weight checkpoints of RTS in every layout people have, made by the recipe.

Import only where torch is (``tests.fakes.torch_here``).
"""

from __future__ import annotations

from pathlib import Path

import safetensors.torch
import torch

from daemon.engines.rts.files import OFFICIAL
from daemon.engines.rts.network import RtsNetwork


def write_official(models: Path, weights: dict[str, torch.Tensor]) -> Path:
    """The published file in its published place."""
    path = models / OFFICIAL
    path.parent.mkdir(parents=True)
    torch.save(weights, path)
    return path


def write_safetensors(path: Path, weights: dict[str, torch.Tensor]) -> Path:
    safetensors.torch.save_file(weights, path)
    return path


def hollow(alpha: int = 4) -> dict[str, torch.Tensor]:
    """A checkpoint with every key and shape and one value for all: a file of few bytes."""
    with torch.device("meta"):
        state = RtsNetwork(alpha).state_dict()
    return {
        key: torch.full((1,) * value.dim(), 0.5).to(value.dtype).expand(value.shape)
        for key, value in state.items()
    }
