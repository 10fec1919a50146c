"""Checkpoints in the layouts that GFPGAN, RestoreFormer, CodeFormer and Real-ESRGAN published.

Values are random, or one and the same for a whole tensor (``hollow``): then the file is small
however large the network is.
"""

from __future__ import annotations

import functools
import importlib.util
import warnings
from typing import Any

import pytest
import torch
from torch import Tensor, nn

Entries = dict[str, Tensor]
_SLIM: dict[str, Any] = {"ch": 32, "ch_mult": (1,) * 6, "z_channels": 32, "embed_dim": 32}


def slim_gfpgan() -> nn.Module:
    """GFPGAN of 512 pixels with an eighth of the maps: every layer is there, and quick."""
    from spandrel.architectures.GFPGAN import GFPGAN

    return GFPGAN(narrow=0.125, channel_multiplier=1, num_mlp=2)


def slim_restoreformer() -> nn.Module:
    """RestoreFormer with half the maps, and no more of them at lower resolutions."""
    from spandrel.architectures.RestoreFormer import RestoreFormer

    return RestoreFormer(**_SLIM)


def slim_restoreformer_plus() -> nn.Module:
    """As ``slim_restoreformer``, of the newer network."""
    from daemon.engines.gfpgan.restoreformer import RestoreFormerPlus

    return RestoreFormerPlus(**_SLIM)


def need_codeformer() -> None:
    """Skip where the extra with CodeFormer's network is not installed; it is nobody's duty."""
    if importlib.util.find_spec("spandrel_extra_arches") is None:
        pytest.skip("spandrel-extra-arches is not installed (codeformer extra)")


def official(model: str) -> nn.Module:
    """The network of a model as published, without values."""
    from spandrel.architectures.GFPGAN import GFPGAN
    from spandrel.architectures.RestoreFormer import RestoreFormer

    from daemon.engines.gfpgan.restoreformer import RestoreFormerPlus

    made = {
        "gfpgan-1.4": GFPGAN,
        "restoreformer": RestoreFormer,
        "restoreformer-pp": RestoreFormerPlus,
    }
    if model == "codeformer":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            from spandrel_extra_arches.architectures.CodeFormer import CodeFormer
        made[model] = CodeFormer
    with torch.device("meta"):
        return made[model]()


def hollow(network: nn.Module, value: float = 0.01) -> Entries:
    """Every entry of a network, each tensor one stored number."""
    return {
        key: torch.full((), value, dtype=tensor.dtype).expand(tensor.shape)
        for key, tensor in network.state_dict().items()
    }


def random_entries(network: nn.Module, seed: int = 1) -> Entries:
    """A network's own values, with those that it keeps at zero before training made to count."""
    chance = torch.Generator().manual_seed(seed)
    return {
        key: value if value.any() else torch.empty_like(value).normal_(0, 0.1, generator=chance)
        for key, value in network.state_dict().items()
    }


def dense_entries(factor: int, *, blocks: int = 1, maps: int = 8, seed: int = 1) -> Entries:
    """RRDBNet under its published keys; 23 blocks of 64 maps are the official size."""
    inward = {4: 3, 2: 12}[factor]
    convolution = functools.partial(_convolution, torch.Generator().manual_seed(seed))
    entries = convolution("conv_first", maps, inward)
    for block in range(blocks):
        for dense in (1, 2, 3):
            for at in range(5):
                key = f"body.{block}.rdb{dense}.conv{at + 1}"
                entries |= convolution(key, 32 if at < 4 else maps, maps + 32 * at)
    for key in ("conv_body", "conv_up1", "conv_up2", "conv_hr"):
        entries |= convolution(key, maps, maps)
    return entries | convolution("conv_last", 3, maps)


def compact_entries(*, convolutions: int = 2, maps: int = 8, seed: int = 1) -> Entries:
    """SRVGGNetCompact for four times under its published keys; 32 of 64 maps are official."""
    chance = torch.Generator().manual_seed(seed)
    entries = _convolution(chance, "body.0", maps, 3)
    for at in range(convolutions):
        entries |= {f"body.{2 * at + 1}.weight": torch.full((maps,), 0.2)}
        entries |= _convolution(chance, f"body.{2 * at + 2}", maps, maps)
    entries |= {f"body.{2 * convolutions + 1}.weight": torch.full((maps,), 0.2)}
    return entries | _convolution(chance, f"body.{2 * convolutions + 2}", 48, maps)


def _convolution(chance: torch.Generator, key: str, outward: int, inward: int) -> Entries:
    spread = (9 * inward) ** -0.5
    weight: Any = torch.empty(outward, inward, 3, 3).normal_(0, spread, generator=chance)
    bias: Any = torch.empty(outward).normal_(0, 0.1, generator=chance)
    return {f"{key}.weight": weight, f"{key}.bias": bias}
