"""Upkeep: what the booth does for itself at night, each task re-runnable at any time.

``Upkeep.run`` is what the scheduler rings: it runs one task, logs and records how it went, and
never raises for a failure that the task itself can have. When it last ran is a row, so that a
run which the machine slept through is made up for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.errors import BoothError
from daemon.services.retention import DAY_MS, expire
from daemon.services.space import keep_room
from daemon.services.sweep import sweep
from daemon.store import backup as store_backup
from daemon.store.database import Database
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

PRUNE_BATCH = 500
# Under this name it is recorded that rows were pruned at all (see ``services.fsck``).
PRUNED = "prune"
# Rung every minute: worth a line only when there is trouble.
QUIET = "space"


@dataclass(frozen=True, slots=True)
class Report:
    """How a task went.

    Attributes:
        task: Its name.
        facts: What it did, as numbers.
        problem: Code of what went wrong (empty where nothing did).
    """

    task: str
    facts: Mapping[str, int] = field(default_factory=dict)
    problem: str = ""

    @property
    def outcome(self) -> str:
        """One line for the record: ``ok photos=3 size=1200`` or ``failed DISK_FULL``."""
        said = [f"failed {self.problem}" if self.problem else "ok"]
        said += [f"{name}={number}" for name, number in self.facts.items()]
        return " ".join(said)


def retention(config: Config, database: Database, clock: Clock) -> Report:
    """Delete originals, and job rows, whose time is over."""
    deleted = asdict(expire(config, database, clock))
    rows = prune_jobs(config, database, clock)
    told = prune_deliveries(config, database, clock)
    return Report("retention", {**deleted, "rows": rows, "deliveries": told})


def prune_jobs(config: Config, database: Database, clock: Clock) -> int:
    """Delete rows of jobs that ended longer ago than ``jobs_days``; returns how many.

    Jobs in review stay, and so do those whose original lies in its inbox still (ledger mode):
    their rows are what keeps a photo from being taken in again.
    """
    days, total = config.retention.jobs_days, 0
    if days == 0:
        return 0
    before_ms = clock.now_ms() - days * DAY_MS
    with database.write() as uow:
        # Batches are few; their people go with them.
        uow.batches.prune(before_ms, PRUNE_BATCH)
        uow.submissions.prune(before_ms)
    while True:
        # Short transactions, so that the queue never waits for the broom.
        with database.write() as uow:
            count = uow.jobs.prune(before_ms, PRUNE_BATCH)
            total += count
            if count:
                uow.upkeep.ran(PRUNED, clock.now_ms(), f"ok rows={total}")
        if count < PRUNE_BATCH:
            break
    if total:
        # What a moved limit would change is told of photos that are kept, unlike other sums.
        with database.write() as uow:
            uow.rejects.forget_sums()
    return total


def prune_deliveries(config: Config, database: Database, clock: Clock) -> int:
    """Delete announcements that came to rest longer ago than ``deliveries_days``; how many."""
    before_ms, total = clock.now_ms() - config.retention.deliveries_days * DAY_MS, 0
    while True:
        with database.write() as uow:
            count = uow.deliveries.prune(before_ms, PRUNE_BATCH)
        total += count
        if count < PRUNE_BATCH:
            return total


def backup(config: Config, _database: Database, clock: Clock) -> Report:
    """Write a backup of the database and drop the oldest."""
    layout = config.layout
    keep = config.retention.backups
    path = store_backup.backup(layout.database, layout.backups, keep, clock=clock)
    size = path.stat().st_size
    get_logger("upkeep").info(events.BACKUP_WRITTEN, size=size)
    return Report("backup", {"size": size})


def integrity(config: Config, database: Database, clock: Clock) -> Report:
    """Look for corruption in the database; what is found goes to log and audit."""
    problems = store_backup.integrity(config.layout.database)
    if not problems:
        return Report("integrity", {"problems": 0})
    get_logger("upkeep").error(events.INTEGRITY_FAILED, problems=problems[:20])
    with database.write() as uow:
        facts = {"problems": problems[:20]}
        uow.audit.add("boothd", "database.integrity", "boothd.db", facts, clock.now_ms())
    return Report("integrity", {"problems": len(problems)}, "DATABASE_DAMAGED")


def sweep_remains(config: Config, database: Database, clock: Clock) -> Report:
    """Remove part files and folders that crashes left behind."""
    return Report("sweep", asdict(sweep(config, database, clock)))


def watch_space(config: Config, database: Database, clock: Clock) -> Report:
    """Make room or hold the queue before a disk is full."""
    space = keep_room(config, database, clock)
    facts = {"evicted": space.evicted, **{f"free_mib.{k}": v for k, v in space.free_mib.items()}}
    return Report("space", facts, "DISK_FULL" if space.is_held else "")


Task = Callable[[Config, Database, Clock], Report]

# Task → function; the first four are names of ``schedule``, the last one is rung every minute.
TASKS: Mapping[str, Task] = MappingProxyType(
    {
        "retention": retention,
        "backup": backup,
        "integrity": integrity,
        "sweep": sweep_remains,
        "space": watch_space,
    }
)


class Upkeep:
    """Runs tasks by name and keeps their record.

    Args:
        config: The whole configuration.
        database: Where jobs and the record of runs live.
        clock: Time for ages and records.
        tasks: Another table, for tests.
    """

    def __init__(
        self,
        config: Config,
        database: Database,
        clock: Clock,
        *,
        tasks: Mapping[str, Task] = TASKS,
    ) -> None:
        self._config = config
        self._database = database
        self._clock = clock
        self._tasks = tasks
        self._log = get_logger("upkeep")

    def last_run_ms(self, task: str) -> int | None:
        """When a task last ran to its end, well or badly."""
        with self._database.read() as uow:
            last = uow.upkeep.last_run(task)
        return None if last is None else last.at_ms

    def run(self, task: str) -> Report:
        """Run a task now; what it did, or what was in the way, is in the report.

        Raises:
            KeyError: There is no such task.
        """
        work = self._tasks[task]
        try:
            report = work(self._config, self._database, self._clock)
        except BoothError as error:
            report = Report(task, problem=error.code)
        except OSError as error:
            report = Report(task, {"errno": error.errno or 0}, "IO_ERROR")
        self._record(report)
        return report

    def _record(self, report: Report) -> None:
        if report.problem:
            self._log.error(
                events.UPKEEP_FAILED, task=report.task, problem=report.problem, **report.facts
            )
        elif report.task != QUIET:
            self._log.info(events.UPKEEP_RAN, task=report.task, **report.facts)
        try:
            with self._database.write() as uow:
                uow.upkeep.ran(report.task, self._clock.now_ms(), report.outcome)
        except BoothError as error:  # it runs again at the next ring
            self._log.error(events.UPKEEP_FAILED, task=report.task, problem=error.code)
