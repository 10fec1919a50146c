"""The bell rings for what is due, also for what was missed; nothing here sleeps."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from daemon.clock import ManualClock
from daemon.config.model import Schedule
from daemon.errors import ConfigError
from daemon.runtime.scheduler import JOB_DEFAULTS, Scheduler, is_overdue, local_zone, trigger_of

WAIT_S = 10
SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


class Recorder:
    """Upkeep that only notes what it was asked for."""

    def __init__(self, last_ms: int | None, wanted: int) -> None:
        self.last_ms = last_ms
        self.ran: list[str] = []
        self.enough = threading.Event()
        self._wanted = wanted

    def run(self, task: str) -> None:
        self.ran.append(task)
        if len(self.ran) >= self._wanted:
            self.enough.set()

    def last_run_ms(self, task: str) -> int | None:
        return self.last_ms


def _next_days(line: str) -> list[str]:
    trigger = trigger_of(line, UTC)
    at, days = SUNDAY - timedelta(hours=13), []
    for _ in range(7):
        fires = trigger.get_next_fire_time(None, at)
        assert fires is not None
        days.append(f"{fires:%a}")
        at = fires + timedelta(minutes=1)
    return list(dict.fromkeys(days))


@pytest.mark.parametrize(
    ("field", "days"),
    [
        ("0", ["Sun"]),
        ("7", ["Sun"]),
        ("sun", ["Sun"]),
        ("1-5", ["Mon", "Tue", "Wed", "Thu", "Fri"]),
        ("0,3", ["Sun", "Wed"]),
        ("5-7", ["Sun", "Fri", "Sat"]),
        ("mon-wed", ["Mon", "Tue", "Wed"]),
        ("*/2", ["Sun", "Tue", "Thu", "Sat"]),
        ("1-5/2", ["Mon", "Wed", "Fri"]),
    ],
)
def test_weekdays_are_counted_as_cron_counts_them(field, days):
    """APScheduler alone would take 0 for Monday."""
    assert _next_days(f"45 3 * * {field}") == days


@pytest.mark.parametrize("line", ["", "hourly", "61 3 * * *", "1 2 3", "0 0 * * someday"])
def test_what_is_no_schedule_is_refused(line):
    with pytest.raises(ConfigError):
        trigger_of(line)


def test_every_bad_schedule_is_named_at_once():
    with pytest.raises(ConfigError) as caught:
        Scheduler(Schedule(backup="x", sweep="y"), Recorder(None, 1), ManualClock())

    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "schedule.backup",
        "schedule.sweep",
    ]


def test_the_default_schedules_can_be_read():
    Scheduler(Schedule(), Recorder(None, 1), ManualClock())


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [
        (None, SUNDAY, True),
        (SUNDAY - timedelta(days=2), SUNDAY, True),
        (SUNDAY.replace(hour=3, minute=15), SUNDAY, False),
        (SUNDAY.replace(hour=3, minute=16), SUNDAY, False),
        (SUNDAY.replace(hour=3, minute=14), SUNDAY, True),
        (SUNDAY + timedelta(days=400), SUNDAY, True),
    ],
    ids=["never ran", "slept two nights", "on the dot", "after", "just missed", "clock set back"],
)
def test_a_run_missed_while_asleep_is_overdue(last, now, expected):
    trigger = trigger_of("15 3 * * *", UTC)

    assert is_overdue(trigger, None if last is None else _ms(last), _ms(now)) is expected


def test_late_rings_are_kept_and_run_once():
    assert JOB_DEFAULTS == {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


def test_the_defaults_reach_the_jobs():
    """The constructor argument of the same name is ignored by APScheduler (#146)."""
    scheduler = Scheduler(Schedule(), Recorder(None, 1), ManualClock())
    job = scheduler._bell.add_job(lambda: None, id="probe")
    scheduler._bell.start(paused=True)
    try:
        probe = scheduler._bell.get_job("probe")
        assert (probe.misfire_grace_time, probe.coalesce, probe.max_instances) == (None, True, 1)
    finally:
        scheduler.stop()
    assert job.id == "probe"


def test_what_was_missed_is_made_up_at_start():
    clock = ManualClock(_ms(SUNDAY))
    tasks = Recorder(_ms(SUNDAY - timedelta(days=30)), wanted=5)
    scheduler = Scheduler(Schedule(), tasks, clock)
    scheduler.start()
    try:
        assert tasks.enough.wait(WAIT_S)
    finally:
        scheduler.stop()

    assert sorted(tasks.ran) == ["backup", "integrity", "retention", "space", "sweep"]


def test_what_ran_in_time_is_not_run_again_at_start():
    clock = ManualClock(_ms(SUNDAY))
    tasks = Recorder(_ms(SUNDAY), wanted=1)
    scheduler = Scheduler(Schedule(), tasks, clock)
    scheduler.start()
    try:
        assert tasks.enough.wait(WAIT_S)
    finally:
        scheduler.stop()

    assert tasks.ran == ["space"]


def test_the_disks_are_looked_at_while_a_long_task_runs():
    looked, finished = threading.Event(), threading.Event()

    class Slow(Recorder):
        def run(self, task: str) -> None:
            if task == "space":
                looked.set()
            else:
                assert looked.wait(WAIT_S)
                finished.set()

    clock = ManualClock(_ms(SUNDAY))
    scheduler = Scheduler(Schedule(), Slow(None, 1), clock)
    scheduler.start()
    try:
        assert finished.wait(WAIT_S)
    finally:
        scheduler.stop()


def test_a_task_nobody_expected_to_fail_does_not_stop_the_bell():
    survived = threading.Event()

    class Broken(Recorder):
        def run(self, task: str) -> None:
            if task == "backup":
                raise ZeroDivisionError
            if task == "sweep":
                survived.set()

    scheduler = Scheduler(Schedule(), Broken(None, 1), ManualClock(_ms(SUNDAY)))
    scheduler.start()
    try:
        assert survived.wait(WAIT_S)
    finally:
        scheduler.stop()


def test_stopping_before_the_start_is_harmless():
    Scheduler(Schedule(), Recorder(None, 1), ManualClock()).stop()


def test_a_time_zone_without_a_name_is_taken_by_its_offset(monkeypatch):
    monkeypatch.setenv("TZ", "CST-8")
    monkeypatch.setattr("tzlocal.unix._cache_tz", None)
    time.tzset()
    try:
        zone = local_zone()
    finally:
        monkeypatch.undo()
        time.tzset()
    assert zone.utcoffset(SUNDAY) == timedelta(hours=8)
