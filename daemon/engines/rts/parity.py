"""RTS against its fixtures: the whole network with weights by recipe, and its blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from daemon.engines import recipe
from daemon.engines.parity import Checked, distance, read_arrays, read_json
from daemon.engines.rts.adapter import normalised, preprocessed
from daemon.engines.rts.network import Block, Heads, RtsNetwork, SqueezeExcite

SALT = "rts_full-a:"
ALPHA = 4

# Source: the fixtures' page, "Tolerances".
LIMIT_CPU, LIMIT_GPU = 1e-4, 1e-3
LIMIT_BLOCKS = 2e-5

_BLOCKS_AFTER = (2, 10, 26, 29)  # body blocks whose output the fixture describes
_MAP_CHANNELS, _FLAT_VALUES = 16, 64
_BLOCKS: Mapping[str, tuple[int, int, int]] = {
    "rts_same_s1": (32, 32, 1),
    "rts_same_s2": (32, 32, 2),
    "rts_grow_s2": (32, 64, 2),
}


def recipe_weights(alpha: int = ALPHA, salt: str = SALT) -> dict[str, Tensor]:
    """A whole checkpoint by the recipe: 501 entries, float32, counters 0."""
    with torch.device("meta"):
        shapes = {key: tuple(value.shape) for key, value in RtsNetwork(alpha).state_dict().items()}
    made = recipe.generated(shapes, salt, recipe.irse_rule(recipe.RTS_GAIN))
    weights = {key: torch.from_numpy(values) for key, values in made}
    return {key: weights.get(key, torch.tensor(0)) for key in shapes}


def recipe_network(alpha: int = ALPHA, salt: str = SALT) -> RtsNetwork:
    """The network filled by the recipe, on the CPU."""
    with torch.device("meta"):
        network = RtsNetwork(alpha)
    network.load_state_dict(recipe_weights(alpha, salt), strict=True, assign=True)
    return network


def keys(folder: Path, _device: str) -> Checked:
    """Keys, their order and shapes against the official list; the error counts differences."""
    listed = read_json(folder / "rts_keys.json.gz")["keys"]
    with torch.device("meta"):
        state = RtsNetwork(ALPHA).state_dict()
    mine = [(key, tuple(value.shape)) for key, value in state.items()]
    theirs = [
        (key, tuple(ALPHA if size == "alpha" else size for size in shape)) for key, shape in listed
    ]
    differing = sum(a != b for a, b in zip(mine, theirs, strict=False))
    return Checked("rts_keys", 0, {"keys": differing + abs(len(mine) - len(theirs))})


def full(folder: Path, device: str) -> Checked:
    """The whole network, with the adapter's own pre- and post-processing."""
    stored = read_arrays(folder / "rts_full.npz")
    network = recipe_network(int(stored["alpha"])).to(device)
    faces = torch.from_numpy(preprocessed(stored["input_u8_rgb"])).to(device)
    with torch.inference_mode(), _watched(network) as seen:
        heads = network(faces, plus=True)
    limit = LIMIT_CPU if device == "cpu" else LIMIT_GPU
    return Checked("rts_full", limit, _compared(stored, heads, seen))


def _compared(
    stored: Mapping[str, NDArray[Any]], heads: Heads, seen: list[NDArray[np.float32]]
) -> dict[str, float]:
    assert heads.log_variance_plus is not None
    feature, logs = heads.feature.cpu().numpy(), heads.log_variance.cpu().numpy()
    embedding = normalised(feature)
    stages, flat = seen[:-1], seen[-1]
    found = {
        "feature": feature,
        "embedding": embedding,
        "cosine": embedding @ embedding.T,
        "logvar": logs,
        "score": np.exp(logs),
        "logvar_plus": heads.log_variance_plus.cpu().numpy(),
        "stage_shape": [maps.shape for maps in stages],
        "stage_mean": [maps.mean(dtype=np.float64) for maps in stages],
        "stage_std": [maps.std(dtype=np.float64) for maps in stages],
        "last_map": stages[-1][0, :_MAP_CHANNELS],
        "flat_head": flat[:, :_FLAT_VALUES],
    }
    return {name: distance(value, stored[name]) for name, value in found.items()}


@contextmanager
def _watched(network: RtsNetwork) -> Iterator[list[NDArray[np.float32]]]:
    """Outputs of the stem, of some blocks and of the flattening, as the network runs."""
    seen: list[NDArray[np.float32]] = []

    def watch(_module: nn.Module, _inputs: object, output: Tensor) -> None:
        seen.append(output.cpu().numpy())

    body = network.features.get_submodule("1")
    modules = [network.features.get_submodule("0")]
    modules += [body.get_submodule(str(index)) for index in _BLOCKS_AFTER]
    modules.append(network.features.get_submodule("2"))
    hooks = [module.register_forward_hook(watch) for module in modules]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def blocks(folder: Path, device: str) -> Checked:
    """The single blocks of RTS; those of other networks in the file are named as skipped."""
    stored = read_arrays(folder / "blocks_small.npz")
    weights = safetensors.torch.load_file(folder / "blocks_small.safetensors")
    parts = {"rts_se": _block(SqueezeExcite(32), "rts_se", weights, stored, device)}
    for name, (inward, outward, stride) in _BLOCKS.items():
        parts[name] = _block(Block(inward, outward, stride), name, weights, stored, device)
    skipped = tuple(sorted(set(stored) - set(parts) - {"x"}))
    limit = LIMIT_BLOCKS if device == "cpu" else LIMIT_GPU
    return Checked("blocks_small", limit, parts, skipped)


def _block(
    module: nn.Module,
    name: str,
    weights: Mapping[str, Tensor],
    stored: Mapping[str, NDArray[Any]],
    device: str,
) -> float:
    own = {
        key.removeprefix(f"{name}."): value
        for key, value in weights.items()
        if key.startswith(f"{name}.")
    }
    module.load_state_dict(own, strict=True)
    module.eval().to(device)
    with torch.inference_mode():
        found = module(torch.from_numpy(stored["x"]).to(device))
    return distance(found.cpu().numpy(), stored[name])
