"""The layers of StyleGAN2 that GPEN and the first GFPGAN are built of.

Attribute names are those of GPEN's checkpoints.

Plain convolutions throughout: filters are depth-wise convolutions, and a modulated convolution
scales what goes in and what comes out around one shared weight, so that a batch is one call.

Maps may be of half precision; whatever weighs them (style, demodulation, share, bias) is float32
and so is the arithmetic, rounded once as the result is stored.

Source of the formulas: the facts on the parity fixtures' page, after Karras et al., "Analyzing
and Improving the Image Quality of StyleGAN", arXiv 1912.04958.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as fn
from torch import Tensor, nn

BLUR = (1.0, 3.0, 3.0, 1.0)
SLOPE = 0.2  # of the leaky ReLU below zero
GAIN = math.sqrt(2)  # follows every leaky ReLU, so that the variance stays what it was
EPSILON = 1e-8
COLOURS = 3
KERNEL = 3  # side of every convolution but the first one and those to RGB


def activated(values: Tensor) -> Tensor:
    """Leaky ReLU and the factor that follows it."""
    return fn.leaky_relu(values, SLOPE) * GAIN


def fir_kernel(gain: float = 1) -> Tensor:
    """``(4, 4)`` float32: the outer product of 1-3-3-1, adding up to ``gain``."""
    # Without arithmetic on tensors: on the ``meta`` device it imports two seconds of libraries.
    share = gain / sum(BLUR) ** 2
    return torch.tensor([[one * other * share for other in BLUR] for one in BLUR])


class PixelNorm(nn.Module):
    """Brings each vector ``(N, features)`` to a mean square of 1."""

    def forward(self, vectors: Tensor) -> Tensor:
        return vectors * torch.rsqrt(vectors.square().mean(dim=1, keepdim=True) + EPSILON)


class Linear(nn.Module):
    """A linear layer with equalised learning rate: what is stored is scaled as it is used.

    Args:
        inward: Features in.
        outward: Features out.
        rate: Learning rate factor; weights and biases are multiplied by it.
        is_activated: Whether a leaky ReLU follows.
    """

    def __init__(
        self, inward: int, outward: int, *, rate: float = 1, is_activated: bool = False
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outward, inward))
        self.bias = nn.Parameter(torch.empty(outward))
        self._scale, self._rate = rate / math.sqrt(inward), rate
        self._is_activated = is_activated

    def forward(self, vectors: Tensor) -> Tensor:
        out = fn.linear(vectors, self.weight * self._scale, self.bias * self._rate)
        return activated(out) if self._is_activated else out


class Activation(nn.Module):
    """A bias for each channel, and the leaky ReLU; writes over the maps that it is given."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.empty(channels))

    def forward(self, maps: Tensor) -> Tensor:
        bias = self.bias[:, None, None]
        if maps.dtype == torch.float32:
            # Step by step as the reference rounds.
            return fn.leaky_relu_(maps.add_(bias), SLOPE).mul_(GAIN)
        # A leaky ReLU of a multiple is the multiple of the leaky ReLU: in a half the gain goes
        # first, in one step with the bias, and is rounded once.
        torch.add(bias * GAIN, maps, alpha=GAIN, out=maps)
        return fn.leaky_relu_(maps, SLOPE)


class Blur(nn.Module):
    """The 4 × 4 filter over every channel, as a depth-wise convolution.

    Args:
        pad: Zeros on each side.
        gain: What the kernel adds up to: 4 after zeros were put between pixels.

    Attributes:
        in_planes: Maps that lie channels last are filtered channel by channel instead, and laid
            back after; which of the two is faster depends on the card.
    """

    def __init__(self, pad: int, gain: float = 1) -> None:
        super().__init__()
        self.kernel: Tensor
        self.register_buffer("kernel", fir_kernel(gain))
        self._pad = pad
        self.in_planes = False

    def forward(self, maps: Tensor) -> Tensor:
        if not self.in_planes:
            return self._filtered(maps)
        planes = self._filtered(maps.contiguous())
        return planes.contiguous(memory_format=torch.channels_last)

    def _filtered(self, maps: Tensor) -> Tensor:
        # A filter is convolved, while the library's convolution correlates: hence the flip.
        kernel = self.kernel.flip(0, 1).to(maps.dtype)
        each = kernel.expand(maps.shape[1], 1, *kernel.shape)
        return fn.conv2d(maps, each, padding=self._pad, groups=maps.shape[1])


class Doubling(nn.Module):
    """Twice the side: zeros between the pixels and the 4 × 4 filter, in one convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.kernel: Tensor
        self.register_buffer("kernel", fir_kernel(4))

    def forward(self, maps: Tensor) -> Tensor:
        each = self.kernel.to(maps.dtype).expand(maps.shape[1], 1, *self.kernel.shape)
        return fn.conv_transpose2d(maps, each, stride=2, padding=1, groups=maps.shape[1])


class Convolution(nn.Module):
    """A convolution of an encoder, with equalised learning rate.

    Args:
        inward: Channels in.
        outward: Channels out.
        side: Of the kernel.
        stride: 1 keeps the side, with zeros around the maps; 2 halves that of blurred ones.
        has_bias: Whether one is added, as it is stored.
    """

    def __init__(
        self, inward: int, outward: int, side: int, *, stride: int = 1, has_bias: bool = False
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outward, inward, side, side))
        self.bias = nn.Parameter(torch.empty(outward)) if has_bias else None
        self._scale, self._stride = 1 / math.sqrt(inward * side * side), stride
        self._pad = side // 2 if stride == 1 else 0
        self._sees_colours, self._kind = inward == COLOURS, torch.float32

    def forward(self, maps: Tensor) -> Tensor:
        weight = self.weight if self._scale == 1 else self.weight * self._scale
        out = fn.conv2d(maps, weight, self.bias, stride=self._stride, padding=self._pad)
        return out.to(self._kind)

    def settle(self, kind: torch.dtype, layout: torch.memory_format) -> None:
        """Scale the weight for good, and keep it in this layout.

        What looks at colours computes in float32 all the same: eight bits are more than a half
        precision of 8 bits holds with a sign.
        """
        used = torch.float32 if self._sees_colours else kind
        scaled = (self.weight * self._scale).to(used).contiguous(memory_format=layout)
        self.weight, self._scale, self._kind = _fixed(scaled), 1, kind


class ModulatedConvolution(nn.Module):
    """A convolution whose input channels are weighed for each picture by its latent vector.

    The published form multiplies the weight for every picture and runs as many groups as there
    are pictures. Convolution is linear, so the same comes out where the input is scaled before
    and the output after one convolution for all.

    Args:
        inward: Channels in.
        outward: Channels out.
        style_dim: Length of the latent vector.
        is_to_rgb: Kernel 1 × 1 and the weighing as it is; else 3 × 3, with every output channel
            brought back to variance 1 (demodulation).
        is_doubling: Twice the side comes out.
    """

    def __init__(
        self,
        inward: int,
        outward: int,
        style_dim: int,
        *,
        is_to_rgb: bool = False,
        is_doubling: bool = False,
    ) -> None:
        super().__init__()
        side = 1 if is_to_rgb else KERNEL
        self.weight = nn.Parameter(torch.empty(1, outward, inward, side, side))
        self.blur = Blur(pad=1, gain=4) if is_doubling else None
        self.modulation = Linear(style_dim, inward)
        self._scale, self._pad = 1 / math.sqrt(inward * side * side), side // 2
        self._is_to_rgb = is_to_rgb
        self._energy: Tensor | None = None

    def forward(self, maps: Tensor, latent: Tensor) -> Tensor:
        """``(N, outward, H, W)``, or twice the side, of ``(N, inward, H, W)``."""
        style = self.modulation(latent) * self._scale
        weight = self.weight[0]
        scaled = _weighed(maps, style, weight.dtype)
        if self.blur is None:
            out = fn.conv2d(scaled, weight, padding=self._pad)
        else:
            out = fn.conv_transpose2d(scaled, weight.transpose(0, 1), stride=2)
        if not self._is_to_rgb:
            # A factor for each channel: before the blur or after it is the same.
            out.mul_(self._demodulation(style)[:, :, None, None])
        return out if self.blur is None else self.blur(out)

    def settle(self, kind: torch.dtype, layout: torch.memory_format) -> None:
        """Sum up the weight's energies for good, then keep it in this layout.

        What gives colours computes in float32 all the same.
        """
        if not self._is_to_rgb:
            self._energy = self._energies()
        weight = self.weight[0].to(torch.float32 if self._is_to_rgb else kind)
        if self.blur is None:
            weight = weight.contiguous(memory_format=layout)
        else:  # a transposed convolution takes it the other way round
            weight = weight.transpose(0, 1).contiguous(memory_format=layout).transpose(0, 1)
        self.weight = _fixed(weight[None])

    def _demodulation(self, style: Tensor) -> Tensor:
        """``(N, outward)``: one over the length of each output channel's modulated weight."""
        energy = self._energies() if self._energy is None else self._energy
        return torch.rsqrt(style.square() @ energy.T + EPSILON)

    def _energies(self) -> Tensor:
        """``(outward, inward)``: sums over the kernel of the weight's squares."""
        return self.weight[0].square().sum(dim=(2, 3))


def _weighed(maps: Tensor, factors: Tensor, kind: torch.dtype) -> Tensor:
    """Each channel of ``(N, C, H, W)`` times its factor of ``(N, C)``, stored as ``kind``."""
    out = torch.empty_like(maps, dtype=kind)
    return torch.mul(maps, factors[:, :, None, None], out=out)


def _fixed(values: Tensor) -> nn.Parameter:
    return nn.Parameter(values, requires_grad=False)
