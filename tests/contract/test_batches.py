"""Batches as rows, on either database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daemon.domain.batch import Batch, BatchPhoto, BatchState
from daemon.domain.job import Job, State, Verdict
from daemon.domain.manifest import Entry
from daemon.store.database import Database
from tests.contract.conftest import Booths
from tests.fakes.store import NOW_MS, job_row

PEOPLE = [
    Entry(2, "1001", "张三", "", "cn_1in", "white", "美白"),
    Entry(3, "1002", "a\0\udcff", file="b.jpg"),
]


def put(database: Database, number: int = 1, **fields: object) -> Batch:
    batch = Batch(f"{number:022x}", "in", "joiners", BatchState.RECEIVED, "zh", NOW_MS)
    batch = replace(batch, **fields)  # type: ignore[arg-type]
    with database.write() as uow:
        uow.batches.add(batch)
    return batch


def filled(database: Database, *jobs: Job) -> Batch:
    """An open batch of these jobs."""
    batch = put(database, state=BatchState.OPEN)
    with database.write() as uow:
        assert uow.jobs.add_many(jobs) == [job.id for job in jobs]
        photos = [BatchPhoto(job.id, 2 + i, f"{i}.jpg") for i, job in enumerate(jobs)]
        uow.batches.add_photos(batch.id, photos)
    return batch


def claim(database: Database) -> str | None:
    with database.write() as uow:
        claimed = uow.queue.claim("me", 20, alone=True)
    return None if claimed is None else claimed.job.id


def test_a_batch_is_kept_as_it_was_put(database: Database) -> None:
    batch = put(
        database, name="入职\0\udcff", folder="入职/2", findings={"columns": {"name": "姓名"}}
    )
    with database.write() as uow:
        uow.batches.add_people(batch.id, PEOPLE)
    with database.read() as uow:
        assert uow.batches.get(batch.id) == batch
        assert uow.batches.get("nobody") is None
        assert uow.batches.people(batch.id) == PEOPLE
        assert uow.batches.photos(batch.id) == []
        assert uow.batches.progress(batch.id).total == 0


def test_batches_are_listed_newest_first_and_live_ones_oldest_first(database: Database) -> None:
    first, second = put(database, 1), put(database, 2)
    over = put(database, 3, state=BatchState.FINISHED, finished_ms=NOW_MS)
    with database.read() as uow:
        assert uow.batches.newest() == [over, second, first]
        assert uow.batches.newest(limit=1, before_id=over.id) == [second]
        assert uow.batches.live() == [first, second]


@pytest.mark.parametrize("to", [BatchState.FINISHED, BatchState.PAUSED])
def test_a_batch_moves_only_where_it_may(database: Database, to: BatchState) -> None:
    batch = put(database)
    with database.write() as uow:
        assert not uow.batches.move(batch.id, to)
        assert uow.batches.move(batch.id, BatchState.OPEN, folder="joiners")
        assert uow.batches.move(batch.id, to)
        found = uow.batches.get(batch.id)
    assert found == replace(batch, state=to, folder="joiners")


def test_a_batch_is_finished_once_and_stays_cancelled(database: Database) -> None:
    batch, other = put(database, 1, state=BatchState.CANCELLED), put(database, 2)
    with database.write() as uow:
        assert uow.batches.finish(batch.id, 5)
        assert not uow.batches.finish(batch.id, 6)
        assert not uow.batches.finish(other.id, 6)  # not even unpacked
        found = uow.batches.get(batch.id)
    assert found == replace(batch, finished_ms=5)


def test_progress_counts_the_batchs_own_jobs_by_state(database: Database) -> None:
    done, waiting = job_row(State.QUEUED), job_row(State.QUEUED)
    batch = filled(database, done, waiting)
    with database.write() as uow:
        uow.jobs.add(job_row(State.QUEUED))  # of no batch
        uow.jobs.move(done.id, State.PUBLISHING, verdict=Verdict.DONE)
        uow.jobs.move(done.id, State.DONE)
    with database.read() as uow:
        progress = uow.batches.progress(batch.id)
        photos = uow.batches.photos(batch.id)
    assert progress.states == {State.DONE: 1, State.QUEUED: 1}
    assert (progress.total, progress.left) == (2, 1)
    assert progress.as_json() == {"total": 2, "left": 1, "done": 1, "queued": 1}
    assert [(photo.job_id, photo.line) for photo in photos] == [(done.id, 2), (waiting.id, 3)]


def test_what_is_held_is_claimed_by_nobody_until_it_is_let_go(booths: Booths) -> None:
    database = booths.open()
    mine, later = job_row(), job_row(not_before_ms=NOW_MS + 5_000)
    batch = filled(database, mine, later)
    other = job_row()
    with database.write() as uow:
        uow.jobs.add(other)
        assert uow.batches.hold(batch.id) == 2
        assert uow.batches.hold(batch.id) == 0
        assert (uow.batches.held_count("in"), uow.batches.held_count("elsewhere")) == (2, 0)
    booths.pass_time(10)
    assert [claim(database), claim(database)] == [other.id, None]
    with database.write() as uow:
        assert uow.batches.queued(batch.id) == [mine.id, later.id]
        assert uow.batches.unhold(batch.id) == 2
        assert uow.batches.unhold(batch.id) == 0
        assert uow.batches.held_count() == 0
    assert [claim(database), claim(database), claim(database)] == [mine.id, later.id, None]


def test_a_batch_is_forgotten_with_its_people_and_its_jobs_stay(database: Database) -> None:
    job = job_row()
    batch = filled(database, job)
    live = put(database, 2)
    with database.write() as uow:
        uow.batches.add_people(batch.id, PEOPLE)
        assert uow.batches.finish(batch.id, 100)
        assert uow.batches.prune(100, 10) == 0
        assert uow.batches.prune(101, 10) == 1
        assert uow.batches.newest() == [live]
        assert uow.batches.people(batch.id) == []
        assert uow.jobs.get(job.id) is not None


def test_whose_each_photo_is_can_be_noted_anew(database: Database) -> None:
    first, second = job_row(), job_row()
    batch = filled(database, first, second)
    other = BatchPhoto(second.id, None, "b/\udcff.jpg")
    with database.write() as uow:
        uow.batches.set_photos(batch.id, [other])
        assert uow.batches.photos(batch.id) == [other]
        assert uow.batches.progress(batch.id).total == 1
        assert uow.jobs.get(first.id) is not None
