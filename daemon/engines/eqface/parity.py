"""EQ-Face against its fixtures: trunk and head with weights by recipe, and its blocks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import safetensors.torch
import torch
from torch import Tensor, nn

from daemon.engines import recipe
from daemon.engines.eqface.adapter import preprocessed
from daemon.engines.eqface.network import Block, EqBackbone, EqQuality
from daemon.engines.parity import Checked, distance, read_arrays, read_json

SALT: Final = "eqface_full-a:"

# Source: the fixtures' page, "Tolerances".
LIMIT_CPU, LIMIT_GPU = 3e-4, 1e-3
LIMIT_BLOCKS: Final = 2e-5

_FLAT_VALUES: Final = 64
# Name in the file → channels in and out, stride, and whether the shortcut is a convolution.
_BLOCKS: Mapping[str, tuple[int, int, int, bool]] = {
    "eq_same_s1": (32, 32, 1, False),
    "eq_proj_s2": (32, 64, 2, True),
}
BLOCKS: Final = frozenset(_BLOCKS)


def recipe_weights(salt: str = SALT) -> dict[str, dict[str, Tensor]]:
    """Both checkpoints by the recipe, ``backbone`` and ``quality``; counters 0."""
    with torch.device("meta"):
        parts = {"backbone": EqBackbone().state_dict(), "quality": EqQuality().state_dict()}
    shapes = {
        f"{part}.{key}": tuple(value.shape)
        for part, state in parts.items()
        for key, value in state.items()
    }
    made = dict(recipe.generated(shapes, salt, recipe.irse_rule(recipe.eqface_gain)))
    weights = {key: torch.from_numpy(values) for key, values in made.items()}
    return {
        part: {key: weights.get(f"{part}.{key}", torch.tensor(0)) for key in state}
        for part, state in parts.items()
    }


def recipe_networks(salt: str = SALT) -> tuple[EqBackbone, EqQuality]:
    """Trunk and head filled by the recipe, on the CPU."""
    weights = recipe_weights(salt)
    with torch.device("meta"):
        backbone, head = EqBackbone(), EqQuality()
    backbone.load_state_dict(weights["backbone"], strict=True, assign=True)
    head.load_state_dict(weights["quality"], strict=True, assign=True)
    return backbone, head


def keys(folder: Path, _device: str) -> Checked:
    """Keys, their order and shapes against the official lists; the error counts differences."""
    files = read_json(folder / "eqface_keys.json.gz")["files"]
    with torch.device("meta"):
        made: Mapping[str, nn.Module] = {"backbone": EqBackbone(), "quality": EqQuality()}
    parts = {}
    for part, network in made.items():
        mine = [(key, tuple(value.shape)) for key, value in network.state_dict().items()]
        theirs = [(key, tuple(shape)) for key, shape in files[part]["keys"]]
        differing = sum(a != b for a, b in zip(mine, theirs, strict=False))
        parts[part] = float(differing + abs(len(mine) - len(theirs)))
        values = sum(value.numel() for value in network.parameters())
        parts[f"{part}_values"] = float(abs(values - files[part]["parameters"]))
    return Checked("eqface_keys", 0, parts)


def full(folder: Path, device: str) -> Checked:
    """Trunk and head, with the adapter's own pre-processing."""
    stored = read_arrays(folder / "eqface_full.npz")
    backbone, head = (network.to(device) for network in recipe_networks())
    with torch.inference_mode():
        feature, flat = backbone(torch.from_numpy(preprocessed(stored["input_u8_rgb"])).to(device))
        logits = head(flat)
        two = torch.softmax(logits, dim=1)
    found = {
        "feature": feature,
        "flat_head": flat[:, :_FLAT_VALUES],
        "quality_logits": logits,
        "quality_two": two,
        "quality": two[:, :1],
    }
    parts = {name: distance(value.cpu().numpy(), stored[name]) for name, value in found.items()}
    spread = flat.cpu().numpy().std(dtype=np.float64)
    parts["flat_std"] = distance(spread, stored["flat_std"])
    return Checked("eqface_full", LIMIT_CPU if device == "cpu" else LIMIT_GPU, parts)


def blocks(folder: Path, device: str) -> Checked:
    """The single blocks of EQ-Face; those of RTS have a line of their own."""
    stored = read_arrays(folder / "blocks_small.npz")
    weights = safetensors.torch.load_file(folder / "blocks_small.safetensors")
    parts = {}
    for name, (inward, outward, stride, projects) in _BLOCKS.items():
        block = Block(inward, outward, stride, projects=projects)
        prefix = f"{name}."
        own = {key.removeprefix(prefix): v for key, v in weights.items() if key.startswith(prefix)}
        block.load_state_dict(own, strict=True)
        block.eval().to(device)
        with torch.inference_mode():
            found = block(torch.from_numpy(stored["x"]).to(device))
        parts[name] = distance(found.cpu().numpy(), stored[name])
    limit = LIMIT_BLOCKS if device == "cpu" else LIMIT_GPU
    return Checked("eqface_blocks", limit, parts)
