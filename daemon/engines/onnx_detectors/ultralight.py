"""Ultra-Light RFB-320: boxes; another detector reads the points in a window around each.

Source: Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB ``run_video_face_detect_onnx.py``: RGB
less 127, by 128; 320 x 240; scores of background and face, and boxes as left, top, right, bottom
in 0..1 of the input; scores of 0.7 count, boxes over half of their union are one.
``vision/ssd/config/fd_config.py``: 3, 2, 2 and 3 boxes a cell at steps of 8, 16, 32 and 64 pixels.
The author stretches a picture to the input; here it keeps its shape.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import Face, FaceFinder
from daemon.engines.boxes import Found, surest
from daemon.engines.onnx_detectors.detector import (
    Format,
    Heads,
    OnnxDetector,
    by_width,
    checked_rows,
    checked_scores,
)
from daemon.imaging.geometry import Box, Window

_PRIORS = {8: 3, 16: 2, 32: 2, 64: 3}  # step in pixels → boxes at every cell
_MIDDLE, _UNIT = 127, 128.0
_LEAST_SCORE, _SAME_BOX = 0.7, 0.5
_MOST_PX = 640  # a face of ten pixels there is one of 20 in the full view
# In a view of this width a face's points are seen as well as in any, and its surroundings show.
_POINTS_FACE_PX = 80
_SAME_FACE = 0.5


def _planes(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    rgb = (pixels.astype(np.float32) - _MIDDLE) / np.float32(_UNIT)
    return np.ascontiguousarray(rgb.transpose(2, 0, 1))


def _decoded(heads: Heads, size: tuple[int, int], least: float) -> Found:
    """As ``Format.decoded``, with zeros for landmarks: rows of 2 and 4 for each box."""
    (classes,), (boxes,) = by_width(heads, (2, 4))
    wanted = sum(
        count * -(-size[0] // step) * -(-size[1] // step) for step, count in _PRIORS.items()
    )
    for rows in (classes, boxes):
        checked_rows(len(rows), wanted, size)
    scores = checked_scores(classes)[:, 1]
    order = surest(scores, least)
    corners = boxes[order] * np.array((size[1], size[0]) * 2, np.float32)
    nowhere = np.zeros((len(order), 5, 2), np.float32)
    return Found(corners, nowhere, scores[order]).of_faces(_SAME_BOX)


ULTRALIGHT_FORMAT = Format(_planes, (_MIDDLE,) * 3, _LEAST_SCORE, _decoded, _MOST_PX)


class UltraLight:
    """A detector that proposes, and one that says where the points are, both loaded.

    Args:
        proposer: Finds boxes.
        points: Finds faces with landmarks.
    """

    def __init__(self, proposer: OnnxDetector, points: FaceFinder) -> None:
        self._proposer, self._points = proposer, points

    def find(self, srgb: NDArray[np.uint8], *, view_px: int | None = None) -> list[Face]:
        """Every face of ``(H, W, 3)`` uint8 RGB that both see, surest first; see ``FaceFinder``.

        Box and score are the proposer's.

        Raises:
            GpuExhausted: A view does not fit into the GPU's memory; none is left out silently.
            EngineBroken: The GPU cannot be used any more in this process.
            EngineError: The network failed, or gave no finite number.
        """
        kept: list[tuple[Face, Box]] = []
        for proposed in self._proposer.find(srgb, view_px=view_px):
            read = self._read(srgb, proposed.box)
            if read is None or any(read.box.share_of_smaller(b) > _SAME_FACE for _, b in kept):
                continue
            kept.append((Face(proposed.box, read.landmarks, proposed.score), read.box))
        return [face for face, _ in kept]

    def warm(self) -> None:
        """Run once, on nothing: the first run on a GPU takes seconds.

        Raises:
            GpuExhausted: As ``find``.
            EngineBroken: As ``find``.
        """
        self._proposer.warm()

    def _read(self, srgb: NDArray[np.uint8], box: Box) -> Face | None:
        """The face that the other sees in a box; ``None``: it sees none there."""
        height, width = srgb.shape[:2]
        side = max(box.width, box.height)
        window = Window.around(box, (width, height), margin_px=round(side))
        if window is None:
            return None
        piece = np.ascontiguousarray(srgb[window.slices])
        view_px = max(1, round(max(piece.shape[:2]) * _POINTS_FACE_PX / side))
        corner = np.array((window.left, window.top), np.float32)
        found = (
            Face(one.box.moved(*corner.tolist()), one.landmarks + corner, one.score)
            for one in self._points.find(piece, view_px=view_px)
        )
        best = max(found, key=lambda one: box.share_of_smaller(one.box), default=None)
        if best is None or box.share_of_smaller(best.box) <= _SAME_FACE:
            return None
        return best
