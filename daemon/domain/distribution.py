"""Distributions kept in fixed buckets: how good photos were, how long they took.

Every photo is counted in the bucket of a fixed scale, and the sum of the values is kept beside
the counts. Such distributions are merged by adding, so the percentiles of any inboxes and hours
come from the same rows; means are exact, a percentile is off by one bucket's width at most.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# A photo that was judged and got no score (no face, say): counted, in no mean and no percentile.
UNSCORED = -1

# Scores are kept as whole ten-thousandths, so that sums are exact.
SCORE_ONE = 10_000
_SCORE_STEP = 200
# Three buckets to the doubling: a percentile of times is off by 26 % at most.
_TIME_FIRST_MS = 16
_TIME_BUCKETS_PER_DOUBLING = 3
# No scale has more; the store keeps a column for each.
MOST_BUCKETS = 64


@dataclass(frozen=True, slots=True)
class Scale:
    """Where buckets begin and end.

    Attributes:
        edges: Rising whole numbers; bucket ``i`` holds ``edges[i] <= value < edges[i + 1]``, the
            last one also everything above, the first one everything below.
    """

    edges: tuple[int, ...]

    def bucket(self, value: int) -> int:
        """The bucket of a value."""
        return min(max(bisect_right(self.edges, value) - 1, 0), len(self.edges) - 2)

    def bounds(self, bucket: int) -> tuple[int, int]:
        """Where a bucket begins and ends."""
        return self.edges[bucket], self.edges[bucket + 1]


def _time_edges() -> tuple[int, ...]:
    steps = range(MOST_BUCKETS)
    return (
        0,
        *(round(_TIME_FIRST_MS * 2 ** (step / _TIME_BUCKETS_PER_DOUBLING)) for step in steps),
    )


# Ten-thousandths, 50 buckets of 0.02: every limit of the profiles lies on an edge.
SCORES = Scale(tuple(range(0, SCORE_ONE + 1, _SCORE_STEP)))
# Milliseconds, in 64 buckets up to nine hours; what took longer counts as that in percentiles.
TIMES = Scale(_time_edges())


def score_units(score: float) -> int:
    """A score 0..1 in ten-thousandths, never rounded up: below a limit stays below it."""
    return min(max(int(score * SCORE_ONE + 1e-6), 0), SCORE_ONE)


@dataclass(frozen=True, slots=True)
class Distribution:
    """Values counted by bucket.

    Attributes:
        scale: What the buckets mean.
        counts: Bucket → how many; ``UNSCORED`` may be among them.
        total: Sum of the values, in the scale's unit.
    """

    scale: Scale
    counts: Mapping[int, int] = field(default_factory=dict)
    total: int = 0

    @property
    def n(self) -> int:
        """How many values there are."""
        return sum(self.counts.values()) - self.counts.get(UNSCORED, 0)

    @property
    def mean(self) -> float | None:
        """Their exact mean in the scale's unit; ``None`` where there is none."""
        n = self.n
        return self.total / n if n else None

    def below(self, edge: int) -> int:
        """How many lie below an edge of the scale.

        Raises:
            ValueError: It is no edge, so the buckets cannot tell.
        """
        limit = self.scale.edges.index(edge)
        return sum(
            number
            for bucket, number in self.counts.items()
            if bucket != UNSCORED and bucket < limit
        )

    def percentiles(self, *shares: float) -> tuple[float | None, ...]:
        """The values that these shares (0..1) of all values do not pass.

        Inside a bucket values are taken as evenly spread.

        Returns:
            Values in the scale's unit; ``None`` for each where there are no values.
        """
        full = sorted(bucket for bucket, n in self.counts.items() if n > 0 and bucket != UNSCORED)
        reached = list(itertools.accumulate(self.counts[bucket] for bucket in full))
        if not reached:
            return (None,) * len(shares)
        found = []
        for share in shares:
            rank = share * reached[-1]
            place = min(bisect_left(reached, rank), len(full) - 1)
            low, high = self.scale.bounds(full[place])
            number = self.counts[full[place]]
            found.append(low + (high - low) * (rank - reached[place] + number) / number)
        return tuple(found)


def merged(scale: Scale, parts: Iterable[Distribution]) -> Distribution:
    """All parts as one."""
    counts: dict[int, int] = {}
    total = 0
    for part in parts:
        total += part.total
        for bucket, number in part.counts.items():
            counts[bucket] = counts.get(bucket, 0) + number
    return Distribution(scale, counts, total)
