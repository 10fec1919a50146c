"""What an engine says of how good one aligned face is, and whose face it looks like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Rating:
    """One face, rated.

    Attributes:
        quality: 0..1, higher is better.
        feature: ``(512,)`` float32 as the network gives it, of any length: only the angle
            between two of them means something.
    """

    quality: float
    feature: NDArray[np.float32]


class FaceRater(Protocol):
    """Says of aligned faces how good they are."""

    def rate_crops(self, crops: NDArray[np.uint8]) -> list[Rating]:
        """One rating for each face, whatever its neighbours hold.

        Args:
            crops: ``(N, 112, 112, 3)`` uint8 RGB in the template of
                ``daemon.imaging.template.narrow_template_112``.

        Raises:
            GpuExhausted: Not even one face fits into the GPU's memory.
            EngineBroken: The GPU cannot be used any more in this process.
            EngineError: Not such crops, or the network gave no finite number.
        """
        ...
