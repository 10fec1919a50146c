"""UTC hours in the time that people live by."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.services.local_hours import LocalHours

HOUR_MS = 3_600_000
ZONES = [
    "UTC",
    "Asia/Shanghai",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Pacific/Apia",
]


def hours_in(zone: str) -> LocalHours:
    return LocalHours(ZoneInfo(zone))


def utc_ms(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp() * 1000)


@given(st.sampled_from(ZONES), st.dates(date(2010, 1, 3), date(2029, 12, 30)))
def test_every_hour_belongs_to_one_day_and_days_follow_each_other(zone, day):
    hours = hours_in(zone)
    of_day = hours.of_day(day)
    assert of_day.stop == hours.of_day(day + timedelta(days=1)).start
    assert all(hours.day(hour_ms) == day for hour_ms in of_day)
    assert len(of_day) in {0, 23, 24, 25}


@pytest.mark.parametrize(
    ("zone", "day", "count"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Europe/Berlin", date(2026, 6, 1), 24),
        ("Asia/Shanghai", date(2026, 6, 1), 24),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # clocks went forward at midnight
        ("Pacific/Apia", date(2011, 12, 30), 0),  # a day that Samoa left out
    ],
)
def test_days_on_which_clocks_are_changed(zone, day, count):
    assert len(hours_in(zone).of_day(day)) == count


def test_where_the_offset_is_half_an_hour_hours_start_at_half_past():
    hours = hours_in("Asia/Kolkata")
    first, *_, last = hours.of_day(date(2026, 6, 1))
    assert hours.start(first).isoformat() == "2026-06-01T00:30:00+05:30"
    assert hours.start(last).isoformat() == "2026-06-01T23:30:00+05:30"
    assert hours_in("Asia/Kathmandu").start(first).minute == 45


def test_a_doubled_hour_stands_twice_told_apart_by_its_offset():
    hours = hours_in("Europe/Berlin")
    starts = [hours.start(hour_ms).isoformat() for hour_ms in hours.of_day(date(2026, 10, 25))]
    assert starts[2:4] == ["2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"]
    assert len(set(starts)) == 25


def test_the_same_hours_are_those_that_people_call_the_same():
    hours = hours_in("Europe/Berlin")
    # The Monday after clocks went forward; the Saturday before is still winter time.
    eight = utc_ms(2026, 3, 30, 6)
    assert hours.start(eight).hour == 8
    assert list(hours.same_hours([eight], 2)) == [utc_ms(2026, 3, 28, 7)]
    assert list(hours.same_hours([], 1)) == []
    # The hour that was left out has no counterpart.
    assert list(hours.same_hours([utc_ms(2026, 3, 30, 0)], 1)) == []


def test_without_a_zone_it_is_the_machines_own():
    here = datetime.fromtimestamp(1_700_000_000).astimezone()
    assert LocalHours().start(1_700_000_000_000) == here
    day = LocalHours().day(1_700_000_000_000)
    assert 1_699_999_200_000 in LocalHours().of_day(day)
