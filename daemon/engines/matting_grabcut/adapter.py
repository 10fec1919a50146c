"""The embedded matter: outline at a small scale, alpha at a middle one, colours at full size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import EngineFacts, Face, Matte, Progress
from daemon.engines.matting_grabcut import evidence
from daemon.engines.matting_grabcut.facts import NAME, SIDE_PX, SOLVED_PX, matter_facts
from daemon.engines.matting_grabcut.silhouette import Silhouette, silhouette
from daemon.engines.matting_grabcut.trimap import trimap
from daemon.engines.matting_grabcut.warm import warm
from daemon.engines.matting_grabcut.zones import zones
from daemon.errors import EngineError
from daemon.imaging.head_frame import HeadFrame

_LEAST_PX = 32
_STEPS = 4


class GrabCutMatter:
    """Cuts people out without a network.

    Args:
        threads: OpenCV's threads; 0 leaves the choice to it.

    Raises:
        EngineUnavailable: ``pymatting`` is not installed or cannot compile itself.
    """

    def __init__(self, threads: int = 0) -> None:
        warm()
        if threads:
            cv2.setNumThreads(threads)

    @staticmethod
    def facts() -> EngineFacts:
        return matter_facts()

    def cut(
        self,
        srgb: NDArray[np.uint8],
        face: Face,
        others: Sequence[Face] = (),
        progress: Progress | None = None,
    ) -> Matte:
        """See ``Matter.cut``. The same picture and face give the same bytes."""
        # Imported here: the module below compiles at its import, which warm() has made quick.
        from daemon.engines.matting_grabcut import alpha as solver  # noqa: PLC0415 - see above

        head = _head_in(face, srgb)
        heads = tuple(_heads(others))
        told = progress or (lambda _done, _total: None)
        told(0, _STEPS)
        outline = _outline(srgb, head, heads)
        told(1, _STEPS)
        middle, by = _scaled(srgb, SOLVED_PX)
        at_middle = head.moved(0, 0, by)
        where = zones(at_middle, middle.shape[:2], tuple(h.moved(0, 0, by) for h in heads))
        grown = max(middle.shape[:2]) / max(outline.mask.shape)
        lab = cv2.cvtColor(middle.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        areas = trimap(
            _resized(outline, middle),
            where,
            np.asarray(lab, np.float32),
            unit_px=at_middle.unit_px,
            grown=grown,
        )
        alpha = solver.solved(middle, areas, at_middle.unit_px)
        alpha = solver.without_islands(alpha, where.core, at_middle.unit_px)
        told(2, _STEPS)
        found = evidence.measured(alpha, where, outline, at_middle.unit_px)
        confidence, doubts = evidence.judged(found, seen=outline.seen)
        if middle is not srgb:
            alpha = solver.at_full_size(alpha, areas, middle, srgb)
        told(3, _STEPS)
        colours = solver.person_colours(srgb, alpha)
        told(_STEPS, _STEPS)
        return Matte(alpha, colours, confidence, doubts, found, areas, NAME)


def _head_in(face: Face, srgb: NDArray[np.uint8]) -> HeadFrame:
    if srgb.ndim != 3 or srgb.shape[2] != 3 or srgb.dtype != np.uint8:
        message = f"a matter wants (H, W, 3) uint8, not {srgb.shape} {srgb.dtype}"
        raise EngineError(message)
    height, width = srgb.shape[:2]
    if min(height, width) < _LEAST_PX:
        message = f"a picture of {width} × {height} px is too small to cut a person out of"
        raise EngineError(message)
    try:
        head = HeadFrame.of(face.landmarks)
    except ValueError as error:
        raise EngineError(str(error)) from error
    if not (0 <= head.x < width and 0 <= head.y < height):
        message = "the face does not lie in the picture"
        raise EngineError(message)
    return head


def _heads(faces: Sequence[Face]) -> list[HeadFrame]:
    """Heads of other people; points that make no head say nothing about where one is."""
    heads = []
    for face in faces:
        try:
            heads.append(HeadFrame.of(face.landmarks))
        except ValueError:
            continue
    return heads


def _outline(srgb: NDArray[np.uint8], head: HeadFrame, others: tuple[HeadFrame, ...]) -> Silhouette:
    small, by = _scaled(srgb, SIDE_PX)
    at_small = head.moved(0, 0, by)
    where = zones(at_small, small.shape[:2], tuple(o.moved(0, 0, by) for o in others))
    return silhouette(small, where, at_small.unit_px)


def _scaled(srgb: NDArray[np.uint8], side_px: int) -> tuple[NDArray[np.uint8], float]:
    """The picture with at most that long side, and by how much it was scaled."""
    by = side_px / max(srgb.shape[:2])
    if by >= 1:
        return srgb, 1.0
    size = max(1, round(srgb.shape[1] * by)), max(1, round(srgb.shape[0] * by))
    return np.asarray(cv2.resize(srgb, size, interpolation=cv2.INTER_AREA), np.uint8), by


def _resized(outline: Silhouette, like: NDArray[np.uint8]) -> Silhouette:
    def to(values: NDArray[np.float32]) -> NDArray[np.float32]:
        size = like.shape[1::-1]
        return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR), np.float32)

    return replace(
        outline,
        mask=to(outline.mask.astype(np.float32)) > 0.5,
        belief=to(outline.belief),
        colour=to(outline.colour),
    )
