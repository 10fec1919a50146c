"""Lists and sums for people."""

from __future__ import annotations

import pytest

from daemon.domain.artifact import Reason
from daemon.domain.job import State, Verdict
from daemon.store import views
from daemon.store.views import JobFilter
from tests.fakes.store import NOW_MS, job_row

STATES = (State.QUEUED, State.DONE, State.REJECTED)


@pytest.fixture
def jobs(database):
    made = []
    for number in range(60):
        state = STATES[number % 3]
        is_over = state is not State.QUEUED
        made.append(
            job_row(
                state,
                inbox=("restore", "desk")[number % 2],
                relative=f"夏/Photo {number:02}.JPG".encode(),
                finished_ms=NOW_MS if is_over else None,
                verdict=Verdict(state.value) if is_over else None,
                reasons=(Reason("EMPTY"), Reason("EMPTY")) if state is State.REJECTED else (),
                queued_ms=NOW_MS + number,
            )
        )
    with database.write() as uow:
        uow.jobs.add_many(made)
    return made


def listed(database, wanted: JobFilter, limit: int = 7) -> list[str]:
    """Every page, one after the other."""
    seen: list[str] = []
    before = None
    while True:
        with database.read() as uow:
            page = uow.views.page(wanted, before_id=before, limit=limit)
        assert len(page.jobs) <= limit
        seen += [job.id for job in page.jobs]
        before = page.before_id
        if before is None:
            return seen


def newest(jobs, keep) -> list[str]:
    return [job.id for job in reversed(jobs) if keep(job)]


FILTERS = {
    "all": (JobFilter(), lambda job: True),
    "state": (JobFilter(states=(State.DONE,)), lambda job: job.state is State.DONE),
    "states": (
        JobFilter(states=(State.DONE, State.QUEUED)),
        lambda job: job.state is not State.REJECTED,
    ),
    "inbox": (JobFilter(inboxes=("desk",)), lambda job: job.inbox == "desk"),
    "inbox and state": (
        JobFilter(inboxes=("desk",), states=(State.DONE,)),
        lambda job: job.inbox == "desk" and job.state is State.DONE,
    ),
    "code": (JobFilter(code="EMPTY"), lambda job: bool(job.reasons)),
    "code and inbox": (
        JobFilter(code="EMPTY", inboxes=("restore",), states=(State.REJECTED,)),
        lambda job: bool(job.reasons) and job.inbox == "restore",
    ),
    "another code": (JobFilter(code="TRUNCATED"), lambda job: False),
    "text": (JobFilter(text="photo 1"), lambda job: b"Photo 1" in job.relative),
    "folded text": (JobFilter(text="夏/PHOTO 05.jpg"), lambda job: b"05" in job.relative),
    "text with wildcards": (JobFilter(text="%_"), lambda job: False),
}


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("limit", [1, 7, 60])
def test_pages_hold_each_matching_job_once_newest_first(database, jobs, name, limit):
    wanted, keep = FILTERS[name]
    assert listed(database, wanted, limit) == newest(jobs, keep)


def test_a_list_can_be_cut_out_by_time(database, jobs):
    since, until = (int(jobs[n].id[:12], 16) for n in (10, 20))
    wanted = JobFilter(since_ms=since, until_ms=until)
    assert listed(database, wanted) == newest(jobs[10:20], lambda job: True)


def test_a_job_is_found_by_the_beginning_of_its_id(database, jobs):
    assert listed(database, JobFilter(text=jobs[5].id)) == [jobs[5].id]


def test_a_search_stops_after_so_many_rows_and_says_where(database, jobs, monkeypatch):
    monkeypatch.setattr(views, "MOST_SEARCHED", 20)
    monkeypatch.setattr(views, "SEARCH_STEP", 10)
    with database.read() as uow:
        page = uow.views.page(JobFilter(text="photo 00"))
    assert page.jobs == ()
    assert page.before_id == jobs[40].id
    assert listed(database, JobFilter(text="photo 00")) == [jobs[0].id]
