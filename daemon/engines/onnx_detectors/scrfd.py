"""SCRFD with key points: distances from the middle of each anchor, in cells of its map.

Source: deepinsight/insightface ``python-package/insightface/model_zoo/scrfd.py``: RGB less 127.5,
by 128; nine outputs (scores, boxes, points at three steps), two anchors a cell whose middles are
the cells' upper left corners; black beyond the picture; scores of 0.5 count
(``app/face_analysis.py``), boxes over 0.4 of their union are one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from daemon.engines.boxes import Found, surest
from daemon.engines.onnx_detectors.detector import (
    Format,
    Heads,
    by_width,
    checked_rows,
    checked_scores,
)

STEPS_PX = (8, 16, 32)
"""Pixels of the input per cell of each map."""
_ANCHORS = 2  # at every cell
_MIDDLE, _UNIT = 127.5, 128.0
_LEAST_SCORE = 0.5
_BLACK = (0, 0, 0)


def _planes(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    rgb = (pixels.astype(np.float32) - _MIDDLE) / _UNIT
    return np.ascontiguousarray(rgb.transpose(2, 0, 1))


def _decoded(heads: Heads, size: tuple[int, int], least: float) -> Found:
    """As ``Format.decoded``: rows of 1, 4 and 10 for each anchor of each step."""
    parts = by_width(heads, (1, 4, 10), len(STEPS_PX))
    middles = [_middles(size, step) for step in STEPS_PX]
    for each in parts:
        for rows, at in zip(each, middles, strict=True):
            checked_rows(len(rows), len(at), size)
    steps = np.repeat(np.array(STEPS_PX, np.float32), [len(at) for at in middles])[:, None]
    scores, boxes, points = (np.concatenate(each) for each in parts)
    order = surest(checked_scores(scores[:, 0]), least)
    at, unit = np.concatenate(middles)[order], steps[order]
    reach = boxes[order] * unit
    corners = np.concatenate([at - reach[:, :2], at + reach[:, 2:]], axis=1)
    landmarks = at[:, None] + points[order].reshape(-1, 5, 2) * unit[:, None]
    return Found(corners, landmarks, scores[order, 0]).of_faces()


def _middles(size: tuple[int, int], step: int) -> NDArray[np.float32]:
    """``(A, 2)`` float32 x and y of every anchor of a step, rows before columns."""
    y, x = np.mgrid[: size[0] // step, : size[1] // step].astype(np.float32) * step
    return np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), _ANCHORS, axis=0)


SCRFD_FORMAT = Format(_planes, _BLACK, _LEAST_SCORE, _decoded)
