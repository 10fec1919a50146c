"""What people ask of batches: how far they are, to wait, to go on, to stop.

A state is written here; the daemon acts on it in its next round. What may be claimed changes in
the same transaction, so that nothing more begins once the command has returned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from daemon.clock import Clock
from daemon.domain.batch import Batch, BatchState, Progress
from daemon.domain.job import Job
from daemon.errors import UsageError
from daemon.services.batch_receive import GATHERED
from daemon.services.batch_report import BatchReport, PhotoLine, report_of
from daemon.store.database import Database
from daemon.store.uow import UnitOfWork

PAUSE, RESUME, CANCEL = "pause", "resume", "cancel"
_WANTED = {
    PAUSE: BatchState.PAUSED,
    RESUME: BatchState.OPEN,
    CANCEL: BatchState.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch and how far it is."""

    batch: Batch
    progress: Progress

    def as_json(self) -> dict[str, Any]:
        batch = self.batch
        return {
            "batch": batch.id,
            "inbox": batch.inbox,
            "name": batch.name,
            "state": batch.state.value,
            "folder": batch.folder,
            "photos": self.progress.as_json(),
            "created_ms": batch.created_ms,
            "finished_ms": batch.finished_ms,
        }


def list_batches(database: Database, *, limit: int, before: str | None) -> list[BatchLine]:
    """Batches, newest first; the last one's id asks for the next page as ``before``."""
    with database.read() as uow:
        found = uow.batches.newest(limit, before)
        return [BatchLine(batch, uow.batches.progress(batch.id)) for batch in found]


def batch_of(database: Database, batch_id: str) -> tuple[BatchLine, BatchReport, Job | None]:
    """Everything about a batch as it stands now, and the job that brought it.

    Raises:
        UsageError: There is none of that id.
    """
    with database.read() as uow:
        batch = _known(uow, batch_id)
        line = BatchLine(batch, uow.batches.progress(batch_id))
        photos = uow.batches.photos(batch_id)
        jobs = uow.jobs.of_ids([photo.job_id for photo in photos])
        report = report_of(batch, uow.batches.people(batch_id), photos, jobs)
        # A folder was brought by no single file.
        brought = None if GATHERED in batch.findings else uow.jobs.get(batch_id)
        return line, report, brought


def batch_json(line: BatchLine, report: BatchReport, brought: Job | None) -> dict[str, Any]:
    """All that a script may want to know of a batch."""
    reasons = [] if brought is None else [reason.as_json() for reason in brought.reasons]
    return {
        **line.as_json(),
        "reasons": reasons,
        "totals": report.totals(),
        "list": dict(line.batch.findings),
        "people": [
            {
                "line": person.entry.line,
                "employee_id": person.entry.employee_id,
                "name": person.entry.name,
                "status": person.standing.value,
                "photos": [_photo_json(photo) for photo in person.photos],
            }
            for person in report.people
        ],
        "strays": [_photo_json(photo) for photo in report.strays],
    }


def _photo_json(photo: PhotoLine) -> dict[str, Any]:
    return {
        "job": photo.job_id,
        "photo": photo.photo,
        "status": photo.standing.value,
        "codes": list(photo.codes),
        "result": None if photo.result is None else photo.result.name,
    }


def ask(database: Database, clock: Clock, wish: str, batch_id: str, *, by: str) -> Batch:
    """Pause, resume or cancel a batch; what is being worked on is finished.

    Returns:
        The batch as it stands now.

    Raises:
        UsageError: There is none of that id, or its state does not allow that.
    """
    with database.write() as uow:
        batch = _known(uow, batch_id)
        if not uow.batches.move(batch_id, _WANTED[wish]):
            state = batch.state.value
            msg = f"{wish}: batch {batch_id} is {state} · 批次 {batch_id} 的状态是 {state}"
            raise UsageError(msg)
        if wish == RESUME:
            uow.batches.unhold(batch_id)
        else:
            uow.batches.hold(batch_id)
        uow.audit.add(by, f"batch.{wish}", batch_id, {}, clock.now_ms())
        return _known(uow, batch_id)


def _known(uow: UnitOfWork, batch_id: str) -> Batch:
    batch: Batch | None = uow.batches.get(batch_id)
    if batch is None:
        msg = f"no batch {batch_id} · 没有批次 {batch_id}"
        raise UsageError(msg)
    return batch
