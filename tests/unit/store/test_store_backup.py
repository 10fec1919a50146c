"""Copies of a database in use, and looking for damage."""

from __future__ import annotations

import shutil
import stat
import threading

import pysqlite3.dbapi2 as sqlite
import pytest

from daemon.domain.job import State
from daemon.domain.question import QuestionRow
from daemon.errors import StoreError
from daemon.store.backup import backup, integrity
from daemon.store.database import Database
from tests.fakes.store import job_row


def rows_in(path) -> int:
    connection = sqlite.connect(path)
    try:
        return connection.execute("SELECT count(*) FROM jobs").fetchone()[0]
    finally:
        connection.close()


def add(database, number):
    with database.write() as uow:
        uow.jobs.add_many([job_row() for _ in range(number)])


def test_a_backup_is_one_whole_file(path, database, tmp_path, manual_clock):
    add(database, 3)
    copy = backup(path, tmp_path / "backups", clock=manual_clock)
    assert copy.name == "boothd-20231114-221320.db"
    assert [entry.name for entry in copy.parent.iterdir()] == [copy.name]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert rows_in(copy) == 3
    assert integrity(copy) == []


def test_answers_about_faces_are_in_no_backup_read_or_not(path, database, tmp_path):
    """Each is long enough for pages of its own, which are free again once it was read."""

    def answer(name):
        with database.write() as uow:
            uow.questions.add(QuestionRow(name, "embed", {}, "en", 0))
            uow.questions.answer(name, now_ms=1, facts={"vector": [name] * 3000})

    answer("was-read")
    answer("was-not-read")
    with database.write() as uow:
        assert uow.questions.collect("was-read") is not None
    content = backup(path, tmp_path).read_bytes()
    assert b"was-read" not in content
    assert b"was-not-read" not in content
    with database.read() as uow:
        assert uow.questions.get("was-not-read") is not None


def test_a_backup_does_not_wait_for_a_writer(path, database, tmp_path):
    add(database, 1)
    with database.write() as uow:
        uow.jobs.add(job_row())
        copy = backup(path, tmp_path)
    assert rows_in(copy) == 1


def test_a_backup_beside_a_busy_writer_is_consistent(path, database, tmp_path):
    stop = threading.Event()

    def write():
        while not stop.is_set():
            add(database, 5)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        copies = [backup(path, tmp_path) for _ in range(5)]
    finally:
        stop.set()
        writer.join()
    assert [integrity(copy) for copy in copies] == [[]] * 5
    assert all(rows_in(copy) % 5 == 0 for copy in copies)


def test_two_backups_in_one_second_have_two_names(path, tmp_path, manual_clock):
    first, second = (backup(path, tmp_path, clock=manual_clock) for _ in range(2))
    assert first != second
    assert second.name == "boothd-20231114-221320-2.db"


def test_the_newest_are_kept(path, tmp_path, manual_clock):
    made = [backup(path, tmp_path, keep=3, clock=manual_clock) for _ in range(12)]
    manual_clock.advance(86_400)
    made.append(backup(path, tmp_path, keep=3, clock=manual_clock))
    assert sorted(tmp_path.glob("boothd-*")) == sorted(made[-3:])


def test_what_is_no_regular_backup_is_left_alone(path, tmp_path, manual_clock):
    labelled = backup(path, tmp_path, label="before-0004", clock=manual_clock)
    mine = tmp_path / "my copy.db"
    mine.write_bytes(b"")
    for _ in range(3):
        manual_clock.advance(1)
        backup(path, tmp_path, keep=1, clock=manual_clock)
    assert labelled.name == "boothd-20231114-221320-before-0004.db"
    assert labelled.exists()
    assert mine.exists()
    assert len(list(tmp_path.glob("boothd-*"))) == 2


def test_nothing_to_back_up_is_an_error_and_leaves_nothing(tmp_path):
    with pytest.raises(StoreError):
        backup(tmp_path / "none.db", tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []
    assert not (tmp_path / "none.db").exists()


def test_a_backup_can_take_the_databases_place(path, database, tmp_path, manual_clock):
    add(database, 2)
    copy = backup(path, tmp_path)
    database.close()
    for suffix in ("", "-wal", "-shm"):
        path.with_name(f"boothd.db{suffix}").unlink(missing_ok=True)
    shutil.copy(copy, path)
    again = Database(path, manual_clock)
    with again.write() as uow:
        assert uow.jobs.count(State.QUEUED) == 2
        assert uow.queue.claim("me", 20, alone=False)
    again.close()


def test_a_damaged_database_is_told(path, database):
    add(database, 400)
    database.close()
    content = bytearray(path.read_bytes())
    content[4096 * 20 : 4096 * 24] = b"\xa5" * 4096 * 4
    path.write_bytes(content)
    assert integrity(path)


def test_a_damaged_database_is_not_backed_up_as_if_it_were_whole(path, database, tmp_path):
    add(database, 400)
    database.close()
    content = bytearray(path.read_bytes())
    content[4096 * 20 : 4096 * 24] = b"\xa5" * 4096 * 4
    path.write_bytes(content)
    with pytest.raises(StoreError):
        backup(path, tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_file_that_is_no_database_is_told(tmp_path):
    path = tmp_path / "boothd.db"
    path.write_bytes(b"not a database at all" * 500)
    assert "SQLITE_NOTADB" in integrity(path)[0]


def test_rows_that_refer_to_none_are_told(path, database):
    database.close()
    connection = sqlite.connect(path)
    connection.execute("INSERT INTO job_codes VALUES ('nowhere', 0, 'EMPTY', '{}')")
    connection.commit()
    connection.close()
    assert integrity(path) == ["row None of job_codes refers to no row of jobs"]
