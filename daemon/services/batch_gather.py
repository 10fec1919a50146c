"""A folder dropped as a batch: opened once no more of it comes.

Its files were taken in one by one and wait, held. Opening reads the table among them, gives each
photo the name of its result, and lets the photos go, all in one transaction but for the names on
the share: a photo renamed in its own claimed folder is found there whatever it is called.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.artifact import Reason
from daemon.domain.batch import Batch, BatchPhoto, BatchState
from daemon.domain.job import Job, State, Verdict
from daemon.domain.readiness import Hindrance
from daemon.domain.route import effect_key
from daemon.errors import InputError
from daemon.files.atomic import rename_noreplace
from daemon.files.safe import compare_key
from daemon.files.spreadsheet import MAX_BYTES
from daemon.files.syncing import fsync_dir
from daemon.services.batch_contents import Assigned, Contents, Roll, roll_of, sort_files
from daemon.services.batch_jobs import Naming, end_of, free_folder, photo_rows, wishes
from daemon.services.batch_receive import GATHERED
from daemon.services.filing import claimed_photo, renamed_photo, staged_photo
from daemon.services.verdicts import commit_without_worker
from daemon.store.database import Database
from daemon.store.uow import UnitOfWork
from daemon.telemetry import events, failpoints
from daemon.telemetry.logging import get_logger

# Files that wait for something else than their own end do not hold up their folder.
_COMING = frozenset(Hindrance) - {
    Hindrance.NOT_REGULAR, Hindrance.TOO_DEEP, Hindrance.NO_PERMISSION, Hindrance.ALREADY_QUEUED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Gathered:
    """The files of a folder by the name they have in it."""

    jobs: dict[str, Job]
    contents: Contents
    roll: Roll


class Gatherer:
    """Opens batches that came as folders.

    Args:
        config: The whole configuration.
        database: Where batches and jobs live.
        clock: Time for records, and for what is still coming.
    """

    def __init__(self, config: Config, database: Database, clock: Clock) -> None:
        self._config = config
        self._layout = config.layout
        self._database = database
        self._clock = clock
        self._log = get_logger("batches")

    def open(self, batch: Batch) -> bool:
        """Bring a gathered batch into the queue, or refuse it with its code.

        Returns:
            False where more of the folder may come.

        Raises:
            OSError: A disk or the share is in trouble; call again later.
        """
        with self._database.read() as uow:
            photos = uow.batches.photos(batch.id)
            jobs = {job.id: job for job in uow.jobs.of_ids([photo.job_id for photo in photos])}
            if self._is_coming(uow, batch, list(jobs.values())):
                return False
        by_name = _by_name(photos, jobs)
        try:
            contents = sort_files(by_name)
            roll = roll_of(contents, lambda name: self._read(by_name[name]))
        except InputError as error:
            self._refuse(batch, list(jobs.values()), Reason(error.code, error.facts))
            return True
        self._let_go(batch, _Gathered(by_name, contents, roll))
        return True

    def _is_coming(self, uow: UnitOfWork, batch: Batch, jobs: list[Job]) -> bool:
        newest_ms = max((job.queued_ms or job.created_ms for job in jobs), default=0)
        age_s = (self._clock.now_ms() - newest_ms) / 1000
        if age_s < self._config.inbox(batch.inbox).batch_quiet_s:
            return True
        if age_s >= self._config.intake.incomplete_s:
            return False
        top = os.fsencode(str(batch.findings[GATHERED])) + b"/"
        waiting = uow.inboxes.waiting(batch.inbox, limit=100_000)
        on_the_way = uow.jobs.in_state(State.ADMITTED, State.TAKEN, inbox=batch.inbox)
        return any(job.relative.startswith(top) for job in on_the_way) or any(
            file.relative.startswith(top) and file.reason in _COMING for file in waiting
        )

    def _read(self, job: Job) -> bytes:
        with staged_photo(self._layout, job.id).open("rb") as reader:
            return reader.read(MAX_BYTES + 1)

    # ── letting go ────────────────────────────────────────────────────────────────────────

    def _let_go(self, batch: Batch, found: _Gathered) -> None:
        folder = free_folder(self._config, self._database, batch)
        naming = Naming(self._config, batch, folder)
        named = []
        for photo in found.roll.photos:
            job = found.jobs[photo.photo]
            relative = naming.relative(photo, job.plan)
            named.append((job, photo, self._renamed(job, relative)))
        failpoints.reached("B1")
        with self._database.write() as uow:
            findings = {**found.roll.findings, **batch.findings}
            if not uow.batches.move(batch.id, BatchState.OPEN, folder=folder, findings=findings):
                return  # cancelled meanwhile
            uow.batches.add_people(batch.id, found.roll.people)
            ids = [job.id for job, _, _ in named]
            uow.batches.set_photos(batch.id, photo_rows(ids, found.roll))
            for job, photo, relative in named:
                self._let_one_go(uow, job, photo, relative)
            self._end_the_rest(uow, found)
        failpoints.reached("B2")
        people = len(found.roll.people)
        self._log.info(events.BATCH_OPENED, batch_id=batch.id, photos=len(named), people=people)

    def _renamed(self, job: Job, relative: bytes) -> bytes:
        """Give a claimed photo the name of its result; returns the path that holds from now on."""
        if job.in_ledger or job.state is not State.QUEUED:
            return job.relative
        target = claimed_photo(self._layout, replace(job, relative=relative))
        source = self._lies(job)
        if source is not None and source != target:
            rename_noreplace(source, target)
            fsync_dir(target.parent)
        return relative

    def _lies(self, job: Job) -> Path | None:
        """The photo in its claimed folder, also under a name that an earlier try gave it."""
        plain = claimed_photo(self._layout, job)
        return plain if plain.exists() else renamed_photo(self._layout, job)

    def _let_one_go(self, uow: UnitOfWork, job: Job, photo: Assigned, relative: bytes) -> None:
        if job.state is not State.QUEUED:
            return  # it had its end before its batch was opened
        instruct = wishes(photo.entry, job.instruct)
        uow.jobs.update(
            job.id,
            relative=relative,
            name_key=compare_key(relative, fold_case=False),
            instruct=instruct,
            # What the row asks for is part of the effect, and stands in no option.
            effect_key=effect_key(f"{job.content_sha256} {instruct}", job.plan),
            not_before_ms=0,
        )
        if end := end_of(photo):
            verdict, reason = end
            commit_without_worker(uow, job, verdict, (reason,), now_ms=self._clock.now_ms())

    def _end_the_rest(self, uow: UnitOfWork, found: _Gathered) -> None:
        """The table has served; what is neither table nor photo says so."""
        now_ms, contents = self._clock.now_ms(), found.contents
        if contents.table is not None:
            job = found.jobs[contents.table]
            commit_without_worker(uow, job, Verdict.DONE, (), now_ms=now_ms)
        for name in contents.passed_over:
            kind = PurePosixPath(name).suffix.lstrip(".") or "?"
            reason = Reason("UNSUPPORTED_FORMAT", {"format": kind})
            commit_without_worker(uow, found.jobs[name], Verdict.FAILED, (reason,), now_ms=now_ms)

    def _refuse(self, batch: Batch, jobs: list[Job], reason: Reason) -> None:
        now_ms = self._clock.now_ms()
        with self._database.write() as uow:
            if not uow.batches.move(batch.id, BatchState.REFUSED, finished_ms=now_ms):
                return
            for job in jobs:
                if job.state is State.QUEUED:
                    commit_without_worker(uow, job, Verdict.FAILED, (reason,), now_ms=now_ms)
        self._log.warning(events.BATCH_REFUSED, batch_id=batch.id, code=reason.code)


def _by_name(photos: list[BatchPhoto], jobs: dict[str, Job]) -> dict[str, Job]:
    """Jobs by what their files are called; hostile names that look alike are numbered."""
    found: dict[str, Job] = {}
    for photo in photos:
        if photo.job_id not in jobs:
            continue
        path, number, name = PurePosixPath(photo.photo), 2, photo.photo
        while name in found:
            name = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
            number += 1
        found[name] = jobs[photo.job_id]
    return found
