"""How filters run on a card: tried there, since no rule tells.

Convolutions want maps channels last, depth-wise ones may not: the library has its own kernels
for planes and hands channels last to cuDNN, whose grouped ones can be many times slower. Laying
the maps out anew on both sides costs two passes over memory. Both give the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from daemon.engines.gpen.network import GpenNetwork
from daemon.engines.stylegan import Blur

_FACES = 2
_TRIES = 5


def tune(
    network: GpenNetwork,
    device: torch.device,
    kind: torch.dtype,
    took_ms: Callable[[Callable[[], Tensor]], float] | None = None,
) -> None:
    """Have the filters of a network run the faster way; on the CPU there is one way.

    Args:
        network: Settled, on its device.
        device: Its device.
        kind: Precision of its maps.
        took_ms: How long a call takes there.
    """
    if device.type != "cuda" and took_ms is None:
        return
    measure = took_ms or _took_ms
    plan = network.plan
    # The largest maps that are filtered, which the encoder's second stage does first.
    shape = (_FACES, plan.channels(plan.size_px), plan.size_px, plan.size_px)
    maps = torch.zeros(shape, dtype=kind, device=device).contiguous(
        memory_format=torch.channels_last
    )
    filters = [layer for layer in network.modules() if isinstance(layer, Blur)]
    largest = next(layer for layer in network.encoder[1].modules() if isinstance(layer, Blur))
    spent = {}
    for in_planes in (False, True):
        _set(filters, in_planes=in_planes)
        spent[in_planes] = measure(lambda: largest(maps))
    _set(filters, in_planes=spent[True] < spent[False])


def _set(filters: list[Blur], *, in_planes: bool) -> None:
    for layer in filters:
        layer.in_planes = in_planes


def _took_ms(call: Callable[[], Tensor]) -> float:
    """The best of some tries, after two that choose kernels and take memory."""
    for _ in range(2):
        call()
    return min(_timed_ms(call) for _ in range(_TRIES))


def _timed_ms(call: Callable[[], Tensor]) -> float:
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]  # untyped there
    begin.record()
    call()
    end.record()
    end.synchronize()
    return float(begin.elapsed_time(end))
