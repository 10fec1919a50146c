"""Figures for people: gaps stay gaps, engines stay apart, and behind every number lie its jobs."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from daemon.clock import ManualClock
from daemon.domain.job import Verdict
from daemon.services.local_hours import LocalHours
from daemon.services.statistics import Behind, Statistics
from daemon.store import schema
from daemon.store.database import Database
from daemon.store.histograms import Kind
from daemon.store.statistics import Hours
from tests.fakes.traffic import HOUR_0, HOUR_MS, came, judged, quality, through, withdrawn

DAY_MS = 24 * HOUR_MS
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("schema") / "boothd.db"
    schema.upgrade(path)
    return path


@pytest.fixture
def clock() -> ManualClock:
    """A quarter past six in the morning, in Shanghai: the running hour has begun."""
    return ManualClock(HOUR_0 + 15 * 60_000)


@pytest.fixture
def database(built: Path, tmp_path: Path, clock: ManualClock) -> Iterator[Database]:
    path = tmp_path / "boothd.db"
    path.write_bytes(built.read_bytes())
    opened = Database(path, clock)
    yield opened
    opened.close()


@pytest.fixture
def asked(database: Database, clock: ManualClock) -> Statistics:
    return Statistics(database, clock, SHANGHAI)


@pytest.fixture
def photos(database: Database) -> Any:
    """``photos(n, score, …)``: so many photos, each of its own id."""
    numbers = itertools.count(1)

    def make(n: int, score: float | None = None, verdict=Verdict.DONE, codes=(), **where: Any):
        return [
            through(database, score, verdict, codes, number=next(numbers), **where)
            for _ in range(n)
        ]

    return make


def test_an_hour_without_photos_is_a_gap_and_not_a_zero(asked, photos):
    photos(2, 0.8, at_ms=HOUR_0 - 2 * HOUR_MS)
    photos(1, at_ms=HOUR_0 - HOUR_MS)
    before, unjudged, now = asked.hourly(asked.lately(3))
    assert (before.counts.received, before.quality[0].mean) == (2, 0.8)
    assert (unjudged.counts.received, unjudged.quality) == (1, ())
    assert (now.counts.received, now.quality) == (0, ())
    assert before.start == "2023-11-15T04:00:00+08:00"


def test_engines_are_never_in_one_average(asked, photos):
    photos(3, 0.9, engine="e1")
    photos(1, 0.1, engine="e2")
    hours = asked.lately(1)
    [period] = asked.hourly(hours)
    told = [
        period.quality,
        asked.inboxes(hours)[0].quality,
        [tile.today for tile in asked.today().quality],
        [found.quality for found in asked.scores(hours)],
        [line for _, _, line in asked.by_clock(hours)],
    ]
    for lines in told:
        assert [(line.engine, line.mean, line.scored) for line in lines] == [
            ("e1", 0.9, 3),
            ("e2", 0.1, 1),
        ]


def test_quality_of_some_photos(asked, photos):
    photos(8, 0.7)
    photos(1, 0.3, Verdict.REJECTED, ("LOW_OVERALL_QUALITY",))
    photos(1, 0.5, Verdict.REVIEW, ("BLURRED",))
    [line] = asked.inboxes(asked.lately(1))[0].quality
    assert (line.judged, line.scored, line.mean) == (10, 10, 0.64)
    assert (line.low.part, line.low.n) == (1, 10)
    assert (line.rejected.part, line.rejected.n) == (1, 10)
    assert line.p10 == pytest.approx(0.3, abs=0.0201)
    assert line.p50 == pytest.approx(0.7, abs=0.0201)
    assert line.low.interval == pytest.approx((0.0179, 0.4042), abs=1e-4)


def test_days_are_local_days(asked, photos):
    photos(1, at_ms=HOUR_0 - 8 * HOUR_MS)  # still yesterday in Shanghai
    photos(2, at_ms=HOUR_0)
    days = asked.daily(asked.lately(24))
    assert [(day.start, day.counts.received) for day in days] == [
        ("2023-11-14", 1),
        ("2023-11-15", 2),
    ]
    assert asked.today().counts.received == 2
    assert asked.today().day == "2023-11-15"


def test_today_is_compared_with_the_same_hours_of_the_days_before(asked, photos):
    photos(4, 0.6, at_ms=HOUR_0 - HOUR_MS)  # passed
    photos(5, 0.2)  # the running hour
    for back in (1, 2):
        photos(2, 0.8, at_ms=HOUR_0 - HOUR_MS - back * DAY_MS)
        photos(9, 0.1, at_ms=HOUR_0 + 5 * HOUR_MS - back * DAY_MS)  # not yet passed today
    found = asked.today()
    assert (found.counts.received, found.received_passed) == (9, 4)
    assert found.received_usual == 2.0  # two days known, not seven
    [tile] = found.quality
    assert tile.today.mean == pytest.approx((4 * 0.6 + 5 * 0.2) / 9, abs=1e-4)
    assert (tile.mean_change, tile.low_change) == (-0.2, 0.0)
    json.dumps(found.as_json())


def test_on_the_first_day_there_is_nothing_to_compare_with(asked, photos):
    photos(1, 0.6)
    found = asked.today()
    assert found.received_usual is None
    assert (found.quality[0].mean_change, found.quality[0].low_change) == (None, None)


def test_an_empty_booth_has_no_figures_and_no_zeros(asked):
    hours = asked.lately(24)
    assert asked.today().quality == ()
    assert asked.alerts() == ()
    assert (asked.inboxes(hours), asked.reasons(hours), asked.scores(hours)) == ([], [], [])
    assert asked.times(hours)[Kind.LATENCY].p50_ms is None
    assert len(asked.hourly(hours)) == 24


def test_an_hour_with_unusually_many_bad_photos_raises_an_alert(asked, photos):
    for back in (1, 2, 3):
        photos(9, 0.8, at_ms=HOUR_0 - HOUR_MS - back * DAY_MS)
        photos(1, 0.2, at_ms=HOUR_0 - HOUR_MS - back * DAY_MS)
    photos(8, 0.8, at_ms=HOUR_0 - HOUR_MS)
    photos(2, 0.2, at_ms=HOUR_0 - HOUR_MS)
    assert asked.alerts() == ()  # 20 % is not more than twice 10 %
    photos(1, 0.2, at_ms=HOUR_0 - HOUR_MS)
    [alert] = asked.alerts()
    assert (alert.inbox, alert.low.part, alert.low.n, alert.usual) == ("gate", 3, 11, 0.1)
    assert alert.start == "2023-11-15T05:00:00+08:00"
    assert asked.alerts(["other"]) == ()


def test_the_running_hour_raises_an_alert_before_it_is_over(asked, photos):
    photos(20, 0.8, at_ms=HOUR_0 - DAY_MS)
    photos(9, 0.1)
    assert asked.alerts() == ()  # nine photos prove nothing
    photos(1, 0.1)
    assert [alert.since_ms for alert in asked.alerts()] == [HOUR_0]


def test_reasons_by_how_often_they_are_first_and_how_often_at_all(asked, photos):
    photos(2, 0.3, Verdict.REJECTED, ("BLURRED", "NOISY"))
    photos(1, 0.5, Verdict.REVIEW, ("NOISY",))
    photos(5, 0.9)
    first, second = asked.reasons(asked.lately(1))
    assert (first.code, first.first, first.any, first.share.n) == ("NOISY", 1, 3, 3)
    assert (second.code, second.first, second.any) == ("BLURRED", 2, 2)
    [only] = asked.reasons(asked.lately(1), [Verdict.REVIEW])
    assert (only.code, only.any, only.share.n) == ("NOISY", 1, 1)


def test_all_scores_with_the_limit_of_their_profile(asked, photos):
    photos(3, 0.61, profile="hr")
    photos(1, 1.0, profile="hr")
    photos(1, 0.1, Verdict.REJECTED, ("BLURRED",), profile="icao")
    photos(1, 0.1, profile="of last year")
    icao, hr, gone = sorted(asked.scores(asked.lately(1)), key=lambda s: -(s.min_score or 0))
    assert (hr.min_score, icao.min_score, gone.min_score) == (0.6, 0.7, None)
    full = [
        (bar.low, bar.high, dict(bar.verdicts)) for bar in hr.bins if any(bar.verdicts.values())
    ]
    assert full == [(0.6, 0.62, {"done": 3}), (0.98, 1.0, {"done": 1})]
    assert len(hr.bins) == 50


def test_measures_that_could_not_be_taken(asked, photos):
    photos(3, 0.9)
    photos(1)
    found = asked.not_assessed(asked.lately(1))
    assert [(line.measure, line.share.part, line.share.n) for line in found] == [
        ("eyes_open", 3, 3),
        ("mouth_closed", 3, 3),
    ]


def test_how_long_photos_took(asked, photos):
    photos(99, after_ms=1000)
    photos(1, after_ms=60_000)
    latency = asked.times(asked.lately(1))[Kind.LATENCY]
    assert latency.n == 100
    assert latency.mean_ms == 1590
    assert latency.p50_ms == pytest.approx(1000, rel=0.26)
    assert asked.times(asked.lately(1))[Kind.WORK].mean_ms == 100
    slowest = Statistics.times(asked, asked.lately(1))[Kind.LATENCY]
    assert slowest.p99_ms == pytest.approx(1000, rel=0.26)


def test_at_which_hour_of_the_day_the_light_is_bad(asked, photos):
    for back in (0, 1, 2):
        photos(2, 0.3, at_ms=HOUR_0 - back * DAY_MS, inbox="gate")
        photos(1, 0.9, at_ms=HOUR_0 - 5 * HOUR_MS - back * DAY_MS, inbox="hall")
    found = asked.by_clock(asked.lately(72))
    assert [(inbox, hour, line.mean) for inbox, hour, line in found] == [
        ("gate", 6, 0.3),
        ("hall", 1, 0.9),
    ]


# Clocks go back in one, are half an hour off in the next, and never change in the last.
ZONES = ("Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Asia/Shanghai")


@pytest.mark.parametrize("name", ZONES)
def test_days_and_hours_of_the_day_are_sums_of_their_hours_whatever_the_clocks_do(
    database, photos, name
):
    changed = 1_698_541_200_000  # 2023-10-29 01:00 UTC, when Berlin's summer time ends
    for hour in range(-30, 31):
        photos(1, (hour + 30) / 61, at_ms=changed + hour * HOUR_MS)
    asked = Statistics(database, ManualClock(changed), ZoneInfo(name))
    local = LocalHours(ZoneInfo(name))
    hours = Hours(changed - 30 * HOUR_MS, changed + 31 * HOUR_MS)
    days: dict[str, list[float]] = {}
    clock: dict[int, list[float]] = {}
    for period in asked.hourly(hours):
        days.setdefault(local.day(period.since_ms).isoformat(), []).append(period.quality[0].mean)
        clock.setdefault(local.start(period.since_ms).hour, []).append(period.quality[0].mean)
    told = [(day.start, day.counts.received, day.quality[0].mean) for day in asked.daily(hours)]
    by_clock = [(hour, line.scored, line.mean) for _, hour, line in asked.by_clock(hours)]
    assert told == [(day, len(some), near(some)) for day, some in days.items()]
    assert by_clock == [(hour, len(some), near(some)) for hour, some in sorted(clock.items())]
    assert sum(number for _, number, _ in told) == 61


def near(scores: list[float]) -> Any:
    return pytest.approx(sum(scores) / len(scores), abs=1e-4)


BARS = {
    "received": Behind(Hours(HOUR_0 - HOUR_MS, HOUR_0)),
    "verdict": Behind(Hours(HOUR_0 - HOUR_MS, HOUR_0 + HOUR_MS), verdict=Verdict.REJECTED),
    "inbox": Behind(Hours(HOUR_0 - HOUR_MS, HOUR_0 + HOUR_MS, ("hall",))),
    "code": Behind(Hours(HOUR_0 - HOUR_MS, HOUR_0), code="NOISY"),
    "first code": Behind(Hours(HOUR_0 - HOUR_MS, HOUR_0), code="NOISY", is_first=True),
    "code of an inbox": Behind(
        Hours(HOUR_0 - HOUR_MS, HOUR_0 + HOUR_MS, ("gate",)), Verdict.REJECTED, "NOISY"
    ),
    "low": Behind(Hours(HOUR_0 - HOUR_MS, HOUR_0 + HOUR_MS), is_low=True),
    "low in an inbox": Behind(
        Hours(HOUR_0 - HOUR_MS, HOUR_0 + HOUR_MS, ("hall",)), Verdict.REJECTED, is_low=True
    ),
    "low with a code": Behind(Hours(HOUR_0 - HOUR_MS, HOUR_0), code="NOISY", is_low=True),
    "a bin": Behind(Hours(HOUR_0 - HOUR_MS, HOUR_0 + HOUR_MS), scores=(0.3, 0.4)),
    "the last bin": Behind(Hours(HOUR_0 - HOUR_MS, HOUR_0 + HOUR_MS), scores=(0.98, 1.0)),
    "low in a bin": Behind(
        Hours(HOUR_0 - HOUR_MS, HOUR_0 + HOUR_MS), is_low=True, scores=(0.1, 0.5)
    ),
}
SCORES = (None, 0.05, 0.3, 0.39, 0.4, 0.9, 1.0)
CODES = ((), ("NOISY",), ("BLURRED", "NOISY"))


def _wanted(bar: Behind, photo: tuple[Any, ...]) -> bool:
    at_ms, inbox, verdict, codes, score = photo
    span = bar.hours
    return (
        span.since_ms <= at_ms < span.until_ms
        and (not span.inboxes or inbox in span.inboxes)
        and bar.verdict in {None, verdict}
        and (not bar.code or (codes[:1] == (bar.code,) if bar.is_first else bar.code in codes))
        and (not bar.is_low or (score is not None and score < 0.4))
        and (
            bar.scores is None
            or (
                (score is not None and bar.scores[0] <= score)
                and (score < bar.scores[1] or bar.scores[1] == 1.0)
            )
        )
    )


@pytest.fixture(scope="module")
def crowd(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Photos of every kind, around the edges of two hours; with one that was withdrawn."""
    path = tmp_path_factory.mktemp("crowd") / "boothd.db"
    path.write_bytes(built.read_bytes())
    database = Database(path, ManualClock(HOUR_0))
    edges = (HOUR_0 - HOUR_MS - 1, HOUR_0 - HOUR_MS, HOUR_0 - 1, HOUR_0)
    kinds = itertools.product(
        edges, ("gate", "hall"), (Verdict.DONE, Verdict.REJECTED), CODES, SCORES
    )
    made = []
    for number, (at_ms, inbox, verdict, codes, score) in enumerate(kinds):
        job = through(database, score, verdict, codes, at_ms=at_ms, inbox=inbox, number=number)
        made.append((job.id, (at_ms, inbox, verdict, codes, score)))
    withdrawn(database)
    yield database, made
    database.close()


@pytest.mark.parametrize("name", BARS)
def test_behind_a_bar_lie_its_jobs_and_no_others(crowd, name):
    database, made = crowd
    asked, bar = Statistics(database, ManualClock(HOUR_0)), BARS[name]
    wanted = sorted((job_id for job_id, kind in made if _wanted(bar, kind)), reverse=True)
    found: list[str] = []
    before = None
    while True:
        page, before = asked.behind(bar, before_id=before, limit=7)
        assert len(page) <= 7
        found += [line.id for line in page]
        if before is None:
            break
    assert wanted
    assert found == wanted


def test_a_bar_and_the_jobs_behind_it_are_the_same_number(crowd):
    database, _ = crowd
    asked = Statistics(database, ManualClock(HOUR_0), SHANGHAI)
    for period in asked.hourly(asked.lately(3)):
        span = Hours(period.since_ms, period.until_ms)
        for verdict, number in period.counts.verdicts.items():
            behind, _ = asked.behind(Behind(span, verdict), limit=1000)
            assert len(behind) == number
        low, _ = asked.behind(Behind(span, is_low=True), limit=1000)
        assert len(low) == sum(line.low.part for line in period.quality)


def test_a_photo_whose_files_are_on_their_way_is_counted_already(asked, database):
    came(database)
    judged(database, Verdict.DONE, (), quality(0.8))
    [period] = asked.hourly(asked.lately(1))
    assert period.counts.verdicts[Verdict.DONE] == 1
