"""The publishing loop: whole batches, and patience with folders that cannot be written."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest

from daemon.clock import ManualClock
from daemon.errors import BoothError
from daemon.runtime.publishing import Publishing


class FakePublisher:
    """Publishes jobs in memory; some of them fail as often as told."""

    def __init__(self, count: int, fails: dict[str, int] | None = None, number: int = 0) -> None:
        self.waiting = [SimpleNamespace(id=f"{index:03}") for index in range(count)]
        self.fails = fails or {}
        self.number = number
        self.batches: list[int] = []

    def pending(self, limit: int, after_id: str) -> list[Any]:
        return [job for job in self.waiting if job.id > after_id][:limit]

    def place(self, jobs: list[Any]) -> list[Any]:
        return jobs

    def is_far(self, jobs: list[Any]) -> bool:
        return False

    def bring_out(self, jobs: list[Any], *, sync: Any, going: Any) -> list[Any]:
        return [self._one(job) for job in jobs]

    def _one(self, job: Any) -> Any:
        if self.fails.get(job.id, 0):
            self.fails[job.id] -= 1
            return OSError(self.number, "no")
        return job

    def clear(self, job: Any) -> None:
        assert job not in self.waiting

    def end(self, jobs: list[Any]) -> None:
        self.batches.append(len(jobs))
        ended = {job.id for job in jobs}
        self.waiting = [job for job in self.waiting if job.id not in ended]


@pytest.fixture
def looped() -> Iterator[Any]:
    made: list[Publishing] = []

    def make(publisher: FakePublisher, clock: ManualClock, told: list[str]) -> Publishing:
        loop = Publishing(publisher, clock, lambda: told.append("full"))  # type: ignore[arg-type]
        made.append(loop)
        return loop

    yield make
    for loop in made:
        loop.close()


def test_everything_that_waits_is_published_in_batches(
    looped: Any, manual_clock: ManualClock
) -> None:
    publisher = FakePublisher(150)
    loop = looped(publisher, manual_clock, [])
    assert loop.step() == 0.0
    assert publisher.batches == [64, 64, 22]
    assert loop.step() > 1.0


def test_one_job_that_cannot_be_written_does_not_hold_up_the_others(
    looped: Any, manual_clock: ManualClock
) -> None:
    publisher = FakePublisher(3, {"001": 2}, errno.EIO)
    loop = looped(publisher, manual_clock, [])
    loop.step()
    assert [job.id for job in publisher.waiting] == ["001"]
    wait_s = loop.step()
    assert 0 < wait_s <= 5.0
    for _ in range(2):
        manual_clock.advance(61)
        loop.step()
    assert publisher.waiting == []


def test_no_decision_is_carried_out_while_what_ended_jobs_leave_is_being_removed(
    manual_clock: ManualClock,
) -> None:
    class Later(Future[None]):
        """Removes when it is waited for, and not before."""

        def __init__(self, remove: Any, ended: list[Any]) -> None:
            super().__init__()
            self.remove = lambda: remove(ended)

        def result(self, timeout: float | None = None) -> None:
            self.remove()

    class Clearing(FakePublisher):
        def clear(self, job: Any) -> None:
            cleared.append(job.id)

    cleared: list[str] = []
    seen: list[list[str]] = []
    reviews = SimpleNamespace(
        keep_places=lambda: ["a decision"], step=lambda: bool(seen.append([*cleared]))
    )
    publisher: Any = Clearing(3)
    loop = Publishing(publisher, manual_clock, list, reviews=reviews)  # type: ignore[arg-type]
    loop._broom.submit = Later  # type: ignore[assignment]
    loop.step()
    assert seen == [["000", "001", "002"]]
    loop.close()


def test_a_full_disk_is_told_so_that_the_queue_is_held(
    looped: Any, manual_clock: ManualClock
) -> None:
    told: list[str] = []
    loop = looped(FakePublisher(1, {"000": 1}, errno.ENOSPC), manual_clock, told)
    loop.step()
    assert told == ["full"]


def test_a_job_that_meets_a_mistake_of_ours_holds_up_no_other(
    looped: Any, manual_clock: ManualClock
) -> None:
    class Mistaken(FakePublisher):
        def _one(self, job: Any) -> Any:
            if job.id == "001":
                raise ValueError("nobody thought of this")
            return job

    publisher = Mistaken(3)
    assert looped(publisher, manual_clock, []).step() == 0.0
    assert [job.id for job in publisher.waiting] == ["001"]
    assert sum(publisher.batches) == 2


def test_an_error_of_the_booth_postpones_one_job_only(
    looped: Any, manual_clock: ManualClock
) -> None:
    class Refusing(FakePublisher):
        def _one(self, job: Any) -> Any:
            return BoothError("INTERNAL_ERROR") if job.id == "000" else job

    publisher = Refusing(2)
    looped(publisher, manual_clock, []).step()
    assert [job.id for job in publisher.waiting] == ["000"]
