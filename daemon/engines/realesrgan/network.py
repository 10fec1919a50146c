"""Makes the networks of Real-ESRGAN's checkpoints, by way of spandrel.

spandrel recognises a network by a few keys, drops what it does not know and takes sizes from the
file; so the file is first held, key for key, against what the published layout must hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import spandrel
import torch
from torch import Tensor, nn

from daemon.domain.sayings import say
from daemon.engines import checkpoint
from daemon.engines.exact import keep_exact
from daemon.engines.weights import unfit

ENGINE = "Real-ESRGAN"

# Source: RRDBNet and SRVGGNetCompact as published with the weights (BasicSR's archs).
_GROWTH = 32  # channels that each convolution of a dense block adds
_DENSE_BLOCKS, _DENSE_CONVS = 3, 5
_RGB = 3

_Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A network, on the CPU and in float32.

    Attributes:
        network: ``(N, 3, h, w)`` → ``(N, 3, factor·h, factor·w)``, both 0..1.
        factor: How many times as large the result is.
        step_px: Sides must be multiples of this.
    """

    network: nn.Module
    factor: int
    step_px: int


def load_network(paths: Iterable[Path], factor: int) -> Loaded:
    """The network of a checkpoint; of several of one layout, their mean.

    Args:
        paths: One file, or the two whose mean is a middle strength of denoising.
        factor: What it must enlarge by.

    Raises:
        EngineUnavailable: A file cannot be read, or is not such a network's key for key.
    """
    names = list(paths)
    found = [_entries(path, factor) for path in names]
    first = found[0]
    for path, other in zip(names[1:], found[1:], strict=True):
        checkpoint.compare(other, first, path, ENGINE)
    mixed = {key: torch.stack([one[key] for one in found]).mean(0) for key in first}
    return _built(mixed, names[0], factor)


def _entries(path: Path, factor: int) -> Mapping[str, Tensor]:
    found = checkpoint.entries(path, ENGINE)
    wanted = _compact(found, factor) if "body.0.weight" in found else _dense(found, factor)
    with torch.device("meta"):
        checkpoint.compare(found, {key: torch.empty(s) for key, s in wanted.items()}, path, ENGINE)
    return found


def _dense(found: Mapping[str, Tensor], factor: int) -> _Shapes:
    """Keys and shapes of RRDBNet with as many blocks and maps as the file seems to have."""
    maps = _first_size(found, "conv_first.weight")
    blocks = {key.split(".")[1] for key in found if key.startswith("body.")}
    # To double, the picture is folded to half its size and enlarged four times.
    inward = _RGB * (4 // factor) ** 2
    shapes = _convolution("conv_first", maps, inward)
    for block in range(len(blocks)):
        for dense in range(1, _DENSE_BLOCKS + 1):
            for at in range(_DENSE_CONVS):
                outward = _GROWTH if at < _DENSE_CONVS - 1 else maps
                key = f"body.{block}.rdb{dense}.conv{at + 1}"
                shapes |= _convolution(key, outward, maps + at * _GROWTH)
    for key in ("conv_body", "conv_up1", "conv_up2", "conv_hr"):
        shapes |= _convolution(key, maps, maps)
    return shapes | _convolution("conv_last", _RGB, maps)


def _compact(found: Mapping[str, Tensor], factor: int) -> _Shapes:
    """Keys and shapes of SRVGGNetCompact: convolutions with a slope for each map between."""
    maps = _first_size(found, "body.0.weight")
    last = 2 * (sum(key.endswith(".bias") for key in found) - 1)
    shapes = _convolution("body.0", maps, _RGB)
    for at in range(1, last, 2):
        shapes |= {f"body.{at}.weight": (maps,)}
        outward = maps if at + 1 < last else _RGB * factor**2
        shapes |= _convolution(f"body.{at + 1}", outward, maps)
    return shapes


def _convolution(key: str, outward: int, inward: int) -> _Shapes:
    return {f"{key}.weight": (outward, inward, 3, 3), f"{key}.bias": (outward,)}


def _first_size(found: Mapping[str, Tensor], key: str) -> int:
    value = found.get(key)
    return max(1, int(value.shape[0])) if value is not None and value.ndim else 1


def _built(entries: Mapping[str, Tensor], path: Path, factor: int) -> Loaded:
    try:
        descriptor = spandrel.ModelLoader().load_from_state_dict(dict(entries))
    except (spandrel.UnsupportedModelError, RuntimeError) as error:
        why = say("spandrel_refuses", error=type(error).__name__)
        raise unfit(path, ENGINE, why) from error
    if descriptor.scale != factor:
        raise unfit(path, ENGINE, say("other_scale", found=descriptor.scale, wanted=factor))
    network = descriptor.model.eval().requires_grad_(requires_grad=False)
    is_dense = "conv_first.weight" in entries
    # The last step to the picture, which in bf16 would have steps of a grey level.
    keep_exact(network, rf"model\.{len(network.model) - 1}" if is_dense else "upsampler")
    return Loaded(network, factor, 4 // factor if is_dense else 1)
