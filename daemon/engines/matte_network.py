"""Cuts a person out with a network: it gives alpha of a small view, full size is by the colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines import matte_evidence as evidence
from daemon.engines.base import Face, Matte, Progress
from daemon.engines.matte_alpha import (
    BEHIND,
    PERSON,
    UNKNOWN,
    at_full_size,
    without_islands,
)
from daemon.engines.matte_head import head_in, heads_of
from daemon.engines.matte_warm import warm
from daemon.engines.matte_zones import Zones, zones
from daemon.engines.weights import no_number
from daemon.imaging.head_frame import HeadFrame

# Source: facexlib's program inference_matting: the shorter side has 512 px, or the picture keeps
# its size where 512 lies between its sides; both a multiple of 32.
_SIDE_PX, _MULTIPLE = 512, 32
_MOST_PX = 1536  # a strip that is longer is no portrait
_STEPS = 5
# A sigmoid never says all or nothing; the rest would be a veil over the whole picture.
_VEIL = 0.02
_BAND_PX = 3  # from an edge the full picture's colours may still decide


@dataclass(frozen=True)
class _View:
    """The picture as the network sees it, and where heads are in it."""

    rgb: NDArray[np.uint8]
    where: Zones
    others: tuple[Zones, ...]
    unit_px: float


# Alpha ``(N, h, w)`` float32 of ``(N, h, w, 3)`` float32 RGB 0..255; h and w as ``SizeFor`` has
# them.
Alphas = Callable[[NDArray[np.float32]], NDArray[np.float32]]
# Height and width of a picture → those of the view that is handed to the network.
SizeFor = Callable[[int, int], tuple[int, int]]


class NetworkMatter:
    """Everything of a matter but its network.

    Args:
        alphas: Asks the network.
        name: What records call the engine.
        size_for: The size at which it sees a picture; MODNet's where nobody says.
        is_slow: Whether one picture keeps it busy: it is then asked for one at a time.

    Raises:
        EngineUnavailable: ``pymatting`` is not installed.
    """

    def __init__(
        self,
        alphas: Alphas,
        name: str,
        size_for: SizeFor | None = None,
        *,
        is_slow: bool = False,
    ) -> None:
        warm()
        self._alphas, self._name, self._is_slow = alphas, name, is_slow
        self._size_for = size_for or modnet_size

    def cut(
        self,
        srgb: NDArray[np.uint8],
        face: Face,
        others: Sequence[Face] = (),
        progress: Progress | None = None,
    ) -> Matte:
        """See ``Matter.cut``.

        Raises:
            GpuExhausted: The picture does not fit into the GPU's memory.
            EngineBroken: The GPU cannot be used any more in this process.
            EngineError: As there, or the network gave no finite number.
        """
        # Imported here: it compiles at its import, which warm() has made quick.
        from daemon.engines.matte_colours import person_colours  # noqa: PLC0415 - see above

        told = progress or (lambda _done, _total: None)
        head = head_in(face, srgb)
        view = _seen(srgb, self._size_for(*srgb.shape[:2]), head, heads_of(others))
        told(0, _STEPS)
        plain, mirrored = self._twice(view.rgb, told)
        told(2, _STEPS)
        alpha, other = (_of_one(each, view) for each in (plain, mirrored))
        areas = _areas(alpha)
        found = evidence.measured(alpha, view.where, view.unit_px, agreement=_overlap(alpha, other))
        confidence, doubts = evidence.judged(found, seen=True)
        told(3, _STEPS)
        if alpha.shape != srgb.shape[:2]:
            alpha = at_full_size(alpha, areas, view.rgb, srgb)
        told(4, _STEPS)
        colours = person_colours(srgb, alpha)
        told(_STEPS, _STEPS)
        return Matte(alpha, colours, confidence, doubts, found, areas, self._name)

    def _twice(
        self, rgb: NDArray[np.uint8], told: Progress
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Alpha of a picture and of its mirror image, mirrored back; ``(h, w)`` each."""
        both = np.stack((rgb, rgb[:, ::-1])).astype(np.float32)
        if self._is_slow:
            first = self._alphas(both[:1])
            told(1, _STEPS)  # a sign of life: a minute may have gone by
            alphas = np.concatenate((first, self._alphas(both[1:])))
        else:
            alphas = self._alphas(both)
        if not np.isfinite(alphas).all():
            raise no_number(self._name)
        return alphas[0], np.ascontiguousarray(alphas[1][:, ::-1])


def modnet_size(height: int, width: int) -> tuple[int, int]:
    """Height and width at which MODNet sees a picture of these, multiples of 32."""
    short, long = min(height, width), max(height, width)
    by = 1.0 if short <= _SIDE_PX <= long else _SIDE_PX / short
    by = min(by, _MOST_PX / long)
    rows, columns = (int(side * by) // _MULTIPLE * _MULTIPLE for side in (height, width))
    return max(_MULTIPLE, rows), max(_MULTIPLE, columns)


def _seen(
    srgb: NDArray[np.uint8],
    size: tuple[int, int],
    head: HeadFrame,
    others: tuple[HeadFrame, ...],
) -> _View:
    height, width = srgb.shape[:2]
    rows, columns = size
    how = cv2.INTER_AREA if rows * columns < height * width else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(srgb, (columns, rows), interpolation=how), np.uint8)
    # Cutting off to a multiple of 32 squeezes a side by a few hundredths; heads are round enough.
    by = float(np.sqrt(rows * columns / (height * width)))
    shape = rows, columns
    at = _moved(head, columns / width, rows / height, by)
    beside = tuple(_moved(each, columns / width, rows / height, by) for each in others)
    return _View(
        small,
        zones(at, shape, beside),
        tuple(zones(each, shape) for each in beside),
        at.unit_px,
    )


def _moved(head: HeadFrame, by_x: float, by_y: float, by: float) -> HeadFrame:
    return HeadFrame(head.x * by_x, head.y * by_y, head.unit_px * by, head.roll_rad, head.turn)


def _of_one(alpha: NDArray[np.float32], view: _View) -> NDArray[np.float32]:
    """Alpha of one person: without other people, and without what hangs on nothing.

    The network takes everybody for the foreground. A pixel belongs to the person of whose usual
    outline it lies deeper inside.
    """
    kept = np.clip((alpha - _VEIL) / (1 - 2 * _VEIL), 0, 1).astype(np.float32)
    for other in view.others:
        kept[(other.odds > view.where.odds) & ~view.where.core] = 0
    return without_islands(kept, view.where.core, view.unit_px)


def _areas(alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Where alpha may be made finer with the full picture's colours: near an edge."""
    areas = np.where(alpha >= 1, PERSON, np.where(alpha <= 0, BEHIND, UNKNOWN))
    solid = (alpha > 0.5).astype(np.uint8)
    side = 2 * _BAND_PX + 1
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    edge = cv2.dilate(solid, brush) != cv2.erode(solid, brush)
    return np.asarray(np.where(edge, UNKNOWN, areas), np.uint8)


def _overlap(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Intersection over union of two mattes; 0 where neither holds anything."""
    first, second = one > 0.5, other > 0.5
    return float((first & second).sum()) / max(1, int((first | second).sum()))
