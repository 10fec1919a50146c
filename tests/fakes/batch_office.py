"""An office that drops batches: a booth turned by hand, and its reports read back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from daemon.clock import ManualClock
from daemon.config.model import Config
from daemon.domain.batch import Batch, BatchState
from daemon.domain.job import Job
from daemon.services.fsck import examine
from tests.fakes.archives import zipped
from tests.fakes.hand_booth import HandBooth
from tests.fakes.photos import jpeg

HEAD = ("工号", "姓名", "规格", "备注")
JOINERS = [("1001", "张三", "cn_1in", "美白"), ("1002", "李四", "", ""), ("1003", "王五", "", "")]


class Office(HandBooth):
    """A booth that takes batches."""

    def drop(self, name: str, content: bytes) -> None:
        target = self.config.layout.inbox("in") / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def round(self) -> None:
        super().round()
        self.booth.batches.step()

    def rests(self) -> bool:
        with self.booth.database.read() as uow:
            return super().rests() and not uow.batches.live()

    def only(self) -> Batch:
        with self.booth.database.read() as uow:
            (batch,) = uow.batches.newest()
        return batch

    def jobs_of(self, batch: Batch) -> dict[str, Job]:
        with self.booth.database.read() as uow:
            photos = uow.batches.photos(batch.id)
            jobs = {job.id: job for job in uow.jobs.of_ids([p.job_id for p in photos])}
        return {photo.photo: jobs[photo.job_id] for photo in photos}

    def job(self, job_id: str) -> Job:
        with self.booth.database.read() as uow:
            job = uow.jobs.get(job_id)
        assert job is not None
        return job

    def out(self, *parts: str) -> Path:
        return self.config.layout.out("in").joinpath(*parts)

    def take_in_only(self) -> None:
        """Until the archive is held, and not a step further."""
        for _ in range(10):
            self.take_in()
            self.clock.advance(3)
        assert self.only().state is BatchState.RECEIVED


def cells(path: Path, sheet: int) -> list[list[Any]]:
    book = CalamineWorkbook.from_path(str(path))
    return book.get_sheet_by_index(sheet).to_python()


def three() -> bytes:
    """An archive of three photos without a list."""
    return zipped({f"{number}.jpg": jpeg(number) for number in (1, 2, 3)})


@contextmanager
def offices(booth: Callable[..., Config]) -> Iterator[Callable[..., Office]]:
    """A factory of offices; at the end of each, database and folders agree."""
    made: list[Office] = []

    def make(**sections: Any) -> Office:
        config = booth(**{
            "inboxes": [{"name": "in", "plan": ["sort"], "batches": True}],
            "language": "en",
            "retention": {"min_free_mib": 0},
            "development": {"routes": "tests.fakes.booth_routes"},
            **sections,
        })  # fmt: skip
        made.append(Office(config, ManualClock()))
        made[-1].start()
        return made[-1]

    yield make
    for office in made:
        found = examine(office.config, office.booth.database)
        # A record outlives its row; one test lets a year pass.
        assert [one for one in found if one.kind != "record_unknown"] == []
        office.close()
