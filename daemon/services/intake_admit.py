"""Admission: a row first, then the rename, then the row says so; in batches.

The unique index over live jobs is the guard against taking a file twice: a row that could not
be added means that the same content of the same name is on its way already.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from daemon.clock import Clock
from daemon.config.model import Inbox, Language, Layout
from daemon.domain.job import Job, State, new_job_id
from daemon.domain.readiness import Facts
from daemon.files.operations import FileOperations
from daemon.files.safe import compare_key
from daemon.files.syncing import Spread, striped
from daemon.services.filing import claimed_photo
from daemon.services.intake_claim import Claimed, Claims
from daemon.services.intake_judge import Candidate
from daemon.services.intake_plan import Planner
from daemon.services.intake_walk import Region
from daemon.store.database import Database
from daemon.telemetry import events, failpoints
from daemon.telemetry.logging import get_logger


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that readiness let through.

    Attributes:
        candidate: The file.
        region: Where it lies.
        facts: At the look that let it through.
        code: The code it ends with, where it was given up on.
    """

    candidate: Candidate
    region: Region
    facts: Facts
    code: str = ""


@dataclass(slots=True)
class Admitted:
    """What became of a batch.

    Attributes:
        added: How many rows were added.
        taken: Jobs now in state ``taken``.
        codes: Job id → code it is to end with.
        later: Jobs still ``admitted``, to be claimed another time.
        withdrawn: How many vanished.
        known: Photos of which a live job exists.
        filed: Path and generation of photos that stay where they are and have a job.
    """

    added: int = 0
    taken: list[Job] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)
    later: list[Job] = field(default_factory=list)
    withdrawn: int = 0
    known: list[Candidate] = field(default_factory=list)
    filed: set[tuple[bytes, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one inbox's photos are admitted.

    Args:
        inbox: Its settings.
        language: Of its reasons.
        layout: Where everything lies.
        database: Where the rows go.
        clock: Time for records.
        operations: What is done to the share.
        claims: How photos are moved.
        planner: What is to be done with them.
        region_of: The region of a path inside the inbox.
        confirm: Raises where the share is not there: then nothing may be called gone.
        spread: How to wait for the disk side by side.
    """

    inbox: Inbox
    language: Language
    layout: Layout
    database: Database
    clock: Clock
    operations: FileOperations
    claims: Claims
    planner: Planner
    region_of: Callable[[bytes], Region]
    confirm: Callable[[], None]
    spread: Spread = map

    def admit(self, accepted: list[Accepted], *, folds_case: bool) -> Admitted:
        """Admit and claim a batch.

        Raises:
            OSError: The share is in trouble; rows already written are taken up next time.
        """
        admitted = Admitted()
        pairs = self._unknown(self._paired(accepted, folds_case=folds_case), admitted)
        if not pairs:
            return admitted
        with self.database.write() as uow:
            added = set(uow.jobs.add_many([job for job, _ in pairs]))
        failpoints.reached("W2")
        admitted.added = len(added)
        for job, entry in pairs:
            if job.id not in added:
                admitted.known.append(entry.candidate)
            elif entry.code:
                admitted.codes[job.id] = entry.code
        self.claim([job for job, _ in pairs if job.id in added], admitted)
        return admitted

    def _paired(self, accepted: list[Accepted], *, folds_case: bool) -> list[tuple[Job, Accepted]]:
        # Ids sort by time and then by chance; handed out in order they keep the order of drops.
        ids = sorted(new_job_id(self.clock.now_ms()) for _ in accepted)
        return [
            (self.job(job_id, entry, folds_case=folds_case), entry)
            for job_id, entry in zip(ids, accepted, strict=True)
        ]

    def job(self, job_id: str, entry: Accepted, *, folds_case: bool) -> Job:
        """The row of a photo about to be admitted."""
        relative, notes = entry.candidate.relative, entry.candidate.notes
        choice = self.planner.choice(relative, entry.facts.size, notes)
        return Job(
            id=job_id,
            inbox=self.inbox.name,
            relative=relative,
            name_key=compare_key(relative, fold_case=folds_case),
            generation=entry.facts.generation(local=entry.region.policy.local),
            state=State.ADMITTED,
            plan=choice.plan(),
            priority=choice.priority,
            language=self.language,
            created_ms=self.clock.now_ms(),
            sidecars=notes,
            in_ledger=entry.region.in_ledger,
        )

    def _unknown(
        self, pairs: list[tuple[Job, Accepted]], admitted: Admitted
    ) -> list[tuple[Job, Accepted]]:
        """Leave out what stays in its place and was done before."""
        keys = [job.name_key for job, _ in pairs]
        if not keys:
            return []
        with self.database.read() as uow:
            done = uow.jobs.generations(self.inbox.name, keys, in_ledger=True)
        fresh = []
        for pair in pairs:
            job = pair[0]
            if (job.name_key, job.generation) in done:
                admitted.filed.add((job.relative, job.generation))
            else:
                fresh.append(pair)
        return fresh

    def claim(self, jobs: Iterable[Job], admitted: Admitted) -> None:
        """Move admitted photos into their claimed folders and record it.

        Raises:
            OSError: The share is in trouble; what was moved before is recorded.
            InboxAway: It went away meanwhile; the same.
        """
        moved: list[Job] = []
        missing: list[Job] = []
        try:
            for job in jobs:
                outcome = self.claims.claim(job, self.region_of(job.relative))
                if outcome is Claimed.LATER:
                    admitted.later.append(job)
                elif outcome is Claimed.GONE:
                    missing.append(job)
                else:
                    moved.append(replace(job, in_ledger=outcome is Claimed.IN_LEDGER))
        finally:
            # Where this fails too nothing is recorded: the next look finds the rows still
            # admitted and their photos claimed.
            self._make_durable(moved)
            self._record(moved, [], admitted)
        if missing:
            self.confirm()
            self._record([], missing, admitted)

    def _record(self, moved: list[Job], gone: list[Job], admitted: Admitted) -> None:
        if not moved and not gone:
            return
        now_ms = self.clock.now_ms()
        with self.database.write() as uow:
            for job in moved:
                if job.in_ledger:
                    admitted.filed.add((job.relative, job.generation))
                if uow.jobs.move(job.id, State.TAKEN, in_ledger=job.in_ledger):
                    admitted.taken.append(replace(job, state=State.TAKEN))
            for job in gone:
                uow.jobs.move(job.id, State.WITHDRAWN)
                uow.history.event(job.id, events.JOB_WITHDRAWN, {}, now_ms)
        failpoints.reached("W4")
        admitted.withdrawn += len(gone)
        for job in gone:
            get_logger("intake").info(events.JOB_WITHDRAWN, job_id=job.id)

    def _make_durable(self, moved: list[Job]) -> None:
        """A commit that says "taken" must not outlive the rename it speaks of."""
        claimed = [job for job in moved if not job.in_ledger]
        if not claimed:
            return
        folders = [os.fsencode(claimed_photo(self.layout, job).parent) for job in claimed]
        folders.append(os.fsencode(self.layout.claimed(self.inbox.name)))
        # A share is asked in this thread only; the hands belong to all inboxes.
        is_local = self.region_of(b"").policy.local
        striped(self.operations.sync_folder, folders, self.spread if is_local else map)
