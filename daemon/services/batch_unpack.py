"""From an archive to jobs: unpacked into staging, then all of it recorded in one transaction.

Everything before that transaction can be done again: a photo's job id follows from the archive's
and its place in it, so that a second unpacking writes the same files to the same places. After
it nothing is done twice: the archive's own job has its verdict.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.artifact import Reason
from daemon.domain.batch import Batch, BatchState, generation_in
from daemon.domain.job import Job, State, Verdict
from daemon.domain.route import effect_key
from daemon.errors import InputError
from daemon.files.archive import ArchiveLimits, Member, members, unpack
from daemon.files.digest import Digest, digest_of
from daemon.files.safe import compare_key
from daemon.files.spreadsheet import MAX_BYTES
from daemon.files.syncing import fsync_dir
from daemon.services.batch_contents import Roll, roll_of, sort_files
from daemon.services.batch_jobs import Naming, end_of, free_folder, photo_rows, wishes
from daemon.services.filing import attempt_dir, staged_photo
from daemon.services.space import MIB, free_bytes
from daemon.services.verdicts import commit_without_worker
from daemon.store.database import Database
from daemon.store.uow import UnitOfWork
from daemon.telemetry import events, failpoints
from daemon.telemetry.logging import get_logger


class NoRoomYet(Exception):
    """The local disk has no room for what the archive holds; it is tried again later."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """An archive's content on the local disk.

    Attributes:
        roll: Who is in it.
        files: Photo → its file.
        index: Photo → its place in the archive.
    """

    roll: Roll
    files: dict[str, Path]
    index: dict[str, int]


class Unpacker:
    """Opens batches.

    Args:
        config: The whole configuration.
        database: Where batches and jobs live.
        clock: Time for records.
        free: Free bytes where a path lies.
    """

    def __init__(
        self,
        config: Config,
        database: Database,
        clock: Clock,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._config = config
        self._layout = config.layout
        self._database = database
        self._clock = clock
        self._free = free
        self._limits = ArchiveLimits(most_file_bytes=config.limits.max_bytes)
        self._log = get_logger("batches")

    def open(self, batch: Batch) -> None:
        """Bring a received batch into the queue, or refuse it with its code.

        Raises:
            NoRoomYet: Not now.
            OSError: A disk is in trouble; call again later.
        """
        with self._database.read() as uow:
            job = uow.jobs.get(batch.id)
        if job is None or job.state is not State.QUEUED:
            self._close(batch)  # somebody cancelled the archive's own job
            return
        try:
            unpacked = self._unpacked(batch)
        except InputError as error:
            self._refuse(batch, job, Reason(error.code, error.facts))
            return
        folder, jobs = self._staged(batch, job, unpacked)
        failpoints.reached("B1")
        self._record(batch, job, unpacked.roll, folder, jobs)
        failpoints.reached("B2")

    # ── unpacking ─────────────────────────────────────────────────────────────────────────

    def _unpacked(self, batch: Batch) -> Unpacked:
        archive = staged_photo(self._layout, batch.id)
        found = members(archive, self._limits)
        contents = sort_files([member.name for member in found])
        self._make_sure_of_room(found)
        folder = archive.parent / "unpacked"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        files = {member.name: path for member, path in unpack(archive, folder, self._limits)}
        index = {member.name: member.index for member in found}
        return Unpacked(roll_of(contents, lambda name: _beginning(files[name])), files, index)

    def _make_sure_of_room(self, found: list[Member]) -> None:
        wanted = sum(member.size for member in found)
        spare = self._config.retention.min_free_mib * MIB
        if self._free(self._layout.staging) < wanted + spare:
            raise NoRoomYet

    def _staged(self, batch: Batch, archive: Job, unpacked: Unpacked) -> tuple[str, list[Job]]:
        """Put each photo where its job's copy belongs; nothing refers to it yet."""
        folder = free_folder(self._config, self._database, batch)
        naming = Naming(self._config, batch, folder)
        jobs = []
        for photo in unpacked.roll.photos:
            index = unpacked.index[photo.photo]
            job_id = child_id(batch.id, index)
            digest = self._put(unpacked.files[photo.photo], job_id)
            plan, priority = naming.plan(photo.photo, digest.size)
            relative, instruct = naming.relative(photo, plan), wishes(photo.entry)
            jobs.append(
                Job(
                    id=job_id,
                    inbox=batch.inbox,
                    relative=relative,
                    name_key=compare_key(relative, fold_case=False),
                    generation=generation_in(batch.id, index),
                    state=State.QUEUED,
                    plan=plan,
                    priority=priority,
                    language=archive.language,
                    created_ms=archive.created_ms,
                    instruct=instruct,
                    content_sha256=digest.sha256,
                    size=digest.size,
                    # What the row asks for is part of the effect, and stands in no option.
                    effect_key=effect_key(f"{digest.sha256} {instruct}", plan),
                    queued_ms=self._clock.now_ms(),
                )
            )
        fsync_dir(self._layout.staging)
        return folder, jobs

    def _put(self, file: Path, job_id: str) -> Digest:
        target = staged_photo(self._layout, job_id)
        # The folder of the first attempt too: here nobody waits for it, the worker would.
        attempt_dir(self._layout, job_id, 1).mkdir(parents=True, exist_ok=True)
        file.replace(target)
        fsync_dir(target.parent)
        return digest_of(target)

    # ── recording ─────────────────────────────────────────────────────────────────────────

    def _record(self, batch: Batch, archive: Job, roll: Roll, folder: str, jobs: list[Job]) -> None:
        now_ms, opened = self._clock.now_ms(), {"folder": folder, "findings": roll.findings}
        with self._database.write() as uow:
            if not uow.batches.move(batch.id, BatchState.OPEN, **opened):
                return  # cancelled meanwhile; the next round closes it
            uow.batches.add_people(batch.id, roll.people)
            uow.jobs.add_many(jobs)
            uow.batches.add_photos(batch.id, photo_rows([job.id for job in jobs], roll))
            for job, photo in zip(jobs, roll.photos, strict=True):
                if end := end_of(photo):
                    _end(uow, job, *end, now_ms)
            commit_without_worker(uow, archive, Verdict.DONE, (), now_ms=now_ms)
        self._log.info(
            events.BATCH_OPENED, batch_id=batch.id, photos=len(jobs), people=len(roll.people)
        )

    def _refuse(self, batch: Batch, archive: Job, reason: Reason) -> None:
        now_ms = self._clock.now_ms()
        with self._database.write() as uow:
            if uow.batches.move(batch.id, BatchState.REFUSED, finished_ms=now_ms):
                _end(uow, archive, Verdict.FAILED, reason, now_ms)
        self._log.warning(events.BATCH_REFUSED, batch_id=batch.id, code=reason.code)

    def _close(self, batch: Batch) -> None:
        with self._database.write() as uow:
            uow.batches.move(batch.id, BatchState.CANCELLED, finished_ms=self._clock.now_ms())


def child_id(batch_id: str, index: int) -> str:
    """The job id of a batch's photo: the same whenever it is asked for."""
    chance = hashlib.sha256(f"{batch_id}:{index}".encode()).hexdigest()[:10]
    return f"{batch_id[:12]}{chance}"


def _end(uow: UnitOfWork, job: Job, verdict: Verdict, reason: Reason, now_ms: int) -> None:
    commit_without_worker(uow, job, verdict, (reason,), now_ms=now_ms)


def _beginning(path: Path) -> bytes:
    """A table's content; of one that is too long, enough to say so."""
    with path.open("rb") as reader:
        return reader.read(MAX_BYTES + 1)
