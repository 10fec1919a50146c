"""What an engine computes in: bf16 where it was asked for and draws the same picture, else fp32.

fp16 is a trap for networks that draw faces: their styles overflow and the face comes out in one
flat colour (GFPGAN issue 483), so it is treated as bf16, which has the range of fp32, and the
record says so. On a CPU a half is many times slower, so fp32 is taken there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

FP32: Final[str] = "fp32"
BF16: Final[str] = "bf16"
FP16: Final[str] = "fp16"

# An error of 1.4 grey levels (rms), which nobody sees. Source: notes on restorers, section 5:
# a build in a half is accepted at 45 dB against fp32 on fixed crops and not below.
PARITY_DB: Final[float] = 45.0
_PEAK = 255.0

# Whether to compute in a half → pictures, float32 of 0..255.
Draw = Callable[[bool], NDArray[np.float32]]

# What was found in this process. Records are written by other threads than the engines' owner
# and after an engine was dropped, too, so it lies here and not with the engine.
_FOUND: dict[tuple[str, ...], Precision] = {}


@dataclass(frozen=True, slots=True)
class Precision:
    """What is computed in.

    Attributes:
        asked: As the settings have it.
        used: ``fp32`` or ``bf16``.
        parity_db: How near bf16 came to fp32 on the fixed pictures; ``None`` where nothing was
            to be proven, -inf where it gave no finite number.
        is_proven: The pictures were looked at; else ``used`` is what will be tried.
    """

    asked: str
    used: str
    parity_db: float | None = None
    is_proven: bool = False

    def as_json(self) -> dict[str, Any]:
        """``precision``, ``parity_db`` where it was measured, ``precision_note`` where it helps."""
        line: dict[str, Any] = {"precision": self.used}
        if self.parity_db is not None and math.isfinite(self.parity_db):
            line["parity_db"] = round(self.parity_db, 1)
        note = self._note()
        return {**line, "precision_note": note} if note else line

    def _note(self) -> str:
        if self.used == self.asked:
            return "" if self.used == FP32 or self.is_proven else "to be proven when it is loaded"
        if self.used == BF16:
            return "fp16 was asked for; this network needs the range of bf16"
        if self.parity_db is None:
            return f"{self.asked} was asked for; the CPU computes in fp32"
        found = f"{self.parity_db:.1f} dB" if math.isfinite(self.parity_db) else "no number"
        return f"{self.asked} was asked for; bf16 gave {found}, {PARITY_DB:g} dB are needed"


def settled(weights: Iterable[str], asked: str, device: str) -> Precision:
    """What is taken, as far as it is known in this process.

    Args:
        weights: sha256 of every file.
        asked: ``fp32``, ``bf16`` or ``fp16``.
        device: ``cpu`` or ``cuda:N``.
    """
    halved = asked != FP32 and device.startswith("cuda")
    tried = Precision(asked, BF16 if halved else FP32)
    return _FOUND.get((*sorted(weights), asked, device), tried)


def proven(weights: Iterable[str], asked: str, device: str, draw: Draw) -> Precision:
    """What is taken, after the network drew the fixed pictures in both.

    That is done once a process for the same weights, precision and device; an engine that was
    dropped and is loaded again, and ``settled``, have it from memory.

    Args:
        weights: As ``settled``.
        asked: As ``settled``.
        device: As ``settled``.
        draw: Draws the pictures.
    """
    sums = tuple(sorted(weights))
    precision = settled(sums, asked, device)
    if precision.used == FP32 or precision.is_proven:
        return precision
    found = agreement_db(draw(True), draw(False))
    used = BF16 if found >= PARITY_DB else FP32
    precision = Precision(asked, used, found, is_proven=True)
    _FOUND[*sums, asked, device] = precision
    return precision


def agreement_db(found: NDArray[np.float32], exact: NDArray[np.float32]) -> float:
    """Peak signal to noise of the worst of several pictures; -inf for one that is no number.

    Args:
        found: ``(N, …)`` of 0..255.
        exact: As ``found``.
    """
    assert found.shape == exact.shape
    apart = (found.astype(np.float64) - exact).reshape(len(found), -1)
    worst = float(np.mean(apart**2, axis=1).max())
    if not math.isfinite(worst):
        return -math.inf
    return math.inf if worst == 0 else 10 * math.log10(_PEAK**2 / worst)
