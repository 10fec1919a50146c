"""From claimed to queued: note, staged copy, plan, and the verdicts that need no worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from daemon.clock import Clock
from daemon.config.model import DuplicatePolicy, Inbox, Layout
from daemon.domain.artifact import OutputFile, OutputKind, Reason
from daemon.domain.job import Job, State, Verdict
from daemon.domain.readiness import Facts
from daemon.domain.route import Plan, effect_key
from daemon.domain.rule import Choice
from daemon.errors import InputError
from daemon.files.atomic import copy_part
from daemon.files.digest import Digest
from daemon.files.operations import FileOperations
from daemon.files.syncing import Spread, Way, fsync_dir, in_step
from daemon.services.batch_receive import Brings, brings, held, receive
from daemon.services.filing import attempt_dir
from daemon.services.intake_plan import NoteRefused, Planner
from daemon.services.intake_stage import (
    LocalTrouble,
    NoRoom,
    Restless,
    SourceGone,
    Staged,
    discard_unfinished,
    source_of,
    staging,
    verified,
)
from daemon.services.sidecars import Note, read_notes
from daemon.services.verdicts import commit_without_worker
from daemon.store.database import Database
from daemon.store.uow import UnitOfWork
from daemon.telemetry import events, failpoints
from daemon.telemetry.logging import get_logger

# Recorded in one transaction; small enough that the first of many photos do not wait for the
# last.
CHUNK = 48


@dataclass(frozen=True, slots=True)
class Settled:
    """A job that can be recorded.

    Attributes:
        job: With plan, instruction, digest and effect key filled in.
        reason: Why it ends without a worker, if it does.
        reused: The earlier job whose result it gets, if it does.
        outputs: Copies of that result in the attempt's folder.
    """

    job: Job
    reason: Reason | None = None
    reused: Job | None = None
    outputs: tuple[OutputFile, ...] = ()


@dataclass(slots=True)
class Queued:
    """What became of some taken jobs.

    Attributes:
        queued: How many wait for a worker now.
        ended: How many got their verdict here.
        restless: Jobs to be looked at again in their claimed folder.
        no_room: The local disk is full or failing; the rest is tried again later.
    """

    queued: int = 0
    ended: int = 0
    restless: list[Job] = field(default_factory=list)
    no_room: bool = False


@dataclass(frozen=True, slots=True)
class Stager:
    """Stages and queues the photos of one inbox.

    Args:
        inbox: Its settings.
        layout: Where everything lies.
        database: Where the rows go.
        clock: Time for records.
        operations: How photos are opened.
        planner: What is to be done with them.
        spread: How to wait for the disk side by side: each copy waits for it to confirm, and a
            disk confirms many at the price of one.
        confirm: Raises where the share is not there: then nothing may be called gone.
    """

    inbox: Inbox
    layout: Layout
    database: Database
    clock: Clock
    operations: FileOperations
    planner: Planner
    confirm: Callable[[], None]
    spread: Spread = map

    def queue(
        self,
        jobs: Iterable[Job],
        *,
        codes: dict[str, str],
        settled: dict[str, Facts],
        local: bool,
    ) -> Queued:
        """Stage each job and record all of them in one transaction.

        Args:
            jobs: Jobs in state ``taken``.
            codes: Job id → code, for those that were given up on.
            settled: Job id → facts, for those that settled a second time.
            local: Whether the inbox lies on a local disk.

        Raises:
            OSError: The share is in trouble; what was staged before is recorded.
        """
        result, left = Queued(), list(jobs)
        while left and not result.no_room:
            chunk, left = left[:CHUNK], left[CHUNK:]
            self._queue_chunk(chunk, codes, settled, result, local=local)
        return result

    def _queue_chunk(
        self,
        jobs: list[Job],
        codes: dict[str, str],
        settled: dict[str, Facts],
        result: Queued,
        *,
        local: bool,
    ) -> None:
        """Stage some jobs side by side, then record them together."""

        def attempt(job: Job) -> Way[Staged | Exception]:
            facts = settled.get(job.id)
            try:
                return (
                    yield from staging(
                        self.layout, job, self.operations, settled=facts, local=local
                    )
                )
            except (Restless, SourceGone, NoRoom, LocalTrouble, OSError) as error:
                return error

        done = [Settled(job, Reason(codes[job.id])) for job in jobs if codes.get(job.id)]
        wanted = [job for job in jobs if not codes.get(job.id)]
        try:
            # The share is read in this thread: one that freezes must not hold up the hands that
            # all inboxes have in common. They wait for the local disk only.
            staged = in_step([attempt(job) for job in wanted], sync=self.spread)
            for job, found in zip(wanted, staged, strict=True):
                if isinstance(found, Staged):
                    done.append(self._planned(job, found))
                else:
                    self._put_off(job, found, result)
        finally:
            self._record(done, result)

    def _put_off(self, job: Job, error: Exception, result: Queued) -> None:
        """What happens to a job that could not be staged; trouble with the share is raised."""
        if isinstance(error, Restless):
            result.restless.append(job)
        elif isinstance(error, SourceGone):
            self.withdraw(job)
        elif isinstance(error, (NoRoom, LocalTrouble)):
            discard_unfinished(self.layout, job)
            get_logger("intake").error(events.STAGING_FAILED, job_id=job.id, reason=str(error))
            result.no_room = True
        else:
            raise error

    def withdraw(self, job: Job) -> None:
        """The photo was taken away again, or replaced where it stays: no failure of anybody's.

        Raises:
            InboxAway: The whole share is away; nothing is known of the photo.
            OSError: It is in trouble.
        """
        self.confirm()
        with self.database.write() as uow:
            uow.jobs.move(job.id, State.WITHDRAWN)
            uow.history.event(job.id, events.JOB_WITHDRAWN, {}, self.clock.now_ms())
        get_logger("intake").warning(events.JOB_WITHDRAWN, job_id=job.id, state="taken")

    def _planned(self, job: Job, staged: Staged) -> Settled:
        if staged.digest.size == 0:
            return Settled(job, Reason("EMPTY"))
        choice = self.planner.choice(job.relative, staged.digest.size, job.sidecars)
        folder = Path(source_of(self.layout, job)).parent
        try:
            note = read_notes(folder, job.sidecars, choice.routes)
            plan = self._plan(choice, note)
        except InputError as error:
            return Settled(job, Reason(error.code, error.facts))
        ready = replace(
            job,
            plan=plan,
            priority=choice.priority,
            instruct=note.instruct,
            content_sha256=staged.digest.sha256,
            size=staged.digest.size,
            effect_key=effect_key(staged.digest.sha256, plan),
        )
        return self._against_duplicates(ready)

    def _plan(self, choice: Choice, note: Note) -> Plan:
        try:
            return self.planner.plan(choice, note.options)
        except NoteRefused as error:
            raise note.refused(str(error)) from error

    def _against_duplicates(self, job: Job) -> Settled:
        is_processed = self.inbox.duplicates is DuplicatePolicy.PROCESS
        if is_processed or job.effect_key is None or brings(self.inbox, job.relative):
            return Settled(job)
        with self.database.read() as uow:
            earlier = uow.jobs.last_done(job.effect_key, job.inbox)
        if earlier is None:
            return Settled(job)
        if self.inbox.duplicates is DuplicatePolicy.REFUSE:
            return Settled(job, Reason("DUPLICATE", {"job": earlier.id}))
        outputs = self._copies(job, earlier)
        # A result that was moved or edited since is no result to give out again.
        return Settled(job, reused=earlier, outputs=outputs) if outputs else Settled(job)

    def _copies(self, job: Job, earlier: Job) -> tuple[OutputFile, ...]:
        wanted = [o for o in earlier.outputs if o.file.kind is not OutputKind.WHY_PICTURE]
        folder = attempt_dir(self.layout, job.id, job.attempts)
        for output in wanted:
            digest = Digest(output.file.size, output.file.sha256)
            source = Path(output.target.decode("utf-8", "surrogateescape"))
            if output.published_ms is None or not verified(source, digest):
                return ()
            try:
                copy_part(source, folder / output.file.name, job.id, digest).replace(
                    folder / output.file.name
                )
            except OSError as error:
                get_logger("intake").warning(
                    events.STAGING_FAILED, job_id=job.id, errno=error.errno
                )
                return ()
        if wanted:
            fsync_dir(folder)
        return tuple(output.file for output in wanted)

    def _record(self, done: list[Settled], result: Queued) -> None:
        if not done:
            return
        if any(settled.reason is None for settled in done):
            # The new job folders' own names, once for all of them.
            fsync_dir(self.layout.staging)
        with self.database.write() as uow:
            outcomes = [self._record_one(uow, settled) for settled in done]
        failpoints.reached("W7")
        result.queued += outcomes.count("queued")
        result.ended += outcomes.count("ended")

    def _record_one(self, uow: UnitOfWork, settled: Settled) -> str:
        job, now_ms = settled.job, self.clock.now_ms()
        batch = brings(self.inbox, job.relative)
        if job.effect_key is not None:
            changes = {name: getattr(job, name) for name in _FOUND_OUT}
            changes |= held() if batch and settled.reason is None else {}
            if not uow.jobs.move(job.id, State.QUEUED, **changes):
                return "cancelled"
        # What cannot be read is part of its folder all the same; of an archive nothing is left.
        if batch is Brings.FOLDER or (batch and settled.reason is None):
            receive(uow, job, batch)
        if settled.reason is not None:
            verdict = _VERDICTS.get(settled.reason.code, Verdict.FAILED)
            commit_without_worker(uow, job, verdict, (settled.reason,), now_ms=now_ms)
            return "ended"
        if settled.reused is not None:
            commit_without_worker(uow, job, Verdict.DONE, (), settled.outputs, now_ms=now_ms)
            uow.jobs.update(
                job.id, measures=settled.reused.measures, engines=settled.reused.engines
            )
            return "ended"
        return "queued"


_FOUND_OUT = ("plan", "priority", "instruct", "content_sha256", "size", "effect_key")
_VERDICTS = {"DUPLICATE": Verdict.REJECTED}
