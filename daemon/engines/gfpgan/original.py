"""The first GFPGAN: a U-Net whose maps steer a StyleGAN2, with the filters of that.

The later ones (``GFPGANv1Clean``) took those filters out so that no operator has to be compiled;
spandrel has only them. Here the filters are plain convolutions, so nothing is compiled either.
Names of attributes are those of the published checkpoint, so that it loads key for key; its
filters are no entries of it (``filters_of``).

Source of the layout: ``GFPGANv1`` of TencentARC/GFPGAN with ``StyleGAN2Generator`` of BasicSR, as
their program makes it: 512 pixels, a style for each layer, half of the channels steered.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise

import torch
import torch.nn.functional as fn
from torch import Tensor, nn

from daemon.engines.stylegan import (
    COLOURS,
    GAIN,
    KERNEL,
    SLOPE,
    Activation,
    Blur,
    Convolution,
    Doubling,
    Linear,
    ModulatedConvolution,
    PixelNorm,
    fir_kernel,
)

STYLE_DIM = 512
_SIZE_PX, _SMALLEST_PX = 512, 4
_MAPPING_LAYERS, _MAPPING_RATE = 8, 0.01
# Channels of the generator's maps; the U-Net has half as many.
_CHANNELS: Mapping[int, int] = {
    4: 512, 8: 512, 16: 512, 32: 512, 64: 512, 128: 256, 256: 128, 512: 64,
}  # fmt: skip
_FILTER = ".kernel"


def filters_of(network: nn.Module) -> dict[str, Tensor]:
    """The entries that a network has and its file has not: filters, which are fixed."""
    return {
        key: fir_kernel() if _halves(key) else fir_kernel(4)
        for key in network.state_dict()
        if key.endswith(_FILTER)
    }


def _halves(key: str) -> bool:
    return key.startswith("conv_body_down.")


class Scaled(nn.Module):
    """Leaky ReLU and the factor that follows it, without a bias."""

    def forward(self, maps: Tensor) -> Tensor:
        return fn.leaky_relu(maps, SLOPE) * GAIN


class DownBlock(nn.Module):
    """Half the side: two convolutions, and one of 1 × 1 around them."""

    def __init__(self, inward: int, outward: int) -> None:
        super().__init__()
        self.conv1 = _convolution(inward, inward, KERNEL)
        self.conv2 = nn.Sequential(
            Blur(2), Convolution(inward, outward, KERNEL, stride=2), Activation(outward)
        )
        self.skip = nn.Sequential(Blur(1), Convolution(inward, outward, 1, stride=2))

    def forward(self, maps: Tensor) -> Tensor:
        out: Tensor = self.conv2(self.conv1(maps)) + self.skip(maps)
        return out / math.sqrt(2)


class Doubled(nn.Module):
    """Twice the side, bilinear, then a convolution, then the activation where there is one."""

    def __init__(self, inward: int, outward: int, side: int, *, is_activated: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outward, inward, side, side))
        self.activation = Activation(outward) if is_activated else None
        self._scale, self._pad = 1 / math.sqrt(inward * side * side), side // 2

    def forward(self, maps: Tensor) -> Tensor:
        large = fn.interpolate(maps, scale_factor=2, mode="bilinear", align_corners=False)
        out = fn.conv2d(large, self.weight * self._scale, padding=self._pad)
        return out if self.activation is None else self.activation(out)


class UpBlock(nn.Module):
    """Twice the side: two convolutions, and one of 1 × 1 around them."""

    def __init__(self, inward: int, outward: int) -> None:
        super().__init__()
        self.conv1 = _convolution(inward, inward, KERNEL)
        self.conv2 = Doubled(inward, outward, KERNEL, is_activated=True)
        self.skip = Doubled(inward, outward, 1, is_activated=False)

    def forward(self, maps: Tensor) -> Tensor:
        out: Tensor = self.conv2(self.conv1(maps)) + self.skip(maps)
        return out / math.sqrt(2)


class StyledConvolution(nn.Module):
    """A modulated convolution, the stored noise times its weight, and the activation."""

    def __init__(self, inward: int, outward: int, *, is_doubling: bool = False) -> None:
        super().__init__()
        self.modulated_conv = ModulatedConvolution(
            inward, outward, STYLE_DIM, is_doubling=is_doubling
        )
        self.weight = nn.Parameter(torch.empty(1))
        self.activate = Activation(outward)

    def forward(self, maps: Tensor, style: Tensor, noise: Tensor) -> Tensor:
        out: Tensor = self.modulated_conv(maps, style)
        given: Tensor = self.activate(out + self.weight * noise)
        return given


class ToRgb(nn.Module):
    """Colours of one level, added to those of the level below at twice their side."""

    def __init__(self, inward: int, *, is_first: bool = False) -> None:
        super().__init__()
        self.upsample = None if is_first else Doubling()
        self.modulated_conv = ModulatedConvolution(inward, COLOURS, STYLE_DIM, is_to_rgb=True)
        self.bias = nn.Parameter(torch.empty(1, COLOURS, 1, 1))

    def forward(self, maps: Tensor, style: Tensor, below: Tensor | None = None) -> Tensor:
        rgb: Tensor = self.modulated_conv(maps, style) + self.bias
        return rgb if self.upsample is None or below is None else rgb + self.upsample(below)


class Constant(nn.Module):
    """The 4 × 4 maps that every face begins with."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(1, channels, _SMALLEST_PX, _SMALLEST_PX))

    def forward(self, count: int) -> Tensor:
        return self.weight.repeat(count, 1, 1, 1)


class Decoder(nn.Module):
    """StyleGAN2, half of whose channels are scaled and shifted by the U-Net at every level.

    The mapping network is in the file and in no face: styles come from the U-Net as they are.
    """

    def __init__(self, channels: Mapping[int, int]) -> None:
        super().__init__()
        mapping = [
            Linear(STYLE_DIM, STYLE_DIM, rate=_MAPPING_RATE, is_activated=True)
            for _ in range(_MAPPING_LAYERS)
        ]
        self.style_mlp = nn.Sequential(PixelNorm(), *mapping)
        first = channels[_SMALLEST_PX]
        self.constant_input = Constant(first)
        self.style_conv1 = StyledConvolution(first, first)
        self.to_rgb1 = ToRgb(first, is_first=True)
        self.style_convs, self.to_rgbs = nn.ModuleList(), nn.ModuleList()
        self.noises = nn.Module()
        self.noises.register_buffer("noise0", torch.empty(1, 1, _SMALLEST_PX, _SMALLEST_PX))
        for level, (below, side) in enumerate(pairwise(channels)):
            inward, outward = channels[below], channels[side]
            self.style_convs.append(StyledConvolution(inward, outward, is_doubling=True))
            self.style_convs.append(StyledConvolution(outward, outward))
            self.to_rgbs.append(ToRgb(outward))
            for at in (2 * level + 1, 2 * level + 2):
                self.noises.register_buffer(f"noise{at}", torch.empty(1, 1, side, side))

    def forward(self, styles: Tensor, conditions: list[tuple[Tensor, Tensor]]) -> Tensor:
        """``(N, 3, size, size)``.

        Args:
            styles: ``(N, layers, style)``: the first convolution's, the first colours', then of
                each level two convolutions'; its colours have the next one's.
            conditions: Factor and summand of half of the channels, level by level.
        """
        maps = self.constant_input(len(styles))
        maps = self.style_conv1(maps, styles[:, 0], self._noise(0))
        rgb: Tensor = self.to_rgb1(maps, styles[:, 1])
        for level, (factor, summand) in enumerate(conditions):
            at = 2 * level + 1
            maps = self.style_convs[at - 1](maps, styles[:, at], self._noise(at))
            same, steered = maps.chunk(2, dim=1)
            maps = torch.cat((same, steered * factor + summand), dim=1)
            maps = self.style_convs[at](maps, styles[:, at + 1], self._noise(at + 1))
            rgb = self.to_rgbs[level](maps, styles[:, at + 2], rgb)
        return rgb

    def _noise(self, at: int) -> Tensor:
        return self.noises.get_buffer(f"noise{at}")


class OriginalGfpgan(nn.Module):
    """The whole network, without weights.

    Args:
        channels: Side → channels of the generator's maps there (tests: smaller ones).
    """

    def __init__(self, channels: Mapping[int, int] = _CHANNELS) -> None:
        super().__init__()
        own = {side: count // 2 for side, count in channels.items()}
        sides = sorted(own)
        smallest, largest = own[sides[0]], own[sides[-1]]
        self.conv_body_first = _convolution(COLOURS, largest, 1)
        self.conv_body_down = nn.ModuleList(
            DownBlock(own[side], own[below]) for side, below in pairwise(sides[::-1])
        )
        self.final_conv = _convolution(smallest, smallest, KERNEL)
        layers = 2 * len(sides)
        self.final_linear = Linear(smallest * _SMALLEST_PX**2, layers * STYLE_DIM)
        self.conv_body_up, self.toRGB = nn.ModuleList(), nn.ModuleList()
        self.condition_scale, self.condition_shift = nn.ModuleList(), nn.ModuleList()
        for below, side in pairwise(sides):
            self.conv_body_up.append(UpBlock(own[below], own[side]))
            # Pictures of the U-Net itself, which only its training looked at.
            self.toRGB.append(Convolution(own[side], COLOURS, 1, has_bias=True))
            self.condition_scale.append(_steering(own[side]))
            self.condition_shift.append(_steering(own[side]))
        self.stylegan_decoder = Decoder(channels)
        self.eval()

    def forward(self, faces: Tensor) -> Tensor:
        """Faces drawn anew, about -1..1, of ``(N, 3, size, size)`` RGB of -1..1."""
        maps, seen = self.conv_body_first(faces), []
        for block in self.conv_body_down:
            maps = block(maps)
            seen.append(maps)
        maps = self.final_conv(maps)
        styles = self.final_linear(maps.flatten(1)).view(len(faces), -1, STYLE_DIM)
        conditions = []
        for level, block in enumerate(self.conv_body_up):
            maps = block(maps + seen[-1 - level])
            conditions.append(
                (self.condition_scale[level](maps), self.condition_shift[level](maps))
            )
        drawn: Tensor = self.stylegan_decoder(styles, conditions)
        return drawn


def _convolution(inward: int, outward: int, side: int) -> nn.Sequential:
    return nn.Sequential(Convolution(inward, outward, side), Activation(outward))


def _steering(channels: int) -> nn.Sequential:
    both = [Convolution(channels, channels, KERNEL, has_bias=True) for _ in range(2)]
    return nn.Sequential(both[0], Scaled(), both[1])
