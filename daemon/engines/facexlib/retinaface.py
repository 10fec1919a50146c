"""Finds faces at several scales with RetinaFace, and keeps one box for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

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
from daemon.engines.weights import no_number

NAME = "RetinaFace"

Prepared: TypeAlias = tuple[NDArray[np.float32], View]
"""The network's input, and the view that it shows."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the network says of several views.

    Attributes:
        heads: Of each view its boxes, scores and landmarks, ``(A, …)`` float32.
        least: Lowest score that counts.
    """

    heads: tuple[tuple[NDArray[np.float32], ...], ...]
    least: float


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
        views = self.views(srgb, view_px=view_px)
        return self.faces_in(views, self.look(views))

    @staticmethod
    def views(srgb: NDArray[np.uint8], *, view_px: int | None = None) -> list[Prepared]:
        """What ``find`` has the network look at, smallest first; any thread may ask."""
        sides = [view_px] if view_px is not None else sides_for(max(srgb.shape[:2]))
        return [prepared(srgb, side) for side in sides]

    def look(self, views: Sequence[Prepared]) -> Sight:
        """What the network says of them.

        Raises:
            GpuExhausted: As ``find``.
            EngineBroken: As ``find``.
        """
        heads = []
        with cuda_errors(NAME.lower()), torch.inference_mode(), full_float32():
            for picture, _view in views:
                found = self._network(torch.from_numpy(picture).to(self._device))
                heads.append(tuple(head[0].cpu().numpy() for head in found))
        return Sight(tuple(heads), self._least)

    @staticmethod
    def faces_in(views: Sequence[Prepared], sight: Sight) -> list[Face]:
        """Every face that the network saw, surest first; any thread may ask.

        Raises:
            EngineError: The network gave no finite number.
        """
        seen = (_seen(*one, sight.least) for one in zip(views, sight.heads, strict=True))
        return merged([one for each in seen for one in each])

    def warm(self) -> None:
        """Run once, on nothing: the first run on a GPU takes seconds.

        Raises:
            GpuExhausted: As ``find``.
            EngineBroken: As ``find``.
        """
        self.find(np.zeros((max(SIDES_PX), max(SIDES_PX), 3), np.uint8))


def _seen(given: Prepared, heads: tuple[NDArray[np.float32], ...], least: float) -> list[Seen]:
    """Faces of one view, in pixels of the picture."""
    picture, view = given
    boxes, scores, points = heads
    if not np.isfinite(scores).all():
        raise no_number(NAME.lower())
    size = picture.shape[2], picture.shape[3]
    return view.seen(decoded((boxes, scores, points), size, least))


def prepared(srgb: NDArray[np.uint8], side: int) -> Prepared:
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
