"""Keeps parts of a network in float32 while the rest computes in a half.

A half has eight binary digits of a number: what chooses among alternatives, scales whole maps or
writes the picture's own values is kept out of it, and costs next to nothing there.
"""

from __future__ import annotations

import re
from typing import Any

import torch
from torch import Tensor, nn


class Exact(nn.Module):
    """Runs a part in float32 whatever surrounds it.

    Args:
        part: Its parameters are float32.
    """

    def __init__(self, part: nn.Module) -> None:
        super().__init__()
        self.part = part

    def forward(self, *given: Any) -> Any:
        """As the part, its floating-point inputs made float32."""
        exact = [_float32(value) for value in given]
        device = next(value.device.type for value in exact if isinstance(value, Tensor))
        with torch.autocast(device, enabled=False):
            return self.part(*exact)


def keep_exact(network: nn.Module, names: str) -> None:
    """Put parts of a loaded network into ``Exact``, in place.

    Args:
        network: Its weights are loaded: their keys are others afterwards.
        names: A regular expression that the whole name of a part must match.

    Raises:
        LookupError: No part has such a name.
    """
    wanted = re.compile(names)
    found = [name for name, _ in network.named_modules() if wanted.fullmatch(name)]
    if not found:
        message = f"no part of the network is named {names}"
        raise LookupError(message)
    for name in found:
        network.set_submodule(name, Exact(network.get_submodule(name)))


def _float32(value: Any) -> Any:
    return value.float() if isinstance(value, Tensor) and value.is_floating_point() else value
