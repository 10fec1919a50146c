"""ONNX files with the inputs and outputs of published face detectors, for tests of what is read.

``stating`` says given numbers of any picture that is not empty. The others find red squares: a
cell of 16 pixels in the view that is red all over is a face of 64 pixels, with ``POINTS`` around
its middle, and nothing else is. So place, scale, margins and order of colours are seen by what is
found. No code of the booth is used to make them.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from tests.fakes.onnx_files import Graph, Sides

STEP_PX, FACE_PX = 16, 64
POINTS = np.float32([(-12, -10), (12, -10), (0, 2), (-9, 14), (9, 14)])
RGB, BGR = (0, 1, 2), (2, 1, 0)
GREY, RED = 120, (255, 0, 0)
_STEEP = 40.0  # ten on either side of a half
_SURELY_NOT = -30.0


def stating(
    size: tuple[int, int], heads: Mapping[str, tuple[NDArray[np.float32], NDArray[np.float32]]]
) -> bytes:
    """Gives of an empty picture the first value of each head, and of any other the second.

    Args:
        size: Width and height of the input.
        heads: Name → its two values.
    """
    width, height = size
    graph = Graph({"input": ((1, 3, height, width), TensorProto.FLOAT)})
    most = graph.add("ReduceMax", "input", keepdims=0)
    least = graph.add("ReduceMin", "input", keepdims=0)
    spread = graph.add("Sub", most, least)
    shows = graph.add("Greater", spread, graph.constant(np.array(0.01, np.float32)))
    for name, (nothing, something) in heads.items():
        graph.add("Where", shows, graph.constant(something), graph.constant(nothing), to=name)
    return graph.written({name: value.shape for name, (value, _) in heads.items()})


class _Maps:
    """Convolutions of the picture, one cell each."""

    def __init__(self, sides: Sides, name: str, order: tuple[int, int, int], white: float) -> None:
        self.graph = Graph({name: (sides, TensorProto.FLOAT)})
        self._name = name
        # What red gives more than grey, over a whole cell, is one.
        self._weights = np.zeros(3, np.float32)
        self._weights[list(order)] = np.float32([1, -0.5, -0.5]) / white

    def rows(self, step: int, width: int, level: NDArray[np.float32], to: str = "") -> str:
        """``(1, N, width)`` of the same numbers for every cell."""
        return self._as_rows(self._conv(step, level, ()), width, to)

    def redness(self, step: int, channels: int, at: tuple[int, ...], width: int) -> str:
        """As ``rows``: the log of the odds that a cell is red in some channels, else none."""
        level = np.full(channels, _SURELY_NOT, np.float32)
        level[list(at)] = -_STEEP / 2
        return self._as_rows(self._conv(step, level, at), width)

    def _conv(self, step: int, level: NDArray[np.float32], at: tuple[int, ...]) -> str:
        kernel = np.zeros((len(level), 3, step, step), np.float32)
        for channel in at:
            kernel[channel] = self._weights[:, None, None] * _STEEP / step**2
        weights, bias = self.graph.constant(kernel), self.graph.constant(level)
        pads = [0, 0, step - 1, step - 1]  # the last cell may be a part of one
        return self.graph.add("Conv", self._name, weights, bias, strides=[step] * 2, pads=pads)

    def _as_rows(self, maps: str, width: int, to: str = "") -> str:
        last = self.graph.add("Transpose", maps, perm=[0, 2, 3, 1])
        shape = self.graph.constant(np.array((1, -1, width), np.int64))
        return self.graph.add("Reshape", last, shape, to=to)


def retinaface(
    sides: Sides = (1, 3, "height", "width"), *, softmax: bool = True, order: tuple[int, ...] = BGR
) -> bytes:
    """Boxes, classes and landmarks of two anchors a cell at three steps; any size."""
    maps = _Maps(sides, "input", order, 255)
    boxes, classes, points = [], [], []
    sides_px = {8: (16, 32), 16: (64, 128), 32: (256, 512)}
    for step, anchors in sides_px.items():
        boxes.append(maps.rows(step, 4, np.zeros(8, np.float32)))
        each = [POINTS.ravel() / (0.1 * side) for side in anchors]
        points.append(maps.rows(step, 10, np.concatenate(each).astype(np.float32)))
        # Background and face of the first anchor, then of the second.
        at = (1,) if step == STEP_PX else ()
        classes.append(maps.redness(step, 4, at, 2))
    logits = maps.graph.add("Concat", *classes, axis=1)
    shift = maps.graph.constant(np.float32([-_SURELY_NOT, 0]))
    logits = maps.graph.add("Add", logits, shift)
    maps.graph.add("Concat", *boxes, axis=1, to="output")
    kind = "Softmax" if softmax else "Identity"
    maps.graph.add(kind, logits, to="outputt", **({"axis": -1} if softmax else {}))
    maps.graph.add("Concat", *points, axis=1, to="outputtt")
    return maps.graph.written(
        {"output": (1, "a", 4), "outputt": (1, "a", 2), "outputtt": (1, "a", 10)}
    )


def scrfd(sides: Sides = (1, 3, "?", "?"), *, points: bool = True) -> bytes:
    """Scores, boxes and points of two anchors a cell at three steps; any size."""
    maps = _Maps(sides, "input.1", RGB, 2)
    outputs: dict[str, Sides] = {}
    names = iter(("448", "471", "494", "451", "474", "497", "454", "477", "500"))
    for step in (8, 16, 32):
        at = (0,) if step == STEP_PX else ()
        rows = maps.graph.add("Sigmoid", maps.redness(step, 2, at, 1))
        outputs[_flat(maps.graph, rows, 1, next(names))] = ("n", 1)
    for step in (8, 16, 32):
        reach = np.full(8, FACE_PX / 2 / step, np.float32)
        outputs[_flat(maps.graph, maps.rows(step, 4, reach), 4, next(names))] = ("n", 4)
    for step in (8, 16, 32) if points else ():
        level = np.tile(POINTS.ravel() / step, 2).astype(np.float32)
        outputs[_flat(maps.graph, maps.rows(step, 10, level), 10, next(names))] = ("n", 10)
    return maps.graph.written(outputs)


def _flat(graph: Graph, rows: str, width: int, to: str) -> str:
    shape = graph.constant(np.array((-1, width), np.int64))
    return graph.add("Reshape", rows, shape, to=to)


def packed(*, name: str = "det_10g.onnx", content: bytes | None = None) -> bytes:
    """The package of models that SCRFD comes in."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("w600k_r50.onnx", b"another network")
        package.writestr(name, scrfd() if content is None else content)
    return held.getvalue()


def yoloface(side: int = 640) -> bytes:
    """A column of 20 numbers for each cell at three steps."""
    maps = _Maps((1, 3, side, side), "images", RGB, 1)
    graph, scores, middles = maps.graph, [], []
    for step in (8, 16, 32):
        at = (0,) if step == STEP_PX else ()
        scores.append(graph.add("Sigmoid", maps.redness(step, 1, at, 1)))
        y, x = np.mgrid[: side // step, : side // step]
        middles.append((np.stack([x, y], -1).reshape(-1, 2) + 0.5) * step)
    middle = np.concatenate(middles).astype(np.float32)
    extent = np.full_like(middle, FACE_PX)
    points = np.concatenate(
        [(middle[:, None] + POINTS), np.ones((len(middle), 5, 1), np.float32)], axis=2
    ).reshape(-1, 15)
    before = graph.constant(np.concatenate([middle, extent], axis=1)[None])
    parts = [before, graph.add("Concat", *scores, axis=1), graph.constant(points[None])]
    rows = graph.add("Concat", *parts, axis=2)
    graph.add("Transpose", rows, perm=[0, 2, 1], to="output0")
    return graph.written({"output0": (1, 20, len(middle))})


def ultralight(*, fills: bool = False) -> bytes:
    """Scores and boxes at four steps of 320 x 240 pixels.

    Args:
        fills: Every picture that is not empty shows one face, as high as three quarters of it and
            in its middle, instead.
    """
    width, height = 320, 240
    boxes = []
    for step, count in {8: 3, 16: 2, 32: 2, 64: 3}.items():
        y, x = np.mgrid[: -(-height // step), : -(-width // step)]
        middle = (np.stack([x, y], -1).reshape(-1, 1, 2).repeat(count, 1) + 0.5) * step
        boxes.append(np.concatenate([middle - FACE_PX / 2, middle + FACE_PX / 2], -1))
    corners = np.concatenate([each.reshape(-1, 4) for each in boxes]).astype(np.float32)
    corners /= np.float32([width, height, width, height])
    if fills:
        nobody = np.tile(np.float32([1, 0]), (1, len(corners), 1))
        somebody = nobody.copy()
        somebody[0, 0] = 0.05, 0.95
        corners[0] = 54 / width, 45 / height, 189 / width, 210 / height
        return stating(
            (width, height),
            {"scores": (nobody, somebody), "boxes": (corners[None], corners[None])},
        )
    maps = _Maps((1, 3, height, width), "input", RGB, 2)
    scores = []
    for step, count in {8: 3, 16: 2, 32: 2, 64: 3}.items():
        at = (1,) if step == STEP_PX else ()
        scores.append(maps.redness(step, 2 * count, at, 2))
    logits = maps.graph.add("Concat", *scores, axis=1)
    shift = maps.graph.constant(np.float32([-_SURELY_NOT, 0]))
    maps.graph.add("Softmax", maps.graph.add("Add", logits, shift), axis=-1, to="scores")
    maps.graph.add("Identity", maps.graph.constant(corners[None]), to="boxes")
    return maps.graph.written({"scores": (1, 4420, 2), "boxes": (1, 4420, 4)})


DETECTORS = {
    "retinaface-r50-onnx": lambda: retinaface(("b", 3, "h", "w")),
    "hivision-retinaface-onnx": retinaface,
    "yoloface-8n": yoloface,
    "scrfd-10g": scrfd,
    "scrfd-2.5g": lambda: scrfd((1, 3, 640, 640)),
    "buffalo-l": packed,
    "ultralight-rfb-320": lambda: ultralight(fills=True),
}
# Name → the engine's, and a file of it that sees red squares.
SEERS: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "retinaface": ("retinaface-onnx", retinaface),
    "scrfd": ("scrfd", scrfd),
    "scrfd of one size": ("scrfd", lambda: scrfd((1, 3, 640, 640))),
    "yoloface": ("yoloface", yoloface),
    "ultralight": ("ultralight", ultralight),
}


def with_squares(
    width: int, height: int, *cells: tuple[int, int], colour: tuple[int, int, int] = RED
) -> NDArray[np.uint8]:
    """A grey picture with whole cells of another colour, by column and row."""
    picture = np.full((height, width, 3), GREY, np.uint8)
    for column, row in cells:
        x, y = column * STEP_PX, row * STEP_PX
        picture[y : y + STEP_PX, x : x + STEP_PX] = colour
    return picture
