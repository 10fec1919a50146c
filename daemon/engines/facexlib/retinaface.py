"""Finds faces at several scales with RetinaFace, and keeps one box for each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from daemon.engines.base import Face
from daemon.engines.cuda import cuda_errors, full_float32
from daemon.engines.facexlib.loading import loaded
from daemon.engines.facexlib.retina_network import RetinaNetwork
from daemon.engines.merging import Seen, merged
from daemon.engines.offers import Setup
from daemon.engines.retina_boxes import LEAST_SCORES, MEAN_RGB, MULTIPLE, decoded, planes
from daemon.engines.views import SIDES_PX, View, filled_up, sides_for, up_to, view_of
from daemon.errors import EngineError

NAME = "RetinaFace"


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
        picture, view = prepared(srgb, side)
        boxes, scores, points = self._computed(picture)
        if not np.isfinite(scores).all():
            message = "the network gave no usable number: check the weights (boothd models verify)"
            raise EngineError(message, engine=NAME.lower())
        size = picture.shape[2], picture.shape[3]
        return view.seen(decoded((boxes, scores, points), size, self._least))

    def _computed(self, picture: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        """Boxes, scores and landmarks of one picture, ``(A, …)``."""
        with cuda_errors(NAME.lower()), torch.inference_mode(), full_float32():
            heads = self._network(torch.from_numpy(picture).to(self._device))
            return tuple(head[0].cpu().numpy() for head in heads)


def prepared(srgb: NDArray[np.uint8], side: int) -> tuple[NDArray[np.float32], View]:
    """The network's input for a long side.

    Args:
        srgb: ``(H, W, 3)`` uint8 RGB.
        side: Long side of the view, in pixels.

    Returns:
        ``(1, 3, h, w)`` float32 BGR less the mean, filled up with the mean to the right and below
        to multiples of 32; and the view that it shows.
    """
    view = view_of(srgb, side)
    return planes(filled_up(view.pixels, up_to(view.whole, MULTIPLE), MEAN_RGB))[None], view
