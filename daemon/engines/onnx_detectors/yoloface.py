"""YOLOv8-face: one output, a column for each cell: box, score, five points with how sure each is.

Source: facefusion ``face_detector.py`` for the file: 0..1, middle and extent of each box and the
points in pixels of the input, three numbers a point, scores of 0.5 count. Its input is
640 x 640. The program it was trained with (ultralytics, ``data/augment.py``) hands over RGB and
fills up with grey 114; facefusion hands over BGR and black. The file could not be looked at.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from daemon.domain.sayings import say
from daemon.engines.boxes import Found, surest
from daemon.engines.onnx_detectors.detector import (
    Format,
    Heads,
    UnlikeError,
    checked_rows,
    checked_scores,
)

STEPS_PX = (8, 16, 32)
"""Pixels of the input per cell of each map."""
_GREY = (114, 114, 114)
_LEAST_SCORE = 0.5
_ROWS = 20  # box 4, score 1, points 5 times 3


def _planes(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.ascontiguousarray(pixels.transpose(2, 0, 1), np.float32) / np.float32(255)


def _decoded(heads: Heads, size: tuple[int, int], least: float) -> Found:
    """As ``Format.decoded``: ``(1, 20, N)``."""
    if len(heads) != 1 or heads[0].shape[:2] != (1, _ROWS) or heads[0].ndim != 3:
        shapes = ", ".join(str(head.shape) for head in heads)
        raise UnlikeError(say("gives_other", found=shapes, wanted=say("cells_of", rows=_ROWS)))
    cells = heads[0][0].T
    checked_rows(len(cells), sum((size[0] // s) * (size[1] // s) for s in STEPS_PX), size)
    order = surest(checked_scores(cells[:, 4]), least)
    cells = cells[order]
    middle, half = cells[:, :2], cells[:, 2:4] / 2
    boxes = np.concatenate([middle - half, middle + half], axis=1)
    points = cells[:, 5:].reshape(-1, 5, 3)[..., :2]
    return Found(boxes, points, cells[:, 4]).of_faces()


YOLOFACE_FORMAT = Format(_planes, _GREY, _LEAST_SCORE, _decoded)
