"""Where a job's files go: output names, the original's final place, and what lies beside it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from daemon.config.model import Layout
from daemon.domain.artifact import OutputFile, OutputKind
from daemon.domain.job import Job, Verdict
from daemon.files.atomic import PART_SUFFIX, is_taken
from daemon.files.safe import numbered, output_parts
from daemon.services.published_name import published_relative
from daemon.services.records import SUFFIX as RECORD_SUFFIX


@dataclass(frozen=True, slots=True)
class FilingPlace:
    """The group of files around an original in archive, rejected, review or failed.

    Attributes:
        original: Where the original goes.
    """

    original: Path

    @property
    def record(self) -> Path:
        """PHOTO.jpg.boothd.json."""
        return self.original.with_name(self.original.name + RECORD_SUFFIX)

    @property
    def why_text(self) -> Path:
        """PHOTO.why.txt."""
        return self.original.with_name(f"{self.original.stem}.why.txt")

    def why_picture(self, suffix: str) -> Path:
        """PHOTO.why.jpg."""
        return self.original.with_name(f"{self.original.stem}.why{suffix}")

    def candidate(self, suffix: str) -> Path:
        """PHOTO.candidate.jpg: a result that waits for a person."""
        return self.original.with_name(f"{self.original.stem}.candidate{suffix}")

    def note(self, photo_name: bytes, note_name: bytes) -> Path:
        """Where a sidecar of the photo goes: beside it, with its own ending."""
        ending = note_name.removeprefix(photo_name)
        return self.original.with_name(self.original.name + output_parts(b"x" + ending)[0][1:])

    def is_free(self) -> bool:
        """Whether no file has any name of the group."""
        names = (self.original, self.record, self.why_text, self.why_picture(".jpg"))
        return not any(is_taken(path) for path in names)


def explaining(job: Job, place: FilingPlace) -> tuple[Path, ...]:
    """What lies beside an original to explain its end: text and pictures of its own.

    A file with a record beside it is somebody's original, whatever it is called.
    """
    beside = [Path(os.fsdecode(output.target)) for output in job.outputs]
    found = [path for path in beside if path.parent == place.original.parent]
    if job.verdict is not Verdict.DONE:
        found.append(place.why_text)
    return tuple(path for path in found if not is_taken(FilingPlace(path).record))


def filing_place(
    layout: Layout, job: Job, verdict: Verdict, now_ms: int, number: int
) -> FilingPlace:
    """The ``number``-th choice for an original's place, 1 being the plain name."""
    parts = output_parts(job.relative)
    folder = _folder(layout, job.inbox, verdict, now_ms).joinpath(*parts[:-1])
    return FilingPlace(numbered(folder / parts[-1], number))


def _folder(layout: Layout, inbox: str, verdict: Verdict, now_ms: int) -> Path:
    if verdict is Verdict.DONE:
        day = time.strftime("%Y-%m-%d", time.localtime(now_ms / 1000))
        return layout.archive(inbox) / day
    return {
        Verdict.REJECTED: layout.rejected,
        Verdict.REVIEW: layout.review,
        Verdict.FAILED: layout.failed,
    }[verdict](inbox)


def output_target(
    layout: Layout, job: Job, verdict: Verdict, file: OutputFile, place: FilingPlace
) -> Path:
    """Where an output goes: results to out/, whatever explains beside the original."""
    if file.kind is OutputKind.WHY_PICTURE:
        return place.why_picture(file.suffix)
    if verdict is not Verdict.DONE:
        return place.candidate(file.suffix)
    parts = output_parts(published_relative(job))
    stem = Path(parts[-1]).stem
    return layout.out(job.inbox).joinpath(*parts[:-1], stem + file.suffix)


def attempt_dir(layout: Layout, job_id: str, attempt: int) -> Path:
    """The local folder an attempt writes its outputs to."""
    return layout.staging / job_id / str(attempt)


def staged_photo(layout: Layout, job_id: str) -> Path:
    """The local copy the worker reads."""
    return layout.staging / job_id / "in"


def claimed_photo(layout: Layout, job: Job) -> Path:
    """Where the original lies from take-in until it is filed."""
    name = os.fsdecode(job.relative.rsplit(b"/", 1)[-1])
    return layout.claimed(job.inbox) / job.id / name


def renamed_photo(layout: Layout, job: Job) -> Path | None:
    """The photo in its claimed folder under whatever name; a batch renames it before its row."""
    notes = {os.fsdecode(note) for note in job.sidecars}
    try:
        names = os.listdir(claimed_photo(layout, job).parent)  # noqa: PTH208 - names are wanted
    except FileNotFoundError:
        return None
    notes |= {name for name in names if name.startswith("._") or name.endswith(PART_SUFFIX)}
    others = [name for name in names if name not in notes]
    return claimed_photo(layout, job).with_name(others[0]) if len(others) == 1 else None


def inbox_photo(layout: Layout, job: Job) -> Path:
    """Where the original was dropped."""
    return layout.inbox(job.inbox) / os.fsdecode(job.relative)
