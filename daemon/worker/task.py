"""One job on its way through the worker's stages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from daemon.domain.artifact import Reason
from daemon.domain.job import Verdict
from daemon.protocol import STEP_REST, Progress, Work

if TYPE_CHECKING:
    from daemon.imaging.photo import Photo
    from daemon.routes.base import Outcome, StagedFile

# A route may report every tile; the parent wants to know that it gets on, not how often.
REPORT_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class BoundStep:
    """A step whose route was found and whose options were judged.

    Attributes:
        name: The route's name.
        route: The route.
        options: Its own frozen options model.
    """

    name: str
    route: Any
    options: Any


@dataclass(slots=True)
class Task:
    """A job in hand; each stage fills in its part and hands it on.

    Attributes:
        work: The message that asked for it.
        report: Sends progress.
        steps: The plan, bound.
        photo: What the routes work on: a picture, or the staged file where nobody looks inside.
        last: The last route's outcome.
        is_untouched: Whether no route that ran may have changed the picture.
        measures: Route → what it measured.
        engines: Task → what was used.
        timings_ms: Step → milliseconds, and ``step.part`` of those that tell of their parts.
    """

    work: Work
    report: Callable[[Progress], None]
    steps: tuple[BoundStep, ...] = ()
    photo: Photo | StagedFile | None = None
    last: Outcome | None = None
    is_untouched: bool = True
    reasons: list[Reason] = field(default_factory=list)
    measures: dict[str, Any] = field(default_factory=dict)
    engines: dict[str, Any] = field(default_factory=dict)
    timings_ms: dict[str, float] = field(default_factory=dict)
    _step: str = ""
    _reported_s: float = 0.0
    _part: str = ""
    _part_s: float = 0.0

    @property
    def passes_bytes(self) -> bool:
        """Whether no route of the plan looks at pixels."""
        return all(getattr(step.route, "passes_bytes", False) for step in self.steps)

    @property
    def opens_file(self) -> bool:
        """Whether the plan's one route opens the file itself."""
        return any(getattr(step.route, "opens_file", False) for step in self.steps)

    @property
    def verdict(self) -> Verdict:
        return self.last.verdict if self.last else Verdict.DONE

    def take(self, step: BoundStep, outcome: Outcome) -> None:
        """Record what a route made of the photo."""
        name, route = step.name, step.route
        self.is_untouched &= any(
            getattr(route, mark, False) for mark in ("passes_bytes", "keeps_pixels")
        )
        self.last = outcome
        self.photo = outcome.photo
        self.reasons.extend(outcome.reasons)
        self.engines.update(outcome.engines)
        if outcome.measures:
            self.measures[name] = outcome.measures

    def got_on(self, step: str, done: int = 0, total: int = 0) -> None:
        """Tell the parent that a step began or went on."""
        now_s = time.monotonic()
        repeated = step == self._step and done != total
        if repeated and now_s - self._reported_s < REPORT_EVERY_S:
            return
        self._step, self._reported_s = step, now_s
        self.report(Progress(self.work.job_id, step, done, total))

    def rests(self) -> None:
        """Tell the parent that it waits for others, in the midst of a step."""
        self.report(Progress(self.work.job_id, STEP_REST))

    def goes_on(self) -> None:
        """Tell the parent that the step goes on."""
        self.report(Progress(self.work.job_id, self._step))

    def parts_of(self, route: str) -> Callable[[str, int, int], None]:
        """A route's own progress function."""

        def tell(part: str, done: int, total: int) -> None:
            step = f"{route}.{part}"
            self._turn_to("" if total and done >= total else step)
            self.got_on(step, done, total)

        return tell

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add the time of the block to the step's."""
        begin_s = time.perf_counter()
        self.timings_ms.setdefault(step, 0.0)  # before its parts
        try:
            yield
        finally:
            self._turn_to("")
            spent_ms = (time.perf_counter() - begin_s) * 1000
            self._add(step, spent_ms)

    def _turn_to(self, part: str) -> None:
        """The part that was at work has ended; the next begins."""
        if part == self._part:
            return
        now_s = time.perf_counter()
        if self._part:
            self._add(self._part, (now_s - self._part_s) * 1000)
        self._part, self._part_s = part, now_s

    def _add(self, step: str, spent_ms: float) -> None:
        self.timings_ms[step] = round(self.timings_ms.get(step, 0.0) + spent_ms, 3)
