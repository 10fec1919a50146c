"""GPEN against its fixtures: keys of the official sizes, a small network, two of full size."""

from __future__ import annotations

import json
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
from daemon.engines.gpen.network import GpenNetwork
from daemon.engines.gpen.pixels import postprocessed, preprocessed
from daemon.engines.gpen.plan import OFFICIAL, Plan
from daemon.engines.parity import Checked, distance, read_arrays, read_json
from daemon.engines.precision import PARITY_DB

# Source: the fixtures' page, "Tolerances". The output's deviation is 0.2 or more, so the limit on
# the CPU is a ten-thousandth of it at most.
LIMIT_CPU, LIMIT_GPU = 2e-5, 1e-3

# bf16 is held to the mean square that its gate holds it to, against the reference's own numbers:
# the output spans -1..1, which is the peak.
LIMIT_BF16_RMS = 2 * 10 ** (-PARITY_DB / 20)

_TILES = 64  # side of the averaged picture that the full fixtures keep
_RGB_SIDE = 16  # side of the running colours that they keep whole


def recipe_network(plan: Plan, salt: str) -> GpenNetwork:
    """The network filled by the recipe, on the CPU; filters keep their own values."""
    network = GpenNetwork(plan)
    state = network.state_dict()
    shapes = {key: tuple(value.shape) for key, value in state.items()}
    for key, values in recipe.generated(shapes, salt, recipe.gpen_rule):
        state[key].copy_(torch.from_numpy(values))  # the state shares the network's memory
    return network


def keys(folder: Path, _device: str) -> Checked:
    """Keys, their order and shapes of every official size; the errors count differences."""
    listed = read_json(folder / "gpen_keys.json.gz")["configs"]
    parts = {name: _keys_apart(config) for name, config in listed.items()}
    return Checked("gpen_keys", 0, parts)


def _keys_apart(config: Mapping[str, Any]) -> float:
    with torch.device("meta"):
        network = GpenNetwork(_plan(config["constructor"]))
    mine = [(key, list(value.shape)) for key, value in network.state_dict().items()]
    theirs = [(key, list(shape)) for key, shape in config["keys"]]
    differing = sum(a != b for a, b in zip(mine, theirs, strict=False))
    values = sum(parameter.numel() for parameter in network.parameters())
    is_official = OFFICIAL.get(network.plan.size_px) == network.plan
    return float(
        differing
        + abs(len(mine) - len(theirs))
        + (values != config["parameters"])
        + (not is_official)
    )


def small(folder: Path, device: str) -> Checked:
    """The small network with its stored weights, a batch of two, every number compared."""
    stored = read_arrays(folder / "gpen_small.npz")
    network = GpenNetwork(_plan(json.loads(str(stored["config"]))))
    network.load_state_dict(safetensors.torch.load_file(folder / "gpen_small.safetensors"))
    image, seen = _run(network, stored["input_u8_rgb"], device)
    parts = {
        "x": distance(preprocessed(stored["input_u8_rgb"]), stored["x"]),
        "image": distance(image, stored["image"]),
        "image_u8_rgb": _steps_apart(image, stored["image_u8_rgb"], _limit(device)),
        "enc_last": distance(seen.encoded[-1], stored["enc_last"]),
        **_vectors_apart(seen, stored),
        **_encoder_apart(seen, stored),
    }
    for rgb in seen.colours:
        parts[f"rgb_{rgb.shape[-1]}"] = distance(rgb, stored[f"rgb_{rgb.shape[-1]}"])
    return Checked("gpen_small", _limit(device), parts)


def small_bf16(folder: Path, device: str) -> Checked:
    """The small network with its large convolutions in bf16; the errors are mean squares."""
    stored = read_arrays(folder / "gpen_small.npz")
    network = recipe_network(_plan(json.loads(str(stored["config"]))), "gpen-small-a:").to(device)
    with torch.inference_mode():
        network.settle(torch.bfloat16)
    image, _ = _run(network, stored["input_u8_rgb"], device)
    apart = image.astype(np.float64) - stored["image"]
    by_face = np.sqrt(np.square(apart).mean(axis=(1, 2, 3)))
    parts = {f"image_{at}_rms": float(rms) for at, rms in enumerate(by_face)}
    return Checked("gpen_small_bf16", LIMIT_BF16_RMS, parts)


def full_256(folder: Path, device: str) -> Checked:
    """The 256-pixel network with weights by recipe."""
    return _full(folder, device, 256)


def full_512(folder: Path, device: str) -> Checked:
    """The 512-pixel network with weights by recipe."""
    return _full(folder, device, 512)


def _full(folder: Path, device: str, size_px: int) -> Checked:
    name = f"gpen_{size_px}_full"
    stored = read_arrays(folder / f"{name}.npz")
    network = recipe_network(_plan(json.loads(str(stored["config"]))), f"{name}-a:")
    image, seen = _run(network, stored["input_u8_rgb"][None], device)
    picture = image[0]
    y0, y1, x0, x1 = stored["crop_box"]
    by_colour = picture.reshape(len(picture), -1)
    parts = {
        "crop": distance(picture[:, y0:y1, x0:x1], stored["crop"]),
        "area64": distance(_averaged(picture), stored["area64"]),
        "mean": distance(by_colour.mean(axis=1, dtype=np.float64), stored["mean"]),
        "std": distance(by_colour.std(axis=1, dtype=np.float64), stored["std"]),
        "min": distance(by_colour.min(axis=1), stored["min"]),
        "max": distance(by_colour.max(axis=1), stored["max"]),
        **_vectors_apart(seen, stored),
        **_encoder_apart(seen, stored),
        **_colours_apart(seen, stored),
    }
    return Checked(name, _limit(device), parts)


def _plan(arguments: Mapping[str, Any]) -> Plan:
    """The plan that the published constructor arguments mean."""
    return Plan(
        arguments["size"],
        style_dim=arguments["style_dim"],
        mapping_layers=arguments["n_mlp"],
        channel_multiplier=arguments["channel_multiplier"],
        narrow=arguments["narrow"],
    )


def _limit(device: str) -> float:
    return LIMIT_CPU if device == "cpu" else LIMIT_GPU


class _Seen:
    """Values in between, in the order in which they were computed.

    Attributes:
        encoded: Maps of the encoder, the largest first.
        vectors: ``final_linear`` and ``latent``.
        colours: Running RGB of each level, 4 pixels first.
    """

    def __init__(self) -> None:
        self.encoded: list[NDArray[np.float32]] = []
        self.vectors: dict[str, NDArray[np.float32]] = {}
        self.colours: list[NDArray[np.float32]] = []


def _run(
    network: GpenNetwork, faces: NDArray[np.uint8], device: str
) -> tuple[NDArray[np.float32], _Seen]:
    network.to(device)
    tensor = torch.from_numpy(preprocessed(faces)).to(device)
    with torch.inference_mode(), _watched(network) as seen:
        image = network(tensor)
    return image.cpu().numpy(), seen


@contextmanager
def _watched(network: GpenNetwork) -> Iterator[_Seen]:
    seen = _Seen()

    def into(values: list[NDArray[np.float32]], module: nn.Module) -> Any:
        return module.register_forward_hook(
            lambda _module, _inputs, output: values.append(output.float().cpu().numpy())
        )

    def named(name: str, module: nn.Module) -> Any:
        def keep(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            seen.vectors[name] = output.cpu().numpy()

        return module.register_forward_hook(keep)

    generator = network.generator
    hooks = [into(seen.encoded, stage) for stage in network.encoder]
    hooks += [into(seen.colours, part) for part in (generator.to_rgb1, *generator.to_rgbs)]
    hooks += [named("final_linear", network.final_linear), named("latent", generator.style)]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def _vectors_apart(seen: _Seen, stored: Mapping[str, NDArray[Any]]) -> dict[str, float]:
    return {name: distance(value, stored[name]) for name, value in seen.vectors.items()}


def _encoder_apart(seen: _Seen, stored: Mapping[str, NDArray[Any]]) -> dict[str, float]:
    maps = seen.encoded
    return {
        "enc_sizes": distance([each.shape[-1] for each in maps], stored["enc_sizes"]),
        "enc_mean": distance([each.mean(dtype=np.float64) for each in maps], stored["enc_mean"]),
        "enc_std": distance([each.std(dtype=np.float64) for each in maps], stored["enc_std"]),
    }


def _colours_apart(seen: _Seen, stored: Mapping[str, NDArray[Any]]) -> dict[str, float]:
    flat = [rgb[0].reshape(rgb.shape[1], -1) for rgb in seen.colours]
    kept = [rgb[0] for rgb in seen.colours if rgb.shape[-1] == _RGB_SIDE]
    return {
        "rgb_sizes": distance([rgb.shape[-1] for rgb in seen.colours], stored["rgb_sizes"]),
        "rgb_mean": distance([r.mean(axis=1, dtype=np.float64) for r in flat], stored["rgb_mean"]),
        "rgb_std": distance([r.std(axis=1, dtype=np.float64) for r in flat], stored["rgb_std"]),
        f"rgb_{_RGB_SIDE}": distance(kept[0], stored[f"rgb_{_RGB_SIDE}"]),
    }


def _averaged(picture: NDArray[np.float32]) -> NDArray[np.float64]:
    """``(3, 64, 64)``: means over square tiles."""
    colours, side, _ = picture.shape
    tile = side // _TILES
    tiles = picture.reshape(colours, _TILES, tile, _TILES, tile)
    return np.asarray(tiles.mean(axis=(2, 4), dtype=np.float64))


def _steps_apart(image: NDArray[np.float32], stored: NDArray[np.uint8], limit: float) -> float:
    """How many 8-bit values differ for no good reason.

    A value is cut off, not rounded: one that lies within the limit of a whole step may fall
    either way.
    """
    found = postprocessed(image)
    if found.shape != stored.shape:
        return float(stored.size)
    apart = np.abs(found.astype(np.int16) - stored)
    steps = (image.astype(np.float64).transpose(0, 2, 3, 1) * 0.5 + 0.5) * 255
    is_close = np.abs(steps - np.round(steps)) < limit / 2 * 255
    return float((apart > is_close).sum())
