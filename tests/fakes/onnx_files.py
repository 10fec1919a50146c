"""Small ONNX files with the inputs and outputs of the published ones, and next to nothing inside.

Names, types and shapes are those that the published files declare; a network of a few random
weights lies between. Made with the ``onnx`` package, which the booth itself does not need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, checker, helper, numpy_helper

Sides: TypeAlias = Sequence[int | str]
_FLOAT, _DOUBLE = TensorProto.FLOAT, TensorProto.DOUBLE
_OPSET, _IR = 17, 8  # of the years in which such files were exported


class Graph:
    """Nodes and constants of one file, as they are added.

    Args:
        inputs: Name → sides and type.
    """

    def __init__(self, inputs: Mapping[str, tuple[Sides, int]]) -> None:
        self._inputs = inputs
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._rng = np.random.default_rng(7)

    def random(self, *shape: int, scale: float = 0.1) -> str:
        """A random float32 constant; its name."""
        return self.constant((self._rng.standard_normal(shape) * scale).astype(np.float32))

    def constant(self, value: NDArray[Any]) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(value, name))
        return name

    def add(self, kind: str, *inputs: str, to: str = "", **attributes: Any) -> str:
        """A node; the name of what it gives."""
        name = to or f"value_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def as_float(self, name: str) -> str:
        """A value as float32."""
        cast = f"{name}_as_float"
        self._nodes.append(helper.make_node("Cast", [name], [cast], to=_FLOAT))
        return cast

    def written(self, outputs: Mapping[str, Sides]) -> bytes:
        """The file."""
        graph = helper.make_graph(
            self._nodes,
            "face",
            [helper.make_tensor_value_info(n, k, s) for n, (s, k) in self._inputs.items()],
            [helper.make_tensor_value_info(n, _FLOAT, s) for n, s in outputs.items()],
            self._constants,
        )
        opsets = [helper.make_opsetid("", _OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR)
        checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString())


def restorer(
    size_px: int, *, dial: Sides | None = None, scale: float = 0.1, middle: float = 0.0
) -> bytes:
    """Draws ``(1, 3, S, S)`` of the same: a blur of random weights.

    Args:
        size_px: S.
        dial: Sides of CodeFormer's second input, which is added to every value here.
        scale: Of the weights.
        middle: How much of each value stays as it is, besides.
    """
    sides = (1, 3, size_px, size_px)
    inputs: dict[str, tuple[Sides, int]] = {"input": (sides, _FLOAT)}
    if dial is not None:
        inputs["weight"] = (dial, _DOUBLE)
    graph = Graph(inputs)
    weights = np.random.default_rng(7).standard_normal((3, 3, 3, 3)) * scale
    weights[range(3), range(3), 1, 1] += middle
    kernel = graph.constant(weights.astype(np.float32))
    if dial is None:
        graph.add("Conv", "input", kernel, to="output", pads=[1] * 4)
    else:
        drawn = graph.add("Conv", "input", kernel, pads=[1] * 4)
        lifted = graph.add("ReduceMax", graph.as_float("weight"), keepdims=0)
        graph.add("Add", drawn, lifted, to="output")
    return graph.written({"output": sides})


def recogniser(
    names: tuple[str, str], numbers: int, *, batch: int | str = 1, scale: float = 0.1
) -> bytes:
    """Gives a vector of a face of 112 pixels.

    Args:
        names: Of input and output.
        numbers: Of the vector.
        batch: Side of the batch, a word where the file leaves it open.
        scale: Of the weights.
    """
    inward, outward = names
    graph = Graph({inward: ((batch, 3, 112, 112), _FLOAT)})
    small = graph.add("AveragePool", inward, kernel_shape=[16, 16], strides=[16, 16])
    flat = graph.add("Flatten", small)
    graph.add("MatMul", flat, graph.random(3 * 7 * 7, numbers, scale=scale), to=outward)
    return graph.written({outward: (batch, numbers)})


def parser(*, classes: int = 19, scale: float = 0.1) -> bytes:
    """Gives scores of each pixel of a face of 512 pixels: random sums of its colours."""
    graph = Graph({"input": (("batch_size", 3, 512, 512), _FLOAT)})
    graph.add("Conv", "input", graph.random(classes, 3, 1, 1, scale=scale), to="output")
    return graph.written({"output": ("batch_size", classes, 512, 512)})


def occluder(shares: Sequence[float] = (0, 0, 1)) -> bytes:
    """Sees of a picture of 256 pixels what is bright: so much of blue, green and red each."""
    graph = Graph({"input": (("batch_size", 256, 256, 3), _FLOAT)})
    weights = graph.constant(np.array([[share] for share in shares], np.float32))
    graph.add("MatMul", "input", weights, to="output")
    return graph.written({"output": ("batch_size", 256, 256, 1)})


def matter(side: int | str = "side") -> bytes:
    """Gives an alpha of a picture of any size: a sum of its colours, squeezed into 0..1."""
    graph = Graph({"input": (("batch_size", 3, side, side), _FLOAT)})
    summed = graph.add("Conv", "input", graph.random(1, 3, 1, 1, scale=1.0))
    graph.add("Sigmoid", summed, to="output")
    return graph.written({"output": ("batch_size", 1, side, side)})


def square_matter(
    side: int | str = 1024,
    *,
    names: tuple[str, str] = ("input_image", "output_image"),
    weights: tuple[float, float, float] = (0.3, -0.2, 0.1),
    bias: float = 0.0,
) -> bytes:
    """Gives a sum of the colours of each pixel of a square, as BiRefNet gives its logits.

    Args:
        side: Of the square; a word where the file leaves it open.
        names: Of input and output.
        weights: Of the three colours, as the network gets them.
        bias: What is added.
    """
    inward, outward = names
    graph = Graph({inward: ((1, 3, side, side), _FLOAT)})
    kernel = graph.constant(np.array(weights, np.float32).reshape(1, 3, 1, 1))
    level = graph.constant(np.array([bias], np.float32))
    graph.add("Conv", inward, kernel, level, to=outward)
    return graph.written({outward: (1, 1, side, side)})


_PLAIN = ("input", "output")


def yunet(side: int | str = 640, *, bias: float = -4.0, lift: float = 0.0) -> bytes:
    """YuNet's twelve heads at three steps, each one convolution of the picture.

    Args:
        side: Of the input; a word where the file leaves it open.
        bias: Of the scores, before the sigmoid, on a black picture.
        lift: How much larger it is on a white one.
    """
    graph = Graph({"input": ((1, 3, side, side), _FLOAT)})
    outputs: dict[str, Sides] = {}
    for head, width in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
        for step in (8, 16, 32):
            name, is_score = f"{head}_{step}", width == 1
            weights = graph.random(width, 3, step, step, scale=1e-5)
            if is_score:
                each = lift / (255 * 3 * step * step)
                weights = graph.constant(np.full((1, 3, step, step), each, np.float32))
            level = np.full(width, bias if is_score else 0.0, np.float32)
            maps = graph.add("Conv", "input", weights, graph.constant(level), strides=[step, step])
            last = graph.add("Transpose", maps, perm=[0, 2, 3, 1])
            shape = graph.constant(np.array((1, -1, width), np.int64))
            rows = graph.add("Reshape", last, shape, to="" if is_score else name)
            if is_score:
                graph.add("Sigmoid", rows, to=name)
            cells = f"cells_{step}" if isinstance(side, str) else (side // step) ** 2
            outputs[name] = (1, cells, width)
    return graph.written(outputs)


FILES: Mapping[str, Callable[[], bytes]] = {
    **{
        f"gpen-bfr-{side}-onnx": lambda side=side: restorer(side) for side in (256, 512, 1024, 2048)
    },
    "gpen-bfr-512-onnx-reactor": lambda: restorer(512),
    "gfpgan-1.4-onnx": lambda: restorer(512),
    "restoreformer-pp-onnx": lambda: restorer(512),
    "codeformer-onnx": lambda: restorer(512, dial=(1,)),
    "modnet-photographic-onnx": matter,
    "hivision-modnet-onnx": matter,
    "birefnet-portrait-onnx": square_matter,
    "birefnet-matting-onnx": square_matter,
    "birefnet-hr-matting-onnx": lambda: square_matter(2048),
    "birefnet-general-onnx": square_matter,
    "birefnet-lite-onnx": square_matter,
    "rmbg-1.4": lambda: square_matter("side", names=_PLAIN, weights=(0.1, 0.1, 0.1), bias=0.5),
    "parsing-bisenet34-onnx": parser,
    "occlusion-xseg3": occluder,
    "yunet-2023mar": yunet,
    "yunet-2023mar-int8": yunet,
    "yunet-n-640": yunet,
    "yunet-n-dynamic": lambda: yunet("side"),
    "recognition-w600k-r50": lambda: recogniser(("input.1", "683"), 512, batch="None"),
    "recognition-w600k-r50-facefusion": lambda: recogniser(("input.1", "683"), 512, batch="None"),
    "recognition-sface": lambda: recogniser(("data", "fc1"), 128),
    "recognition-sface-int8": lambda: recogniser(("data", "fc1"), 128),
}
