"""What is to be told of a batch that is over: each person with their photos, and the sums."""

from __future__ import annotations

import enum
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from daemon.domain.artifact import OutputKind
from daemon.domain.batch import Batch, BatchPhoto
from daemon.domain.codes import explain
from daemon.domain.job import TERMINAL, Job, State
from daemon.domain.manifest import Entry
from daemon.services.why import with_job


class Standing(enum.StrEnum):
    """How a person comes out of a batch, or stands as long as it goes on."""

    DONE = "done"
    REVIEW = "review"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"
    MISSING = "missing"
    WAITING = "waiting"


_RESULTS = (OutputKind.RESULT, OutputKind.EXTRA)
_NOTES = ".notes.txt"
_MOST_NOTES = 16_384
_SHOWN = (OutputKind.RESULT, OutputKind.WHY_PICTURE)

# The best of a person's photos decides; a photo that a person must look at may still pass.
_RANKED = (
    Standing.DONE, Standing.WAITING, Standing.REVIEW, Standing.REJECTED, Standing.FAILED,
    Standing.CANCELLED,
)  # fmt: skip


_ENDS = frozenset(Standing) - {Standing.WAITING}


@dataclass(frozen=True, slots=True)
class PhotoLine:
    """One photo of a batch as the report tells of it.

    Attributes:
        job_id: Its job.
        photo: What it is called in the batch.
        standing: How it ended.
        reasons: Sentences, in the batch's language.
        codes: Their codes.
        outputs: Published results, a print sheet among them; the photo itself first.
        notes: What a route says of a photo that it made all the same (``PHOTO.notes.txt``).
        picture: The best picture to show of it: the result, a candidate, or the reasons drawn in.
    """

    job_id: str
    photo: str
    standing: Standing
    reasons: tuple[str, ...]
    codes: tuple[str, ...]
    outputs: tuple[Path, ...]
    picture: Path | None
    notes: tuple[str, ...] = ()

    @property
    def result(self) -> Path | None:
        return self.outputs[0] if self.outputs else None


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person of a batch."""

    entry: Entry
    photos: tuple[PhotoLine, ...]

    @property
    def standing(self) -> Standing:
        found = {photo.standing for photo in self.photos}
        return next((one for one in _RANKED if one in found), Standing.MISSING)

    @property
    def sent_several(self) -> bool:
        return len(self.photos) > 1


@dataclass(frozen=True, slots=True)
class BatchReport:
    """Everything the report files show.

    Attributes:
        batch: The batch.
        people: In the order of the table.
        strays: Photos that are nobody's.
        ended_ms: When the last photo ended.
    """

    batch: Batch
    people: tuple[PersonLine, ...]
    strays: tuple[PhotoLine, ...]
    ended_ms: int

    @property
    def photos(self) -> list[PhotoLine]:
        """Every photo: people's first, then the strays."""
        return [photo for person in self.people for photo in person.photos] + list(self.strays)

    def totals(self) -> dict[str, int]:
        """Sums by name; JSON values that name nobody."""
        standings = Counter(person.standing for person in self.people)
        return {
            "people": len(self.people),
            **{one.value: standings[one] for one in Standing if one in standings or one in _ENDS},
            "sent_several": sum(person.sent_several for person in self.people),
            "photos": len(self.photos),
            "strays": len(self.strays),
        }


def report_of(
    batch: Batch, people: Sequence[Entry], photos: Sequence[BatchPhoto], jobs: Sequence[Job]
) -> BatchReport:
    """Bring the rows of a batch together.

    Args:
        batch: The batch.
        people: Rows of its table.
        photos: Whose each job is.
        jobs: The jobs; those that retention has removed are left out.
    """
    by_id: Mapping[str, Job] = {job.id: job for job in jobs}
    mine: dict[int, list[PhotoLine]] = {}
    strays = []
    for photo in photos:
        if photo.job_id not in by_id:
            continue
        line = _line(by_id[photo.job_id], photo, batch.language)
        if photo.line is None:
            strays.append(line)
        else:
            mine.setdefault(photo.line, []).append(line)
    lines = tuple(PersonLine(entry, tuple(mine.get(entry.line, ()))) for entry in people)
    ended_ms = max((job.finished_ms or 0 for job in jobs), default=batch.created_ms)
    return BatchReport(batch, lines, tuple(strays), ended_ms)


def _line(job: Job, photo: BatchPhoto, language: str) -> PhotoLine:
    reasons = with_job(job.reasons, job.id)
    codes = tuple(reason.code for reason in job.reasons)
    outputs = tuple(_outputs(job, *_RESULTS)) if job.state is State.DONE else ()
    return PhotoLine(
        job.id,
        photo.photo,
        _standing(job, codes),
        tuple(explain(reason, language)[0] for reason in reasons),
        codes,
        outputs,
        next(_outputs(job, *_SHOWN), None),
        tuple(line for path in outputs if path.name.endswith(_NOTES) for line in _lines(path)),
    )


def _standing(job: Job, codes: Sequence[str]) -> Standing:
    if job.state is State.WITHDRAWN or "CANCELLED" in codes:
        return Standing.CANCELLED
    return Standing(job.state.value) if job.state in TERMINAL else Standing.WAITING


def _outputs(job: Job, *kinds: OutputKind) -> Iterator[Path]:
    """Where its outputs of these kinds were published, the first kind first."""
    for kind in kinds:
        for output in job.outputs:
            if output.file.kind is kind and output.published_ms is not None:
                yield Path(os.fsdecode(output.target))


def _lines(path: Path) -> list[str]:
    """What a note of the booth's own says; nothing where somebody took it away."""
    try:
        with path.open("rb") as reader:
            text = reader.read(_MOST_NOTES).decode("utf-8-sig", "replace")
    except OSError:
        return []
    return [line.strip() for line in text.splitlines() if line.strip()]
