"""The end of a batch: its report built once, published beside its results, then announced.

The files are built in the booth's own folder and given their name there only when all are on the
disk, so that a crash publishes what was built before rather than another version of it; each is
published as results are, replacing nothing. The batch is over in the very transaction that
announces it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.batch import Batch, BatchState
from daemon.files.atomic import (
    copying_part,
    drop_part,
    is_taken,
    linking_part,
    making_folder,
    name_part,
)
from daemon.files.digest import Digest, digest_of
from daemon.files.safe import numbered
from daemon.files.syncing import Way, alone, fsync_dir
from daemon.services.announce import announce_batch
from daemon.services.batch_report import BatchReport, report_of
from daemon.services.originals import stands
from daemon.store.database import Database
from daemon.telemetry import events, failpoints
from daemon.telemetry.logging import get_logger

FOLDER = "batches"
RESULTS = "results.zip"
# What a zip notes of every file; the batch's own time would make two builds differ.
_EPOCH = (1980, 1, 1, 0, 0, 0)


class Finisher:
    """Reports batches whose photos have all ended.

    Args:
        config: The whole configuration.
        database: Where batches and jobs live.
        clock: Time for records.
    """

    def __init__(self, config: Config, database: Database, clock: Clock) -> None:
        self._config = config
        self._layout = config.layout
        self._database = database
        self._clock = clock
        self._log = get_logger("batches")

    def finish(self, batch: Batch) -> None:
        """Build, publish and announce; every step looks at what stands.

        Raises:
            OSError: A folder could not be written; call again later.
        """
        report = self.report(batch)
        if batch.folder:  # else it was cancelled before it was unpacked: there is nothing to tell
            built = self._built(report)
            failpoints.reached("B3")
            for file in sorted(built.iterdir()):
                alone(self._published(batch, file))
            failpoints.reached("B4")
        self._end(report)
        shutil.rmtree(self._folder(batch), ignore_errors=True)

    def tidy(self) -> None:
        """Remove what a crash after a batch's end left of its report's first copy."""
        folder = self._layout.state / FOLDER
        with contextlib.suppress(FileNotFoundError):
            for entry in list(folder.iterdir()):
                with self._database.read() as uow:
                    batch = uow.batches.get(entry.name.removesuffix(".new"))
                if batch is None or batch.finished_ms is not None:
                    shutil.rmtree(entry, ignore_errors=True)

    def report(self, batch: Batch) -> BatchReport:
        """What is to be told of a batch as it stands now."""
        with self._database.read() as uow:
            photos = uow.batches.photos(batch.id)
            jobs = uow.jobs.of_ids([photo.job_id for photo in photos])
            return report_of(batch, uow.batches.people(batch.id), photos, jobs)

    def _folder(self, batch: Batch) -> Path:
        return self._layout.state / FOLDER / batch.id

    # ── building ──────────────────────────────────────────────────────────────────────────

    def _built(self, report: BatchReport) -> Path:
        done = self._folder(report.batch)
        if done.is_dir():
            return done
        half = done.with_name(f"{done.name}.new")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700, parents=True)
        _write(half, report)
        self._pack(half / RESULTS, report)
        for file in half.iterdir():
            _synced(file)
        fsync_dir(half)
        half.rename(done)
        fsync_dir(done.parent)
        return done

    def _pack(self, target: Path, report: BatchReport) -> None:
        """All results in one zip; one that somebody moved away meanwhile is not among them."""
        missing = 0
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
            for result in _results(report):
                info = zipfile.ZipInfo(os.fsencode(result.name).decode("utf-8", "replace"), _EPOCH)
                try:
                    with result.open("rb") as source, archive.open(info, "w") as packed:
                        shutil.copyfileobj(source, packed, 1 << 20)
                except FileNotFoundError:
                    missing += 1
        if missing:
            self._log.warning(events.BATCH_RESULTS_GONE, batch_id=report.batch.id, missing=missing)

    # ── publishing ────────────────────────────────────────────────────────────────────────

    def _published(self, batch: Batch, file: Path) -> Way[None]:
        wanted, number = digest_of(file), 1
        plain = self._layout.out(batch.inbox) / batch.folder / file.name
        while not stands(target := numbered(plain, number), wanted):
            if is_taken(target):
                drop_part(target, batch.id)
                number += 1  # somebody's file of that name stays
                continue
            yield from self._put(batch, file, target, wanted)

    def _put(self, batch: Batch, file: Path, target: Path, wanted: Digest) -> Way[None]:
        yield from making_folder(target.parent)
        part = yield from linking_part(file, target, batch.id)
        if part is None:
            part = yield from copying_part(file, target, batch.id, wanted)
        with contextlib.suppress(FileExistsError):  # the loop looks who took the name
            name_part(part, target)
        yield target.parent

    # ── the end ───────────────────────────────────────────────────────────────────────────

    def _end(self, report: BatchReport) -> None:
        batch, totals = report.batch, report.totals()
        with self._database.write() as uow:
            is_over = uow.batches.finish(batch.id, self._clock.now_ms())
            if is_over and batch.folder:
                facts = {"state": _end_state(batch), **totals}
                announce_batch(uow, self._config, batch.id, batch.inbox, facts)
        if is_over:
            self._log.info(events.BATCH_FINISHED, batch_id=batch.id, **totals)


def _write(folder: Path, report: BatchReport) -> None:
    # Loaded where a batch ends: most booths never see one, and these are a tenth of a start.
    from daemon.services.batch_contact_sheet import write_contact_sheet  # noqa: PLC0415 - above
    from daemon.services.batch_page import page  # noqa: PLC0415 - above
    from daemon.services.batch_thumbnails import thumbnails  # noqa: PLC0415 - above
    from daemon.services.batch_workbook import write_workbook  # noqa: PLC0415 - above

    pictures = thumbnails(report.photos)
    write_workbook(folder / "report.xlsx", report, pictures)
    (folder / "report.html").write_text(page(report, pictures), encoding="utf-8")
    write_contact_sheet(folder / "contact-sheet.pdf", report, pictures)


def _results(report: BatchReport) -> Iterator[Path]:
    for photo in report.photos:
        yield from photo.outputs


def _end_state(batch: Batch) -> str:
    is_cancelled = batch.state is BatchState.CANCELLED
    return (BatchState.CANCELLED if is_cancelled else BatchState.FINISHED).value


def _synced(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
