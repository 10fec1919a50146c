"""A plan run over some files without a daemon or a database (``boothd once``).

A worker is started for the occasion and kept busy; results come as they are ready, not in the
order of the files. Originals are copied to a private folder first and never touched.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daemon.clock import Clock, SystemClock
from daemon.config.boot import WorkerBoot
from daemon.config.model import Config, Language, Limits, Queue
from daemon.config.privacy import Privacy
from daemon.config.privacy_plan import with_masking
from daemon.config.quality import Quality, with_limits
from daemon.domain.artifact import Reason
from daemon.domain.codes import verdict_of
from daemon.domain.job import Job, State, Verdict, new_job_id
from daemon.domain.retry import decide
from daemon.domain.route import Plan
from daemon.errors import FaultVerdict, InputError, WorkerLost
from daemon.files.safe import display_name
from daemon.protocol import Fault, Progress, Result, Work
from daemon.runtime.once_files import OutFolder, refusal, stage
from daemon.runtime.worker_events import Event, Lost
from daemon.runtime.worker_handle import WorkerHandle

POLL_S = 0.5
GRACE_S = 5.0
# A person waits at the terminal: a crashed worker is started again soon, and never held back,
# since each file may crash it only so many times.
_RESTART_MAX_S = 2.0
_NEVER = 1_000_000
_CODES = {"crashed": "WORKER_CRASHED", "memory": "OUT_OF_MEMORY", "timeout": "WORKER_TIMEOUT"}


@dataclass(frozen=True, slots=True)
class OnceSettings:
    """What a run needs of the configuration.

    Attributes:
        boot: The worker's settings.
        limits: What a photo may be.
        queue: Attempts, and jobs in the worker at once.
        language: Of reasons, ``zh`` or ``en``.
        quality: Limits of the quality gate.
        privacy: Profiles of privacy masking.
    """

    boot: WorkerBoot = field(default_factory=WorkerBoot)
    limits: Limits = field(default_factory=Limits)
    queue: Queue = field(default_factory=Queue)
    language: Language = "zh"
    quality: Quality = field(default_factory=Quality)
    privacy: Privacy = field(default_factory=Privacy)

    @classmethod
    def from_config(cls, config: Config) -> OnceSettings:
        # A run of its own keeps nothing; who makes it may not even read the booth's state.
        boot = WorkerBoot.from_config(config).model_copy(update={"state": None})
        return cls(
            boot, config.limits, config.queue, config.language, config.quality, config.privacy
        )

    def for_handle(self) -> WorkerBoot:
        """The worker's settings with guards for a run that ends."""
        worker = self.boot.worker.model_copy(
            update={
                "restart_max_s": min(_RESTART_MAX_S, self.boot.worker.restart_max_s),
                "breaker_crashes": _NEVER,
            }
        )
        return self.boot.model_copy(update={"worker": worker})


@dataclass(frozen=True, slots=True)
class OnceResult:
    """What became of one file.

    Attributes:
        file: The file as it was given.
        verdict: How it ended.
        reasons: Codes with facts; empty for a plain ``done``.
        outputs: Files written, the result first, then ``.why.jpg`` and ``.why.txt``.
        measures: Route → what it measured.
        engines: Task → what was used.
        timings_ms: Step → milliseconds.
    """

    file: Path
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    outputs: tuple[Path, ...] = ()
    measures: Mapping[str, Any] = field(default_factory=dict)
    engines: Mapping[str, Any] = field(default_factory=dict)
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """The line of ``once --json``; its shape is a contract."""
        return {
            "file": str(self.file),
            "verdict": str(self.verdict),
            "codes": [reason.code for reason in self.reasons],
            "outputs": [str(path) for path in self.outputs],
            "measures": dict(self.measures),
            "engines": dict(self.engines),
            "timings_ms": dict(self.timings_ms),
        }


def run_once(  # noqa: PLR0913 - what to do, with what, where to; the rest by name
    plan: Plan,
    files: Sequence[Path],
    out_dir: Path,
    *,
    settings: OnceSettings,
    instruct: str = "",
    on_progress: Callable[[Path, Progress], None] = lambda _file, _progress: None,
    clock: Clock | None = None,
) -> Iterator[OnceResult]:
    """Run a plan over files and publish what comes out.

    Args:
        plan: Steps with options.
        files: Photos; read, never changed.
        out_dir: Where results go; made if missing, nothing in it is replaced.
        settings: Worker, limits, attempts, language.
        instruct: A person's one-line instruction.
        on_progress: Told whenever a file gets on.
        clock: Time, for tests.

    Yields:
        One result for each file, as they get ready.

    Raises:
        WorkerLost: The worker cannot start.
        DiskFull: No room for copies or results.
        UsageError: ``out_dir`` cannot be written to.
    """
    out = OutFolder(out_dir)
    handle = WorkerHandle(settings.for_handle(), clock or SystemClock())
    with tempfile.TemporaryDirectory(prefix="boothd-once-") as staging:
        run = _Run(plan, settings, out, Path(staging), handle)
        run.instruct, run.on_progress = instruct, on_progress
        yield from run.over(files, clock or SystemClock())


@dataclass(slots=True)
class _Item:
    """A file on its way."""

    file: Path
    job: Job
    number: int = 0  # attempt folders so far
    tries: int = 0  # attempts that count
    crashes: int = 0
    not_before_s: float = 0.0


class _Run:
    def __init__(
        self, plan: Plan, settings: OnceSettings, out: OutFolder, staging: Path,
        handle: WorkerHandle,
    ) -> None:  # fmt: skip
        self._plan = with_masking(with_limits(plan, settings.quality), settings.privacy)
        self._settings = settings
        self._out = out
        self._staging = staging
        self._handle = handle
        self._waiting: deque[_Item] = deque()
        self._held: dict[str, _Item] = {}
        self._clock: Clock = SystemClock()
        self.instruct = ""
        self.on_progress: Callable[[Path, Progress], None] = lambda _file, _progress: None

    def over(self, files: Sequence[Path], clock: Clock) -> Iterator[OnceResult]:
        self._clock = clock
        self._waiting.extend(_Item(file, self._job(file)) for file in files)
        if not self._waiting:
            return
        self._handle.start()
        try:
            while self._waiting or self._held:
                yield from self._fill()
                for event in self._handle.poll(POLL_S):
                    yield from self._settle(event)
        finally:
            self._handle.stop(0.0 if self._held else GRACE_S)

    def _job(self, file: Path) -> Job:
        now_ms = self._clock.now_ms()
        return Job(
            id=new_job_id(now_ms),
            inbox="once",
            relative=os.fsencode(file.name),
            name_key="",
            generation="",
            state=State.WORKING,
            plan=self._plan,
            priority=0,
            language=self._settings.language,
            created_ms=now_ms,
            instruct=self.instruct,
        )

    # ── handing out ───────────────────────────────────────────────────────────────────────

    def _fill(self) -> Iterator[OnceResult]:
        while (item := self._next()) is not None:
            try:
                work = self._work(item)
            except InputError as error:
                yield self._given_up(item, refusal(error))
                continue
            self._held[item.job.id] = item
            self._handle.submit(work)

    def _next(self) -> _Item | None:
        """The next file that may go to the worker; one that crashed it goes alone."""
        held = self._held.values()
        at_once = self._settings.queue.at_once(self._handle.facts.device)
        if len(held) >= at_once or any(item.crashes for item in held):
            return None
        now_s = self._clock.monotonic_s()
        for item in self._waiting:
            if item.not_before_s <= now_s and not (held and item.crashes):
                self._waiting.remove(item)
                return item
        return None

    def _work(self, item: _Item) -> Work:
        folder = self._staging / item.job.id
        item.number += 1
        item.tries += 1
        staged, output_dir = folder / "in", folder / str(item.number)
        if item.number == 1:
            stage(item.file, staged, self._settings.limits.max_bytes)
        output_dir.mkdir()
        return Work(
            job_id=item.job.id,
            attempt=item.number,
            input=str(staged),
            name=display_name(item.job.relative),
            output_dir=str(output_dir),
            plan=self._plan,
            language=self._settings.language,
            limits=self._settings.limits.model_dump(),
            instruct=self.instruct,
        )

    # ── answers ───────────────────────────────────────────────────────────────────────────

    def _settle(self, event: Event) -> Iterator[OnceResult]:
        if isinstance(event, Progress):
            if event.job_id in self._held:
                self.on_progress(self._held[event.job_id].file, event)
        elif isinstance(event, Result):
            yield self._finished(self._held.pop(event.job_id), event)
        elif isinstance(event, Fault):
            yield from self._faulted(self._held.pop(event.job_id), event)
        elif isinstance(event, Lost):
            yield from self._lost(event)

    def _finished(self, item: _Item, result: Result) -> OnceResult:
        folder = self._staging / item.job.id
        outputs = self._out.publish(item.job, result, folder / str(item.number))
        shutil.rmtree(folder)
        return OnceResult(
            item.file,
            result.verdict,
            result.reasons,
            outputs,
            result.measures,
            result.engines,
            result.timings_ms,
        )

    def _given_up(self, item: _Item, reasons: tuple[Reason, ...]) -> OnceResult:
        verdict = verdict_of(reasons)
        return self._finished(item, Result(item.job.id, item.number, verdict, reasons))

    def _faulted(self, item: _Item, fault: Fault) -> Iterator[OnceResult]:
        decision = decide(fault.fault, item.tries, self._settings.queue.max_attempts)
        # There is no queue to hold here: the person at the terminal frees the disk.
        if decision.again and fault.fault is not FaultVerdict.HOLD_QUEUE:
            item.not_before_s = self._clock.monotonic_s() + decision.wait_s
            self._waiting.append(item)
        else:
            yield self._given_up(item, (fault.reason,))

    def _lost(self, lost: Lost) -> Iterator[OnceResult]:
        if lost.cause == "boot_failed":
            msg = f"the worker cannot start: {self._handle.trouble}"
            raise WorkerLost(msg, exit_status=lost.exit_status)
        for work in lost.works:
            item = self._held.pop(work.job_id)
            if lost.cause not in _CODES:
                item.tries -= 1
                self._waiting.appendleft(item)
                continue
            item.crashes += 1
            if item.crashes >= self._settings.queue.max_attempts:
                yield self._given_up(item, (Reason(_CODES[lost.cause]),))
            else:
                self._waiting.append(item)
