"""Batches made ready for the page: how far they are, and whose photo became what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from admin.wording import WORDS
from daemon.domain.batch import BatchState
from daemon.domain.codes import explain
from daemon.domain.job import LIVE
from daemon.services.batch_control import CANCEL, PAUSE, RESUME, BatchLine
from daemon.services.batch_desk import BatchPage
from daemon.services.batch_report import PersonLine, PhotoLine, Standing
from daemon.services.batch_words import shown

_NUMBERS = ("done", "rejected", "review", "failed")
# Which orders a batch takes in which state.
_ORDERS: Mapping[BatchState, tuple[str, ...]] = {
    BatchState.RECEIVED: (CANCEL,),
    BatchState.OPEN: (PAUSE, CANCEL),
    BatchState.PAUSED: (RESUME, CANCEL),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A batch in the list.

    Attributes:
        id: The batch.
        name: What people call it.
        inbox: Name of the inbox.
        state: In words.
        css: The state as a class of the style sheet.
        total: How many photos.
        ended: How many of them have reached their end.
        numbers: How many came out how.
        left: How many have not.
        created_ms: When it came.
        finished_ms: When its report was published, or ``None``.
        is_live: Whether it moves on by itself.
    """

    id: str
    name: str
    inbox: str
    state: str
    css: str
    total: int
    ended: int
    numbers: tuple[tuple[str, int], ...]
    left: int
    created_ms: int
    finished_ms: int | None
    is_live: bool


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """A photo of a batch, with the person it belongs to.

    Attributes:
        line: Row of the list; empty for nobody's.
        employee_id: As the list has it.
        name: The same.
        standing: In words.
        css: The standing as a class of the style sheet.
        job_id: The job; empty for a person without a photo.
        photo: What it is called in the batch.
        result: Name of the result; may be empty.
        reasons: Code and sentence of each.
    """

    line: str
    employee_id: str
    name: str
    standing: str
    css: str
    job_id: str = ""
    photo: str = ""
    result: str = ""
    reasons: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """The page of a batch.

    Attributes:
        line: As in the list.
        people: How many people.
        missing: How many of them sent no photo.
        rows: Photos of some people.
        next_line: Where the next page begins; ``None`` at the end.
        strays: Photos that are nobody's.
        reasons: Why it was refused: code, sentence and advice.
        files: Files of its report.
        orders: What may be ordered.
    """

    line: Line
    people: int
    missing: int
    rows: tuple[PhotoRow, ...]
    next_line: int | None
    strays: tuple[PhotoRow, ...]
    reasons: tuple[tuple[str, str, str], ...]
    files: tuple[str, ...]
    orders: tuple[str, ...]


def present_line(line: BatchLine, language: str) -> Line:
    """A batch in words of a language."""
    words, batch, states = WORDS[language], line.batch, line.progress.states
    named = {state.value: n for state, n in states.items()}
    return Line(
        id=batch.id,
        name=shown(batch.name),
        inbox=batch.inbox,
        state=words[f"batch_{batch.state.value}"],
        css=batch.state.value,
        total=line.progress.total,
        ended=line.progress.total - line.progress.left,
        numbers=tuple((name, named.get(name, 0)) for name in _NUMBERS),
        left=sum(n for state, n in states.items() if state in LIVE),
        created_ms=batch.created_ms,
        finished_ms=batch.finished_ms,
        is_live=batch.finished_ms is None,
    )


def present_batch(page: BatchPage, language: str) -> Shown:
    """A batch with some of its people in words of a language."""
    words, batch = WORDS[language], page.line.batch
    orders = () if batch.finished_ms is not None else _ORDERS.get(batch.state, ())
    return Shown(
        line=present_line(page.line, language),
        people=page.people,
        missing=page.missing,
        rows=tuple(row for person in page.shown for row in _rows(person, words)),
        next_line=page.next_line,
        strays=tuple(_row(("", "", ""), photo, words) for photo in page.strays),
        reasons=tuple((reason.code, *explain(reason, language)) for reason in page.reasons),
        files=page.files,
        orders=orders,
    )


def _rows(person: PersonLine, words: Mapping[str, str]) -> list[PhotoRow]:
    """A row for each photo, or one for a person without any."""
    entry = person.entry
    who = (str(entry.line), shown(entry.employee_id), shown(entry.name))
    if person.photos:
        return [_row(who, photo, words) for photo in person.photos]
    missing = Standing.MISSING.value
    return [PhotoRow(*who, words[f"standing_{missing}"], missing, photo=shown(entry.file))]


def _row(who: tuple[str, str, str], photo: PhotoLine, words: Mapping[str, str]) -> PhotoRow:
    said = zip(photo.codes, map(shown, photo.reasons), strict=True)
    return PhotoRow(
        *who,
        words[f"standing_{photo.standing.value}"],
        photo.standing.value,
        photo.job_id,
        shown(photo.photo),
        shown(photo.result.name) if photo.result else "",
        (*said, *(("", shown(note)) for note in photo.notes)),
    )
