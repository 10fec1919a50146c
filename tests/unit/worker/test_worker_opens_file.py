"""A route that opens the file itself gets the file, and publishes what it wrote or nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from daemon.config.boot import WorkerBoot
from daemon.domain.artifact import OutputKind
from daemon.domain.job import Verdict
from daemon.domain.route import Plan
from daemon.errors import EngineError, UsageError
from daemon.protocol import Result, Work
from daemon.routes.base import Outcome, ReadyFile, StagedFile
from daemon.worker.stages import DecodeStage, EncodeStage, Routes
from daemon.worker.task import BoundStep, Task


class _Opening:
    opens_file = True

    @staticmethod
    def parse_options(raw: object) -> object:
        return raw


@pytest.fixture
def routes() -> Routes:
    routes = Routes("tests.fakes.routes")
    routes._extra = {**routes._extra, "opening": _Opening()}
    return routes


@pytest.fixture
def task(tmp_path: Path) -> Task:
    out = tmp_path / "out"
    out.mkdir()
    photo = tmp_path / "in"
    photo.write_bytes(b"%PDF-1.7 no photo route opens this")
    work = Work("j1", 1, str(photo), "a.pdf", str(out), Plan.of(("opening",), {}), "en")
    return Task(work, lambda _progress: None)


def _ended(task: Task, routes: Routes, verdict: Verdict, *files: ReadyFile) -> Result:
    DecodeStage(routes).run(task)
    assert isinstance(task.photo, StagedFile)
    task.take(BoundStep("opening", _Opening(), None), Outcome(task.photo, verdict, files=files))
    result = EncodeStage(WorkerBoot()).run(task)
    assert isinstance(result, Result)
    return result


def test_it_gets_the_file_whatever_that_is(task: Task, routes: Routes) -> None:
    (Path(task.work.output_dir) / "p.pdf").write_bytes(b"masked")
    made = ReadyFile(OutputKind.RESULT, "p.pdf", ".pdf")
    result = _ended(task, routes, Verdict.DONE, made)
    assert [output.suffix for output in result.outputs] == [".pdf"]


@pytest.mark.parametrize("verdict", [Verdict.REVIEW, Verdict.REJECTED, Verdict.FAILED])
def test_the_original_never_stands_in_for_what_it_did_not_write(
    task: Task, routes: Routes, verdict: Verdict
) -> None:
    assert _ended(task, routes, verdict).outputs == ()


def test_done_without_a_file_is_an_error(task: Task, routes: Routes) -> None:
    with pytest.raises(EngineError, match="wrote no file"):
        _ended(task, routes, Verdict.DONE)


@pytest.mark.parametrize("plan", [("copy", "opening"), ("opening", "copy")])
def test_no_other_step_stands_beside_it(task: Task, routes: Routes, plan: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="only step"):
        routes.bind(replace(task.work, plan=Plan.of(plan, {})))
