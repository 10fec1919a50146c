"""A PNG's own gamma: some viewers heed it, most do not, so a page may be two pages.

The pixels are taken as they are, as browsers do for the usual value. An unusual one can turn text
that nobody sees into text that everybody sees: for reading, the page is looked at both ways.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

DISPLAY = 2.2
"""Exponent of the display that a file gamma of 0.45455 is meant for. Source: PNG specification,
third edition, 11.3.2.2."""
USUAL = 0.25
"""An exponent this close to 1 shows nothing that was not there: old Macintosh files have 0.82."""
_UNIT = 100_000
_MOST_EXPONENT = 500.0


def gamma_of(colour: Sequence[tuple[bytes, bytes]]) -> float | None:
    """The exponent by which viewers that heed it show the samples; ``None`` for about 1.

    Args:
        colour: The colour chunks of a PNG; ``sRGB`` and ``cICP`` overrule its gamma.
    """
    chunks = dict(colour)
    if b"sRGB" in chunks or b"cICP" in chunks or len(chunks.get(b"gAMA", b"")) != 4:
        return None
    (value,) = struct.unpack(">I", chunks[b"gAMA"])
    if not value:
        return None
    exponent = _UNIT / (value * DISPLAY)
    return None if abs(exponent - 1) <= USUAL else min(exponent, _MOST_EXPONENT)


def shown_by(exponent: float, srgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A page ``(H, W, 3)`` uint8 as such viewers show it."""
    table = np.rint(255 * (np.arange(256) / 255) ** exponent).astype(np.uint8)
    return np.asarray(table[srgb])
