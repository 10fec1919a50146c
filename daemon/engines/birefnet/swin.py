"""The trunk: Swin Transformer, whose attention stays within windows that are moved by turns.

Written after Liu et al., "Swin Transformer" (2021); names of parameters are those of the published
checkpoints of BiRefNet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

_PATCH_PX, _FOLD = 4, 4  # a patch's side; how much wider a block's inner layer is


@dataclass(frozen=True, slots=True)
class Trunk:
    """Sizes of a trunk.

    Attributes:
        width: Channels of the first level; each further one has twice as many.
        depths: Blocks of each level.
        heads: Heads of attention of each level.
        window: Side of a window, in patches.
    """

    width: int
    depths: tuple[int, ...]
    heads: tuple[int, ...]
    window: int

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of each level."""
        return tuple(self.width << level for level in range(len(self.depths)))


SWIN_L: Final = Trunk(192, (2, 2, 18, 2), (6, 12, 24, 48), 12)
"""Source: swin_v1_l of BiRefNet, the published Swin-L with windows of 12."""


class SwinTrunk(nn.Module):
    """Maps of four levels, at a fourth to a thirty-second of the picture's size.

    Args:
        trunk: Its sizes.
    """

    def __init__(self, trunk: Trunk) -> None:
        super().__init__()
        self.patch_embed = _Patches(trunk.width)
        self.layers = nn.ModuleList()
        last = len(trunk.depths) - 1
        for at, width in enumerate(trunk.widths):
            sizes = width, trunk.depths[at], trunk.heads[at], trunk.window
            self.layers.append(_Level(*sizes, is_last=at == last))
        for at, width in enumerate(trunk.widths):
            self.add_module(f"norm{at}", nn.LayerNorm(width))

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """``(N, C, h, w)`` of each level.

        Args:
            pictures: ``(N, 3, H, W)``, less the mean and over the deviation.
        """
        values = self.patch_embed(pictures)
        found = []
        for at, level in enumerate(self.layers):
            own, values = level(values)
            found.append(self.get_submodule(f"norm{at}")(own).permute(0, 3, 1, 2).contiguous())
        return found


class _Patches(nn.Module):
    """``(N, h, w, C)`` of pictures, a vector for each patch."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, _PATCH_PX, _PATCH_PX)
        self.norm = nn.LayerNorm(width)

    def forward(self, pictures: Tensor) -> Tensor:
        down, right = (-side % _PATCH_PX for side in pictures.shape[2:])
        whole = functional.pad(pictures, (0, right, 0, down))
        return self.norm(self.proj(whole).permute(0, 2, 3, 1))  # type: ignore[no-any-return]


class _Level(nn.Module):
    """Blocks at one size; gives their values, and those with half the rows and columns."""

    def __init__(self, width: int, depth: int, heads: int, window: int, *, is_last: bool) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            _Block(width, heads, window, shift=window // 2 if at % 2 else 0) for at in range(depth)
        )
        self.downsample = None if is_last else _Merging(width)

    def forward(self, values: Tensor) -> tuple[Tensor, Tensor]:
        for block in self.blocks:
            values = block(values)
        return values, values if self.downsample is None else self.downsample(values)


class _Merging(nn.Module):
    """Four neighbours become one of twice the width."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.reduction = nn.Linear(4 * width, 2 * width, bias=False)
        self.norm = nn.LayerNorm(4 * width)

    def forward(self, values: Tensor) -> Tensor:
        whole = functional.pad(values, (0, 0, 0, values.shape[2] % 2, 0, values.shape[1] % 2))
        # Down before right: the order that the weights were trained in.
        four = [whole[:, down::2, right::2] for right in (0, 1) for down in (0, 1)]
        return self.reduction(self.norm(torch.cat(four, dim=3)))  # type: ignore[no-any-return]


class _Block(nn.Module):
    """Attention within windows, then a layer of its own for each place."""

    def __init__(self, width: int, heads: int, window: int, *, shift: int) -> None:
        super().__init__()
        self._window, self._shift = window, shift
        self.norm1 = nn.LayerNorm(width)
        self.attn = WindowAttention(width, heads, window)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = _Mlp(width)

    def forward(self, values: Tensor) -> Tensor:
        values = values + self._attended(self.norm1(values))
        return values + self.mlp(self.norm2(values))  # type: ignore[no-any-return]

    def _attended(self, values: Tensor) -> Tensor:
        rows, columns = values.shape[1:3]
        side, shift = self._window, self._shift
        values = functional.pad(values, (0, 0, 0, -columns % side, 0, -rows % side))
        size = values.shape[1], values.shape[2]
        strangers = None
        if shift:
            values = values.roll((-shift, -shift), (1, 2))
            strangers = strangers_of(size, side, shift, values.device)
        found = joined(self.attn(windows_of(values, side), strangers), size, side)
        if shift:
            found = found.roll((shift, shift), (1, 2))
        return found[:, :rows, :columns]


class _Mlp(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, _FOLD * width)
        self.fc2 = nn.Linear(_FOLD * width, width)

    def forward(self, values: Tensor) -> Tensor:
        return self.fc2(functional.gelu(self.fc1(values)))  # type: ignore[no-any-return]


class WindowAttention(nn.Module):
    """Attention among the places of a window, with a bias for how two of them lie.

    Args:
        width: Channels.
        heads: Heads, each of ``width / heads`` channels.
        window: Side of a window.
    """

    relative_position_index: Tensor

    def __init__(self, width: int, heads: int, window: int) -> None:
        super().__init__()
        self._heads = heads
        ways = (2 * window - 1) ** 2
        self.relative_position_bias_table = nn.Parameter(torch.zeros(ways, heads))
        self.register_buffer("relative_position_index", apart_in(window))
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, windows: Tensor, strangers: Tensor | None = None) -> Tensor:
        """As ``windows``.

        Args:
            windows: ``(N · K, L, C)``: K windows of each of N pictures, L places of each.
            strangers: ``(K, L, L)`` bool: places that are no neighbours in the picture, though
                they lie in one window.
        """
        count, places, width = windows.shape
        parts = self.qkv(windows).view(count, places, 3, self._heads, width // self._heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        table = self.relative_position_bias_table[self.relative_position_index.view(-1)]
        bias = table.view(places, places, self._heads).permute(2, 0, 1)[None]
        if strangers is not None:
            bias = bias.masked_fill(strangers[:, None], -torch.inf)
            bias = bias.repeat(count // len(strangers), 1, 1, 1)
        found = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        return self.proj(found.transpose(1, 2).reshape(count, places, width))  # type: ignore[no-any-return]


def apart_in(window: int) -> Tensor:
    """``(L, L)`` int64: which row of the bias table belongs to two places of a window."""
    at = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij"))
    apart = at.flatten(1)[:, :, None] - at.flatten(1)[:, None, :] + window - 1
    return apart[0] * (2 * window - 1) + apart[1]


def windows_of(values: Tensor, side: int) -> Tensor:
    """``(N · K, side², C)`` of ``(N, h, w, C)``, h and w multiples of the side; rows first."""
    count, rows, columns, width = values.shape
    cut = values.view(count, rows // side, side, columns // side, side, width)
    return cut.transpose(2, 3).reshape(-1, side * side, width)


def joined(windows: Tensor, size: tuple[int, int], side: int) -> Tensor:
    """``(N, h, w, C)`` of what ``windows_of`` cut."""
    rows, columns = size
    width = windows.shape[2]
    cut = windows.view(-1, rows // side, columns // side, side, side, width)
    return cut.transpose(2, 3).reshape(-1, rows, columns, width)


def strangers_of(size: tuple[int, int], side: int, shift: int, device: torch.device) -> Tensor:
    """``(K, side², side²)`` bool: of a picture that was rolled, what its edge has brought together.

    Args:
        size: Rows and columns, multiples of the side.
        side: Of a window.
        shift: By how much it was rolled up and to the left.
        device: Where it is wanted.
    """
    parts = []
    for length in size:
        at = torch.arange(length, device=device)
        parts.append((at >= length - side).long() + (at >= length - shift).long())
    areas = 3 * parts[0][:, None] + parts[1][None]
    inside = windows_of(areas[None, :, :, None], side)[:, :, 0]
    return inside[:, :, None] != inside[:, None, :]
