"""The bell for upkeep: APScheduler says when, ``services.maintenance`` does the work.

Nothing durable lives here. Times come from ``schedule`` in the configuration, and when a task
last ran is a row; a run that was missed while the machine was off or asleep is made up at
start, once, however many were missed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Any, Protocol
from zoneinfo import ZoneInfoNotFoundError

from apscheduler.events import EVENT_JOB_ERROR
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from tzlocal import get_localzone

from daemon.clock import Clock
from daemon.config.model import Schedule
from daemon.errors import ConfigError
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

SPACE_EVERY_S = 60

# A late run is late, not skipped: by default a ring that comes 1 s late is dropped. Given here
# because the constructor's own argument of that name is ignored (apscheduler#146).
JOB_DEFAULTS = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}

_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Tasks(Protocol):
    """What the bell needs of upkeep."""

    def run(self, task: str) -> Any:
        """Run a task and record that it ran."""
        ...

    def last_run_ms(self, task: str) -> int | None:
        """When a task last ran, or ``None``."""
        ...


def local_zone() -> tzinfo:
    """The machine's time zone.

    Small devices and containers have ``TZ=CST-8``, a rule without a name: then the present
    offset is meant until the next start.
    """
    try:
        return get_localzone()
    except (ZoneInfoNotFoundError, ValueError):
        here = datetime.now().astimezone().tzinfo
        get_logger("scheduler").warning(events.ZONE_UNNAMED, offset=str(here))
        return here or UTC


def trigger_of(text: str, timezone: tzinfo | None = None) -> CronTrigger:
    """A trigger for five cron fields, weekdays counted as cron does (0 and 7 are Sunday).

    APScheduler counts them from Monday, so numbers are turned into names first.

    Raises:
        ConfigError: The text is not a schedule.
    """
    fields = text.split()
    if len(fields) == 5:
        fields[4] = _weekdays(fields[4])
    try:
        return CronTrigger.from_crontab(" ".join(fields), timezone=timezone)
    except ValueError as error:
        raise ConfigError([f"schedule {text!r} is not a five-field cron line: {error}"]) from error


def _weekdays(field: str) -> str:
    return ",".join(_named_days(part) for part in field.split(","))


def _named_days(part: str) -> str:
    """``1-5`` as ``mon,tue,wed,thu,fri``; names, and a star alone, stay as they are."""
    match = re.fullmatch(r"(?:(\*)|([0-7])(?:-([0-7]))?)(?:/([1-7]))?", part)
    if match is None or part == "*":
        return part
    first = 0 if match[1] else int(match[2])
    last = 6 if match[1] else int(match[3] or match[2])
    return ",".join(_WEEKDAYS[day] for day in range(first, last + 1, int(match[4] or 1)))


def is_overdue(trigger: CronTrigger, last_ms: int | None, now_ms: int) -> bool:
    """Whether a run was missed since the last one; a task that never ran is overdue.

    A last run that lies in the future (the clock was set back) counts as never.
    """
    if last_ms is None or last_ms > now_ms:
        return True
    last = datetime.fromtimestamp(last_ms / 1000, UTC)
    due = trigger.get_next_fire_time(None, last.astimezone(trigger.timezone))
    # The moment of the last run itself may match the pattern; it has been run.
    while due is not None and due <= last:
        due = trigger.get_next_fire_time(due, due)
    return due is not None and due.timestamp() * 1000 <= now_ms


class Scheduler:
    """Rings for upkeep from a thread of its own.

    Args:
        schedule: Cron lines by task.
        tasks: Runs a task by name.
        clock: To see what was missed.
        space_every_s: How often the disks are looked at.

    Raises:
        ConfigError: A cron line cannot be read.
    """

    def __init__(
        self,
        schedule: Schedule,
        tasks: Tasks,
        clock: Clock,
        *,
        space_every_s: float = SPACE_EVERY_S,
    ) -> None:
        self._tasks = tasks
        self._clock = clock
        self._space_every_s = space_every_s
        self._zone = zone = local_zone()
        self._triggers = _triggers(schedule, zone)
        self._log = get_logger("scheduler")
        # One thread: upkeep tasks never run beside each other, except for the look at the
        # disks, which must not wait for a long backup.
        self._bell = BackgroundScheduler(
            job_defaults=JOB_DEFAULTS,
            timezone=zone,
            executors={"default": ThreadPoolExecutor(1), "space": ThreadPoolExecutor(1)},
        )
        self._bell.add_listener(self._failed, EVENT_JOB_ERROR)

    def start(self) -> None:
        """Start ringing; what was missed is rung for at once."""
        for task, trigger in self._triggers.items():
            ring = partial(self._tasks.run, task)
            self._bell.add_job(ring, trigger, id=task, name=task)
            if is_overdue(trigger, self._tasks.last_run_ms(task), self._clock.now_ms()):
                self._bell.add_job(ring, id=f"{task}.missed", name=task)
        self._bell.add_job(
            partial(self._tasks.run, "space"),
            IntervalTrigger(seconds=self._space_every_s, timezone=self._zone),
            id="space",
            executor="space",
            next_run_time=datetime.now(UTC),
        )
        self._bell.start()

    def stop(self) -> None:
        """Stop ringing and wait for the task in hand."""
        if self._bell.running:
            self._bell.shutdown(wait=True)

    def _failed(self, event: Any) -> None:
        # Upkeep records what it expects; this is what nobody expected. The bell goes on.
        self._log.error(events.LOOP_FAILED, task=event.job_id, error=type(event.exception).__name__)


def _triggers(schedule: Schedule, zone: tzinfo) -> Mapping[str, CronTrigger]:
    problems: list[str] = []
    triggers: dict[str, CronTrigger] = {}
    for task in ("retention", "backup", "integrity", "sweep"):
        try:
            triggers[task] = trigger_of(getattr(schedule, task), zone)
        except ConfigError as error:
            problems += [f"schedule.{task}: {problem}" for problem in error.problems]
    if problems:
        raise ConfigError(problems)
    return triggers
