"""How the database is opened, and what its transactions promise."""

from __future__ import annotations

import stat
import threading
from dataclasses import dataclass

import pysqlite3.dbapi2 as sqlite
import pytest

from daemon.clock import ManualClock
from daemon.domain.job import State
from daemon.errors import StoreError
from daemon.store import engine, schema
from daemon.store.database import Database
from tests.fakes.store import job_row


@dataclass
class Place:
    fstype: str
    is_network: bool


def pragma(of, name):
    with of.connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_the_library_is_new_enough():
    assert sqlite.sqlite_version_info >= (3, 53)


@pytest.mark.parametrize("version", [(3, 40, 1), (3, 51, 2), (3, 52, 0)])
def test_a_sqlite_that_loses_pages_is_refused(version):
    with pytest.raises(StoreError, match="pysqlite3"):
        engine.check_version(version)


@pytest.mark.parametrize("version", [(3, 51, 3), (3, 52, 1), (3, 53, 0), (4, 0, 0)])
def test_a_sound_sqlite_is_accepted(version):
    engine.check_version(version)


def test_the_writer_is_durable_and_patient(database):
    writer = database._writer
    assert pragma(writer, "journal_mode") == "wal"
    assert pragma(writer, "synchronous") == 2  # FULL
    assert pragma(writer, "foreign_keys") == 1
    assert pragma(writer, "busy_timeout") == 10_000
    assert pragma(writer, "journal_size_limit") == 64 << 20


def test_readers_cannot_write(database):
    with pytest.raises(StoreError, match="readonly"), database.read() as uow:
        uow.jobs.add(job_row())
    assert pragma(database._reader, "query_only") == 1
    assert pragma(database._reader, "wal_autocheckpoint") == 0


def test_every_table_is_strict(database):
    with database._reader.connect() as connection:
        tables = connection.exec_driver_sql("PRAGMA table_list").mappings().all()
    ours = [table for table in tables if not table["name"].startswith(("sqlite_", "alembic_"))]
    assert len(ours) > 10
    assert all(table["strict"] for table in ours)


def test_folder_and_file_are_for_the_booth_only(tmp_path, manual_clock):
    path = tmp_path / "made" / "boothd.db"
    schema.upgrade(path)
    database = Database(path, manual_clock)
    with database.write() as uow:
        uow.jobs.add(job_row())
    modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in path.parent.iterdir()}
    database.close()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert modes == dict.fromkeys(("boothd.db", "boothd.db-wal", "boothd.db-shm"), 0o600)


def test_a_database_on_a_share_is_refused(tmp_path, manual_clock):
    def on_share(_path):
        return Place("cifs", is_network=True)

    path = tmp_path / "boothd.db"
    with pytest.raises(StoreError, match=r"network filesystem \(cifs\)"):
        Database(path, manual_clock, filesystem=on_share)
    with pytest.raises(StoreError, match="network filesystem"):
        schema.upgrade(path, filesystem=on_share)
    assert not path.exists()


def test_a_path_with_marks_that_mean_something_in_an_url(tmp_path, manual_clock):
    path = tmp_path / "a?b=c%20#d e" / "boothd.db"
    schema.upgrade(path)
    assert schema.current_revision(path) == schema.head_revision()
    database = Database(path, manual_clock)
    with database.write() as uow:
        assert uow.jobs.add(job_row())
    database.close()


def test_a_write_begins_by_locking(path, database):
    """Reading first and writing later would fail at once when another wrote in between."""
    other = sqlite.connect(path, isolation_level=None, timeout=0)
    with database.write() as uow:
        assert uow.jobs.count(State.QUEUED) == 0
        with pytest.raises(sqlite.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


def test_an_error_undoes_the_whole_unit_of_work(database):
    def add_and_fail():
        with database.write() as uow:
            assert uow.jobs.add(job_row())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        add_and_fail()
    with database.read() as uow:
        assert uow.jobs.count(*State) == 0


def test_a_reader_sees_one_moment(database):
    with database.read() as reader:
        assert reader.jobs.count(State.QUEUED) == 0
        with database.write() as writer:
            assert writer.jobs.add(job_row())
        assert reader.jobs.count(State.QUEUED) == 0
    with database.read() as reader:
        assert reader.jobs.count(State.QUEUED) == 1


def test_a_unit_of_work_within_another_is_refused_instead_of_waiting_for_itself(database):
    def nest():
        with database.write(), database.write():
            pass

    with pytest.raises(RuntimeError, match="already"):
        nest()
    with database.write() as uow:
        assert uow.jobs.add(job_row())


def test_threads_write_in_turn(database):
    def write():
        for _ in range(20):
            with database.write() as uow:
                uow.jobs.add(job_row())

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as uow:
        assert uow.jobs.count(State.QUEUED) == 80


def test_a_checkpoint_at_idle_empties_the_journal(path, database):
    journal = path.with_name("boothd.db-wal")
    with database.write() as uow:
        uow.jobs.add(job_row())
    assert journal.stat().st_size > 0
    assert database.checkpoint()
    assert journal.stat().st_size == 0


def test_a_checkpoint_beside_a_reader_says_that_it_could_not(path, manual_clock):
    database = Database(path, manual_clock, busy_timeout_ms=20)
    with database.read() as reader:
        assert reader.jobs.count(State.QUEUED) == 0
        with database.write() as uow:
            uow.jobs.add(job_row())
        assert not database.checkpoint()
    assert database.checkpoint()
    database.close()


def test_commits_survive_without_closing(path, database):
    with database.write() as uow:
        job = job_row()
        uow.jobs.add(job)
    again = Database(path, ManualClock())
    with again.read() as uow:
        assert uow.jobs.get(job.id) == job
    again.close()
