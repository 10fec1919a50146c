"""The overview's numbers and charts: today, the last hours, and what is going on just now."""

from __future__ import annotations

from dataclasses import dataclass

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.job import State
from daemon.services.figures import Period, Reason
from daemon.services.queries import JobLine, line_of
from daemon.services.statistics import Statistics
from daemon.services.today import Alert, Today
from daemon.store.counters import HOUR_MS
from daemon.store.database import Database

CHART_HOURS = 24
MOST_WORKING = 3


@dataclass(frozen=True, slots=True)
class Figures:
    """What the overview draws.

    Attributes:
        today: Today's numbers.
        hours: The last ``CHART_HOURS`` hours, each with counts and quality.
        volume: Photos received in those hours: inbox → numbers, hour by hour.
        reasons: Codes of those hours, the most frequent first.
        since_ms: Where those hours begin.
        alerts: Hours with unusually many bad photos.
        working: Photos that the worker has in hand, at most ``MOST_WORKING``.
        ended: Photos that ended in the last hour, of those received in the last six.
    """

    today: Today
    hours: tuple[Period, ...]
    volume: dict[str, tuple[int, ...]]
    reasons: tuple[Reason, ...]
    since_ms: int
    alerts: tuple[Alert, ...]
    working: tuple[JobLine, ...] = ()
    ended: int = 0


def figures_of(config: Config, database: Database, clock: Clock) -> Figures:
    """Look at everything once.

    Raises:
        BoothError: The database cannot be used.
    """
    sums = Statistics(database, clock, profiles=config.quality)
    span = sums.lately(CHART_HOURS)
    volume = {
        inbox.name: tuple(
            hour.counts.received for hour in sums.hourly(sums.lately(CHART_HOURS, [inbox.name]))
        )
        for inbox in config.inboxes
    }
    hour_ago_ms = clock.now_ms() - HOUR_MS
    with database.read() as uow:
        working = uow.jobs.in_state(State.WORKING, limit=MOST_WORKING)
        ended = uow.views.ended_since(hour_ago_ms, hour_ago_ms - 5 * HOUR_MS)
    return Figures(
        sums.today(),
        tuple(sums.hourly(span)),
        volume,
        tuple(sums.reasons(span)),
        span.since_ms,
        sums.alerts(),
        tuple(map(line_of, working)),
        ended,
    )
