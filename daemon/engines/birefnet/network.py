"""BiRefNet: a trunk that looks twice, and a decoder that looks at the picture again at each step.

Zheng et al., "Bilateral Reference for High-Resolution Dichotomous Image Segmentation" (2024).
Names of parameters are those of the published checkpoints; of what only training used there are
the parameters alone.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from daemon.engines.birefnet.blocks import Block, Glance, Lateral, patches_of, stretched
from daemon.engines.birefnet.swin import SWIN_L, SwinTrunk, Trunk

MULTIPLE = 32  # of rows and columns
_EDGE = 16  # channels that look for edges


class BiRefNet(nn.Module):
    """The network.

    Args:
        trunk: Sizes of its trunk.
    """

    def __init__(self, trunk: Trunk = SWIN_L) -> None:
        super().__init__()
        # Twice as many: the picture at its own and at half its size.
        widths = tuple(2 * width for width in reversed(trunk.widths))
        self.bb = SwinTrunk(trunk)
        self.squeeze_module = nn.Sequential(Block(sum(widths), widths[0]))
        self.decoder = _Decoder(widths)

    def forward(self, pictures: Tensor) -> Tensor:
        """``(N, 1, H, W)``: what wants a sigmoid yet.

        Args:
            pictures: ``(N, 3, H, W)`` RGB less the mean and over the deviation of ImageNet; H
                and W multiples of ``MULTIPLE``.
        """
        levels = self._looked(pictures)
        *finer, last = levels
        last = torch.cat([*(stretched(level, last) for level in finer), last], dim=1)
        levels[-1] = self.squeeze_module(last)
        return self.decoder(pictures, levels)  # type: ignore[no-any-return]

    def _looked(self, pictures: Tensor) -> list[Tensor]:
        """Maps of four levels, finest first: of the picture, and of one half its size."""
        half = pictures.shape[2] // 2, pictures.shape[3] // 2
        small = functional.interpolate(pictures, size=half, mode="bilinear", align_corners=True)
        pairs = zip(self.bb(pictures), self.bb(small), strict=True)
        return [torch.cat((own, stretched(other, own)), dim=1) for own, other in pairs]


class _Decoder(nn.Module):
    """From the coarsest level to the picture's size.

    Args:
        widths: Channels of the four levels, coarsest first.
    """

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        deep, third, second, first = widths
        glances = (deep // 8, deep // 8, third // 8, second // 8, first // 8)
        # Of a patch as large as the coarsest level there are 32², of the whole picture one.
        for name, side, outward in zip((5, 4, 3, 2, 1), (32, 16, 8, 4, 1), glances, strict=True):
            self.add_module(f"ipt_blk{name}", Glance(side * side, outward))
        self.decoder_block4 = Block(deep + glances[0], third)
        self.decoder_block3 = Block(third + glances[1], second)
        self.decoder_block2 = Block(second + glances[2], first)
        self.decoder_block1 = Block(first + glances[3], first // 2)
        self.conv_out1 = nn.Sequential(nn.Conv2d(first // 2 + glances[4], 1, 1))
        for name, width in ((4, third), (3, second), (2, first)):
            self.add_module(f"lateral_block{name}", Lateral(width))
            self.add_module(f"conv_ms_spvn_{name}", nn.Conv2d(width, 1, 1))
            edges = nn.Conv2d(width, _EDGE, 3, padding=1), nn.BatchNorm2d(_EDGE), nn.ReLU()
            self.add_module(f"gdt_convs_{name}", nn.Sequential(*edges))
            self.add_module(f"gdt_convs_pred_{name}", nn.Sequential(nn.Conv2d(_EDGE, 1, 1)))
            self.add_module(f"gdt_convs_attn_{name}", nn.Sequential(nn.Conv2d(_EDGE, 1, 1)))

    def forward(self, pictures: Tensor, levels: list[Tensor]) -> Tensor:
        """``(N, 1, H, W)``.

        Args:
            pictures: ``(N, 3, H, W)``.
            levels: Maps of the trunk, finest first.
        """
        found = self._stepped(4, self._with_glance(5, levels[3], pictures))
        for name, level in ((4, levels[2]), (3, levels[1]), (2, levels[0])):
            if name < 4:
                found = self._stepped(name, found)
            found = stretched(found, level) + self.get_submodule(f"lateral_block{name}")(level)
            found = self._with_glance(name, found, pictures)
        return self._finished(self.decoder_block1(found), pictures)

    def _with_glance(self, name: int, values: Tensor, pictures: Tensor) -> Tensor:
        patches = patches_of(pictures, (values.shape[2], values.shape[3]))
        return torch.cat((values, self.get_submodule(f"ipt_blk{name}")(patches)), dim=1)

    def _stepped(self, name: int, values: Tensor) -> Tensor:
        """A block, and of what it gives less where no edge is."""
        values = self.get_submodule(f"decoder_block{name}")(values)
        edges = self.get_submodule(f"gdt_convs_{name}")(values)
        return values * torch.sigmoid(self.get_submodule(f"gdt_convs_attn_{name}")(edges))

    def _finished(self, values: Tensor, pictures: Tensor) -> Tensor:
        """The last sum of maps, taken before they are stretched to the picture's size.

        A sum of stretched maps is the stretched sum; so two gigabytes of maps are never made.
        """
        weight, bias = (self.conv_out1.get_parameter(f"0.{name}") for name in ("weight", "bias"))
        width = values.shape[1]
        coarse = functional.conv2d(values, weight[:, :width], bias)
        seen = self.get_submodule("ipt_blk1")(pictures)
        return stretched(coarse, pictures) + functional.conv2d(seen, weight[:, width:])
