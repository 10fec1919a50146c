"""What ``boothd fsck`` says beside a daemon at work: nothing of what is in somebody's hands."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.domain.artifact import OutputKind
from daemon.domain.batch import Batch, BatchState
from daemon.domain.job import Job, State, Verdict
from daemon.files.atomic import part_path
from daemon.services import fsck
from daemon.services.fsck import Disagreement, examine
from daemon.services.retention import expire
from daemon.services.review import ReviewDesk
from daemon.services.review_carry import ReviewCarrier
from daemon.store.database import Database
from tests.fakes.kills import killed_at
from tests.integration.conftest import Bench

DAY_S = 86_400


def _part(bench: Bench, tag: str) -> Path:
    out = bench.config.layout.out("in")
    out.mkdir(parents=True, exist_ok=True)
    part = part_path(out / "report.xlsx", tag)
    part.write_bytes(b"half")
    return part


def test_a_part_of_a_report_that_is_being_published_is_nobodys_mistake(bench: Bench) -> None:
    archive = bench.drop(b"archive", relative=b"joiners.zip")
    batch = Batch(archive.id, "in", "joiners", BatchState.OPEN, "en", bench.clock.now_ms())
    with bench.database.write() as uow:
        uow.batches.add(batch)
    bench.decide()
    bench.publish_all()
    part = _part(bench, batch.id)
    assert examine(bench.config, bench.database) == []
    with bench.database.write() as uow:
        uow.batches.finish(batch.id, bench.clock.now_ms())
    assert examine(bench.config, bench.database) == [Disagreement("part_left", str(part))]


@pytest.mark.parametrize("window", ["R2", "R3", "R4"])
def test_a_photo_that_is_being_decided_about_is_not_missing(
    bench: Bench, window: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = bench.drop()
    bench.decide(Verdict.REVIEW, ("IDENTITY_CHANGED",), {OutputKind.RESULT: b"candidate"})
    bench.publish_all()
    ReviewDesk(bench.config, lambda: bench.database, bench.clock).accept(job.id, by="alice")
    carrier = ReviewCarrier(bench.config, bench.database, bench.clock, bench.publisher)
    assert killed_at(window, carrier.step, monkeypatch)
    part = _part(bench, job.id)
    assert examine(bench.config, bench.database) == []
    part.unlink()
    bench.clock.advance(60)
    carrier.step()
    assert bench.job(job.id).state is State.DONE
    _part(bench, job.id)
    assert [one.kind for one in examine(bench.config, bench.database)] == ["part_left"]


def test_a_photo_that_retention_deletes_meanwhile_is_not_missing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.drop()
    bench.decide()
    bench.publish_all()
    real = fsck.jobs_in

    def slow(database: Database, *states: State) -> list[Job]:
        found = list(real(database, *states))
        bench.clock.advance(9999 * DAY_S)
        expire(bench.config, bench.database, bench.clock)
        return found

    monkeypatch.setattr(fsck, "jobs_in", slow)
    assert examine(bench.config, bench.database) == []
    assert not list(bench.config.layout.archive("in").rglob("*.jpg"))


def test_a_photo_that_is_filed_meanwhile_is_not_missing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.drop()
    bench.decide()
    real = fsck.jobs_in

    def slow(database: Database, *states: State) -> list[Job]:
        found = list(real(database, *states))
        if State.PUBLISHING in states:
            (placed,) = bench.publisher.place(bench.publisher.pending())
            bench.publisher.bring_out([placed])
        return found

    monkeypatch.setattr(fsck, "jobs_in", slow)
    assert examine(bench.config, bench.database) == []
