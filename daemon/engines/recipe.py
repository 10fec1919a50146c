"""Weights by rule: what fills a network so that its numbers can be compared without its weights.

Parity fixtures name a salt for each network; every entry of the state dictionary is then made
from its key alone, whatever the order. NumPy only, so that a checkpoint can be made and its
checksum taken without a tensor library.

Source: the weight recipe and rules of the parity fixtures (docs/engines.md).
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Shape: TypeAlias = tuple[int, ...]
# Key, shape, keys of the whole state dictionary, and noise of mean 0 and variance 1 → values.
Rule: TypeAlias = Callable[[str, Shape, frozenset[str], NDArray[np.float64]], NDArray[np.float64]]

COUNTER = ".num_batches_tracked"
KERNEL = ".kernel"

RTS_GAIN = 0.8
EQFACE_GAIN, EQFACE_QUALITY_GAIN = 0.6, 1.0
BLOCKS_GAIN = 1.0


def is_generated(key: str) -> bool:
    """Whether the recipe makes this entry; counters and blur kernels keep what they are."""
    return not key.endswith((COUNTER, KERNEL))


def generated(
    shapes: Mapping[str, Shape], salt: str, rule: Rule
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Every generated entry of a state dictionary, keys sorted as plain strings.

    Args:
        shapes: Key → shape of the whole state dictionary.
        salt: The network's salt.
        rule: How noise becomes a value.

    Yields:
        Key and float32 values in the entry's shape.
    """
    keys = frozenset(shapes)
    for key in sorted(filter(is_generated, keys)):
        shape = shapes[key]
        noise = _noise(salt + key, math.prod(shape)).reshape(shape)
        yield key, rule(key, shape, keys, noise).astype(np.float32)


def checksum(entries: Iterable[tuple[str, NDArray[np.float32]]]) -> str:
    """CRC-32 over the little-endian bytes of all entries in their order, eight hex digits."""
    crc = 0
    for _, values in entries:
        crc = zlib.crc32(np.ascontiguousarray(values, dtype="<f4").data, crc)
    return f"{crc:08x}"


def irse_rule(gain: float | Callable[[str], float]) -> Rule:
    """The rule for RTS, EQFace and single blocks.

    Args:
        gain: Of convolutions and linear layers; a function of the key where it varies.
    """

    def rule(
        key: str, shape: Shape, keys: frozenset[str], noise: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        stem = key.rpartition(".")[0]
        if key.endswith((".running_mean", ".bias")):
            return 0.1 * noise
        if key.endswith(".running_var"):
            return 1 + 0.3 * noise
        if len(shape) >= 2:
            factor = gain(key) if callable(gain) else gain
            return factor * noise / math.sqrt(math.prod(shape[1:]))
        if f"{stem}.running_mean" in keys:
            return 1 + 0.15 * noise
        return 0.25 + 0.1 * noise

    return rule


def gpen_rule(
    key: str, _shape: Shape, _keys: frozenset[str], noise: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The rule for GPEN: the first line that fits."""
    if key.endswith(".noise.weight"):
        return 0.5 + 0.25 * noise
    if key.endswith(".modulation.bias"):
        return 1 + 0.1 * noise
    if key.startswith("generator.style."):
        return noise * (100 if key.endswith(".weight") else 10)
    if key.startswith("generator.to_rgb") and key.endswith(".conv.weight"):
        return 0.25 * noise
    return 0.1 * noise if key.endswith(".bias") else noise


def eqface_gain(key: str) -> float:
    """EQFace's gain; its keys carry the prefix ``backbone.`` or ``quality.`` here."""
    return EQFACE_QUALITY_GAIN if key.startswith("quality.") else EQFACE_GAIN


def shapes_of(listed: Sequence[tuple[str, Sequence[int]]]) -> dict[str, Shape]:
    """Key → shape from the ``[key, shape]`` pairs of a key list."""
    return {key: tuple(shape) for key, shape in listed}


def _noise(seed_text: str, count: int) -> NDArray[np.float64]:
    """``count`` numbers of mean 0 and variance 1, evenly spread."""
    seed = zlib.crc32(seed_text.encode())
    uniform = np.random.Generator(np.random.PCG64(seed)).random(count)
    return (2 * uniform - 1) * math.sqrt(3)
