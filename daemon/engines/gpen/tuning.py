"""How maps lie and filters run on a card: tried there, since no rule tells.

In a half, convolutions want maps channels last. In full float32 the matrix units have no part in
it, and the library's quickest ways are for planes, on most cards and for most sizes.
Depth-wise convolutions may not want channels last either: the library has its own kernels
for planes and hands channels last to cuDNN, whose grouped ones can be many times slower. Laying
the maps out anew on both sides costs two passes over memory. Both give the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as fn
from torch import Tensor

from daemon.engines.gpen.network import GpenNetwork
from daemon.engines.stylegan import Blur

_FACES = 2
_TRIES = 5
# Channels and side of the maps that stand for all in full float32: GPEN-512 has them half way.
_USUAL, _USUAL_PX = 256, 128


def layout_of(
    device: torch.device,
    kind: torch.dtype,
    took_ms: Callable[[Callable[[], Tensor]], float] | None = None,
) -> torch.memory_format:
    """The order of maps in memory that suits a device's convolutions.

    Args:
        device: Where they run; on the CPU planes do.
        kind: Precision of the maps.
        took_ms: How long a call takes there.
    """
    if device.type != "cuda" and took_ms is None:
        return torch.contiguous_format
    if kind != torch.float32:
        return torch.channels_last
    measure, spent = took_ms or _took_ms, {}
    for layout in (torch.channels_last, torch.contiguous_format):
        maps, weight = (
            torch.zeros(shape, device=device).contiguous(memory_format=layout)
            for shape in ((_FACES, _USUAL, _USUAL_PX, _USUAL_PX), (_USUAL, _USUAL, 3, 3))
        )
        spent[layout] = measure(partial(fn.conv2d, maps, weight, padding=1))
    return min(spent, key=lambda layout: spent[layout])


def tune(
    network: GpenNetwork,
    device: torch.device,
    kind: torch.dtype,
    took_ms: Callable[[Callable[[], Tensor]], float] | None = None,
) -> None:
    """Have the filters of a network run the faster way; on the CPU there is one way.

    Args:
        network: Settled, on its device; of one whose maps lie in planes there is one way, too.
        device: Its device.
        kind: Precision of its maps.
        took_ms: How long a call takes there.
    """
    if device.type != "cuda" and took_ms is None:
        return
    if network.layout != torch.channels_last:
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
