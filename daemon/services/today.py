"""Today against the same hours of the days before, and hours that call for somebody to look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

from daemon.domain.assessment import LOW
from daemon.domain.share import Share, is_unusual
from daemon.services.figures import Counts, Quality, share_json
from daemon.services.local_hours import LocalHours, hour_start
from daemon.store.counters import HOUR_MS, RECEIVED
from daemon.store.statistics import Hours, Judged, Statistics

# "Usual" is what the same hours of so many days before were like.
USUAL_DAYS = 7


@dataclass(frozen=True, slots=True)
class Tile:
    """How good today's photos are by one engine.

    Attributes:
        today: All of today, the running hour among it.
        passed: The hours of today that are over; ``None`` where they had no photo.
        usual: The same hours of the days before, all together; ``None`` where they had none.
    """

    today: Quality
    passed: Quality | None
    usual: Quality | None

    @property
    def mean_change(self) -> float | None:
        """By how much the mean score of the hours that are over differs from the usual one."""
        if self.passed is None or self.usual is None:
            return None
        return _difference(self.passed.mean, self.usual.mean)

    @property
    def low_change(self) -> float | None:
        """By how much the low share of the hours that are over differs from the usual one."""
        if self.passed is None or self.usual is None:
            return None
        return _difference(self.passed.low.value, self.usual.low.value)

    def as_json(self) -> dict[str, Any]:
        return {
            **self.today.as_json(),
            "mean_usual": None if self.usual is None else self.usual.mean,
            "mean_change": self.mean_change,
            "low_usual": None if self.usual is None else share_json(self.usual.low),
            "low_change": self.low_change,
        }


@dataclass(frozen=True, slots=True)
class Today:
    """The first row of the overview.

    Attributes:
        day: The local day (ISO 8601).
        since_ms: Start of its first hour.
        counts: All of today.
        received_passed: Photos received in the hours of today that are over.
        received_usual: Mean of the same hours of the days before, those on which the booth was
            not yet there left out; ``None`` where there are none.
        quality: A tile for each engine, the one with the most photos first.
    """

    day: str
    since_ms: int
    counts: Counts
    received_passed: int
    received_usual: float | None
    quality: tuple[Tile, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "day": self.day,
            "since_ms": self.since_ms,
            **self.counts.as_json(),
            "received_passed": self.received_passed,
            "received_usual": self.received_usual,
            "quality": [tile.as_json() for tile in self.quality],
        }


@dataclass(frozen=True, slots=True)
class Alert:
    """An hour with more photos of low quality than that hour usually has.

    Attributes:
        inbox: Where.
        engine: What made the scores.
        start: When the hour starts, local time with offset (ISO 8601).
        since_ms: The same.
        low: Photos below 0.40 among the scored of the hour.
        usual: Median of that hour's shares on the days before.
    """

    inbox: str
    engine: str
    start: str
    since_ms: int
    low: Share
    usual: float

    def as_json(self) -> dict[str, Any]:
        return {
            "inbox": self.inbox,
            "engine": self.engine,
            "start": self.start,
            "since_ms": self.since_ms,
            "low": share_json(self.low),
            "usual": round(self.usual, 4),
        }


def today(sums: Statistics, hours: LocalHours, now_ms: int, inboxes: tuple[str, ...]) -> Today:
    """Today's numbers, and how they differ from the same hours of the days before.

    What is compared are the hours that are over; half an hour would look like half of one.
    """
    running = hour_start(now_ms)
    day = hours.of_day(hours.day(running))
    passed = [hour_ms for hour_ms in day if hour_ms < running]
    span = Hours(hours.of_day(_back(hours.day(running))).start, day.stop, inboxes)
    counts = sums.counts(span, "hour_ms", "verdict")
    first_ms = sums.first_hour_ms()
    before = [list(hours.same_hours(passed, back)) for back in range(1, USUAL_DAYS + 1)]
    known = [some for some in before if some and first_ms is not None and some[-1] >= first_ms]
    usual = {hour_ms for some in known for hour_ms in some}
    received = _received(counts, usual) / len(known) if known else None
    return Today(
        day=hours.day(running).isoformat(),
        since_ms=day.start,
        counts=_counts(counts, day),
        received_passed=_received(counts, set(passed)),
        received_usual=None if received is None else round(received, 2),
        quality=_tiles(
            sums.judged(span, "hour_ms", "engine"),
            day,
            set(passed),
            usual,
        ),
    )


def alerts(
    sums: Statistics, hours: LocalHours, now_ms: int, inboxes: tuple[str, ...]
) -> tuple[Alert, ...]:
    """Inboxes whose last full hour, or the running one, has unusually many bad photos."""
    running = hour_start(now_ms)
    first = hours.of_day(_back(hours.day(running - HOUR_MS))).start
    span = Hours(first, running + HOUR_MS, inboxes)
    found = sums.judged(span, "inbox", "engine", "hour_ms")
    raised = []
    usual = {hour_ms: _usual_hours(hours, hour_ms) for hour_ms in (running - HOUR_MS, running)}
    for inbox, engine in sorted({key[:2] for key in found}):
        lows = {
            key[2]: Share(part.scores.below(LOW), part.scores.n)
            for key, part in found.items()
            if key[:2] == (inbox, engine)
        }
        for hour_ms, before in usual.items():
            low, shares = lows.get(hour_ms, Share(0, 0)), _shares(lows, before)
            if is_unusual(low, shares):
                start = hours.start(hour_ms).isoformat()
                raised.append(Alert(inbox, engine, start, hour_ms, low, median(shares)))
    return tuple(raised)


def _usual_hours(hours: LocalHours, hour_ms: int) -> list[list[int]]:
    """The same hour on each of the days before."""
    return [list(hours.same_hours([hour_ms], back)) for back in range(1, USUAL_DAYS + 1)]


def _shares(lows: Mapping[int, Share], before: list[list[int]]) -> list[float]:
    """Low shares of the days before; days without photos are left out."""
    shares = []
    for of_day in before:
        some = [lows[hour_ms] for hour_ms in of_day if hour_ms in lows]
        share = Share(sum(one.part for one in some), sum(one.n for one in some)).value
        if share is not None:
            shares.append(share)
    return shares


def _back(day: date) -> date:
    return day - timedelta(days=USUAL_DAYS)


def _difference(now: float | None, usual: float | None) -> float | None:
    return None if now is None or usual is None else round(now - usual, 4)


def _counts(found: Mapping[tuple[Any, ...], int], day: range) -> Counts:
    numbers: Counter[str] = Counter()
    for (hour_ms, verdict), number in found.items():
        if hour_ms in day:
            numbers[verdict] += number
    return Counts.of(numbers)


def _received(found: Mapping[tuple[Any, ...], int], chosen: Collection[int]) -> int:
    return sum(found.get((hour_ms, RECEIVED), 0) for hour_ms in chosen)


def _tiles(
    found: Mapping[tuple[Any, ...], Judged],
    day: range,
    passed: Collection[int],
    usual: Collection[int],
) -> tuple[Tile, ...]:
    tiles = []
    for engine in sorted({key[1] for key in found}):
        whole = _of(found, engine, day)
        if whole is not None:
            tiles.append(Tile(whole, _of(found, engine, passed), _of(found, engine, usual)))
    return tuple(sorted(tiles, key=lambda tile: -tile.today.judged))


def _of(
    found: Mapping[tuple[Any, ...], Judged], engine: str, chosen: Collection[int]
) -> Quality | None:
    """Quality by one engine in some hours; ``None`` where it judged no photo."""
    parts = [
        part
        for (hour_ms, of_engine), part in found.items()
        if of_engine == engine and hour_ms in chosen
    ]
    return Quality.of(engine, Judged.together(parts)) if parts else None
