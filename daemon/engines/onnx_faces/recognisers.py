"""Tells people apart with SFace, or with ArcFace R50 of WebFace600K."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from daemon.domain.sayings import say
from daemon.engines.arcface_crop import arcface_crop
from daemon.engines.base import IdentityLimits
from daemon.engines.offers import Setup, Weights
from daemon.engines.onnx_faces.facts import ARCFACE_R50, SFACE
from daemon.engines.onnx_kind import Kind
from daemon.engines.onnx_network import Network, gives_other, takes_other
from daemon.engines.tasks import IDENTITY
from daemon.engines.weights import no_number
from daemon.imaging.align import Alignment
from daemon.imaging.template import ARCFACE_PX

# Source: restoration pipelines deliver within a cosine distance of 0.15 and give up beyond 0.30
# (ModelScope, portrait enhancement); on vectors of length 1 that is the root of twice as much.
# SFace's published line for the same person, a cosine of 0.363, is far too lax for a face before
# and after it was restored.
LIMITS: Final = IdentityLimits(
    float(np.sqrt(2 * 0.15)),
    float(np.sqrt(2 * 0.30)),
    "cosine distance 0.15 and 0.30 (docs/decisions/0038, 0044)",
)
_NUMBERS: Mapping[str, int] = {SFACE.name: 128, ARCFACE_R50.name: 512}


class OnnxRecogniser:
    """A recogniser, loaded.

    Args:
        kind: ``SFACE`` or ``ARCFACE_R50``.
        weights: By model key.
        setup: Where it computes; always in float32.

    Raises:
        EngineUnavailable: The file holds no network of this kind.
        GpuExhausted: It does not fit into the GPU's memory.
    """

    limits = LIMITS

    def __init__(self, kind: Kind, weights: Weights, setup: Setup) -> None:
        self._kind = kind
        self._network = network = Network(kind, kind.weights_of(weights), setup)
        wanted = (1, 3, ARCFACE_PX, ARCFACE_PX)
        if len(network.inputs) != 1 or not network.inputs[0].takes(*wanted):
            one = say("one_picture_of", shape=str(wanted))
            network.refuse(takes_other(network.inputs, one))
        self._numbers = _NUMBERS[kind.name]
        if not network.outputs or not network.outputs[0].takes(None, self._numbers):
            numbers = say("so_many_numbers", n=self._numbers)
            network.refuse(gives_other(network.outputs, numbers))

    def embed(self, srgb: NDArray[np.uint8], alignment: Alignment) -> NDArray[np.float32]:
        """Float32 of length 1 of the face in ``(H, W, 3)`` uint8 RGB: 128 numbers, or 512.

        Raises:
            GpuExhausted: It does not fit into the GPU's memory.
            EngineError: The landmarks lie in one place, or the network gave no usable number.
        """
        vector: NDArray[np.float32] = self.embed_crops(self.aligned(srgb, alignment))[0]
        return vector

    @staticmethod
    def aligned(srgb: NDArray[np.uint8], alignment: Alignment) -> NDArray[np.uint8]:
        """The face as ``(1, 112, 112, 3)`` uint8 RGB in the ArcFace template; any thread may ask.

        Raises:
            EngineError: The landmarks lie in one place.
        """
        return arcface_crop(srgb, alignment, IDENTITY)

    def embed_crops(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """``(N, numbers)`` float32 of length 1.

        Args:
            crops: ``(N, 112, 112, 3)`` uint8 RGB in the ArcFace template.

        Raises:
            GpuExhausted: It does not fit into the GPU's memory.
            EngineError: The network gave no usable number.
        """
        name = self._network.inputs[0].name
        planes = preprocessed(self._kind, crops)
        rows = [self._network.run({name: plane[None]}) for plane in planes]
        vectors = np.concatenate([np.zeros((0, self._numbers), np.float32), *rows])
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths).all() and (lengths > 0).all()):
            raise no_number(self._kind.name)
        return np.asarray(vectors / lengths, np.float32)


def preprocessed(kind: Kind, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """``(N, 3, 112, 112)`` float32 RGB of ``(N, 112, 112, 3)`` uint8 RGB.

    SFace takes 0..255, its file holds the scaling (OpenCV's FaceRecognizerSF); ArcFace R50 takes
    -1..1 (InsightFace's mean and deviation of 127.5).
    """
    scaled = crops.astype(np.float32)
    if kind is ARCFACE_R50:
        scaled = (scaled - np.float32(127.5)) / np.float32(127.5)
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))
