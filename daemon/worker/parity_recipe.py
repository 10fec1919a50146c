"""The weight recipe against its fixture; no network is needed for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daemon.engines import recipe
from daemon.engines.parity import Checked, read_arrays, read_json

_RULES: Mapping[str, recipe.Rule] = {
    "gpen_small": recipe.gpen_rule,
    "gpen_256_full": recipe.gpen_rule,
    "gpen_512_full": recipe.gpen_rule,
    "rts_full": recipe.irse_rule(recipe.RTS_GAIN),
    "eqface_full": recipe.irse_rule(recipe.eqface_gain),
    "blocks_small": recipe.irse_rule(recipe.BLOCKS_GAIN),
}
_STORED = ("gpen_small", "blocks_small")  # networks whose weights lie in the folder


def weights_by_recipe(folder: Path, _device: str) -> Checked:
    """Every network of ``recipe_checks.json`` made by the recipe.

    A part is 0 where checksum, number of values and, where the weights are stored, every bit
    agree; else it is the number of disagreements.
    """
    listed = read_json(folder / "recipe_checks.json")["networks"]
    parts, skipped = {}, []
    for name, facts in listed.items():
        shapes = _shapes(folder, name)
        if shapes is None or name not in _RULES:
            skipped.append(name)
            continue
        parts[name] = _disagreements(folder, name, shapes, facts)
    return Checked("recipe_checks", 0, parts, tuple(skipped))


def _disagreements(
    folder: Path, name: str, shapes: Mapping[str, recipe.Shape], facts: Mapping[str, Any]
) -> float:
    made = recipe.generated(shapes, facts["salt"], _RULES[name])
    stored = _stored(folder, name)
    tally = {"values": 0, "keys": 0, "wrong": 0}

    def watched() -> Iterator[tuple[str, NDArray[np.float32]]]:
        for key, values in made:
            tally["keys"] += 1
            tally["values"] += values.size
            first = facts["first_values"].get(key)
            if first is not None:
                head = values.ravel()[: len(first)]
                tally["wrong"] += int((head != np.array(first, np.float32)).sum())
            if stored is not None:
                tally["wrong"] += int((values != stored[key]).sum())
            yield key, values

    crc = recipe.checksum(watched())
    return float(
        tally["wrong"]
        + (crc != facts["crc32_of_all"])
        + (tally["values"] != facts["generated_values"])
        + (tally["keys"] != facts["generated_keys"])
    )


def _stored(folder: Path, name: str) -> Mapping[str, NDArray[np.float32]] | None:
    path = folder / f"{name}.safetensors"
    if name not in _STORED or not path.exists():
        return None
    import safetensors.numpy  # noqa: PLC0415 - comes with the gpu extra

    return safetensors.numpy.load_file(path)


def _shapes(folder: Path, name: str) -> dict[str, recipe.Shape] | None:
    """The state dictionary's shapes, from whatever file of the folder has them."""
    if name in _STORED:
        stored = _stored(folder, name)
        return None if stored is None else {key: value.shape for key, value in stored.items()}
    if name.startswith("gpen_"):
        path = folder / "gpen_keys.json.gz"
        configs = read_json(path)["configs"] if path.exists() else {}
        config = configs.get(f"gpen_bfr_{name.split('_')[1]}")
        return None if config is None else recipe.shapes_of(config["keys"])
    path = folder / f"{name.partition('_')[0]}_keys.json.gz"
    if not path.exists():
        return None
    found = read_json(path)
    if "files" in found:
        return {
            f"{part}.{key}": shape
            for part, file in found["files"].items()
            for key, shape in recipe.shapes_of(file["keys"]).items()
        }
    alpha = int(read_arrays(folder / f"{name}.npz")["alpha"])
    return recipe.shapes_of(
        [(key, [alpha if n == "alpha" else n for n in shape]) for key, shape in found["keys"]]
    )
