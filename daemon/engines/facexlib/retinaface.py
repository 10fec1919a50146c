"""Finds faces at several scales with RetinaFace, and keeps one box for each."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from daemon.engines.base import Face
from daemon.engines.cuda import cuda_errors, full_float32
from daemon.engines.facexlib.loading import loaded
from daemon.engines.facexlib.retina_boxes import decoded
from daemon.engines.facexlib.retina_network import RetinaNetwork
from daemon.engines.merging import Seen, merged
from daemon.engines.offers import Setup
from daemon.errors import EngineError
from daemon.imaging.geometry import Box

NAME = "RetinaFace"
# Source: the mean of the training set, which the published programs take off; in BGR, the order
# the networks were trained in.
_MEAN_BGR = np.array((104.0, 117.0, 123.0), np.float32)
_MULTIPLE = 32  # the trunk halves five times
# Long sides looked at: faces wider than about 400 px score low or double at full scale and are
# safe at 640; the small ones of a crowd need the larger view. The smallest costs next to nothing
# and sees the points of a large face best.
SIDES_PX = (320, 640)
FULL_SIDE_PX = 1280
# Source: 0.9 is what GPEN's programs ask of ResNet-50; MobileNet shows true faces of 0.88.
LEAST_SCORES = {"mobile": 0.8, "resnet50": 0.9}


class RetinaFace:
    """The detector, loaded.

    Args:
        weights: The checkpoint.
        trunk: ``mobile`` or ``resnet50``.
        setup: Where it computes; always in float32.

    Raises:
        EngineUnavailable: facexlib is not installed, or the file is not this network's.
        GpuExhausted: It does not fit into the GPU's memory.
    """

    def __init__(self, weights: Path, trunk: str, setup: Setup) -> None:
        self._network = loaded(lambda: RetinaNetwork(trunk), weights, NAME, setup)
        self._device = torch.device(setup.device)
        self._least = LEAST_SCORES[trunk]

    def find(self, srgb: NDArray[np.uint8], *, view_px: int | None = None) -> list[Face]:
        """Every face of ``(H, W, 3)`` uint8 RGB, surest first; see ``FaceFinder``.

        Raises:
            GpuExhausted: A view does not fit into the GPU's memory; none is left out silently.
            EngineBroken: The GPU cannot be used any more in this process.
            EngineError: The network gave no finite number.
        """
        sides = [view_px] if view_px is not None else sides_for(max(srgb.shape[:2]))
        return merged([one for side in sides for one in self._look(srgb, side)])

    def warm(self) -> None:
        """Run once, on nothing: the first run on a GPU takes seconds.

        Raises:
            GpuExhausted: As ``find``.
            EngineBroken: As ``find``.
        """
        self.find(np.zeros((max(SIDES_PX), max(SIDES_PX), 3), np.uint8))

    def _look(self, srgb: NDArray[np.uint8], side: int) -> list[Seen]:
        picture, by_x, by_y = prepared(srgb, side)
        boxes, scores, points = self._computed(picture)
        if not np.isfinite(scores).all():
            message = "the network gave no usable number: check the weights (boothd models verify)"
            raise EngineError(message, engine=NAME.lower())
        size = picture.shape[2], picture.shape[3]
        found = decoded((boxes, scores, points), size, self._least)
        by, limit = np.array((by_x, by_y), np.float32), srgb.shape[:2]
        seen = (
            Seen(
                Face(_within(box, limit, by_x, by_y), landmarks * by, float(score)), box[2] - box[0]
            )
            for box, landmarks, score in zip(
                found.boxes.tolist(), found.landmarks, found.scores, strict=True
            )
        )
        return [one for one in seen if one.face.box.area >= 1]

    def _computed(self, picture: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        """Boxes, scores and landmarks of one picture, ``(A, …)``."""
        with cuda_errors(NAME.lower()), torch.inference_mode(), full_float32():
            heads = self._network(torch.from_numpy(picture).to(self._device))
            return tuple(head[0].cpu().numpy() for head in heads)


def sides_for(long_side: int) -> list[int]:
    """Long sides at which a picture of this long side is looked at, ascending."""
    return sorted({*SIDES_PX, min(FULL_SIDE_PX, max(long_side, *SIDES_PX))})


def _within(box: list[float], limit: tuple[int, ...], by_x: float, by_y: float) -> Box:
    """A box of the view in the picture of (height, width), which ends before the view does."""
    left, top, right, bottom = box
    height, width = limit
    return Box(
        min(left * by_x, width),
        min(top * by_y, height),
        min(right * by_x, width),
        min(bottom * by_y, height),
    )


def prepared(srgb: NDArray[np.uint8], side: int) -> tuple[NDArray[np.float32], float, float]:
    """The network's input for a long side.

    Args:
        srgb: ``(H, W, 3)`` uint8 RGB.
        side: Long side of the view, in pixels.

    Returns:
        ``(1, 3, h, w)`` float32 BGR less the mean, filled up with the mean to the right and below
        to multiples of 32; and by how much a coordinate in it is multiplied to get the picture's
        x and y.
    """
    height, width = srgb.shape[:2]
    scale = side / max(height, width)
    new_width, new_height = (max(1, round(v * scale)) for v in (width, height))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(srgb, (new_width, new_height), interpolation=how)
    padded = [-(-v // _MULTIPLE) * _MULTIPLE for v in (new_height, new_width)]
    planes = np.zeros((1, 3, *padded), np.float32)
    bgr = small[..., ::-1].astype(np.float32) - _MEAN_BGR
    planes[0, :, :new_height, :new_width] = bgr.transpose(2, 0, 1)
    return planes, width / new_width, height / new_height
