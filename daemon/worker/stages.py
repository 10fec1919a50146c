"""What happens to a job, in three parts that run in threads of their own.

Decode (disk and CPU), engine (the plan, on one lane or several), encode (CPU and disk): while
one photo is on the engine the next is being decoded and the one before is being written.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daemon.config.boot import WorkerBoot
from daemon.domain.job import Verdict
from daemon.errors import EngineError, UsageError
from daemon.protocol import (
    STEP_DECODE,
    STEP_ENCODE,
    STEP_REST,
    THUMBNAIL_NAME,
    Answer,
    Progress,
    Result,
    Work,
)
from daemon.routes.base import Context, StagedFile
from daemon.telemetry import failpoints
from daemon.worker.lanes import Lanes
from daemon.worker.outputs import Outputs
from daemon.worker.questions import Question
from daemon.worker.task import BoundStep, Task

if TYPE_CHECKING:
    from daemon.engines.registry import Engines


class Routes:
    """Every route by name: those of a test's module first, then the booth's own."""

    def __init__(self, extra: str | None) -> None:
        module = importlib.import_module(extra) if extra else None
        self._extra: Mapping[str, Any] = module.ROUTES if module else {}

    def bind(self, work: Work) -> tuple[BoundStep, ...]:
        """Find each step's route and have it judge its options, before a pixel is touched.

        Raises:
            UsageError: No such route, or an option is unknown or out of range.
        """
        if not work.plan.steps:
            msg = "the plan is empty: name at least one route"
            raise UsageError(msg)
        bound = []
        for step in work.plan.steps:
            route = self._find(step.route)
            bound.append(BoundStep(step.route, route, route.parse_options(step.options)))
        for earlier in bound[:-1]:
            if getattr(earlier.route, "writes_files", False):
                msg = f"{earlier.name} writes its results itself: it must be the last step"
                raise UsageError(msg)
        for one in bound:
            if getattr(one.route, "opens_file", False) and len(bound) > 1:
                msg = f"{one.name} opens the file itself: it must be the only step"
                raise UsageError(msg)
        return tuple(bound)

    def _find(self, name: str) -> Any:
        if name in self._extra:
            return self._extra[name]
        from daemon.routes.registry import ROUTES  # noqa: PLC0415 - the worker starts without it

        if name not in ROUTES:
            known = ", ".join(sorted({*ROUTES, *self._extra}))
            msg = f"there is no route {name!r}; there are {known}"
            raise UsageError(msg)
        return ROUTES[name]


class DecodeStage:
    """Judges the plan and reads the photo."""

    name = STEP_DECODE

    def __init__(self, routes: Routes) -> None:
        self._routes = routes

    def run(self, task: Task | Question) -> None:
        if isinstance(task, Question):
            return
        task.steps = self._routes.bind(task.work)
        task.got_on(STEP_DECODE)
        with task.timed(STEP_DECODE):
            task.photo = self._read(task)
        task.got_on(STEP_REST)

    def _read(self, task: Task) -> Any:
        path = Path(task.work.input)
        if task.passes_bytes or task.opens_file:
            return StagedFile(path)
        from daemon.worker import pixels  # noqa: PLC0415 - array libraries load with need

        photo = pixels.read(path, task.work.limits)
        task.engines[STEP_DECODE] = pixels.container_facts(photo)
        return photo


class EngineStage:
    """Runs the plan, on each lane.

    Args:
        boot: Settings.
        lanes: The engines.
    """

    name = "engine"

    def __init__(self, boot: WorkerBoot, lanes: Lanes) -> None:
        self._boot = boot
        self._lanes = lanes

    def run(self, task: Task | Question) -> None:
        if isinstance(task, Question):
            # The first question loads the engines: a deadline must run for that too.
            task.report(Progress(task.ask.ask_id, task.ask.question))
            with self._lanes.seat(task) as engines:
                task.put_to(engines)
        elif task.passes_bytes:
            self._run_plan(task, None)
        else:
            with self._lanes.seat(task) as engines:
                self._run_plan(task, engines)

    def _run_plan(self, task: Task, engines: Engines | None) -> None:
        for step in task.steps:
            task.got_on(step.name)
            failpoints.reached("W9")
            context = Context(
                engines=engines,  # type: ignore[arg-type]  # a plan that passes bytes has no use
                language=task.work.language,
                instruct=task.work.instruct,
                progress=task.parts_of(step.name),
                folder=Path(task.work.output_dir),
                name=task.work.name,
                limits=task.work.limits,
                state=self._boot.state,
            )
            with task.timed(step.name):
                outcome = step.route.run(task.photo, step.options, context)
            task.take(step, outcome)
            if outcome.verdict is not Verdict.DONE:
                break
        task.got_on(STEP_REST)


class EncodeStage:
    """Writes outputs and, last of all, the result that vouches for them."""

    name = STEP_ENCODE

    def __init__(self, boot: WorkerBoot) -> None:
        self._boot = boot

    def run(self, task: Task | Question) -> Result | Answer:
        if isinstance(task, Question):
            return task.answer()
        task.got_on(STEP_ENCODE)
        work, last = task.work, task.last
        outputs = Outputs(Path(work.output_dir))
        with task.timed(STEP_ENCODE):
            if task.verdict in {Verdict.DONE, Verdict.REVIEW}:
                self._write_picture(task, outputs)
            if task.verdict is not Verdict.DONE and last is not None and last.why is not None:
                self._write_why(last.why, outputs)
            if work.thumbnail and task.photo is not None:
                self._leave_thumbnail(task.photo, outputs)
        failpoints.reached("W10")
        result = Result(
            job_id=work.job_id,
            attempt=work.attempt,
            verdict=task.verdict,
            reasons=tuple(task.reasons),
            outputs=outputs.written,
            measures=task.measures,
            engines=task.engines,
            timings_ms=task.timings_ms,
        )
        outputs.vouch(result)
        return result

    def _write_picture(self, task: Task, outputs: Outputs) -> None:
        if task.last is not None and task.last.files:
            for file in task.last.files:
                outputs.adopt(file)
            return
        if task.opens_file:  # what such a route did not write must not go out
            if task.verdict is Verdict.DONE:
                message = f"{task.steps[0].name} called a photo done and wrote no file"
                raise EngineError(message)
            return
        if task.is_untouched:
            suffix = os.path.splitext(task.work.name)[1]  # noqa: PTH122 - a name, not a path
            outputs.copy(Path(task.work.input), suffix)
            return
        from daemon.worker import pixels  # noqa: PLC0415 - array libraries load with need

        assert task.photo is not None
        assert not isinstance(task.photo, StagedFile), "a route that changes pixels was given none"
        encoded = pixels.encoded(task.photo, self._boot.output)
        task.engines[STEP_ENCODE] = pixels.encoding_facts(encoded)
        outputs.add_result(encoded.content, encoded.suffix)

    def _leave_thumbnail(self, photo: Any, outputs: Outputs) -> None:
        if isinstance(photo, StagedFile):  # nobody looked inside
            return
        from daemon.worker import pixels  # noqa: PLC0415 - array libraries load with need

        outputs.leave(THUMBNAIL_NAME, pixels.thumbnail(photo))

    def _write_why(self, why: Any, outputs: Outputs) -> None:
        from daemon.worker import pixels  # noqa: PLC0415 - array libraries load with need

        outputs.add_why(pixels.encoded_why(why))
