"""The network: an encoder that looks at a damaged face, and a generator that draws it anew.

Names of attributes are those of the published checkpoints (144 to 201 keys), so that they load
key for key; inference only. Written from the facts of the parity fixtures (keys, shapes, order
of layers, numbers).

Source of the method: Yang et al., "GAN Prior Embedded Network for Blind Face Restoration in the
Wild", arXiv 2105.06070.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from daemon.engines.gpen.plan import SMALLEST_PX, Plan
from daemon.engines.stylegan import (
    COLOURS,
    KERNEL,
    Activation,
    Blur,
    Convolution,
    Doubling,
    Linear,
    ModulatedConvolution,
    PixelNorm,
)

_MAPPING_RATE = 0.01  # learning rate factor of the mapping network (``lr_mlp``)


class Constant(nn.Module):
    """The 4 × 4 maps that every face begins with."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.input = nn.Parameter(torch.empty(1, channels, SMALLEST_PX, SMALLEST_PX))

    def forward(self, count: int) -> Tensor:
        return self.input.expand(count, -1, -1, -1)


class Share(nn.Module):
    """How much of the encoder's maps is let in; stands where StyleGAN2 adds noise."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(1))

    def forward(self, maps: Tensor, encoded: Tensor) -> Tensor:
        """Both, one behind the other: twice the channels, the convolution's first."""
        let_in = torch.mul(encoded, self.weight, out=torch.empty_like(encoded, dtype=maps.dtype))
        return torch.cat((maps, let_in), dim=1)


class StyledConvolution(nn.Module):
    """A modulated convolution, the encoder's maps beside it, and the activation of both."""

    def __init__(
        self, inward: int, outward: int, style_dim: int, *, is_doubling: bool = False
    ) -> None:
        super().__init__()
        self.conv = ModulatedConvolution(inward, outward, style_dim, is_doubling=is_doubling)
        self.noise = Share()
        self.activate = Activation(2 * outward)

    def forward(self, maps: Tensor, latent: Tensor, encoded: Tensor) -> Tensor:
        out: Tensor = self.activate(self.noise(self.conv(maps, latent), encoded))
        return out


class ToRgb(nn.Module):
    """Colours of one level, added to those of the level below at twice their side."""

    def __init__(self, inward: int, style_dim: int, *, is_first: bool = False) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.empty(1, COLOURS, 1, 1))
        self.upsample = None if is_first else Doubling()
        self.conv = ModulatedConvolution(inward, COLOURS, style_dim, is_to_rgb=True)

    def forward(self, maps: Tensor, latent: Tensor, below: Tensor | None = None) -> Tensor:
        rgb: Tensor = self.conv(maps, latent) + self.bias
        if self.upsample is None or below is None:
            return rgb
        doubled: Tensor = self.upsample(below)
        return rgb + doubled


class Generator(nn.Module):
    """The generator.

    Args:
        plan: Sizes and channels.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        style_dim, first = plan.style_dim, plan.channels(SMALLEST_PX)
        mapping = [
            Linear(style_dim, style_dim, rate=_MAPPING_RATE, is_activated=True)
            for _ in range(plan.mapping_layers)
        ]
        self.style = nn.Sequential(PixelNorm(), *mapping)
        self.input = Constant(first)
        self.conv1 = StyledConvolution(first, first, style_dim)
        self.to_rgb1 = ToRgb(2 * first, style_dim, is_first=True)
        self.convs, self.to_rgbs = nn.ModuleList(), nn.ModuleList()
        for below, side in pairwise(plan.sides_px):
            inward, outward = 2 * plan.channels(below), plan.channels(side)
            self.convs += [
                StyledConvolution(inward, outward, style_dim, is_doubling=True),
                StyledConvolution(2 * outward, outward, style_dim),
            ]
            self.to_rgbs.append(ToRgb(2 * outward, style_dim))

    def forward(self, vector: Tensor, encoded: Sequence[Tensor]) -> Tensor:
        """``(N, 3, size, size)`` of the encoder's vector and maps.

        Args:
            vector: ``(N, style_dim)``.
            encoded: Maps of 4, 8, … pixels; the first serve once, all others twice.
        """
        latent = self.style(vector)
        maps = self.conv1(self.input(len(vector)), latent, encoded[0])
        rgb: Tensor = self.to_rgb1(maps, latent)
        for level, skip in enumerate(encoded[1:]):
            maps = self.convs[2 * level](maps, latent, skip)
            maps = self.convs[2 * level + 1](maps, latent, skip)
            rgb = self.to_rgbs[level](maps, latent, rgb)
        return rgb


class GpenNetwork(nn.Module):
    """The whole network, without weights.

    Args:
        plan: Sizes and channels (``plan_of`` a checkpoint, or one of ``OFFICIAL``).

    Attributes:
        plan: As given.
        layout: Order of maps in memory, once it is settled; before, that of what comes in.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan
        self.layout: torch.memory_format | None = None
        self.generator = Generator(plan)
        for index, stage in enumerate(_encoder(plan)):
            self.add_module(f"ecd{index}", stage)
        flat = plan.channels(SMALLEST_PX) * SMALLEST_PX * SMALLEST_PX
        self.final_linear = nn.Sequential(Linear(flat, plan.style_dim, is_activated=True))
        self.eval()

    @property
    def encoder(self) -> tuple[nn.Module, ...]:
        """Its stages, from the picture's own size down to 4 pixels."""
        return tuple(self.get_submodule(f"ecd{n}") for n in range(len(self.plan.sides_px)))

    def forward(self, faces: Tensor) -> Tensor:
        """Faces drawn anew, about -1..1 and not clipped.

        Args:
            faces: ``(N, 3, size, size)`` RGB, -1..1, aligned to the GPEN template.
        """
        encoded, maps = [], faces
        if self.layout is not None:  # one whose maps lie otherwise would be followed by all
            maps = faces.contiguous(memory_format=self.layout)
        for stage in self.encoder:
            maps = stage(maps)
            encoded.append(maps)
        vector = self.final_linear(maps.flatten(1).float())
        out: Tensor = self.generator(vector, encoded[::-1])
        return out

    def settle(
        self,
        kind: torch.dtype = torch.float32,
        layout: torch.memory_format = torch.contiguous_format,
    ) -> None:
        """Prepare the weights for computing; their state is no checkpoint from now on.

        Args:
            kind: Precision of the large convolutions. What looks at colours (the encoder's first
                layer, every layer to RGB), the vectors and all weighing stay float32.
            layout: Order of the weights in memory, and so of the maps.
        """
        self.layout = layout
        for layer in self.modules():
            if isinstance(layer, (Convolution, ModulatedConvolution)):
                layer.settle(kind, layout)


def _encoder(plan: Plan) -> list[nn.Sequential]:
    """One stage for each side; each but the first blurs and halves."""
    sides = plan.sides_px[::-1]
    channels = plan.channels(sides[0])
    stages = [nn.Sequential(nn.Sequential(Convolution(COLOURS, channels, 1), Activation(channels)))]
    for above, side in pairwise(sides):
        inward, outward = plan.channels(above), plan.channels(side)
        convolution = Convolution(inward, outward, KERNEL, stride=2)
        stages.append(nn.Sequential(nn.Sequential(Blur(2), convolution, Activation(outward))))
    return stages
