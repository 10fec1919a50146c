"""The network: IR-SE with 64 layers, and heads for a feature and for its uncertainty.

Names of attributes are those of the published checkpoint (501 keys), so that it loads key for
key; inference only, hence no dropout and no gradients. Written from the facts of the parity
fixtures (keys, shapes, order of layers, numbers).

Source of the method: Shang et al., "Improving Training and Inference of Face Recognition Models
via Random Temperature Scaling", arXiv 2212.01015.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

SIDE_PX = 112
FEATURES = 512
REDUCTION = 16  # of the squeeze-excite block
MAPS_PX = 7  # side of the last maps: 112 halved four times
STEM_CHANNELS = 64

# (channels, blocks) of the four stages; the first block of each halves the side.
STAGES = ((64, 3), (128, 8), (256, 16), (512, 3))


@dataclass(frozen=True, slots=True)
class Heads:
    """What the network says of ``N`` faces.

    Attributes:
        feature: ``(N, 512)`` float32, not normalised.
        log_variance: ``(N, 1)`` float32; any number.
        log_variance_plus: ``(N, alpha)`` float32 of the second head, where it was asked for.
    """

    feature: Tensor
    log_variance: Tensor
    log_variance_plus: Tensor | None = None


class SqueezeExcite(nn.Module):
    """Weighs each channel by what all of them hold on average."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // REDUCTION, 1, bias=False)
        self.fc2 = nn.Conv2d(channels // REDUCTION, channels, 1, bias=False)

    def forward(self, maps: Tensor) -> Tensor:
        mean = maps.mean(dim=(2, 3), keepdim=True)
        weight: Tensor = torch.sigmoid(self.fc2(torch.relu(self.fc1(mean))))
        return maps * weight


class Block(nn.Module):
    """Two convolutions and a squeeze-excite beside a shortcut.

    Args:
        inward: Channels that come in.
        outward: Channels that go out. Where they are as many, the shortcut is plain
            subsampling; else a 1 × 1 convolution.
        stride: 1, or 2 to halve the side.
    """

    def __init__(self, inward: int, outward: int, stride: int) -> None:
        super().__init__()
        self.shortcut_layer: nn.Module
        if inward == outward:
            self.shortcut_layer = nn.MaxPool2d(1, stride)
        else:
            self.shortcut_layer = nn.Sequential(
                nn.Conv2d(inward, outward, 1, stride, bias=False),
                nn.BatchNorm2d(outward),
            )
        self.res_layer = nn.Sequential(
            nn.BatchNorm2d(inward),
            nn.Conv2d(inward, outward, 3, 1, 1, bias=False),
            nn.PReLU(outward),
            nn.Conv2d(outward, outward, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outward),
            SqueezeExcite(outward),
        )

    def forward(self, maps: Tensor) -> Tensor:
        out: Tensor = self.res_layer(maps) + self.shortcut_layer(maps)
        return out


class RtsNetwork(nn.Module):
    """The whole network, without weights.

    Args:
        alpha: Length of the second uncertainty head (``alpha_of`` a checkpoint). Both heads are
            always there, because the checkpoint holds both.
    """

    def __init__(self, alpha: int) -> None:
        super().__init__()
        self.alpha = alpha
        stem = nn.Sequential(
            nn.Conv2d(3, STEM_CHANNELS, 3, 1, 1, bias=False),
            nn.BatchNorm2d(STEM_CHANNELS),
            nn.PReLU(STEM_CHANNELS),
        )
        channels = STAGES[-1][0]
        self.features = nn.Sequential(
            stem, nn.Sequential(*_body()), nn.Sequential(nn.BatchNorm2d(channels), nn.Flatten())
        )
        flat = channels * MAPS_PX * MAPS_PX
        self.features_backbone = _head(flat, FEATURES)
        self.logvar_rts_backbone = _head(flat, 1)
        self.logvar_rts_plus_backbone = _head(flat, alpha)
        self.eval()

    def forward(self, faces: Tensor, *, plus: bool = False) -> Heads:
        """Both heads for ``(N, 3, 112, 112)`` RGB, -1..1, in the trunk's own precision.

        The heads always compute in float32: a sum over 25,088 numbers, and an exponent after it.

        Args:
            faces: Aligned to the ArcFace template.
            plus: Run the second uncertainty head too.
        """
        flat: Tensor = self.features(faces).float()
        return Heads(
            feature=self.features_backbone(flat),
            log_variance=self.logvar_rts_backbone(flat),
            log_variance_plus=self.logvar_rts_plus_backbone(flat) if plus else None,
        )

    def halve_trunk(self) -> None:
        """Compute everything up to the heads in half precision from now on."""
        self.features.half()


def _body() -> list[Block]:
    blocks, inward = [], STEM_CHANNELS
    for channels, count in STAGES:
        for index in range(count):
            blocks.append(Block(inward, channels, stride=2 if index == 0 else 1))
            inward = channels
    return blocks


def _head(inward: int, outward: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inward, outward), nn.BatchNorm1d(outward))


def alpha_of(shapes: Mapping[str, tuple[int, ...]]) -> int | None:
    """The length of the second uncertainty head of a checkpoint, or ``None`` without one.

    Args:
        shapes: Key → shape.
    """
    shape = shapes.get("logvar_rts_plus_backbone.0.bias", ())
    return shape[0] if len(shape) == 1 else None
