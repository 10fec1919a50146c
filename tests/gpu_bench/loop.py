"""The yardstick: GPEN one face at a time in float32, in the form in which it was published.

Every picture has convolution weights of its own: they are modulated and demodulated first, then
one grouped convolution runs with as many groups as there are pictures. Filters put zeros between
the pixels, pad, and run as one plain convolution over all channels as if they were pictures.
Nothing is prepared at loading, faces go to the device and come back one by one.

Written from the parity fixtures' facts and from a checkpoint's keys alone; it shares no line with
``daemon.engines.gpen``, so that it also tells whether that one computes the same. The published
programs can compile CUDA operators of their own for filters and activations; those are not here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as fn
from numpy.typing import NDArray
from torch import Tensor

_GAIN = math.sqrt(2)
_SLOPE = 0.2
_EPSILON = 1e-8
_MAPPING_RATE = 0.01


class Loop:
    """A generator that holds a checkpoint's entries as they are.

    Args:
        state: Entries by name.
        device: Where it computes.
    """

    def __init__(self, state: Mapping[str, Tensor], device: str) -> None:
        self._state = {key: value.to(device) for key, value in state.items()}
        self._device = device
        self._stages = sum(key.startswith("ecd") and key.endswith(".bias") for key in state)
        self._layers = sum(
            key.startswith("generator.style.") and key.endswith(".bias") for key in state
        )

    def restore(self, crops: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """``(N, S, S, 3)`` uint8 RGB → the same, face after face."""
        return np.stack([self._one(crop) for crop in crops])

    @torch.inference_mode()
    def _one(self, crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
        picture = (crop.astype(np.float32) / 255 - 0.5) / 0.5
        maps = torch.from_numpy(picture.transpose(2, 0, 1)[None].copy()).to(self._device)
        drawn = self(maps)[0].permute(1, 2, 0) * 0.5 + 0.5
        whole: NDArray[np.uint8] = (drawn.clamp(0, 1) * 255).cpu().numpy().astype(np.uint8)
        return whole

    def __call__(self, maps: Tensor) -> Tensor:
        """``(N, 3, S, S)`` float32 of -1..1 → the same, not clipped."""
        encoded = []
        for stage in range(self._stages):
            maps = self._encoder(maps, f"ecd{stage}.0.")
            encoded.append(maps)
        vector = self._linear(maps.flatten(1), "final_linear.0.")
        return self._drawn(_activated(vector), encoded[::-1])

    def _encoder(self, maps: Tensor, name: str) -> Tensor:
        state = self._state
        if name + "0.weight" in state:
            weight, bias, stride = state[name + "0.weight"], state[name + "1.bias"], 1
        else:
            maps = _filtered(maps, state[name + "0.kernel"], pad=(2, 2))
            weight, bias, stride = state[name + "1.weight"], state[name + "2.bias"], 2
        scale = 1 / math.sqrt(weight[0].numel())
        return _activated(fn.conv2d(maps, weight * scale, stride=stride) + bias[:, None, None])

    def _drawn(self, vector: Tensor, encoded: list[Tensor]) -> Tensor:
        state = self._state
        latent = vector * torch.rsqrt(vector.square().mean(1, keepdim=True) + _EPSILON)
        for layer in range(1, self._layers + 1):
            name = f"generator.style.{layer}."
            latent = _activated(self._linear(latent, name, _MAPPING_RATE))
        maps = state["generator.input.input"].repeat(len(vector), 1, 1, 1)
        maps = self._styled(maps, latent, encoded[0], "generator.conv1.")
        rgb = self._colours(maps, latent, "generator.to_rgb1.")
        for level, skip in enumerate(encoded[1:]):
            for index in (2 * level, 2 * level + 1):
                maps = self._styled(maps, latent, skip, f"generator.convs.{index}.")
            name = f"generator.to_rgbs.{level}."
            below = _filtered(rgb, state[name + "upsample.kernel"], pad=(2, 1), times=2)
            rgb = self._colours(maps, latent, name) + below
        return rgb

    def _linear(self, vectors: Tensor, name: str, rate: float = 1) -> Tensor:
        weight, bias = self._state[name + "weight"], self._state[name + "bias"]
        return fn.linear(vectors, weight * (rate / math.sqrt(weight.shape[1])), bias * rate)

    def _styled(self, maps: Tensor, latent: Tensor, skip: Tensor, name: str) -> Tensor:
        drawn = self._modulated(maps, latent, name + "conv.", is_demodulated=True)
        both = torch.cat((drawn, skip * self._state[name + "noise.weight"]), dim=1)
        return _activated(both + self._state[name + "activate.bias"][:, None, None])

    def _colours(self, maps: Tensor, latent: Tensor, name: str) -> Tensor:
        drawn = self._modulated(maps, latent, name + "conv.", is_demodulated=False)
        return drawn + self._state[name + "bias"]

    def _modulated(
        self, maps: Tensor, latent: Tensor, name: str, *, is_demodulated: bool
    ) -> Tensor:
        count, channels, height, width = maps.shape
        stored = self._state[name + "weight"]
        style = self._linear(latent, name + "modulation.")[:, None, :, None, None]
        weight = stored * style / math.sqrt(stored[0, 0].numel())
        if is_demodulated:
            weight = weight * torch.rsqrt(weight.square().sum((2, 3, 4), keepdim=True) + _EPSILON)
        joined = maps.reshape(1, count * channels, height, width)
        kernel = self._state.get(name + "blur.kernel")
        if kernel is None:
            flat = weight.flatten(0, 1)
            out = fn.conv2d(joined, flat, padding=flat.shape[-1] // 2, groups=count)
            return out.unflatten(1, (count, -1))[0]
        flat = weight.transpose(1, 2).flatten(0, 1)
        out = fn.conv_transpose2d(joined, flat, stride=2, groups=count)
        return _filtered(out.unflatten(1, (count, -1))[0], kernel, pad=(1, 1))


def _activated(values: Tensor) -> Tensor:
    return fn.leaky_relu(values, _SLOPE) * _GAIN


def _filtered(maps: Tensor, kernel: Tensor, pad: tuple[int, int], times: int = 1) -> Tensor:
    """Zeros between pixels, a border, then the filter over each channel as if it were a picture."""
    count, channels, height, width = maps.shape
    each = maps.reshape(-1, 1, height, 1, width, 1)
    each = fn.pad(each, (0, times - 1, 0, 0, 0, times - 1))
    each = each.reshape(-1, 1, height * times, width * times)
    each = fn.pad(each, (*pad, *pad))
    out = fn.conv2d(each, torch.flip(kernel, (0, 1))[None, None])
    return out.reshape(count, channels, *out.shape[-2:])
