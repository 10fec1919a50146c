"""Sees what hides a face, with XSeg."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.offers import Setup, Weights
from daemon.engines.onnx_faces.facts import XSEG
from daemon.engines.onnx_network import Network
from daemon.engines.weights import no_number
from daemon.errors import EngineError
from daemon.imaging.align import CROP_PX

# Source of layout, order of colours, range and meaning: the program the file was published for
# (facefusion, face_masker.py, ``create_occlusion_mask``): crops as OpenCV reads them, channels
# last, 0..1; high where the face itself is seen.
_SIDE_PX: Final = 256
_SHAPE: Final = (1, _SIDE_PX, _SIDE_PX, 3)
_SEEN: Final = (1, _SIDE_PX, _SIDE_PX, 1)


class OnnxOccluder:
    """XSeg, loaded.

    Args:
        weights: By model key.
        setup: Where it computes; always in float32.

    Raises:
        EngineUnavailable: The file holds no such network.
        GpuExhausted: It does not fit into the GPU's memory.
    """

    def __init__(self, weights: Weights, setup: Setup) -> None:
        self._network = Network(XSEG, XSEG.weights_of(weights), setup)
        self._network.hold(_SHAPE, _SEEN)

    def visible(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """``(N, 512, 512)`` float32, 0..1 of ``(N, 512, 512, 3)`` uint8 RGB; see ``Occluder``.

        Raises:
            GpuExhausted: Not even one face fits into the GPU's memory.
            EngineError: Not crops of this size, or the network gave no finite number.
        """
        if crops.ndim != 4 or crops.shape[1:] != (CROP_PX, CROP_PX, 3):
            message = f"{XSEG.name} wants (N, {CROP_PX}, {CROP_PX}, 3), not {crops.shape}"
            raise EngineError(message, engine=XSEG.name)
        found = np.empty(crops.shape[:3], np.float32)
        for at, crop in enumerate(crops):
            seen = self._network.run({self._network.inputs[0].name: preprocessed(crop)})
            if seen.shape != _SEEN or not np.isfinite(seen).all():
                raise no_number(XSEG.name)
            found[at] = cv2.resize(np.clip(seen[0, ..., 0], 0, 1), (CROP_PX, CROP_PX))
        return found


def preprocessed(crop: NDArray[np.uint8]) -> NDArray[np.float32]:
    """``(1, 256, 256, 3)`` float32 BGR, 0..1 of ``(512, 512, 3)`` uint8 RGB."""
    small = cv2.resize(crop, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(small[None, ..., ::-1], np.float32) / np.float32(255)
