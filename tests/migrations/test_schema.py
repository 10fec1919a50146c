"""The schema's revisions: one line, each way, never changed once released."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from daemon.clock import ManualClock
from daemon.domain.job import LIVE, State
from daemon.errors import DiskFull, SchemaTooNew, StoreError
from daemon.store import engine, schema
from daemon.store.backup import integrity
from daemon.store.database import Database
from daemon.store.recount import over_hours
from daemon.store.tables import metadata
from tests.fakes.store import job_row
from tests.migrations.store_database import ROWS

HERE = Path(__file__).parent
RELEASED = json.loads((HERE / "released.json").read_text())


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "boothd.db"


@pytest.fixture
def empty(path) -> Iterator[Engine]:
    writer = engine.sqlite_writer(path, foreign_keys=False)
    yield writer
    writer.dispose()


def described(path: Path) -> dict[str, str]:
    """Every table and index in SQLite's own words."""
    connection = sqlite.connect(path)
    found = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name <> 'alembic_version'"
    ).fetchall()
    connection.close()
    return {name: " ".join(sql.split()) for name, sql in found}


def test_there_is_one_head_and_one_line():
    config = Config()
    config.set_main_option("script_location", str(schema.folder()))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    line = [revision.revision for revision in script.walk_revisions()][::-1]
    assert script.get_heads() == [schema.head_revision()]
    assert line == schema.revisions()
    assert line == [f"{number:04}" for number in range(1, len(line) + 1)]


def test_every_file_is_named_after_its_revision():
    for file in (schema.folder() / "versions").glob("[0-9]*.py"):
        assert f'revision = "{file.name[:4]}"' in file.read_text()


def test_a_released_revision_never_changes():
    """Databases out there were built by exactly this text: write a new revision instead.

    A new revision is added to ``released.json`` with the release that ships it.
    """
    digests = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted((schema.folder() / "versions").glob("[0-9]*.py"))
    }
    changed = [name for name, digest in RELEASED.items() if digests.get(name) != digest]
    assert changed == []


def test_an_empty_database_gets_the_newest_schema(path):
    assert schema.current_revision(path) is None
    assert schema.upgrade(path) is None
    assert schema.current_revision(path) == schema.head_revision()
    assert integrity(path) == []
    assert schema.upgrade(path) is None
    assert not (path.parent / schema.BACKUPS).exists()


def test_the_revisions_build_what_the_tables_say(path, tmp_path):
    schema.upgrade(path)
    models = tmp_path / "models.db"
    writer = engine.sqlite_writer(models)
    metadata.create_all(writer)
    assert described(path) == described(models)
    with writer.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    writer.dispose()


def test_every_constraint_has_a_lower_case_name(path):
    schema.upgrade(path)
    for name, sql in described(path).items():
        assert name == name.lower()
        for word in ("PRIMARY KEY", "FOREIGN KEY", "UNIQUE (", "CHECK"):
            for before in sql.split(word)[:-1]:
                last = before.split()[-2:]
                assert last[0] == "CONSTRAINT" or "INDEX" in before, (name, last)


def test_each_revision_can_be_stepped_down_and_up(path, empty):
    states = []
    for revision in schema.revisions():
        schema.move_to(empty, revision)
        states.append(described(path))
    for revision, state in zip(reversed(schema.revisions()), reversed(states), strict=True):
        schema.move_to(empty, revision)
        assert described(path) == state
    schema.move_to(empty, "base")
    assert described(path) == {}
    schema.move_to(empty, "head")
    assert described(path) == states[-1]


def stored() -> list[Path]:
    return sorted((HERE / "stored").glob("*.sql"))


def test_there_is_a_stored_database_of_each_revision():
    assert [file.stem for file in stored()] == schema.revisions()


@pytest.mark.parametrize("dump", stored(), ids=lambda file: file.stem)
def test_a_stored_database_is_upgraded_with_its_rows(dump, path, manual_clock):
    connection = sqlite.connect(path)
    connection.executescript(dump.read_text())
    connection.close()
    saved = schema.upgrade(path)
    assert (saved is None) == (dump.stem == schema.head_revision())
    if saved is not None:
        assert saved.name.endswith(f"-before-{schema.head_revision()}.db")
        assert schema.current_revision(saved) == dump.stem
    assert integrity(path) == []
    database = Database(path, manual_clock)
    with database.write() as uow:
        jobs = uow.jobs.in_state(*State)
        assert {job.state for job in jobs} == {State.QUEUED, State.REVIEW, State.PUBLISHING}
        [review] = [job for job in jobs if job.state is State.REVIEW]
        assert review.relative == b"sub/\xff.jpg"
        assert [reason.code for reason in review.reasons] == ["IDENTITY_CHANGED"]
        assert len(review.outputs) == 1
        assert review.measures == {"restore": {"faces": []}}
        assert uow.jobs.count(*LIVE) == 2
        assert uow.queue.claim("me", 20, alone=False)
    database.close()


def test_what_jobs_tell_is_counted_by_the_upgrade(path, empty, manual_clock):
    """A database without statistics gets those of the jobs that it still has."""
    schema.move_to(empty, "0006")
    job = (
        "INSERT INTO jobs SELECT substr(:id, 1, 22), inbox, relative, name_key, search_name, :id, "
        "state, plan, priority, language, created_ms, sidecars, instruct, in_ledger, "
        "content_sha256, size, effect_key, attempts, crashes, owner, token, lease_until_ms, "
        "not_before_ms, queued_ms, started_ms, verdict, filed, finished_ms, retry_of "
        "FROM jobs WHERE state = 'review' LIMIT 1"
    )
    connection = sqlite.connect(path)
    connection.executescript(ROWS)
    for number in range(3):
        connection.execute(job, {"id": f"018bcfe99{number:013x}"})
    connection.execute(
        "INSERT INTO job_results SELECT id, '{}', '{}', '{\"decode\":1.6,\"copy\":7}' FROM jobs "
        "WHERE state = 'review' AND id NOT IN (SELECT job_id FROM job_results)"
    )
    connection.execute(
        "INSERT INTO counters SELECT inbox, 0, verdict, '', count(*) FROM jobs "
        "WHERE verdict IS NOT NULL GROUP BY 1, 3"
    )
    connection.execute("INSERT INTO counters VALUES ('in', 0, 'review', 'IDENTITY_CHANGED', 1)")
    connection.commit()
    connection.close()
    schema.upgrade(path)
    database = Database(path, manual_clock)
    with database.read() as uow:
        kept, counted = uow.sums.kept(), uow.sums.recounted()
        assert over_hours(kept) == over_hours(counted)
        for place in {*kept, *counted}:
            if place[0] != "counters.n":  # those lie in the verdict's hour
                assert kept[place] == counted[place], place
        assert over_hours(kept)["counters.n", "in", "received", ""] == 6
        assert over_hours(kept)["histograms.total", "in", "work", "", "", ""] == 27
    database.close()


def test_a_newer_schema_is_refused_and_left_alone(path):
    schema.upgrade(path)
    connection = sqlite.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    before = described(path)
    for refuse in (schema.check, schema.upgrade):
        with pytest.raises(SchemaTooNew, match="9999"):
            refuse(path)
    assert described(path) == before
    assert not (path.parent / schema.BACKUPS).exists()


def test_an_upgrade_that_fails_changes_nothing(path, empty, monkeypatch):
    schema.move_to(empty, "0001")
    before = described(path)

    def fail(_connection):
        raise ZeroDivisionError

    monkeypatch.setattr(schema, "_refuse_dangling", fail)
    with pytest.raises(ZeroDivisionError):
        schema.upgrade(path)
    assert described(path) == before
    assert schema.current_revision(path) == "0001"


def test_an_upgrade_that_would_leave_dangling_rows_is_refused(path, empty):
    schema.move_to(empty, "0001")
    connection = sqlite.connect(path)
    connection.execute("INSERT INTO job_codes VALUES ('nowhere', 0, 'EMPTY', '{}')")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="refer"):
        schema.upgrade(path)
    assert schema.current_revision(path) == "0001"


def test_without_a_backup_there_is_no_upgrade(path, empty, monkeypatch):
    schema.move_to(empty, "0001")

    def full(*_args, **_kwargs):
        raise DiskFull

    monkeypatch.setattr(schema, "backup", full)
    with pytest.raises(DiskFull):
        schema.upgrade(path)
    assert schema.current_revision(path) == "0001"


def test_killed_before_the_commit_the_old_schema_stands(path, empty, repo_root):
    """Window W24."""
    schema.move_to(empty, "0001")
    code = (
        "import sys; from pathlib import Path; from daemon.store import schema;"
        "from daemon.telemetry import failpoints; failpoints.arm(allowed=True);"
        "schema.upgrade(Path(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        cwd=repo_root,
        env={**os.environ, "BOOTHD_FAILPOINT": "W24"},
        check=False,
        timeout=30,
    )
    assert done.returncode == -signal.SIGKILL
    assert schema.current_revision(path) == "0001"
    assert integrity(path) == []
    schema.upgrade(path)
    assert schema.current_revision(path) == schema.head_revision()


def test_reading_a_revision_makes_no_file(path):
    assert schema.current_revision(path) is None
    schema.check(path)
    assert not path.exists()


def test_knowing_the_head_does_not_load_alembic(repo_root, path):
    schema.upgrade(path)
    code = (
        "import sys; from pathlib import Path; from daemon.store import schema;"
        "schema.check(Path(sys.argv[1])); assert schema.head_revision();"
        "assert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], cwd=repo_root, check=True, timeout=30)


def test_the_revisions_are_found_from_any_folder(repo_root, tmp_path):
    """As when installed: beside the daemon package, wherever the command is called."""
    for name in ("daemon", "migrations"):
        shutil.copytree(
            repo_root / name,
            tmp_path / "site" / name,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    code = (
        "from pathlib import Path; from daemon.store import schema;"
        "assert str(schema.folder()).startswith(r'%s'), schema.folder();"
        "schema.upgrade(Path('boothd.db'))"
    )
    subprocess.run(
        [sys.executable, "-c", code % (tmp_path / "site")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        check=True,
        timeout=30,
    )
    assert schema.current_revision(tmp_path / "boothd.db") == schema.head_revision()


def test_a_job_written_today_fits_the_schema(path):
    schema.upgrade(path)
    database = Database(path, ManualClock())
    with database.write() as uow:
        assert uow.jobs.add(job_row())
    database.close()
