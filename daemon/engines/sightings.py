"""What engines see that must not be left on a page: faces and codes, and who finds them.

Colour order is RGB, coordinates are pixels of the picture handed in, as in ``base``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from daemon.imaging.geometry import Box


@dataclass(frozen=True, slots=True)
class SweptFace:
    """Where a face must be covered.

    Attributes:
        cover: What to paint over: the detector's box grown on every side, cut at the picture.
        box: The detector's box as it was.
        score: How sure the detector is, 0..1.
        turn_deg: By how much the picture was turned (clockwise) when it was seen best.
    """

    cover: Box
    box: Box
    score: float
    turn_deg: int


class FaceSweeper(Protocol):
    """Finds every face that must not be left, in any quarter turn; landmarks do not matter."""

    def sweep(self, srgb: NDArray[np.uint8], *, crowd: bool = False) -> list[SweptFace]:
        """Every face of ``(H, W, 3)`` uint8 RGB, surest first.

        Args:
            srgb: The page or photo.
            crowd: Many small faces are expected: looks closer and believes less; for documents
                that would cover stamps and letters.
        """
        ...


@dataclass(frozen=True, slots=True)
class FoundCode:
    """A barcode or matrix code, read or only seen.

    Attributes:
        kind: Name of the symbology as the reader has it (``QRCode``, ``EAN13`` …), or
            ``unread_matrix``, ``unread_linear`` for what only looks like one.
        quad: ``(4, 2)`` float32, x and y in order around the code: what to paint over, already
            grown past the code to the end of its ink.
        confidence: 1 for a code that was read, 0..1 for one seen by its shape.
        payload: What it says, for a keyed hash only; empty where it was not read.
    """

    kind: str
    quad: NDArray[np.float32]
    confidence: float
    payload: bytes = field(default=b"", repr=False)

    @property
    def is_read(self) -> bool:
        return bool(self.payload)


class CodeFinder(Protocol):
    """Finds barcodes and matrix codes anywhere, at any angle."""

    def find(self, srgb: NDArray[np.uint8]) -> list[FoundCode]:
        """Every code of ``(H, W, 3)`` uint8 RGB, read ones first.

        Raises:
            EngineUnavailable: The reader's library is not installed.
        """
        ...

    def prove(self, srgb: NDArray[np.uint8]) -> list[FoundCode]:
        """What can still be *read*, looked at another way than ``find`` does.

        For pages that were masked: other scales and other thresholds, no guessing by shape.
        """
        ...
