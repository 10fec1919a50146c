"""Figures as values: what the panel draws and ``boothd stats --json`` writes.

Scores are 0..1, times milliseconds, shares come with the number they are out of. A figure that
nothing was measured for is ``None``, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from daemon.domain.assessment import LOW
from daemon.domain.distribution import SCORE_ONE, SCORES, TIMES, UNSCORED, Distribution, merged
from daemon.domain.job import Verdict
from daemon.domain.share import Share
from daemon.store.counters import RECEIVED
from daemon.store.statistics import Judged

LOW_SCORE = LOW / SCORE_ONE

Parts = Mapping[Verdict, Distribution]


def share_json(share: Share) -> dict[str, Any]:
    """A share with its number, and its interval where that is small."""
    value, interval = share.value, share.interval
    return {
        "part": share.part,
        "n": share.n,
        "share": None if value is None else round(value, 4),
        "interval": None if interval is None else [round(end, 4) for end in interval],
    }


@dataclass(frozen=True, slots=True)
class Counts:
    """How many photos came, and how they ended.

    Attributes:
        received: All that were taken in.
        verdicts: Verdict → how many; each is there.
    """

    received: int
    verdicts: Mapping[Verdict, int]

    @classmethod
    def of(cls, found: Mapping[str, int]) -> Self:
        """From numbers by what the counters call verdict."""
        return cls(found.get(RECEIVED, 0), {verdict: found.get(verdict, 0) for verdict in Verdict})

    @property
    def decided(self) -> int:
        """How many have a verdict."""
        return sum(self.verdicts.values())

    @property
    def rejected(self) -> Share:
        """The rejected among those that have a verdict."""
        return Share(self.verdicts[Verdict.REJECTED], self.decided)

    def as_json(self) -> dict[str, Any]:
        return {
            "received": self.received,
            **{verdict.value: number for verdict, number in self.verdicts.items()},
            "rejected_share": share_json(self.rejected),
        }


@dataclass(frozen=True, slots=True)
class Quality:
    """How good photos were, by one engine.

    Attributes:
        engine: What made the scores.
        profile: What decided; empty where several profiles are taken together, which scores
            allow: they do not depend on it.
        judged: How many photos, those without a score among them.
        scored: How many have a score.
        mean: Their mean.
        p10: Percentiles, off by 0.02 at most.
        p50: The same.
        p90: The same.
        low: Those below ``LOW_SCORE`` among the scored.
        rejected: The rejected among the judged.
    """

    engine: str
    profile: str
    judged: int
    scored: int
    mean: float | None
    p10: float | None
    p50: float | None
    p90: float | None
    low: Share
    rejected: Share

    @classmethod
    def of(cls, engine: str, found: Judged, profile: str = "") -> Self:
        """From all scores by the engine."""
        scores = found.scores
        scored = scores.n
        judged = scored + scores.counts.get(UNSCORED, 0)
        p10, p50, p90 = scores.percentiles(0.1, 0.5, 0.9)
        return cls(
            engine=engine,
            profile=profile,
            judged=judged,
            scored=scored,
            mean=_score(scores.mean),
            p10=_score(p10),
            p50=_score(p50),
            p90=_score(p90),
            low=Share(scores.below(LOW), scored),
            rejected=Share(found.rejected, judged),
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "engine": self.engine,
            **({"profile": self.profile} if self.profile else {}),
            "judged": self.judged,
            "scored": self.scored,
            "mean": self.mean,
            "p10": self.p10,
            "p50": self.p50,
            "p90": self.p90,
            "low": share_json(self.low),
            "rejected": share_json(self.rejected),
        }


@dataclass(frozen=True, slots=True)
class Times:
    """How long photos took.

    Attributes:
        n: How many photos.
        mean_ms: Exact mean.
        p50_ms: Percentiles, off by 26 % at most.
        p95_ms: The same.
        p99_ms: The same.
    """

    n: int
    mean_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None

    @classmethod
    def of(cls, found: Iterable[Distribution]) -> Self:
        whole = merged(TIMES, found)
        points = (whole.mean, *whole.percentiles(0.5, 0.95, 0.99))
        return cls(whole.n, *(None if point is None else round(point, 1) for point in points))

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class Period:
    """An hour or a day in a chart.

    Attributes:
        start: Local time with offset (ISO 8601), or a local day.
        since_ms: Where it begins.
        until_ms: Where it ends; jobs behind it are those admitted in between.
        counts: How many photos.
        quality: How good, an entry for each engine; empty is a gap in the line, not a zero.
    """

    start: str
    since_ms: int
    until_ms: int
    counts: Counts
    quality: tuple[Quality, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "start": self.start,
            "since_ms": self.since_ms,
            "until_ms": self.until_ms,
            **self.counts.as_json(),
            "quality": [line.as_json() for line in self.quality],
        }


@dataclass(frozen=True, slots=True)
class Reason:
    """How often a code was a reason.

    Attributes:
        code: The code.
        first: Photos whose gravest reason it was.
        any: Photos which had it at all.
        share: The latter among all photos that were not simply done.
    """

    code: str
    first: int
    any: int
    share: Share

    def as_json(self) -> dict[str, Any]:
        shown = share_json(self.share)
        return {"code": self.code, "first": self.first, "any": self.any, "share": shown}


@dataclass(frozen=True, slots=True)
class Bin:
    """Photos whose score lies between two limits, by verdict; the last bin holds 1.0, too."""

    low: float
    high: float
    verdicts: Mapping[Verdict, int]

    def as_json(self) -> dict[str, Any]:
        return {
            "low": self.low,
            "high": self.high,
            **{verdict.value: number for verdict, number in self.verdicts.items()},
        }


@dataclass(frozen=True, slots=True)
class Scores:
    """All scores by one engine and profile.

    Attributes:
        quality: What they come to.
        bins: Fifty bins of 0.02, empty ones among them.
        unscored: Photos that got no score.
        min_score: What the profile asks for now, to be drawn in; ``None`` where the profile is
            no longer known.
    """

    quality: Quality
    bins: tuple[Bin, ...]
    unscored: int
    min_score: float | None = None

    @classmethod
    def of(cls, engine: str, profile: str, parts: Parts, min_score: float | None = None) -> Self:
        bins = []
        for place in range(len(SCORES.edges) - 1):
            low, high = (edge / SCORE_ONE for edge in SCORES.bounds(place))
            numbers = {verdict: parts[verdict].counts.get(place, 0) for verdict in sorted(parts)}
            bins.append(Bin(low, high, numbers))
        unscored = sum(part.counts.get(UNSCORED, 0) for part in parts.values())
        return cls(Quality.of(engine, _whole(parts), profile), tuple(bins), unscored, min_score)

    def as_json(self) -> dict[str, Any]:
        return {
            **self.quality.as_json(),
            "unscored": self.unscored,
            "low_below": LOW_SCORE,
            "min_score": self.min_score,
            "bins": [found.as_json() for found in self.bins],
        }


@dataclass(frozen=True, slots=True)
class NotAssessed:
    """Photos of which a measure could not be taken, among all that the engine judged."""

    engine: str
    profile: str
    measure: str
    share: Share

    def as_json(self) -> dict[str, Any]:
        return {
            "engine": self.engine,
            "profile": self.profile,
            "measure": self.measure,
            **share_json(self.share),
        }


def _whole(parts: Parts) -> Judged:
    rejected = parts.get(Verdict.REJECTED, Distribution(SCORES))
    return Judged(merged(SCORES, parts.values()), sum(rejected.counts.values()))


def _score(units: float | None) -> float | None:
    return None if units is None else round(units / SCORE_ONE, 4)
