"""Parts of the decoder: convolutions that choose where they look, at several reaches at once.

Names of parameters are those of the published checkpoints.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.ops import deform_conv2d

_INNER: Final = 64  # channels within a block
_REACHED: Final = 256  # channels of each reach
_SIDES: Final = (1, 3, 7)  # of the reaches' kernels, beside one of a single pixel


class Deformable(nn.Module):
    """A convolution that reads each of its pixels where the picture says, as much as it says.

    Args:
        inward: Channels taken.
        outward: Channels given.
        side: Of the kernel.
    """

    def __init__(self, inward: int, outward: int, side: int) -> None:
        super().__init__()
        self._margin = side // 2
        self.offset_conv = nn.Conv2d(inward, 2 * side * side, side, padding=self._margin)
        self.modulator_conv = nn.Conv2d(inward, side * side, side, padding=self._margin)
        self.regular_conv = nn.Conv2d(inward, outward, side, padding=self._margin, bias=False)

    def forward(self, values: Tensor) -> Tensor:
        return deform_conv2d(  # type: ignore[no-any-return]
            values,
            self.offset_conv(values),
            self.regular_conv.weight,
            padding=self._margin,
            mask=2 * torch.sigmoid(self.modulator_conv(values)),
        )


class _Reach(nn.Module):
    def __init__(self, inward: int, side: int) -> None:
        super().__init__()
        self.atrous_conv = Deformable(inward, _REACHED, side)
        self.bn = nn.BatchNorm2d(_REACHED)

    def forward(self, values: Tensor) -> Tensor:
        return functional.relu(self.bn(self.atrous_conv(values)))


class Reaches(nn.Module):
    """One pixel, three kernels and the mean of the whole, put together again.

    Args:
        width: Channels taken and given.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.aspp1 = _Reach(width, 1)
        self.aspp_deforms = nn.ModuleList(_Reach(width, side) for side in _SIDES)
        self.global_avg_pool = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(width, _REACHED, 1, bias=False),
            nn.BatchNorm2d(_REACHED),
            nn.ReLU(),
        )
        self.conv1 = nn.Conv2d(_REACHED * (2 + len(_SIDES)), width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)

    def forward(self, values: Tensor) -> Tensor:
        found = [reach(values) for reach in (self.aspp1, *self.aspp_deforms)]
        # Of one pixel, made as large as the others.
        found.append(self.global_avg_pool(values).expand(-1, -1, *values.shape[2:]))
        return functional.relu(self.bn1(self.conv1(torch.cat(found, dim=1))))


class Block(nn.Module):
    """A step of the decoder.

    Args:
        inward: Channels taken.
        outward: Channels given.
    """

    def __init__(self, inward: int, outward: int) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(inward, _INNER, 3, padding=1)
        self.dec_att = Reaches(_INNER)
        self.conv_out = nn.Conv2d(_INNER, outward, 3, padding=1)
        self.bn_in = nn.BatchNorm2d(_INNER)
        self.bn_out = nn.BatchNorm2d(outward)

    def forward(self, values: Tensor) -> Tensor:
        inner = self.dec_att(functional.relu(self.bn_in(self.conv_in(values))))
        return self.bn_out(self.conv_out(inner))  # type: ignore[no-any-return]


class Lateral(nn.Module):
    """What a level of the trunk adds.

    Args:
        width: Channels taken and given.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 1)

    def forward(self, values: Tensor) -> Tensor:
        return self.conv(values)  # type: ignore[no-any-return]


class Glance(nn.Module):
    """What the picture itself adds, its patches laid over one another.

    Args:
        tiles: How many patches.
        outward: Channels given.
    """

    def __init__(self, tiles: int, outward: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3 * tiles, _INNER, 3, padding=1)
        self.conv_out = nn.Conv2d(_INNER, outward, 3, padding=1)

    def forward(self, patches: Tensor) -> Tensor:
        return self.conv_out(self.conv1(patches))  # type: ignore[no-any-return]


def patches_of(pictures: Tensor, size: tuple[int, int]) -> Tensor:
    """``(N, tiles · C, h, w)``: patches of that size over one another, column by column.

    The weights were trained in this order: left column first, each from above, the colours of a
    patch together. Source: ``get_patches_batch`` of the code that the checkpoints were published
    with; later code lays them in another order over the same weights.

    Args:
        pictures: ``(N, C, H, W)``; H and W multiples of the size.
        size: Rows and columns of a patch.
    """
    count, colours, rows, columns = pictures.shape
    down, right = rows // size[0], columns // size[1]
    cut = pictures.reshape(count, colours, down, size[0], right, size[1])
    return cut.permute(0, 4, 2, 1, 3, 5).reshape(count, -1, *size)


def stretched(values: Tensor, like: Tensor) -> Tensor:
    """Maps as large as others: corners on corners, as the network was trained."""
    size = like.shape[2:]
    return functional.interpolate(values, size=size, mode="bilinear", align_corners=True)
