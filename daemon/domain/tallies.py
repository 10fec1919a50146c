"""Times and scores counted in memory while a daemon runs, as a monitor wants them.

They begin at nought with each daemon, as such counters do; sums that outlive it are rows
(``store.histograms``). The bounds of the buckets are part of what monitors store: they are
never changed, only joined by others.
"""

from __future__ import annotations

import bisect
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from daemon.domain.assessment import assessment_of
from daemon.domain.distribution import SCORE_ONE

# Seconds: decoding takes hundredths, an engine on a CPU a minute.
STAGE_BOUNDS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
SCORE_BOUNDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
# Steps are the booth's own words, and few; whatever else should come is counted under one name.
MOST_STAGES = 64
OTHERS = "others"


@dataclass(slots=True)
class Histogram:
    """Values by bucket.

    Attributes:
        bounds: Upper bounds, ascending; one more bucket has none.
        counts: How many values lie in each bucket.
        total: Their sum.
    """

    bounds: tuple[float, ...]
    counts: list[int] = field(default_factory=list)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = self.counts or [0] * (len(self.bounds) + 1)

    def add(self, value: float) -> None:
        self.counts[bisect.bisect_left(self.bounds, value)] += 1
        self.total += value

    def as_json(self) -> dict[str, Any]:
        return {"counts": list(self.counts), "total": round(self.total, 6)}

    @classmethod
    def from_json(cls, bounds: tuple[float, ...], data: Mapping[str, Any]) -> Self:
        """As it was written.

        Raises:
            ValueError: It was written with other bounds.
        """
        counts = [int(number) for number in data["counts"]]
        if len(counts) != len(bounds) + 1:
            msg = f"{len(counts)} buckets instead of {len(bounds) + 1}"
            raise ValueError(msg)
        return cls(bounds, counts, float(data["total"]))


class Tallies:
    """What the worker's results come to; safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stages: dict[str, Histogram] = {}
        self._scores = Histogram(SCORE_BOUNDS)

    def add(
        self,
        timings_ms: Mapping[str, float],
        measures: Mapping[str, Any],
        engines: Mapping[str, Any],
    ) -> None:
        """Count a job that the worker has done.

        Args:
            timings_ms: Step → milliseconds.
            measures: The job's, with the gate's score where it ran.
            engines: What was used.
        """
        found = assessment_of(measures, engines)
        with self._lock:
            for step, spent_ms in timings_ms.items():
                known = step in self._stages or len(self._stages) < MOST_STAGES
                stage = self._stages.setdefault(
                    step if known else OTHERS, Histogram(STAGE_BOUNDS_S)
                )
                stage.add(spent_ms / 1000)
            if found is not None and found.score is not None:
                self._scores.add(found.score / SCORE_ONE)

    def as_json(self) -> dict[str, Any]:
        with self._lock:
            stages = {name: stage.as_json() for name, stage in sorted(self._stages.items())}
            return {"stages": stages, "scores": self._scores.as_json()}
