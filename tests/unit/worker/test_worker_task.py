"""A job on its way through the stages, without a process."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.domain.route import Plan
from daemon.errors import UsageError
from daemon.protocol import Progress, Work
from daemon.routes.base import Outcome, StagedFile
from daemon.worker.stages import Routes
from daemon.worker.task import BoundStep, Task
from tests.fakes.routes import ROUTES


def work(*plan: str, **options: dict[str, object]) -> Work:
    return Work("j1", 1, "/s/in", "a.jpg", "/s/1", Plan.of(plan, options), "en")


@pytest.fixture
def routes() -> Routes:
    return Routes("tests.fakes.routes")


def test_a_plan_is_bound_in_its_order(routes: Routes) -> None:
    bound = routes.bind(work("slow", "copy", slow={"parts": 2}))
    assert [step.name for step in bound] == ["slow", "copy"]
    assert bound[0].route is ROUTES["slow"]
    assert bound[0].options == {"parts": 2}


@pytest.mark.parametrize(
    ("plan", "options"),
    [((), {}), (("nothing",), {}), (("copy",), {"copy": {"size": 1}})],
)
def test_a_plan_that_cannot_run_is_a_usage_error(
    routes: Routes, plan: tuple[str, ...], options: dict[str, dict[str, object]]
) -> None:
    with pytest.raises(UsageError):
        routes.bind(work(*plan, **options))


def test_bytes_pass_only_where_every_route_lets_them(routes: Routes) -> None:
    task = Task(work("copy", "slow"), lambda _progress: None)
    task.steps = routes.bind(task.work)
    assert task.passes_bytes
    looking = type("Looking", (), {"passes_bytes": False})()
    task.steps = (*task.steps, type(task.steps[0])("looking", looking, None))
    assert not task.passes_bytes


def test_a_flood_of_progress_is_thinned_but_its_end_is_told() -> None:
    told: list[Progress] = []
    task = Task(work("copy"), told.append)
    report = task.parts_of("restore")
    for done in range(1001):
        report("face", done, 1000)
    assert len(told) < 100
    assert told[0] == Progress("j1", "restore.face", 0, 1000)
    assert told[-1] == Progress("j1", "restore.face", 1000, 1000)


def test_each_new_step_is_told_at_once() -> None:
    told: list[Progress] = []
    task = Task(work("copy"), told.append)
    for step in ("decode", "rest", "copy", "rest", "encode"):
        task.got_on(step)
    assert [progress.step for progress in told] == ["decode", "rest", "copy", "rest", "encode"]


def test_times_of_a_step_add_up_even_when_it_raises() -> None:
    task = Task(work("copy"), lambda _progress: None)
    with pytest.raises(ValueError, match="x"), task.timed("copy"):
        raise ValueError("x")
    first = task.timings_ms["copy"]
    with task.timed("copy"):
        pass
    assert task.timings_ms["copy"] >= first >= 0


def test_parts_of_a_step_are_timed_beside_it_and_one_that_ended_no_longer() -> None:
    task = Task(work("copy"), lambda _progress: None)
    tell = task.parts_of("restore")
    with task.timed("restore"):
        tell("detect", 0, 1)
        tell("detect", 1, 1)
        ended = task.timings_ms["restore.detect"]
        tell("face", 0, 2)
        tell("face", 1, 2)
    assert list(task.timings_ms) == ["restore", "restore.detect", "restore.face"]
    assert task.timings_ms["restore.detect"] == ended
    assert ended + task.timings_ms["restore.face"] <= task.timings_ms["restore"] + 0.01


def test_a_photo_that_waits_in_the_midst_of_a_step_rests_and_goes_on_where_it_was() -> None:
    told: list[Progress] = []
    task = Task(work("copy"), told.append)
    task.parts_of("restore")("face", 0, 2)
    task.rests()
    task.goes_on()
    assert [progress.step for progress in told] == ["restore.face", "rest", "restore.face"]


def test_copy_hands_on_what_it_is_given() -> None:
    from daemon.routes.copy import ROUTE

    staged = StagedFile(Path("/s/in"))
    assert ROUTE.run(staged, None, None).photo is staged  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("marks", "untouched"),
    [
        (("keeps_pixels", "passes_bytes"), True),
        (("keeps_pixels", "changes"), False),
        (("changes", "keeps_pixels"), False),
    ],
)
def test_a_picture_is_the_original_file_until_a_route_may_have_changed_it(
    marks: tuple[str, ...], untouched: bool
) -> None:
    task = Task(work("copy"), lambda _progress: None)
    for mark in marks:
        route = type("Marked", (), {mark: True})()
        task.take(BoundStep(mark, route, None), Outcome(StagedFile(Path("/s/in"))))
    assert task.is_untouched is untouched
