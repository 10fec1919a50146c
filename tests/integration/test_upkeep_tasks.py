"""Every task ends in a record: what it did, or what was in the way."""

from __future__ import annotations

import contextlib

import pysqlite3.dbapi2 as sqlite
import pytest

from daemon.config.model import Schedule
from daemon.errors import DiskFull, StoreBusy
from daemon.runtime.scheduler import Scheduler
from daemon.services import maintenance
from daemon.services.maintenance import TASKS, Report, Upkeep


def _upkeep(bench, **tasks) -> Upkeep:
    return Upkeep(bench.config, bench.database, bench.clock, tasks={**TASKS, **tasks})


def _recorded(bench, task):
    with bench.database.read() as uow:
        return uow.upkeep.last_run(task)


@pytest.mark.parametrize("task", sorted(TASKS))
def test_each_task_runs_on_an_empty_booth_twice(bench, task):
    upkeep = _upkeep(bench)
    first, second = upkeep.run(task), upkeep.run(task)

    assert (first.problem, second.problem) == ("", "")
    assert upkeep.last_run_ms(task) == bench.clock.now_ms()
    assert _recorded(bench, task).outcome.startswith("ok")


def test_every_scheduled_task_exists(bench):
    scheduler = Scheduler(Schedule(), _upkeep(bench), bench.clock)

    assert set(scheduler._triggers) | {"space"} == set(TASKS)


def test_what_never_ran_has_no_last_run(bench):
    assert _upkeep(bench).last_run_ms("backup") is None


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (StoreBusy("locked"), "failed SERVICE_BUSY"),
        (DiskFull("no room"), "failed DISK_FULL"),
        (OSError(5, "io", "/secret/name.jpg"), "failed IO_ERROR errno=5"),
    ],
)
def test_a_failure_is_recorded_by_code_and_does_not_escape(bench, error, outcome):
    def fail(*_parts: object) -> Report:
        raise error

    report = _upkeep(bench, backup=fail).run("backup")

    assert report.outcome == outcome
    assert _recorded(bench, "backup").outcome == outcome


def test_a_backup_can_be_opened_and_holds_the_jobs(bench):
    job = bench.drop()
    _upkeep(bench).run("backup")

    (path,) = [p for p in bench.config.layout.backups.iterdir() if p.is_file()]
    with contextlib.closing(sqlite.connect(path)) as copy:
        assert copy.execute("SELECT id FROM jobs").fetchall() == [(job.id,)]


def test_only_so_many_backups_are_kept(make_bench):
    bench = make_bench(retention={"backups": 2})
    for _ in range(4):
        bench.clock.advance(86_400)
        assert not _upkeep(bench).run("backup").problem

    assert len(list(bench.config.layout.backups.iterdir())) == 2


def test_damage_is_an_alarm_in_record_and_audit(bench, monkeypatch):
    monkeypatch.setattr(maintenance.store_backup, "integrity", lambda _path: ["row 3 missing"])

    report = _upkeep(bench).run("integrity")

    assert report.outcome == "failed DATABASE_DAMAGED problems=1"
    with bench.database.read() as uow:
        (entry,) = uow.audit.latest()
    assert (entry.action, entry.facts) == ("database.integrity", {"problems": ["row 3 missing"]})


def test_retention_reports_photos_and_rows(bench):
    bench.drop()
    bench.decide()
    bench.publish_all()
    bench.clock.advance(400 * 86_400)

    report = _upkeep(bench).run("retention")

    assert (report.facts["photos"], report.facts["rows"]) == (1, 1)


def test_a_quiet_look_at_the_disks_is_not_logged_every_minute(bench, capsys):
    _upkeep(bench).run("space")

    assert "upkeep.ran" not in "".join(capsys.readouterr())
