"""Real-ESRGAN's own weights, as they come with the package for ncnn, in the published layout.

The one set of real weights of a restorer that every installation has: what torch makes of them
can be held against what ncnn makes of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

_HALF = 0x01306B47  # ncnn's mark of weights in float16


def published_entries(path: Path, *, blocks: int = 23, maps: int = 64) -> dict[str, Tensor]:
    """RRDBNet for four times: keys as published, values of ncnn's ``.bin`` file."""
    content = path.read_bytes()
    entries: dict[str, Tensor] = {}
    at = 0
    for key, outward, inward in _convolutions(blocks, maps):
        shape = (outward, inward, 3, 3)
        assert int.from_bytes(content[at : at + 4], "little") == _HALF
        count = outward * inward * 9
        values = np.frombuffer(content, "<f2", count, at + 4).astype(np.float32)
        at += 4 + -(-2 * count // 4) * 4
        bias = np.frombuffer(content, "<f4", outward, at).copy()
        at += 4 * outward
        entries[f"{key}.weight"] = torch.from_numpy(values.reshape(shape))
        entries[f"{key}.bias"] = torch.from_numpy(bias)
    assert at == len(content)
    return entries


def _convolutions(blocks: int, maps: int) -> Iterator[tuple[str, int, int]]:
    """Key, maps out and maps in, in the order of the file."""
    yield "conv_first", maps, 3
    for block in range(blocks):
        for dense in (1, 2, 3):
            for at in range(5):
                yield (
                    f"body.{block}.rdb{dense}.conv{at + 1}",
                    32 if at < 4 else maps,
                    maps + 32 * at,
                )
    for key in ("conv_body", "conv_up1", "conv_up2", "conv_hr"):
        yield key, maps, maps
    yield "conv_last", 3, maps
