"""The database is locked, full, damaged, unwritable, or its disk fails."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest

from daemon.clock import ManualClock
from daemon.domain.job import State, Verdict
from daemon.errors import DiskFull, FaultVerdict, StoreBusy, StoreError
from daemon.store import schema
from daemon.store.backup import backup
from daemon.store.database import Database
from tests.fakes.store import job_row


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "boothd.db"
    schema.upgrade(path)
    return path


@pytest.fixture
def database(path: Path, manual_clock: ManualClock):
    database = Database(path, manual_clock, busy_timeout_ms=30)
    yield database
    database.close()


def add_big(database, number=1):
    with database.write() as uow:
        for _ in range(number):
            uow.jobs.add(job_row(instruct="x" * 20_000))


def fill(database):
    for _ in range(1000):
        add_big(database)


def count(database) -> int:
    with database.read() as uow:
        return uow.jobs.count(*State)


def test_a_database_locked_by_another_program_is_busy_and_then_free(path, database):
    other = sqlite.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy) as caught, database.write():
        pass
    assert caught.value.fault is FaultVerdict.RETRY
    assert count(database) == 0
    other.execute("ROLLBACK")
    other.close()
    add_big(database)
    assert count(database) == 1


def test_a_full_disk_is_told_apart_and_the_unit_of_work_undone(database):
    add_big(database)
    with database._writer.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 3}")
    with pytest.raises(DiskFull) as caught:
        add_big(database, 20)
    assert caught.value.fault is FaultVerdict.HOLD_QUEUE
    assert count(database) == 1
    with database._writer.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    add_big(database, 20)
    assert count(database) == 21


def test_a_full_disk_in_the_middle_of_a_claim_leaves_the_job_queued(database):
    with database.write() as uow:
        uow.jobs.add(job_row())
    with database.write() as uow:
        got = uow.queue.claim("me", 20, alone=False)
    with database._writer.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DiskFull), database.write() as uow:
        uow.queue.finish_if_mine(got, Verdict.DONE, (), (), {"big": "x" * 100_000}, {}, {})
    with database.read() as uow:
        job = uow.jobs.get(got.job.id)
    assert (job.state, job.token, job.verdict) == (State.WORKING, got.token, None)


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this account cannot mount a tmpfs")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_is_really_full_and_has_room_again(small_disk, manual_clock):
    path = small_disk / "boothd.db"
    schema.upgrade(path)
    database = Database(path, manual_clock)
    with pytest.raises(DiskFull):
        add_big(database, 100)
    with pytest.raises(DiskFull):
        fill(database)
    with pytest.raises(DiskFull):
        backup(path, small_disk / "backups")
    assert list((small_disk / "backups").iterdir()) == []
    before = count(database)
    subprocess.run(["mount", "-o", "remount,size=16m", str(small_disk)], check=True)
    add_big(database)
    assert count(database) == before + 1
    database.close()


# A file-size limit makes writes fail in the middle (EFBIG), as a failing disk would.
FAILING_DISK = """
    import resource, signal, sys
    from pathlib import Path
    from daemon.clock import ManualClock
    from daemon.errors import StoreError
    from daemon.store.database import Database
    from tests.fakes.store import job_row
    from daemon.domain.job import State

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    database = Database(Path(sys.argv[1]), ManualClock())
    with database.write() as uow:
        uow.jobs.add(job_row())
    size = Path(sys.argv[1] + "-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10_000, resource.RLIM_INFINITY))
    try:
        with database.write() as uow:
            uow.jobs.add_many([job_row(instruct="x" * 50_000)])
    except StoreError as error:
        print(type(error).__name__, error.facts["name"])
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    with database.write() as uow:
        uow.jobs.add(job_row())
    with database.read() as uow:
        print(uow.jobs.count(*State))
    database.close()
"""


def test_a_write_that_fails_is_undone_and_the_next_one_works(path, repo_root):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(FAILING_DISK), str(path)],
        cwd=repo_root,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.stdout.split() == ["StoreError", "SQLITE_IOERR", "2"], done.stderr


def test_a_damaged_page_is_an_error_that_names_it(path, manual_clock):
    database = Database(path, manual_clock)
    with database.write() as uow:
        uow.jobs.add_many([job_row() for _ in range(400)])
    database.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)
    database = Database(path, manual_clock)
    with pytest.raises(StoreError, match="SQLITE_CORRUPT"):
        count(database)
    database.close()


def test_a_file_that_is_no_database_is_refused(tmp_path, manual_clock):
    path = tmp_path / "boothd.db"
    path.write_bytes(b"photo" * 5000)
    with pytest.raises(StoreError, match="SQLITE_NOTADB"):
        schema.upgrade(path)
    assert path.read_bytes() == b"photo" * 5000


def test_a_folder_in_the_databases_place_is_refused(tmp_path, manual_clock):
    path = tmp_path / "boothd.db"
    path.mkdir()
    with pytest.raises(StoreError, match="directory"):
        Database(path, manual_clock)


def test_a_database_without_a_schema_says_so(tmp_path, manual_clock):
    database = Database(tmp_path / "boothd.db", manual_clock)
    with pytest.raises(StoreError, match="no such table"):
        count(database)
    database.close()
