"""What the booth did, how good the photos were and how long they took: figures for people.

Every figure comes from sums by hour of admission (``store.counters``, ``store.histograms``), so
that it costs the same whether a thousand photos came or a million. Scores of different engines
are never put into one average: wherever a quality is told, it is told for each engine.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from typing import Any

from daemon.clock import Clock
from daemon.config.quality import Quality as QualitySettings
from daemon.config.quality import names, profile_of
from daemon.domain.distribution import UNSCORED, Distribution, score_units
from daemon.domain.job import State, Verdict
from daemon.domain.share import Share
from daemon.services.figures import Counts, NotAssessed, Period, Quality, Reason, Scores, Times
from daemon.services.local_hours import LocalHours, hour_start
from daemon.services.queries import JobLine, line_of
from daemon.services.today import Alert, Today, alerts, today
from daemon.store.counters import HOUR_MS
from daemon.store.database import Database
from daemon.store.histograms import Kind
from daemon.store.statistics import Hours, Judged
from daemon.store.views import JobFilter

# What a photo must be for its codes to be reasons in the Pareto: anything but simply done.
NOT_DONE = (Verdict.REJECTED, Verdict.REVIEW, Verdict.FAILED)
# States of photos that count as received.
COUNTED = tuple(state for state in State if state is not State.WITHDRAWN)
# The store counts local days from here.
_FIRST_DAY = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class InboxFigures:
    """One inbox: how many photos, how good (for each engine and profile), how long they took."""

    inbox: str
    counts: Counts
    quality: tuple[Quality, ...]
    latency: Times
    work: Times

    def as_json(self) -> dict[str, Any]:
        return {
            "inbox": self.inbox,
            **self.counts.as_json(),
            "quality": [line.as_json() for line in self.quality],
            "latency": self.latency.as_json(),
            "work": self.work.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Behind:
    """Which jobs a bar, a point or a tile stands for; what is left empty does not restrict.

    Attributes:
        hours: Admitted in these, in these inboxes.
        verdict: Ended so.
        code: With this among their reasons.
        is_first: As their first one.
        is_low: With a score below 0.40.
        scores: With a score from the first to below the second.
    """

    hours: Hours
    verdict: Verdict | None = None
    code: str = ""
    is_first: bool = False
    is_low: bool = False
    scores: tuple[float, float] | None = None


class Statistics:
    """Questions to the sums. Looking changes nothing.

    Args:
        database: Where they lie.
        clock: What is now.
        zone: Local time of the people who look; ``None`` for the machine's.
        profiles: What the profiles ask for.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        zone: tzinfo | None = None,
        profiles: QualitySettings | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._profiles = profiles or QualitySettings()
        self._local = LocalHours(zone)

    def lately(self, hours: int, inboxes: Iterable[str] = ()) -> Hours:
        """So many hours up to now, the running one among them."""
        until_ms = hour_start(self._clock.now_ms()) + HOUR_MS
        return Hours(until_ms - hours * HOUR_MS, until_ms, tuple(inboxes))

    def today(self, inboxes: Iterable[str] = ()) -> Today:
        """The overview's first row: see ``services.today``."""
        with self._database.read() as uow:
            return today(uow.statistics, self._local, self._clock.now_ms(), tuple(inboxes))

    def alerts(self, inboxes: Iterable[str] = ()) -> tuple[Alert, ...]:
        """Inboxes with unusually many bad photos just now: see ``services.today``."""
        with self._database.read() as uow:
            return alerts(uow.statistics, self._local, self._clock.now_ms(), tuple(inboxes))

    def hourly(self, hours: Hours) -> list[Period]:
        """Every hour of the range, those without photos among them."""
        periods = {
            start: (self._local.start(start).isoformat(), range(start, start + HOUR_MS))
            for start in range(hour_start(hours.since_ms), hours.until_ms, HOUR_MS)
        }
        return self._periods([hours], "hour_ms", periods)

    def daily(self, hours: Hours) -> list[Period]:
        """Every local day of the range; the first and the last may be cut by it."""
        days: dict[date, list[int]] = defaultdict(list)
        for start in range(hour_start(hours.since_ms), hours.until_ms, HOUR_MS):
            days[self._local.day(start)].append(start)
        periods = {
            (day - _FIRST_DAY).days: (day.isoformat(), range(starts[0], starts[-1] + HOUR_MS))
            for day, starts in days.items()
        }
        return self._periods(self._alike(hours), "local_day", periods)

    def _alike(self, hours: Hours) -> list[Hours]:
        """The same hours in parts without a change of the clocks."""
        return [
            replace(hours, since_ms=since_ms, until_ms=until_ms, offset_ms=offset_ms)
            for since_ms, until_ms, offset_ms in self._local.alike(hours.since_ms, hours.until_ms)
        ]

    def _periods(
        self, spans: list[Hours], column: str, periods: dict[int, tuple[str, range]]
    ) -> list[Period]:
        """One for each of the column's values, also for those of which nothing is known."""
        numbers: dict[int, Counter[str]] = defaultdict(Counter)
        scores: dict[tuple[int, str], list[Judged]] = defaultdict(list)
        with self._database.read() as uow:
            for span in spans:
                for (place, verdict), number in uow.statistics.counts(
                    span, column, "verdict"
                ).items():
                    numbers[place][verdict] += number
                for key, part in uow.statistics.judged(span, column, "engine").items():
                    scores[key].append(part)
        found: dict[int, list[Quality]] = defaultdict(list)
        for (place, engine), parts in sorted(scores.items()):
            found[place].append(Quality.of(engine, Judged.together(parts)))
        return [
            Period(start, of.start, of.stop, Counts.of(numbers[place]), tuple(found[place]))
            for place, (start, of) in periods.items()
        ]

    def by_clock(self, hours: Hours) -> list[tuple[str, int, Quality]]:
        """How good photos were at which hour of the day, by inbox, local hour and engine.

        For "between eight and nine the light at the gate is bad": all days together.
        """
        scores: dict[tuple[str, int, str], list[Judged]] = defaultdict(list)
        with self._database.read() as uow:
            for span in self._alike(hours):
                for key, part in uow.statistics.judged(
                    span, "inbox", "local_hour", "engine"
                ).items():
                    scores[key].append(part)
        return [
            (inbox, hour, Quality.of(engine, Judged.together(parts)))
            for (inbox, hour, engine), parts in sorted(scores.items())
        ]

    def total(self, hours: Hours) -> Counts:
        """How many photos came and how they ended, all together."""
        with self._database.read() as uow:
            found = uow.statistics.counts(hours, "verdict")
        return Counts.of({verdict: number for (verdict,), number in found.items()})

    def reasons(self, hours: Hours, verdicts: Iterable[Verdict] = NOT_DONE) -> list[Reason]:
        """Codes of photos that ended so, the most frequent first."""
        chosen = frozenset(verdicts)
        with self._database.read() as uow:
            codes = uow.statistics.codes(hours, "verdict", "code")
            counts = uow.statistics.counts(hours, "verdict")
        photos = sum(number for (verdict,), number in counts.items() if verdict in chosen)
        sums: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for (verdict, code), (n, first) in codes.items():
            if verdict in chosen:
                sums[code] = (sums[code][0] + n, sums[code][1] + first)
        found = [Reason(code, first, n, Share(n, photos)) for code, (n, first) in sums.items()]
        return sorted(found, key=lambda reason: (-reason.any, reason.code))

    def scores(self, hours: Hours) -> list[Scores]:
        """All scores, for each engine and profile."""
        with self._database.read() as uow:
            found = uow.statistics.distributions(Kind.SCORE, hours, "engine", "profile", "verdict")
        parts: dict[tuple[str, str], dict[Verdict, Distribution]] = defaultdict(dict)
        for (engine, profile, verdict), part in sorted(found.items()):
            parts[engine, profile][Verdict(verdict)] = part
        return [
            Scores.of(engine, profile, of, self._min_score(profile))
            for (engine, profile), of in parts.items()
        ]

    def _min_score(self, profile: str) -> float | None:
        known = profile in names(self._profiles)
        return profile_of(profile, self._profiles).min_score if known else None

    def not_assessed(self, hours: Hours) -> list[NotAssessed]:
        """Measures that could not be taken, for each engine and profile; most frequent first."""
        with self._database.read() as uow:
            missing = uow.statistics.missing(hours)
            judged = uow.statistics.distributions(Kind.SCORE, hours, "engine", "profile")
        sums: Counter[tuple[str, str, str]] = Counter()
        for (engine, profile, measures), number in missing.items():
            for measure in measures:
                sums[engine, profile, measure] += number
        photos = {key: part.n + part.counts.get(UNSCORED, 0) for key, part in judged.items()}
        return [
            NotAssessed(*key, Share(number, photos.get(key[:2], number)))
            for key, number in sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
        ]

    def times(self, hours: Hours) -> dict[Kind, Times]:
        """From admission to the end (``latency``), and in the worker's hands (``work``)."""
        with self._database.read() as uow:
            return {
                kind: Times.of(uow.statistics.distributions(kind, hours).values())
                for kind in (Kind.LATENCY, Kind.WORK)
            }

    def inboxes(self, hours: Hours) -> list[InboxFigures]:
        """Each inbox of which anything is known in these hours, by name."""
        with self._database.read() as uow:
            counts = uow.statistics.counts(hours, "inbox", "verdict")
            scores = uow.statistics.judged(hours, "inbox", "engine", "profile")
            times = {
                kind: uow.statistics.distributions(kind, hours, "inbox")
                for kind in (Kind.LATENCY, Kind.WORK)
            }
        qualities: dict[str, list[Quality]] = defaultdict(list)
        for (inbox, engine, profile), found in sorted(scores.items()):
            qualities[inbox].append(Quality.of(engine, found, profile))
        lines = []
        for inbox in sorted({key[0] for key in counts}):
            numbers = {verdict: n for (of, verdict), n in counts.items() if of == inbox}
            latency, work = (
                Times.of(part for key, part in spent.items() if key[0] == inbox)
                for spent in times.values()
            )
            quality = tuple(qualities[inbox])
            lines.append(InboxFigures(inbox, Counts.of(numbers), quality, latency, work))
        return lines

    def behind(
        self, wanted: Behind, *, before_id: str | None = None, limit: int = 50
    ) -> tuple[list[JobLine], str | None]:
        """The jobs behind a figure, newest first.

        A photo whose verdict was committed a moment ago is in the figure first and in the list
        once its files are in place.

        Args:
            wanted: Which figure.
            before_id: Where the page begins; what the page before it came with.
            limit: At most so many.

        Returns:
            The jobs, and where the next page begins; ``None`` at the end.
        """
        chosen = JobFilter(
            inboxes=wanted.hours.inboxes,
            states=_states(wanted),
            code=wanted.code,
            is_first_code=wanted.is_first,
            since_ms=wanted.hours.since_ms,
            until_ms=wanted.hours.until_ms,
            is_low=wanted.is_low,
            scores=wanted.scores and (score_units(wanted.scores[0]), score_units(wanted.scores[1])),
        )
        with self._database.read() as uow:
            page = uow.views.page(chosen, before_id=before_id, limit=limit)
        return [line_of(job) for job in page.jobs], page.before_id


def _states(wanted: Behind) -> tuple[State, ...]:
    """Which states to list; a photo that was withdrawn has neither a code nor a score."""
    if wanted.verdict is not None:
        return (wanted.verdict.state,)
    is_bare = not wanted.code and not wanted.is_low and wanted.scores is None
    return COUNTED if is_bare else ()
