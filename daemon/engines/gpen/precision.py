"""Half precision behind a gate: it is used only where it draws what float32 draws."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from daemon.engines.batches import as_crops, as_network
from daemon.engines.cuda import has_bf16
from daemon.engines.gpen.network import GpenNetwork
from daemon.engines.gpen.trial import trial_crops
from daemon.engines.gpen.tuning import layout_of, tune
from daemon.engines.precision import BF16, Draw, Precision

Prove = Callable[[Draw], Precision]


def ready(
    load: Callable[[], GpenNetwork], device: torch.device, prove: Prove
) -> tuple[GpenNetwork, Precision]:
    """A network on its device, in the precision that it may have.

    To be called without gradients and with full float32. Weights are prepared in place, so each
    precision that is tried is loaded for itself.

    Args:
        load: Loads the network onto the CPU in float32.
        device: Where it is to compute.
        prove: ``daemon.engines.precision.proven`` for these weights.
    """

    def prepared(kind: torch.dtype) -> GpenNetwork:
        network = load().to(device)
        network.settle(kind, layout_of(device, kind))
        tune(network, device, kind)
        return network

    def draw(half: bool) -> NDArray[np.float32]:  # noqa: FBT001 - precision.Draw
        is_lacking = half and not has_bf16(device)
        network = prepared(torch.bfloat16 if half and not is_lacking else torch.float32)
        crops = trial_crops(network.plan.size_px)
        return np.full_like(crops, np.nan) if is_lacking else _drawn(network, crops, device)

    precision = prove(draw)
    kind = torch.bfloat16 if precision.used == BF16 else torch.float32
    return prepared(kind), precision


def _drawn(
    network: GpenNetwork, crops: NDArray[np.float32], device: torch.device
) -> NDArray[np.float32]:
    """One after the other: at 2048 pixels two at once may not fit."""
    each = [
        as_crops(network(as_network(torch.tensor(crop[None]).to(device)))).cpu().numpy()
        for crop in crops
    ]
    return np.concatenate(each)
