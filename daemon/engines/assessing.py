"""What an engine sees in one aligned face, beside who it is: how far that can be relied on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from daemon.imaging.align import Alignment

_LARGEST_EXPONENT = 700.0  # the next is beyond what a float holds


@dataclass(frozen=True, slots=True)
class Assessment:
    """What an engine sees in one aligned face.

    Attributes:
        embedding: Float32 of length 1; the scalar product of two is their similarity, -1..1.
        log_variance: The network's own number; its direction is for the calibration to say.
        score: How far the picture can be relied on, 0..1, higher is better; ``None`` where the
            calibration was refused.
        calibration: Id of the calibration; ``refused`` where there is none to trust.
        engine: The engine's name.
    """

    embedding: NDArray[np.float32]
    log_variance: float
    score: float | None
    calibration: str
    engine: str

    @property
    def exp_log_variance(self) -> float:
        """The number that the published pipeline shows: positive, without an upper limit."""
        return math.exp(min(self.log_variance, _LARGEST_EXPONENT))

    def as_json(self) -> dict[str, Any]:
        """For the record: raw and calibrated, with the engine and calibration behind them."""
        return {
            "engine": self.engine,
            "exp_log_variance": round(self.exp_log_variance, 6),
            "score": None if self.score is None else round(self.score, 4),
            "calibration": self.calibration,
        }


class Assessor(Protocol):
    """Tells people apart, and says of each picture how far that can be relied on.

    Attributes:
        same_person_similarity: Two faces at least this similar are taken for one person.
        threshold_source: Where that number comes from.
    """

    same_person_similarity: float
    threshold_source: str

    @property
    def is_vouched_for(self) -> bool:
        """The self-test accepted these weights. Otherwise nothing they say may be trusted."""
        ...

    def assess(self, srgb: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> Assessment:
        """One face.

        Args:
            srgb: ``(H, W, 3)`` uint8 RGB photo.
            landmarks: ``(5, 2)`` float32 in it.

        Raises:
            EngineError: The points lie in one place, or the network failed.
        """
        ...

    def embed(self, srgb: NDArray[np.uint8], alignment: Alignment) -> NDArray[np.float32]:
        """The embedding alone, as ``Recogniser`` has it; distance² is 2 - 2 × similarity."""
        ...
