"""The embedded matter: outline at a small scale, alpha at a middle one, colours at full size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines import matte_evidence as evidence
from daemon.engines.base import EngineFacts, Face, Matte, Progress
from daemon.engines.matte_alpha import at_full_size, without_islands
from daemon.engines.matte_head import head_in, heads_of, scaled
from daemon.engines.matte_warm import warm
from daemon.engines.matte_zones import zones
from daemon.engines.matting_grabcut.facts import NAME, SIDE_PX, SOLVED_PX, matter_facts
from daemon.engines.matting_grabcut.silhouette import Silhouette, silhouette
from daemon.engines.matting_grabcut.trimap import trimap
from daemon.imaging.head_frame import HeadFrame

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
        # Imported here: these compile at their import, which warm() has made quick.
        from daemon.engines.matte_colours import person_colours  # noqa: PLC0415 - see above
        from daemon.engines.matting_grabcut.alpha import solved  # noqa: PLC0415 - see above

        head = head_in(face, srgb)
        heads = heads_of(others)
        told = progress or (lambda _done, _total: None)
        told(0, _STEPS)
        outline = _outline(srgb, head, heads)
        told(1, _STEPS)
        middle, by = scaled(srgb, SOLVED_PX)
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
        alpha = solved(middle, areas, at_middle.unit_px)
        alpha = without_islands(alpha, where.core, at_middle.unit_px)
        told(2, _STEPS)
        found = evidence.measured(
            alpha,
            where,
            at_middle.unit_px,
            agreement=outline.agreement,
            behind_known=outline.behind_known,
        )
        confidence, doubts = evidence.judged(found, seen=outline.seen)
        if middle is not srgb:
            alpha = at_full_size(alpha, areas, middle, srgb)
        told(3, _STEPS)
        colours = person_colours(srgb, alpha)
        told(_STEPS, _STEPS)
        return Matte(alpha, colours, confidence, doubts, found, areas, NAME)


def _outline(srgb: NDArray[np.uint8], head: HeadFrame, others: tuple[HeadFrame, ...]) -> Silhouette:
    small, by = scaled(srgb, SIDE_PX)
    at_small = head.moved(0, 0, by)
    where = zones(at_small, small.shape[:2], tuple(o.moved(0, 0, by) for o in others))
    return silhouette(small, where, at_small.unit_px)


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
