"""One number of many: the weakest link, times the whole.

``q = sqrt(min s_i * prod s_i^(w_i / sum w))``: a photo that one thing destroyed must not be
saved by ten healthy measures, which is what an average does (docs/quality.md shows both).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

FLOOR = 1e-4
"""A part never counts as less, or one zero would hide all the others."""

# Weight of each part of the score. Source: how much dropping the worst tenth by one measure
# lowers the errors of face recognition (docs/quality.md); background, head size, expression and
# coverings hardly do and have no part.
WEIGHTS: Mapping[str, float] = {
    "sharp": 3.0,
    "half": 2.0,
    "motion": 1.0,
    "size": 2.0,
    "pixel": 2.0,
    "patch": 2.0,
    "compression": 1.0,
    "noise": 1.0,
    "dark": 1.5,
    "bright": 1.5,
    "contrast": 1.0,
    "pose": 1.5,
    "illumination": 1.0,
    "colour": 0.5,
    "confidence": 1.0,
    # A neural score, once calibrated: it sees what no measure here does.
    "ood": 3.0,
}

BANDS = ((0.80, "good"), (0.60, "usable"), (0.40, "poor"), (0.0, "reject"))


@dataclass(frozen=True)
class Overall:
    """The unified score.

    Attributes:
        value: 0..1.
        parts: Score of each part that could be assessed.
        weakest: The part with the lowest score.
    """

    value: float
    parts: Mapping[str, float]
    weakest: str

    @property
    def band(self) -> str:
        """``good``, ``usable``, ``poor`` or ``reject``, for people."""
        return next(name for least, name in BANDS if self.value >= least)


def overall(parts: Mapping[str, float]) -> Overall:
    """The unified score of parts that are 0..1 each; what was not assessed is not among them.

    Never falls when a part rises. No part at all scores 0.
    """
    if not parts:
        return Overall(0.0, {}, "")
    kept = {name: max(FLOOR, min(1.0, value)) for name, value in parts.items()}
    weakest = min(kept, key=lambda name: kept[name])
    total = sum(WEIGHTS[name] for name in kept)
    logs = sum(WEIGHTS[name] * math.log(value) for name, value in kept.items()) / total
    return Overall(math.sqrt(kept[weakest] * math.exp(logs)), dict(parts), weakest)


def log_scale(x: float, bad: float, good: float) -> float:
    """L(x; bad, good): 0 at ``bad``, 1 at ``good``, even steps for even ratios between."""
    ratio = x / bad  # zero for the smallest floats, too
    if ratio <= 0:
        return 0.0 if good > bad else 1.0
    return max(0.0, min(1.0, math.log(ratio) / math.log(good / bad)))


def linear(x: float, bad: float, good: float) -> float:
    """R(x; bad, good): 0 at ``bad``, 1 at ``good``."""
    return max(0.0, min(1.0, (x - bad) / (good - bad)))
