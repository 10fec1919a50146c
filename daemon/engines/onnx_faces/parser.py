"""Says of each pixel of an aligned face what it belongs to, with BiSeNet on a ResNet-34."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from daemon.engines.offers import Setup, Weights
from daemon.engines.onnx_faces.facts import BISENET34
from daemon.engines.onnx_network import Network
from daemon.engines.parsing import FaceClass
from daemon.engines.weights import no_number
from daemon.errors import EngineError
from daemon.imaging.align import CROP_PX

# The network's classes are those of CelebAMask-HQ in the order of ``FaceClass``, and its input has
# the mean and deviation of ImageNet. Source: its author's program (yakhyo/face-parsing).
_MEAN: Final = np.array((0.485, 0.456, 0.406), np.float32) * 255
_SPREAD: Final = np.array((0.229, 0.224, 0.225), np.float32) * 255
_SHAPE: Final = (1, 3, CROP_PX, CROP_PX)
_SCORES: Final = (1, len(FaceClass), CROP_PX, CROP_PX)


class OnnxParser:
    """The parser, loaded.

    Args:
        weights: By model key.
        setup: Where it computes; always in float32.

    Raises:
        EngineUnavailable: The file holds no network that parses faces.
        GpuExhausted: It does not fit into the GPU's memory.
    """

    def __init__(self, weights: Weights, setup: Setup) -> None:
        self._network = Network(BISENET34, BISENET34.weights_of(weights), setup)
        self._network.hold(_SHAPE, _SCORES)

    def parse(self, crops: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Classes ``(N, 512, 512)`` uint8 of ``FaceClass``; see ``FaceParser``.

        Raises:
            GpuExhausted: Not even one face fits into the GPU's memory.
            EngineError: Not crops of this size, or the network gave no finite number.
        """
        if crops.ndim != 4 or crops.shape[1:] != (CROP_PX, CROP_PX, 3):
            message = f"a parser wants (N, {CROP_PX}, {CROP_PX}, 3), not {crops.shape}"
            raise EngineError(message, engine=BISENET34.name)
        found = np.empty(crops.shape[:3], np.uint8)
        for at, crop in enumerate(crops):
            planes = ((crop - _MEAN) / _SPREAD).transpose(2, 0, 1)[None]
            fed = {self._network.inputs[0].name: np.ascontiguousarray(planes, np.float32)}
            scores = self._network.run(fed)
            if scores.shape != _SCORES or not np.isfinite(scores).all():
                raise no_number(BISENET34.name)
            found[at] = scores[0].argmax(axis=0)
        return found
