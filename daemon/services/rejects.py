"""Why photos were turned away, at which hours, and what a moved limit would change.

Everything is told from what is stored: sums by hour for numbers, a photo's place on the gate's
gauges for lists. Looking changes nothing, and no photo is judged anew.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from typing import BinaryIO

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.config.quality import REJECT_BELOW, names, profile_of
from daemon.domain.distribution import SCORE_ONE
from daemon.domain.gauges import GRAVITY, SCORE, Gauge, graver
from daemon.domain.job import State, Verdict, admitted_ms
from daemon.domain.route import RouteId
from daemon.services.figures import Reason
from daemon.services.local_hours import LocalHours, hour_start
from daemon.services.queries import JobLine, line_of
from daemon.services.rejects_export import csv_lines, workbook
from daemon.services.rejects_hours import RejectHours
from daemon.services.statistics import Statistics
from daemon.store.counters import HOUR_MS
from daemon.store.database import Database
from daemon.store.histograms import Kind
from daemon.store.rejects import Among, Span
from daemon.store.statistics import Hours
from daemon.store.uow import UnitOfWork
from daemon.store.views import JobFilter

DAY_MS = 24 * HOUR_MS
# A longer stretch than any booth has run.
MOST_DAYS = 3660
PAGE = 50


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits to ask about; ``None`` is no limit.

    Attributes:
        limit: Of a measure, or below which score a photo is rejected.
        review: Below which score a photo wants a person's look; for the score alone.
    """

    limit: float | None = None
    review: float | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        gauge: Which limit is moved.
        engine: Of photos whose values this one made.
        profile: Judged by this profile.
        hours: Which came in these hours, to these inboxes.
        limits: Where the limit is moved to.
    """

    gauge: Gauge
    engine: str
    profile: str
    hours: Hours
    limits: Limits


@dataclass(frozen=True, slots=True)
class Gallery:
    """Which rejected photos are shown; what is left empty does not restrict.

    Attributes:
        hours: Which came in these hours, to these inboxes.
        code: With that code among their reasons.
        weekday: On that day of the week, 0..6, Monday first, by local time.
        hour: In that local hour of the day, 0..23.
    """

    hours: Hours
    code: str = ""
    weekday: int | None = None
    hour: int | None = None


Move = tuple[Verdict, Verdict]


@dataclass(frozen=True, slots=True)
class Step:
    """Photos whose values lie in a step.

    Attributes:
        low: Where it begins, in the measure's unit.
        high: Where it ends.
        before: What the gate made of them → how many.
        after: What it would make of them.
    """

    low: float
    high: float
    before: Mapping[Verdict, int]
    after: Mapping[Verdict, int]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The answer.

    Attributes:
        photos: How many photos have a value.
        steps: Every step, empty ones among them.
        moves: (verdict before, after) → how many photos change sides so.
    """

    photos: int
    steps: tuple[Step, ...]
    moves: Mapping[Move, int]


@dataclass(frozen=True, slots=True)
class Current:
    """A profile's limits on a gauge as the configuration has them now.

    Attributes:
        limits: As they stand there.
        is_known: Whether there still is such a profile.
    """

    limits: Limits
    is_known: bool = True


class Rejects:
    """Questions about photos that were turned away.

    Args:
        config: The whole configuration.
        database: Opens the database, or hands out the open one.
        clock: What is now.
        zone: Local time of the people who look; ``None`` for the machine's.

    Attributes:
        hours: At which hours photos are rejected.
    """

    def __init__(
        self,
        config: Config,
        database: Callable[[], Database],
        clock: Clock,
        zone: tzinfo | None = None,
    ) -> None:
        self._config = config
        self._database = database
        self._clock = clock
        self._local = LocalHours(zone)
        self.hours = RejectHours(database, zone)

    def lately(self, days: int, inbox: str = "") -> Hours:
        """So many days up to now, the running hour among them."""
        until_ms = hour_start(self._clock.now_ms()) + HOUR_MS
        since_ms = until_ms - min(days, MOST_DAYS) * DAY_MS
        return Hours(since_ms, until_ms, (inbox,) if inbox else ())

    def of_day(self, day: date, inbox: str = "") -> Hours:
        """The hours of a local day."""
        found = self._local.of_day(day)
        return Hours(found.start, found.stop, (inbox,) if inbox else ())

    def between(self, since_ms: int, until_ms: int | None, inbox: str = "") -> Hours:
        """From a time on, up to another or to now."""
        now = self.lately(0, inbox)
        return replace(now, since_ms=since_ms, until_ms=until_ms or now.until_ms)

    def gallery(
        self, wanted: Gallery, *, before_id: str | None, limit: int = PAGE
    ) -> tuple[list[JobLine], str | None]:
        """Rejected photos, newest first, and where the next page begins; ``None`` at the end."""
        found: list[JobLine] = []
        with self._database().read() as uow:
            for since_ms, until_ms in self._stretches(uow, wanted, before_id):
                chosen = JobFilter(
                    inboxes=wanted.hours.inboxes,
                    states=(State.REJECTED,),
                    code=wanted.code,
                    since_ms=since_ms,
                    until_ms=until_ms,
                )
                page = uow.views.page(chosen, before_id=before_id, limit=limit - len(found))
                found += map(line_of, page.jobs)
                if page.before_id is not None:
                    return found, page.before_id
                if len(found) >= limit:
                    return found, found[-1].id
        return found, None

    def _stretches(
        self, uow: UnitOfWork, wanted: Gallery, before_id: str | None
    ) -> list[tuple[int, int]]:
        """Stretches of time to look at, the latest first."""
        hours = wanted.hours
        if wanted.weekday is None and wanted.hour is None:
            return [(hours.since_ms, hours.until_ms)]
        until_ms = hours.until_ms if before_id is None else admitted_ms(before_id) + 1
        within = replace(hours, until_ms=min(hours.until_ms, until_ms))
        counted = uow.statistics.counts(within, "hour_ms", "verdict")
        starts = sorted(
            (start for (start, verdict) in counted if verdict == Verdict.REJECTED), reverse=True
        )
        return [(start, start + HOUR_MS) for start in starts if self._is_at(start, wanted)]

    def _is_at(self, start_ms: int, wanted: Gallery) -> bool:
        local = self._local.start(start_ms)
        return wanted.weekday in {None, local.weekday()} and wanted.hour in {None, local.hour}

    def csv(self, wanted: JobFilter, language: str) -> Iterator[bytes]:
        """A list of jobs as a CSV file, in pieces, ``rejects_export.MOST_CSV`` rows at most."""
        return csv_lines(self._database, wanted, language)

    def workbook(self, wanted: JobFilter, language: str) -> BinaryIO:
        """A list of jobs as an XLSX file, ``rejects_export.MOST_XLSX`` rows at most."""
        return workbook(self._database, wanted, language)

    def reasons(self, hours: Hours) -> list[Reason]:
        """Codes of photos that were rejected in these hours, the most frequent first."""
        return Statistics(self._database(), self._clock).reasons(hours, (Verdict.REJECTED,))

    def engines(self, hours: Hours) -> list[str]:
        """Engines that gave scores in these hours, the most frequent first."""
        found: Counter[str] = Counter()
        with self._database().read() as uow:
            for (engine,), part in uow.statistics.distributions(
                Kind.SCORE, hours, "engine"
            ).items():
                found[engine] += part.n
        return [engine for engine, _ in found.most_common()]

    def gates(self, gauge: Gauge, hours: Hours) -> list[tuple[str, str]]:
        """Engines and profiles whose photos have a value on a gauge, the most frequent first."""
        found: Counter[tuple[str, str]] = Counter()
        with self._database().read() as uow:
            for key, part in uow.statistics.distributions(
                gauge, self._kept(uow.rejects.first_hour_ms(), hours), "engine", "profile"
            ).items():
                found[key] += part.n
        return [key for key, _ in found.most_common()]

    @staticmethod
    def _kept(first_ms: int | None, hours: Hours) -> Hours:
        """Those of the hours of which photos are kept."""
        return hours if first_ms is None else replace(hours, since_ms=max(hours.since_ms, first_ms))

    def what_if(self, asked: Question) -> WhatIf:
        """How many photos would change sides, told from sums and so exact for every limit on offer.

        Raises:
            ValueError: A limit lies within a step (see ``Gauge.snapped``).
        """
        with self._database().read() as uow:
            parts = uow.statistics.distributions(
                asked.gauge,
                self._kept(uow.rejects.first_hour_ms(), asked.hours),
                "engine",
                "profile",
                "verdict",
            )
        judge = judge_of(asked.gauge, asked.limits)
        steps: list[tuple[Counter[Verdict], Counter[Verdict]]] = [
            (Counter(), Counter()) for _ in asked.gauge.scale.edges[1:]
        ]
        moves: Counter[Move] = Counter()
        for (engine, profile, standing), part in parts.items():
            if (engine, profile) != (asked.engine, asked.profile):
                continue
            for step, number in part.counts.items():
                move = _move(standing, judge(step))
                steps[step][0][move[0]] += number
                steps[step][1][move[1]] += number
                moves[move] += number
        shown = []
        for at, (before, after) in enumerate(steps):
            low, high = asked.gauge.scale.bounds(at)
            shown.append(Step(low / SCORE_ONE, high / SCORE_ONE, before, after))
        changed = {move: n for move, n in moves.items() if move[0] is not move[1] and n}
        return WhatIf(sum(moves.values()), tuple(shown), changed)

    def changed(
        self, asked: Question, move: Move | None = None, *, before_id: str | None, limit: int = PAGE
    ) -> tuple[list[JobLine], str | None]:
        """Photos that would change sides, newest first, and where the next page begins.

        Args:
            asked: What is asked.
            move: Only those that change so; ``None`` for all.
            before_id: Where the page begins; what the page before it came with.
            limit: At most so many.
        """
        spans = spans_of(asked.gauge, asked.limits, move)
        if not spans:
            return [], None
        hours = asked.hours
        among = Among(
            asked.engine, asked.profile, hours.since_ms, hours.until_ms, "".join(hours.inboxes[:1])
        )
        with self._database().read() as uow:
            ids, next_id = uow.rejects.page(
                asked.gauge, spans, among, before_id=before_id, limit=limit
            )
            jobs = uow.jobs.of_ids(ids)
        return [line_of(job) for job in jobs[::-1]], next_id

    def current(self, gauge: Gauge, profile: str, inbox: str = "") -> Current:
        """Where a limit stands now by the configuration."""
        settings = self._config.quality
        if profile not in names(settings):
            return Current(Limits(), is_known=False)
        found = profile_of(profile, settings)
        if gauge.name == SCORE:
            return Current(Limits(self._reject_below(inbox), found.min_score))
        return Current(Limits(getattr(found.reject, gauge.name)))

    def _reject_below(self, inbox: str) -> float:
        """What the inbox's own options say, else what goes without saying."""
        for one in self._config.inboxes:
            if one.name == inbox:
                value = one.options.get(RouteId.QUALITY, {}).get("reject_below", REJECT_BELOW)
                return float(value)
        return REJECT_BELOW


def judge_of(gauge: Gauge, limits: Limits) -> Callable[[int], Verdict]:
    """What limits make of values in a step.

    Raises:
        ValueError: A limit lies within a step.
    """
    beyond = gauge.beyond(limits.limit)
    below = gauge.beyond(limits.review) if gauge.name == SCORE else range(0)

    def judge(step: int) -> Verdict:
        if step in beyond:
            return Verdict.REJECTED
        return Verdict.REVIEW if step in below else Verdict.DONE

    return judge


def spans_of(gauge: Gauge, limits: Limits, move: Move | None) -> list[Span]:
    """Steps with standings whose photos change sides (so), neighbours together."""
    judge, found = judge_of(gauge, limits), []
    for own, others in itertools.product(GRAVITY, GRAVITY):
        standing = f"{own.value}/{others.value}"
        moves = {step: _move(standing, judge(step)) for step in range(len(gauge.scale.edges) - 1)}
        steps = [
            step
            for step, (before, after) in moves.items()
            if before is not after and move in {None, (before, after)}
        ]
        found += [Span(standing, first, last) for first, last in _runs(steps)]
    return found


def _runs(steps: Iterable[int]) -> Iterable[tuple[int, int]]:
    """First and last of each run of neighbours."""
    for _, run in itertools.groupby(enumerate(steps), lambda pair: pair[1] - pair[0]):
        numbers = [step for _, step in run]
        yield numbers[0], numbers[-1]


def _move(standing: str, own: Verdict) -> Move:
    """What the gate made of photos with a standing, and what it would make."""
    was, _, others = standing.partition("/")
    rest = Verdict(others)
    return graver(Verdict(was), rest), graver(own, rest)
