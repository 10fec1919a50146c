"""Publishing: files first, then the database, then the announcement.

``publish`` is the same function after a crash as before one: every step looks at what already
stands and does only what is missing (windows W13–W22).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.artifact import OutputFile
from daemon.domain.job import Job, PlannedOutput, State, Verdict
from daemon.files.atomic import (
    copying_part,
    drop_part,
    is_taken,
    linking_part,
    making_folder,
    name_part,
    replacing_bytes,
)
from daemon.files.digest import Digest
from daemon.files.mounts import mount_of
from daemon.files.safe import compare_key, numbered
from daemon.files.syncing import Outcome, Spread, Way, alone, in_step
from daemon.services.announce import Thumbnails, announce_photo
from daemon.services.counting import count_ends, count_verdict
from daemon.services.filing import (
    FilingPlace,
    attempt_dir,
    claimed_photo,
    filing_place,
    output_target,
)
from daemon.services.originals import Originals, stands
from daemon.services.published_name import may_replace
from daemon.services.records import record_file
from daemon.services.thumbnails import keep_thumbnail
from daemon.services.why import why_text
from daemon.store.database import Database
from daemon.store.uow import UnitOfWork
from daemon.telemetry import events, failpoints
from daemon.telemetry.logging import get_logger


class OutputsLostError(Exception):
    """The attempt's files are gone or torn, and were never published."""


class Publisher:
    """Brings jobs from ``publishing`` to their end, one at a time.

    Args:
        config: The whole configuration.
        database: Where jobs live.
        clock: Time for records.
    """

    def __init__(self, config: Config, database: Database, clock: Clock) -> None:
        self._config = config
        self._layout = config.layout
        self._database = database
        self._clock = clock
        # Places chosen for jobs that are not through yet, on disk or not. Only this publisher
        # chooses, so two jobs of one name never get the same place.
        self._reserved: dict[str, Path] = {}
        self._choosing = threading.Lock()
        self._originals = Originals(config.layout)
        self._log = get_logger("publish")

    def pending(self, limit: int = 100, after_id: str = "") -> list[Job]:
        """Jobs whose verdict is committed and whose files are not all in place."""
        with self._database.read() as uow:
            found = uow.jobs.in_state(State.PUBLISHING, limit=limit, after_id=after_id)
        self._reserved |= {job.id: _place(job).original for job in found if job.filed is not None}
        return found

    def publish(self, job: Job) -> Job | None:
        """Bring one job to its end; ``None`` where it went back to the queue.

        Raises:
            OSError: A folder could not be written; nothing is lost, call again later.
        """
        (placed,) = self.place([job])
        ended = alone(self._brought_out(placed))
        if ended is not None:
            self.end([ended])
            self.clear(ended)
        return ended

    def place(self, jobs: Sequence[Job]) -> list[Job]:
        """Choose a place for each original and output, and record them before any write."""
        taken = self._taken()
        placed = [self._placed(job, taken) for job in jobs]
        with self._database.write() as uow:
            for job, known in zip(placed, jobs, strict=True):
                if job is not known:
                    uow.jobs.update(job.id, filed=job.filed, outputs=job.outputs)
        return placed

    def bring_out(
        self, jobs: Sequence[Job], *, sync: Spread = map, going: Spread = map
    ) -> list[Outcome[Job | None]]:
        """Put every file of placed jobs where it belongs.

        Args:
            jobs: Placed jobs.
            sync: How to wait for the disk side by side.
            going: How to do what lies between those waits.

        Returns:
            Each job as it will end; ``None`` where its outputs were lost (a power cut before
            they were on disk) and it went back to the queue to be made again; an error where a
            folder could not be written: nothing is lost, call again later.
        """
        ends: dict[str, Outcome[Job | None]] = {}
        for together in self._rounds(jobs):
            ways = [self._brought_out(job) for job in together]
            found = in_step(ways, sync=sync, going=going)
            ends |= {job.id: end for job, end in zip(together, found, strict=True)}
        return [ends[job.id] for job in jobs]

    def _rounds(self, jobs: Sequence[Job]) -> list[list[Job]]:
        """Jobs whose results replace one another's come out in turn, so that the newest stays."""
        rounds: list[list[Job]] = []
        last: dict[bytes, int] = {}
        for job in jobs:
            targets = [one.target for one in job.outputs if self._may_replace(job, one)]
            number = max((last.get(target, -1) for target in targets), default=-1) + 1
            if number == len(rounds):
                rounds.append([])
            rounds[number].append(job)
            last |= dict.fromkeys(targets, number)
        return rounds

    def is_far(self, jobs: Iterable[Job]) -> bool:
        """Whether any of the jobs' folders lies on a network: each call to it waits then."""
        folders: set[Path] = set()
        for inbox in {job.inbox for job in jobs}:
            folders |= {self._layout.out(inbox), self._layout.claimed(inbox)}
            folders.add(self._layout.archive(inbox))
        return any(mount_of(folder).is_network for folder in folders)

    def _brought_out(self, job: Job) -> Way[Job | None]:
        outputs: tuple[PlannedOutput, ...] = ()
        try:
            for index in range(len(job.outputs)):
                outputs += ((yield from self._publish_output(job, index)),)
        except OutputsLostError:
            self._make_again(job)
            return None
        failpoints.reached("W17")
        ended = replace(job, outputs=outputs, finished_ms=self._clock.now_ms())
        ended = yield from self._file(ended)
        failpoints.reached("W19")
        return ended

    def end(self, jobs: Sequence[Job]) -> None:
        """Commit that the jobs ended, all in one transaction."""
        thumbnails = Thumbnails.of(self._config, jobs)
        with self._database.write() as uow:
            count_ends(uow, [job for job in jobs if self._end(uow, job, thumbnails)])
        failpoints.reached("W20")
        for job in jobs:
            self._log_end(job)
            self._release(job)

    def clear(self, job: Job) -> None:
        """Remove what an ended job leaves; what a crash keeps from this, a start or the sweep does.

        Safe from several threads at once.
        """
        keep_thumbnail(self._layout, job)
        with contextlib.suppress(OSError):  # something else lies in it: the sweep reports it
            claimed_photo(self._layout, job).parent.rmdir()
        shutil.rmtree(self._layout.staging / job.id, ignore_errors=True)
        failpoints.reached("W22")

    def choose_place(self, job: Job) -> FilingPlace:
        """A free place for the original of a job that ends otherwise; kept until it is let go."""
        with self._choosing:
            return self._free_place(job, self._taken())

    def keep_place(self, job: Job) -> None:
        """Nobody else's original goes to the place that is recorded for this job."""
        self._reserved[job.id] = _place(job).original

    def let_go(self, job: Job) -> None:
        """The place that was chosen for a job is filled, or not wanted."""
        self._release(job)

    # ── places ────────────────────────────────────────────────────────────────────────────

    def _taken(self) -> set[str]:
        """Places chosen and not yet filled, endings left off."""
        return {_bare(path) for path in self._reserved.values()}

    def _placed(self, job: Job, taken: set[str]) -> Job:
        """The job with a place for its original and each output; itself if it has one."""
        if job.filed is not None:
            return job
        place = self._free_place(job, taken)
        outputs = tuple(
            replace(output, target=os.fsencode(self._target(job, output.file, place)))
            for output in job.outputs
        )
        return replace(job, filed=os.fsencode(place.original), outputs=outputs)

    def _target(self, job: Job, file: OutputFile, place: FilingPlace) -> Path:
        return output_target(self._layout, job, _verdict(job), file, place)

    def _free_place(self, job: Job, taken: set[str]) -> FilingPlace:
        number = 1
        while True:
            place = filing_place(self._layout, job, _verdict(job), self._clock.now_ms(), number)
            bare = _bare(place.original)
            if bare not in taken and place.is_free():
                self._reserved[job.id] = place.original
                taken.add(bare)
                return place
            number += 1

    def _release(self, job: Job) -> None:
        with self._choosing:  # another thread may be looking for a free place
            self._reserved.pop(job.id, None)

    # ── outputs ───────────────────────────────────────────────────────────────────────────

    def _publish_output(self, job: Job, index: int) -> Way[PlannedOutput]:
        output = job.outputs[index]
        wanted = Digest(output.file.size, output.file.sha256)
        source = attempt_dir(self._layout, job.id, job.attempts) / output.file.name
        target = Path(os.fsdecode(output.target))
        may_replace_it = self._may_replace(job, output)
        if is_there := stands(target, wanted):
            # A rename made of two steps, cut between them, leaves the part beside the result.
            drop_part(target, job.id)
        while not is_there:
            if is_taken(target) and not may_replace_it:
                drop_part(target, job.id)
                target = self._next_free(job, index)
            else:
                yield from self._put(source, target, job.id, wanted, replacing=may_replace_it)
            is_there = stands(target, wanted)
        failpoints.reached("W16")
        return replace(output, target=os.fsencode(target), published_ms=self._clock.now_ms())

    def _may_replace(self, job: Job, output: PlannedOutput) -> bool:
        return may_replace(job, output.file, overwrite=self._config.output.overwrite)

    def _put(
        self, source: Path, target: Path, job_id: str, wanted: Digest, *, replacing: bool
    ) -> Way[None]:
        # Outputs are not fsynced in staging: only here is it seen whether a power cut took them.
        if not stands(source, wanted):
            raise OutputsLostError
        yield from making_folder(target.parent)
        part = yield from linking_part(source, target, job_id)
        if part is None:
            part = yield from copying_part(source, target, job_id, wanted)
        failpoints.reached("W14")
        if replacing:
            part.replace(target)
        else:
            with contextlib.suppress(FileExistsError):  # the loop looks who took the name
                name_part(part, target)
        failpoints.reached("W15")
        yield target.parent

    def _next_free(self, job: Job, index: int) -> Path:
        """Another name for an output whose name somebody else has; recorded before the write."""
        self._log.warning(events.OUTPUT_NAME_TAKEN, job_id=job.id)
        plain = Path(os.fsdecode(job.outputs[index].target))
        number = 2
        while is_taken(target := numbered(plain, number)):
            number += 1
        with self._database.write() as uow:
            uow.jobs.outputs_published(job.id, index, os.fsencode(target), None)
        return target

    def _make_again(self, job: Job) -> None:
        """Take the verdict back; the photo is whole and its outputs can be made again."""
        self._log.warning(events.JOB_OUTPUTS_LOST, job_id=job.id)
        with self._database.write() as uow:
            now_ms = self._clock.now_ms()
            if uow.jobs.requeue(job.id):
                count_verdict(uow, job, sign=-1)
                uow.history.event(job.id, events.JOB_OUTPUTS_LOST, {}, now_ms)
        self._release(job)

    # ── the original ──────────────────────────────────────────────────────────────────────

    def _file(self, job: Job) -> Way[Job]:
        """Write what explains the original, then move it there."""
        yield from self._explain(job)
        try:
            yield from self._file_original(job)
        except FileExistsError:
            # Somebody put a file of that name there meanwhile: theirs stays, ours moves on.
            _place(job).record.unlink(missing_ok=True)
            if job.verdict is not Verdict.DONE:
                _place(job).why_text.unlink(missing_ok=True)
            with self._choosing:
                place = self._free_place(job, self._taken())
            job = replace(job, filed=os.fsencode(place.original))
            with self._database.write() as uow:
                uow.jobs.update(job.id, filed=job.filed)
            yield from self._explain(job)
            yield from self._file_original(job)
        return job

    def _explain(self, job: Job) -> Way[None]:
        place = _place(job)
        if job.verdict is not Verdict.DONE:
            text = why_text(job, _verdict(job), job.reasons)
            # A byte-order mark, so that Windows Notepad takes Chinese for UTF-8.
            yield from replacing_bytes(place.why_text, job.id, text.encode("utf-8-sig"))
        yield from replacing_bytes(place.record, job.id, record_file(job))
        failpoints.reached("W18")

    def _file_original(self, job: Job) -> Way[None]:
        yield from self._originals.file(job, _place(job))

    # ── the end ───────────────────────────────────────────────────────────────────────────

    def _end(self, uow: UnitOfWork, job: Job, thumbnails: Thumbnails) -> bool:
        ended = uow.jobs.move(
            job.id,
            _verdict(job).state,
            outputs=job.outputs,
            filed=job.filed,
            finished_ms=job.finished_ms,
        )
        if ended:
            at_ms = job.finished_ms or self._clock.now_ms()
            uow.history.event(job.id, events.JOB_FINISHED, {"verdict": job.verdict}, at_ms)
            announce_photo(uow, self._config, job, thumbnails)
        return ended

    def _log_end(self, job: Job) -> None:
        self._log.info(
            events.JOB_FINISHED,
            job_id=job.id,
            verdict=job.verdict,
            codes=[reason.code for reason in job.reasons],
            attempts=job.attempts,
            size=job.size,
            timings_ms=dict(job.timings_ms),
        )


def _verdict(job: Job) -> Verdict:
    assert job.verdict is not None
    return job.verdict


def _bare(original: Path) -> str:
    # Nobody knows of a place that is not filled yet whether its share tells a from A.
    return compare_key(os.fsencode(original.with_suffix("")), fold_case=True)


def _place(job: Job) -> FilingPlace:
    assert job.filed is not None
    return FilingPlace(Path(os.fsdecode(job.filed)))
