"""What an engine says of an aligned face: where it is seen, and where something hides it."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Occluder(Protocol):
    """Sees what hides a face; it does not know what that is, nor what the face is made of."""

    def visible(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """How surely each pixel is face with nothing in front of it.

        Args:
            crops: ``(N, 512, 512, 3)`` uint8 RGB, aligned to ``FFHQ_TEMPLATE``.

        Returns:
            ``(N, 512, 512)`` float32, 0..1; from 0.5 on it is face.

        Raises:
            GpuExhausted: Not even one face fits into the GPU's memory.
            EngineError: Not such crops, or the network gave no finite number.
        """
        ...
