"""From an archive to jobs: unpacked into staging, then all of it recorded in one transaction.

Everything before that transaction can be done again: a photo's job id follows from the archive's
and its place in it, so that a second unpacking writes the same files to the same places. After
it nothing is done twice: the archive's own job has its verdict.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.artifact import Reason
from daemon.domain.batch import Batch, BatchPhoto, BatchState, generation_in
from daemon.domain.batch_names import result_stem
from daemon.domain.job import Job, State, Verdict
from daemon.domain.manifest import Entry
from daemon.domain.route import effect_key
from daemon.errors import InputError
from daemon.files.archive import ArchiveLimits, Member, members, unpack
from daemon.files.atomic import is_taken
from daemon.files.digest import Digest, digest_of
from daemon.files.safe import compare_key, numbered, output_name
from daemon.files.spreadsheet import MAX_BYTES
from daemon.files.syncing import fsync_dir
from daemon.services.batch_contents import Assigned, Roll, roll_of, sort_files
from daemon.services.filing import staged_photo
from daemon.services.intake_plan import Planner
from daemon.services.space import MIB, free_bytes
from daemon.services.verdicts import commit_without_worker
from daemon.store.database import Database
from daemon.store.uow import UnitOfWork
from daemon.telemetry import events, failpoints
from daemon.telemetry.logging import get_logger

IDPHOTO = "idphoto"
# As much of an instruction as a note beside a photo may have.
_MOST_INSTRUCTION = 2000


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
        jobs = self._staged(batch, job, unpacked)
        failpoints.reached("B1")
        self._record(batch, job, unpacked, jobs)
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

    def _staged(self, batch: Batch, archive: Job, unpacked: Unpacked) -> list[Job]:
        """Put each photo where its job's copy belongs; nothing refers to it yet."""
        folder = self._free_folder(batch)
        planner = Planner.of(self._config, self._config.inbox(batch.inbox))
        jobs = []
        for photo in unpacked.roll.photos:
            index = unpacked.index[photo.photo]
            job_id = child_id(batch.id, index)
            target = staged_photo(self._layout, job_id)
            target.parent.mkdir(exist_ok=True)
            (target.parent / "1").mkdir(exist_ok=True)
            unpacked.files[photo.photo].replace(target)
            fsync_dir(target.parent)
            frame = _Frame(job_id, generation_in(batch.id, index), folder, archive)
            jobs.append(self._job(planner, frame, photo, digest_of(target)))
        fsync_dir(self._layout.staging)
        return jobs

    def _free_folder(self, batch: Batch) -> str:
        """A folder below the results that is nobody's yet."""
        plain, number = Path(output_name(batch.name.encode())), 1
        with self._database.read() as uow:
            others = {other.folder for other in uow.batches.live() if other.inbox == batch.inbox}
        out = self._layout.out(batch.inbox)
        while str(name := numbered(plain, number)) in others or is_taken(out / name):
            number += 1
        return str(name)

    def _job(self, planner: Planner, frame: _Frame, photo: Assigned, digest: Digest) -> Job:
        inbox = self._config.inbox(frame.archive.inbox)
        entry = photo.entry or Entry(0, file=photo.photo)
        choice = planner.choice(os.fsencode(f"{frame.folder}/{photo.photo}"), digest.size, ())
        plan = planner.plan(choice, {IDPHOTO: _options(entry)})
        own = next((step.options for step in plan.steps if step.route == IDPHOTO), {})
        stem = result_stem(inbox.batch_names, entry, photo.photo, str(own.get("preset") or ""))
        if photo.entry is None:
            stem = PurePosixPath(photo.photo).stem
        relative = os.fsencode(f"{frame.folder}/{stem}{PurePosixPath(photo.photo).suffix}")
        return Job(
            id=frame.job_id,
            inbox=inbox.name,
            relative=relative,
            name_key=compare_key(relative, fold_case=False),
            generation=frame.generation,
            state=State.QUEUED,
            plan=plan,
            priority=choice.priority,
            language=frame.archive.language,
            created_ms=frame.archive.created_ms,
            instruct=" ".join(entry.instruction.split())[:_MOST_INSTRUCTION],
            content_sha256=digest.sha256,
            size=digest.size,
            effect_key=effect_key(digest.sha256, plan),
            queued_ms=self._clock.now_ms(),
        )

    # ── recording ─────────────────────────────────────────────────────────────────────────

    def _record(self, batch: Batch, archive: Job, unpacked: Unpacked, jobs: list[Job]) -> None:
        roll, now_ms = unpacked.roll, self._clock.now_ms()
        folder = os.fsdecode(jobs[0].relative).split("/", 1)[0]
        with self._database.write() as uow:
            if not uow.batches.move(
                batch.id, BatchState.OPEN, folder=folder, findings=roll.findings
            ):
                return  # cancelled meanwhile; the next round closes it
            uow.batches.add_people(batch.id, roll.people)
            uow.jobs.add_many(jobs)
            uow.batches.add_photos(batch.id, _photos(jobs, roll))
            for job, photo in zip(jobs, roll.photos, strict=True):
                if photo.code:
                    facts = {"lines": ", ".join(map(str, photo.lines))} if photo.lines else {}
                    _end(uow, job, Verdict.REJECTED, Reason(photo.code, facts), now_ms)
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


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a photo's job takes from its batch."""

    job_id: str
    generation: str
    folder: str
    archive: Job


def child_id(batch_id: str, index: int) -> str:
    """The job id of a batch's photo: the same whenever it is asked for."""
    chance = hashlib.sha256(f"{batch_id}:{index}".encode()).hexdigest()[:10]
    return f"{batch_id[:12]}{chance}"


def _options(entry: Entry) -> dict[str, object]:
    """What a row asks of the route for ID photos."""
    asked = {"preset": entry.preset, "background": entry.background}
    return {name: words for name, words in asked.items() if words}


def _photos(jobs: list[Job], roll: Roll) -> Iterator[BatchPhoto]:
    for job, photo in zip(jobs, roll.photos, strict=True):
        yield BatchPhoto(job.id, photo.entry.line if photo.entry else None, photo.photo)


def _end(uow: UnitOfWork, job: Job, verdict: Verdict, reason: Reason, now_ms: int) -> None:
    commit_without_worker(uow, job, verdict, (reason,), now_ms=now_ms)


def _beginning(path: Path) -> bytes:
    """A table's content; of one that is too long, enough to say so."""
    with path.open("rb") as reader:
        return reader.read(MAX_BYTES + 1)
