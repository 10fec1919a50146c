"""One line of the self-check: what was measured, what was allowed, what came of it."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from typing import Any


class Severity(enum.StrEnum):
    """What a breach means."""

    FAIL = "fail"  # the photo is not delivered as done
    WARN = "warn"  # delivered, and said so
    INFO = "info"  # reported only


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement of the written file.

    Attributes:
        name: What was measured, a word of docs/idphoto.md.
        value: The measured value; NaN where it could not be measured, which is never a pass.
        unit: ``px``, ``mm``, ``kB``, ``dE00``, ``deg``, ``share`` or empty.
        low: Least allowed; ``None``: no limit.
        high: Most allowed; ``None``: no limit.
        severity: What a breach means.
        code: The reason's code where it is breached.
        is_repairable: Another attempt with other settings may mend it.
    """

    name: str
    value: float
    unit: str
    low: float | None
    high: float | None
    severity: Severity
    code: str
    is_repairable: bool = False

    @property
    def passes(self) -> bool:
        if math.isnan(self.value):
            return False
        over = self.high is not None and self.value > self.high
        return not over and (self.low is None or self.value >= self.low)

    @property
    def verdict(self) -> str:
        """``pass``, else what a breach means: ``fail``, ``warn`` or ``info``."""
        return "pass" if self.passes else self.severity.value

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "value": None if math.isnan(self.value) else round(self.value, 4),
            "unit": self.unit,
            "low": self.low,
            "high": self.high,
            "verdict": self.verdict,
            "code": None if self.passes else self.code,
        }
