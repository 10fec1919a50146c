"""The way of a photo of one inbox from its admission to the queue, and what is left on that way.

What cannot go on now (held by its writer, no room, still being written to) stays in its state
and is taken up again; so is what a crash left, by the same steps.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cached_property

from daemon.config.model import Inbox
from daemon.domain.job import Job, State
from daemon.domain.readiness import Facts, GiveUp, Waiting
from daemon.files.atomic import is_taken
from daemon.files.probe import facts_of
from daemon.services.intake_admit import Accepted, Admitted, Desk
from daemon.services.intake_claim import Claims
from daemon.services.intake_judge import RETRY_S, Candidate, Finding, Judge
from daemon.services.intake_place import Place
from daemon.services.intake_plan import Planner
from daemon.services.intake_queue import Stager
from daemon.services.intake_report import Tally, Tools
from daemon.services.intake_stage import source_of

ROOM_S = 10.0


class Passage:
    """The way of one inbox's photos.

    Args:
        inbox: Its settings.
        tools: What to work with.
        place: Where it lies.
    """

    def __init__(self, inbox: Inbox, tools: Tools, place: Place) -> None:
        self._inbox = inbox
        self._tools = tools
        self._place = place
        self._layout = tools.config.layout
        self._planner = Planner.of(tools.config, inbox)
        self._settling = Judge(tools.operations, tools.clock)
        self._unsettled: dict[bytes, Job] = {}
        self._retry_at_s: float | None = None

    @cached_property
    def _claims(self) -> Claims:
        may_leave = self._inbox.ledger != "never"
        return Claims(self._layout, self._place.root, self._tools.operations, may_leave)

    @cached_property
    def _desk(self) -> Desk:
        return Desk(
            self._inbox,
            self._inbox.language or self._tools.config.language,
            self._layout,
            self._tools.database,
            self._tools.clock,
            self._tools.operations,
            self._claims,
            self._planner,
            lambda relative: self._place.walk.region_of(relative.rpartition(b"/")[0]),
            self._place.check_mounts,
            self._tools.spread,
        )

    @cached_property
    def _stager(self) -> Stager:
        return Stager(
            self._inbox,
            self._layout,
            self._tools.database,
            self._tools.clock,
            self._tools.operations,
            self._planner,
            self._place.check_mounts,
            self._tools.spread,
        )

    @property
    def retry_is_due(self) -> bool:
        """Whether what was put off should be tried again."""
        return self._retry_at_s is not None and self._now_s() >= self._retry_at_s

    def next_due_s(self) -> float | None:
        """Seconds until something is to be tried again, or ``None``."""
        waits = [self._settling.next_due_s()]
        if self._retry_at_s is not None:
            waits.append(max(0.0, self._retry_at_s - self._now_s()))
        return min((wait for wait in waits if wait is not None), default=None)

    def forget(self) -> None:
        """The inbox is back after an outage: everything is looked up again."""
        self._unsettled.clear()
        self._retry_at_s = None

    def _now_s(self) -> float:
        return self._tools.clock.monotonic_s()

    def new_job(self, job_id: str, relative: bytes, facts: Facts, notes: tuple[bytes, ...]) -> Job:
        """A row for a photo that lies in its claimed folder already."""
        region = replace(self._place.top, in_ledger=False)
        entry = Accepted(Candidate(relative, b"", region.policy, notes), region, facts)
        return self._desk.job(job_id, entry, folds_case=self._place.share.folds_case)

    def take_in(self, accepted: list[Accepted], tally: Tally) -> Admitted:
        """Admit, claim, stage and queue photos that are ready."""
        admitted = self._desk.admit(accepted, folds_case=self._place.share.folds_case)
        tally.admitted += admitted.added
        self._go_on(admitted, tally)
        return admitted

    def take_up(self, tally: Tally) -> None:
        """Go on with what is admitted or taken and in nobody's hands."""
        self._retry_at_s = None
        with self._tools.database.read() as uow:
            jobs = uow.jobs.in_state(State.ADMITTED, State.TAKEN, inbox=self._inbox.name)
        pending = [job for job in jobs if job.state is State.ADMITTED]
        taken = [
            job
            for job in jobs
            if job.state is State.TAKEN and job.id.encode() not in self._unsettled
        ]
        admitted = Admitted(taken=taken)
        if pending:
            self._desk.claim([job for job in pending if self._is_as_admitted(job)], admitted)
        self._go_on(admitted, tally)

    def _is_as_admitted(self, job: Job) -> bool:
        """Whether what lies in the inbox is still what was admitted; else the row is void."""
        source = self._place.root + b"/" + job.relative
        try:
            status = self._tools.operations.status(source)
        except FileNotFoundError:
            return True  # the claim finds out whether it is in or gone
        claimed = is_taken(source_of(self._layout, job)) and not job.in_ledger
        if claimed or facts_of(status).is_content_of(job.generation):
            return True
        self._stager.withdraw(job)
        return False

    def _go_on(self, admitted: Admitted, tally: Tally) -> None:
        """Stage and queue what was claimed; remember what has to be tried again."""
        tally.withdrawn += admitted.withdrawn
        if admitted.later:
            self._retry_in(RETRY_S)
        if admitted.taken:
            self._queue(admitted.taken, admitted.codes, {}, tally)

    def _queue(
        self, jobs: list[Job], codes: dict[str, str], settled: dict[str, Facts], tally: Tally
    ) -> None:
        local = self._place.top.policy.local
        done = self._stager.queue(jobs, codes=codes, settled=settled, local=local)
        tally.queued += done.queued
        tally.ended += done.ended
        for job in done.restless:
            self._unsettled[job.id.encode()] = job
            self._look_again(job)
        if done.no_room:
            tally.room = 0
            self._retry_in(ROOM_S)
        if done.queued:
            self._tools.wake()

    def _retry_in(self, wait_s: float) -> None:
        at_s = self._now_s() + wait_s
        self._retry_at_s = at_s if self._retry_at_s is None else min(self._retry_at_s, at_s)

    def settle_again(self, tally: Tally) -> None:
        """A writer went on writing into the photo after its claim: wait for it to end."""
        for key in self._settling.due():
            job = self._unsettled.get(key)
            if job is None:
                continue
            finding = self._look_again(job)
            if isinstance(finding.answer, Waiting):
                continue
            del self._unsettled[key]
            self._settling.forget(key)
            if finding.facts is None or (
                job.in_ledger and not finding.facts.is_content_of(job.generation)
            ):
                # Gone; or, where it stays in its place, a new photo that a scan will find.
                self._stager.withdraw(job)
                continue
            codes = {}
            if isinstance(finding.answer, GiveUp):
                codes[job.id] = finding.answer.code
            self._queue([job], codes, {job.id: finding.facts}, tally)

    def _look_again(self, job: Job) -> Finding:
        policy = replace(self._place.top.policy, sidecar_s=0.0, ready_marker=False)
        source = os.fsencode(source_of(self._layout, job))
        return self._settling.look(Candidate(job.id.encode(), source, policy), None)
