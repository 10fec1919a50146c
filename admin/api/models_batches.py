"""What the API says of batches, as models."""

from __future__ import annotations

from typing import Any

from admin.api.models import Model, ReasonSaid, reason_said
from daemon.services.batch_control import BatchLine
from daemon.services.batch_desk import BatchPage
from daemon.services.batch_report import PhotoLine


class BatchSaid(Model):
    """A batch and how far it is."""

    id: str
    inbox: str
    name: str
    """What people call it."""
    state: str
    """received, open, paused, cancelled, finished or refused."""
    photos: dict[str, int]
    """total, left, and its jobs by state."""
    created_ms: int
    finished_ms: int | None


class BatchFull(BatchSaid):
    """A batch, and what there is of its report."""

    people: int
    """Rows of its list."""
    missing: int
    """Rows without a photo so far."""
    reasons: tuple[ReasonSaid, ...]
    """Why it was refused."""
    files: tuple[str, ...]
    """For /batches/{batch_id}/files/{name}; empty until the report is published."""


class BatchList(Model):
    """A page of batches, newest first."""

    batches: tuple[BatchSaid, ...]
    next_before: str | None
    """Ask for ?before= this; null at the end."""


class BatchPhotoSaid(Model):
    """A photo of a batch."""

    job: str
    """Its job, for /jobs/{job_id}."""
    photo: str
    """What it is called in the batch."""
    status: str
    """done, review, rejected, failed, cancelled, or waiting."""
    codes: tuple[str, ...]
    """Gravest first."""


class BatchRow(Model):
    """One person of a batch's list."""

    line: int
    employee_id: str
    name: str
    status: str
    """As a photo's, the best of several; missing without one."""
    photos: tuple[BatchPhotoSaid, ...]


class BatchRows(Model):
    """A page of people, in the order of the list."""

    rows: tuple[BatchRow, ...]
    next_after: int | None
    """Ask for ?after= this; null at the end."""
    strays: tuple[BatchPhotoSaid, ...]
    """Photos that are nobody's; with the first page."""


def batch_said(line: BatchLine) -> BatchSaid:
    return BatchSaid(**_batch(line))


def _batch(line: BatchLine) -> dict[str, Any]:
    said = line.as_json()
    del said["folder"]
    return {"id": said.pop("batch"), **said}


def batch_full(page: BatchPage, language: str) -> BatchFull:
    reasons = tuple(reason_said(reason, language) for reason in page.reasons)
    return BatchFull(
        **_batch(page.line),
        people=page.people,
        missing=page.missing,
        reasons=reasons,
        files=page.files,
    )


def batch_rows_said(page: BatchPage) -> BatchRows:
    rows = tuple(
        BatchRow(
            line=person.entry.line,
            employee_id=person.entry.employee_id,
            name=person.entry.name,
            status=person.standing.value,
            photos=tuple(map(_photo_said, person.photos)),
        )
        for person in page.shown
    )
    strays = tuple(map(_photo_said, page.strays))
    return BatchRows(rows=rows, next_after=page.next_line, strays=strays)


def _photo_said(photo: PhotoLine) -> BatchPhotoSaid:
    return BatchPhotoSaid(
        job=photo.job_id, photo=photo.photo, status=photo.standing.value, codes=photo.codes
    )
