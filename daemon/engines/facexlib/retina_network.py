"""RetinaFace: trunk, feature pyramid, context modules and heads, key for key as published.

Put together here from facexlib's parts, because facexlib's own class lies in a file that imports
the whole package.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from daemon.engines.facexlib.networks import network_file

_LEVELS = 3
_ANCHORS = 2  # at every cell
_CHANNELS = {"mobile": 32, "resnet50": 256}  # of the trunk; its three maps have 2, 4 and 8 times
_WIDTH = {"mobile": 64, "resnet50": 256}  # of the pyramid
_TAKEN = {
    "mobile": ("stage1", "stage2", "stage3"),
    "resnet50": ("layer2", "layer3", "layer4"),
}


class RetinaNetwork(nn.Module):
    """The network, without weights.

    Args:
        trunk: ``mobile`` (MobileNet-0.25) or ``resnet50``.

    Raises:
        EngineUnavailable: facexlib is not installed.
    """

    def __init__(self, trunk: str) -> None:
        super().__init__()
        parts = network_file("detection.retinaface_net")
        self._taken = _TAKEN[trunk]
        self.body = _body(parts, trunk)
        channels, width = _CHANNELS[trunk], _WIDTH[trunk]
        self.fpn = parts.FPN([channels * 2, channels * 4, channels * 8], width)
        self.ssh1 = parts.SSH(width, width)
        self.ssh2 = parts.SSH(width, width)
        self.ssh3 = parts.SSH(width, width)
        self.ClassHead = parts.make_class_head(_LEVELS, width, _ANCHORS)
        self.BboxHead = parts.make_bbox_head(_LEVELS, width, _ANCHORS)
        self.LandmarkHead = parts.make_landmark_head(_LEVELS, width, _ANCHORS)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Boxes ``(N, A, 4)``, scores ``(N, A)`` and landmarks ``(N, A, 10)``.

        Args:
            pictures: ``(N, 3, H, W)`` BGR less its mean; sides of multiples of 32.
        """
        maps = []
        for name, stage in self.body.items():
            pictures = stage(pictures)
            if name in self._taken:
                maps.append(pictures)
        levels = self.fpn(maps)
        context = [self.ssh1(levels[0]), self.ssh2(levels[1]), self.ssh3(levels[2])]
        boxes, classes, points = (
            torch.cat([head(level) for head, level in zip(heads, context, strict=True)], dim=1)
            for heads in (self.BboxHead, self.ClassHead, self.LandmarkHead)
        )
        return boxes, torch.softmax(classes, dim=-1)[..., 1], points


def _body(parts: Any, trunk: str) -> nn.ModuleDict:
    """The trunk up to the last map that is wanted; its classifier is not in the files."""
    if trunk == "mobile":
        whole = parts.MobileNetV1()
    else:
        from torchvision.models import resnet50  # noqa: PLC0415 - a second, only for this trunk

        whole = resnet50(weights=None)
    last = _TAKEN[trunk][-1]
    stages = nn.ModuleDict()
    for name, stage in whole.named_children():
        stages[name] = stage
        if name == last:
            break
    return stages
