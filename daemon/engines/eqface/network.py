"""The networks: IR with 100 layers, and a head that says how good the face is.

Names of attributes are those of the published checkpoints, so that they load key for key;
``qualtiy`` is spelled as there. Inference only, hence no dropout and no gradients. Written from
the facts of the parity fixtures (keys, shapes, order of layers, numbers).

Source of the method: Liu and Tan, "EQFace: A Simple Explicit Quality Network for Face
Recognition", arXiv 2105.00634.
"""

from __future__ import annotations

from typing import Final

from torch import Tensor, nn

SIDE_PX: Final = 112
FEATURES: Final = 512
FLAT: Final = 512 * 7 * 7
STEM_CHANNELS: Final = 64

# (channels, blocks) of the four stages; the first block of each halves the side.
STAGES: Final = ((64, 3), (128, 13), (256, 30), (512, 3))


class Block(nn.Module):
    """Two convolutions beside a shortcut.

    Args:
        inward: Channels that come in.
        outward: Channels that go out.
        stride: 1, or 2 to halve the side.
        projects: The shortcut is a 1 × 1 convolution; else what comes in, as it is.
    """

    def __init__(self, inward: int, outward: int, stride: int, *, projects: bool) -> None:
        super().__init__()
        self.res_layer = nn.Sequential(
            nn.BatchNorm2d(inward),
            nn.Conv2d(inward, outward, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outward),
            nn.PReLU(outward),
            nn.Conv2d(outward, outward, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outward),
        )
        self.shortcut_layer: nn.Module = nn.Identity()
        if projects:
            self.shortcut_layer = nn.Sequential(
                nn.Conv2d(inward, outward, 1, stride, bias=False), nn.BatchNorm2d(outward)
            )

    def forward(self, maps: Tensor) -> Tensor:
        out: Tensor = self.res_layer(maps) + self.shortcut_layer(maps)
        return out


class EqBackbone(nn.Module):
    """The trunk, without weights."""

    def __init__(self) -> None:
        super().__init__()
        self.input_layer = nn.Sequential(
            nn.Conv2d(3, STEM_CHANNELS, 3, 1, 1, bias=False),
            nn.BatchNorm2d(STEM_CHANNELS),
            nn.PReLU(STEM_CHANNELS),
        )
        inward = STEM_CHANNELS
        for number, (channels, count) in enumerate(STAGES, start=1):
            first = Block(inward, channels, 2, projects=True)
            others = (Block(channels, channels, 1, projects=False) for _ in range(count - 1))
            self.add_module(f"layer{number}", nn.Sequential(first, *others))
            inward = channels
        self.output_layer = nn.Sequential(nn.BatchNorm2d(inward), nn.Flatten())
        self.feature_layer = nn.Sequential(nn.Linear(FLAT, FEATURES), nn.BatchNorm1d(FEATURES))
        self.eval()

    def forward(self, faces: Tensor) -> tuple[Tensor, Tensor]:
        """Features ``(N, 512)`` and the flattened map ``(N, 25088)`` that the head wants.

        Args:
            faces: ``(N, 3, 112, 112)`` RGB, ``(v - 127.5) / 128``.
        """
        maps: Tensor = self.input_layer(faces)
        for number in range(1, len(STAGES) + 1):
            maps = self.get_submodule(f"layer{number}")(maps)
        flat: Tensor = self.output_layer(maps)
        return self.feature_layer(flat), flat


class EqQuality(nn.Module):
    """The head, without weights."""

    def __init__(self) -> None:
        super().__init__()
        self.qualtiy = nn.Sequential(
            nn.Linear(FLAT, FEATURES, bias=False),
            nn.BatchNorm1d(FEATURES),
            nn.ReLU(),
            nn.Linear(FEATURES, 2, bias=False),
        )
        self.eval()

    def forward(self, flat: Tensor) -> Tensor:
        """Two numbers for each ``(N, 25088)``; the first of their softmax is the quality."""
        logits: Tensor = self.qualtiy(flat)
        return logits
