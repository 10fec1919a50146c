"""Operators and batches: pause, resume, cancel, retry, by hand and by command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.cli import main
from daemon.domain.batch import Batch, BatchState
from daemon.domain.job import State, Verdict
from daemon.errors import UsageError
from daemon.services.batch_control import CANCEL, PAUSE, RESUME, ask
from daemon.services.maintenance import prune_jobs
from tests.fakes.archives import table, zipped
from tests.fakes.batch_office import HEAD, JOINERS, Office, cells, three
from tests.fakes.photos import jpeg

# ── operators ─────────────────────────────────────────────────────────────────────────────────


def do(office: Office, wish: str) -> Batch:
    return ask(office.booth.database, office.clock, wish, office.only().id, by="me")


def test_a_paused_batch_waits_until_it_is_resumed(office: Office) -> None:
    office.drop("joiners.zip", three())
    office.take_in_only()
    office.booth.batches.step()
    assert do(office, PAUSE).state is BatchState.PAUSED
    with pytest.raises(UsageError, match="paused"):
        do(office, PAUSE)
    for _ in range(5):
        office.round()
    assert {job.state for job in office.jobs_of(office.only()).values()} == {State.QUEUED}
    do(office, RESUME)
    office.run_to_rest()
    assert office.only().state is BatchState.FINISHED


def test_a_cancelled_batch_keeps_every_photo_and_reports(office: Office) -> None:
    office.drop("joiners.zip", three())
    office.take_in_only()
    office.booth.batches.step()
    office.hand_out()  # all three are in work
    office.work()
    office.publish()
    office.drop("more.zip", zipped({f"{number}.jpg": jpeg(number) for number in (4, 5)}))
    for _ in range(5):
        office.take_in()
        office.clock.advance(3)
    office.booth.batches.step()
    with office.booth.database.read() as uow:
        (more,) = [batch for batch in uow.batches.live() if batch.name == "more"]
    ask(office.booth.database, office.clock, CANCEL, more.id, by="me")
    office.run_to_rest()
    totals = dict(row[:2] for row in cells(office.out("more", "report.xlsx"), 0))
    assert (totals["cancelled"], totals["done"]) == (2, 0)
    failed = office.config.layout.failed("in") / "more"
    assert (failed / "4.jpg").read_bytes() == jpeg(4)
    totals = dict(row[:2] for row in cells(office.out("joiners", "report.xlsx"), 0))
    assert totals["done"] == 3


def test_cancelled_before_it_was_unpacked_the_archive_is_kept(office: Office) -> None:
    office.drop("joiners.zip", three())
    office.take_in_only()
    do(office, CANCEL)
    office.run_to_rest()
    assert (office.config.layout.failed("in") / "joiners.zip").read_bytes() == three()
    assert office.only().finished_ms is not None
    assert not office.out("joiners").exists()


def test_an_archive_cancelled_as_a_job_closes_its_batch(office: Office) -> None:
    office.drop("joiners.zip", three())
    office.take_in_only()
    with office.booth.database.write() as uow:
        uow.control.order("cancel", office.only().id, by="me")
    office.clock.advance(3)
    office.booth.orders.obey()
    office.run_to_rest()
    assert office.only().state is BatchState.CANCELLED


def test_a_retried_photo_still_asks_for_what_its_row_asked_for(office: Office) -> None:
    content = zipped({"1001.jpg": jpeg(1, Verdict.FAILED), "名单.csv": table(HEAD, *JOINERS)})
    office.drop("joiners.zip", content)
    office.run_to_rest()
    first = office.only()
    with office.booth.database.write() as uow:
        uow.control.order("retry", office.jobs_of(first)["1001.jpg"].id, by="me")
    office.booth.orders.obey()
    office.run_to_rest()
    with office.booth.database.read() as uow:
        second, _ = uow.batches.newest()
    (again,) = office.jobs_of(second).values()
    assert again.instruct == "cn_1in; 美白"
    assert again.relative == "joiners (2)/1001_张三_cn_1in.jpg".encode()


# ── commands ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def call(office: Office, tmp_path: Path, capsys) -> Callable[..., Any]:
    """Run ``boothd batches …``; returns its status and its JSON lines."""
    path = tmp_path / "boothd.yaml"
    path.write_text(
        "root: booth\nlanguage: en\ninboxes: [{name: in, plan: [copy], batches: true}]\n"
    )

    def run(*arguments: str, as_json: bool = True) -> tuple[int, Any]:
        capsys.readouterr()
        flags = ["--json"] if as_json else []
        status = main(["--config", str(path), "batches", *arguments, *flags])
        said = capsys.readouterr()
        return status, [json.loads(x) for x in said.out.splitlines()] if as_json else said

    return run


def test_batches_are_listed_shown_paused_resumed_and_cancelled(office: Office, call) -> None:
    office.drop("joiners.zip", three())
    office.take_in_only()
    office.booth.batches.step()
    batch = office.only()
    ((status, [line]),) = (call("list"),)
    assert (status, line["name"], line["state"]) == (0, "joiners", "open")
    assert line["photos"] == {"total": 3, "left": 3, "queued": 3}
    assert call("pause", batch.id) == (0, [{"batch": batch.id, "state": "paused"}])
    assert call("pause", batch.id)[0] == 2
    assert call("resume", batch.id) == (0, [{"batch": batch.id, "state": "open"}])
    office.run_to_rest()
    _, [shown] = call("show", batch.id)
    assert shown["totals"]["done"] == 3
    assert {person["photos"][0]["result"] for person in shown["people"]} == {
        "1.jpg", "2.jpg", "3.jpg",
    }  # fmt: skip
    assert call("cancel", batch.id)[0] == 2
    assert call("show", "nobody")[0] == 2
    status, said = call("show", batch.id, as_json=False)
    assert status == 0
    assert "1.jpg" in said.out
    status, said = call("list", as_json=False)
    assert batch.id in said.out


def test_a_batch_is_cancelled_by_command(office: Office, call) -> None:
    office.drop("joiners.zip", three())
    office.take_in_only()
    office.booth.batches.step()
    assert call("cancel", office.only().id)[1][0]["state"] == "cancelled"
    office.run_to_rest()
    _, [shown] = call("show", office.only().id)
    assert shown["totals"]["cancelled"] == 3
    assert {person["photos"][0]["codes"][0] for person in shown["people"]} == {"CANCELLED"}


# ── beside the rest of the booth ──────────────────────────────────────────────────────────────


def test_a_paused_batch_keeps_no_other_photo_out(make_office) -> None:
    office = make_office(intake={"max_ahead": 3})
    office.drop("joiners.zip", three())
    office.take_in_only()
    office.booth.batches.step()
    office.drop("other.jpg", jpeg(9))
    for _ in range(5):
        office.take_in()
        office.clock.advance(3)
    assert (office.config.layout.inbox("in") / "other.jpg").exists()
    do(office, PAUSE)
    for _ in range(5):
        office.take_in()
        office.clock.advance(3)
    assert not (office.config.layout.inbox("in") / "other.jpg").exists()
    do(office, RESUME)
    office.run_to_rest()


def test_old_batches_are_forgotten_with_their_people(office: Office) -> None:
    office.drop("joiners.zip", zipped({"1001.jpg": jpeg(1), "名单.csv": table(HEAD, *JOINERS)}))
    office.run_to_rest()
    batch = office.only()
    office.clock.advance(366 * 86_400)
    prune_jobs(office.config, office.booth.database, office.clock)
    with office.booth.database.read() as uow:
        assert uow.batches.newest() == []
        assert uow.batches.people(batch.id) == []
