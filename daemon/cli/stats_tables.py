"""The tables of ``boothd stats``: each figure with the number it is out of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from daemon.domain.job import Verdict

if TYPE_CHECKING:
    from daemon.cli.console import Console
    from daemon.domain.share import Share
    from daemon.services.figures import NotAssessed, Period, Reason, Scores, Times
    from daemon.services.statistics import InboxFigures, Statistics
    from daemon.services.today import Alert, Today
    from daemon.store.statistics import Hours

NOTHING = "–"
MOST_REASONS = 15


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that ``boothd stats`` tells of a range of hours."""

    hours: Hours
    today: Today
    alerts: Sequence[Alert]
    periods: Sequence[Period]
    inboxes: Sequence[InboxFigures]
    reasons: Sequence[Reason]
    scores: Sequence[Scores]
    not_assessed: Sequence[NotAssessed]
    times: dict[str, Times]

    @classmethod
    def of(cls, asked: Statistics, hours: Hours, inboxes: tuple[str, ...], most: int) -> Self:
        """Ask for it; lines of time are hours, or days where the hours would be too many."""
        is_short = hours.until_ms - hours.since_ms <= most * 3_600_000
        return cls(
            hours=hours,
            today=asked.today(inboxes),
            alerts=asked.alerts(inboxes),
            periods=asked.hourly(hours) if is_short else asked.daily(hours),
            inboxes=asked.inboxes(hours),
            reasons=asked.reasons(hours),
            scores=asked.scores(hours),
            not_assessed=asked.not_assessed(hours),
            times={kind.value: times for kind, times in asked.times(hours).items()},
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "since_ms": self.hours.since_ms,
            "until_ms": self.hours.until_ms,
            "today": self.today.as_json(),
            "alerts": [alert.as_json() for alert in self.alerts],
            "periods": [period.as_json() for period in self.periods],
            "by_inbox": [line.as_json() for line in self.inboxes],
            "reasons": [reason.as_json() for reason in self.reasons],
            "scores": [found.as_json() for found in self.scores],
            "not_assessed": [found.as_json() for found in self.not_assessed],
            "times": {kind: times.as_json() for kind, times in self.times.items()},
        }


def tables(console: Console, report: Report) -> None:
    """Write what is known; a table without a line is left out."""
    for alert in report.alerts:
        facts = {"low": _share(alert.low), "usual": f"{alert.usual:.0%}"}
        line = console.text("stats_alert", inbox=alert.inbox, hour=alert.start[:16], **facts)
        console.line(line)
    _table(console, "stats_periods", _PERIOD, [_period(line) for line in report.periods])
    _table(console, "stats_inboxes", _INBOX, [_inbox(line) for line in report.inboxes])
    _table(console, "stats_quality", _QUALITY, _qualities(report))
    _table(
        console,
        "stats_reasons",
        ("column_code", "column_first", "column_any", "column_share"),
        [
            (reason.code, reason.first, reason.any, _share(reason.share))
            for reason in report.reasons[:MOST_REASONS]
        ],
    )


_VERDICTS = tuple(f"column_{verdict.value}" for verdict in Verdict)
_PERIOD = ("column_since", "column_received", *_VERDICTS, "column_quality", "column_low")
_INBOX = ("column_inbox", "column_received", *_VERDICTS, "column_latency", "column_work")
_QUALITY = (
    "column_inbox", "column_engine", "column_profile", "column_photos", "column_mean",
    "column_spread", "column_low", "column_rejected_share",
)  # fmt: skip


def _table(
    console: Console, title: str, columns: Sequence[str], lines: Sequence[Sequence[object]]
) -> None:
    if not lines:
        return
    console.line("")
    console.line(console.text(title))
    console.table([console.text(column) for column in columns], lines)


def _period(line: Period) -> tuple[object, ...]:
    counts = line.counts
    # Engines are never averaged: where there are two, each has its number.
    means = " / ".join(_score(quality.mean) for quality in line.quality)
    lows = " / ".join(_share(quality.low) for quality in line.quality)
    return (
        line.start[:16].replace("T", " "),
        counts.received,
        *(counts.verdicts[verdict] for verdict in Verdict),
        means or NOTHING,
        lows or NOTHING,
    )


def _inbox(line: InboxFigures) -> tuple[object, ...]:
    counts = line.counts
    return (
        line.inbox,
        counts.received,
        *(counts.verdicts[verdict] for verdict in Verdict),
        _times(line.latency),
        _times(line.work),
    )


def _qualities(report: Report) -> list[tuple[object, ...]]:
    return [
        (
            line.inbox, quality.engine, quality.profile or NOTHING, quality.judged,
            _score(quality.mean),
            f"{_score(quality.p10)} {_score(quality.p50)} {_score(quality.p90)}",
            _share(quality.low), _share(quality.rejected),
        )
        for line in report.inboxes
        for quality in line.quality
    ]  # fmt: skip


def _score(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.2f}"


def _share(share: Share) -> str:
    """A share with the number it is out of, and how sure it is where that is small."""
    if share.value is None:
        return NOTHING
    interval = share.interval
    sure = "" if interval is None else f" [{interval[0]:.0%}–{interval[1]:.0%}]"
    return f"{share.value:.0%} ({share.part}/{share.n}){sure}"


def _times(times: Times) -> str:
    points = (times.p50_ms, times.p95_ms, times.p99_ms)
    return " ".join(NOTHING if point is None else _seconds(point) for point in points)


def _seconds(ms: float) -> str:
    return f"{ms / 1000:.2f}" if ms < 10_000 else f"{ms / 1000:.0f}"
