"""Comparing the database with the folders, and rebuilding it from the records beside originals.

``examine`` changes nothing and can run beside the daemon: photos on their way are not judged.
``rebuild`` adds rows for records that the database does not know, and sets the counters right;
it never removes a row or a file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from daemon.config.model import Config, Layout
from daemon.domain.batch import is_of_archive
from daemon.domain.job import LIVE, TERMINAL, Job, State
from daemon.domain.review import Decision
from daemon.files.atomic import PART_SUFFIX
from daemon.services.counting import count_ends, count_verdict
from daemon.services.filing import claimed_photo, inbox_photo, renamed_photo, staged_photo
from daemon.services.maintenance import PRUNED
from daemon.services.records import (
    SUFFIX,
    NotARecordError,
    decision_of_record,
    from_record,
)
from daemon.store.backup import integrity
from daemon.store.database import Database
from daemon.store.recount import over_hours

PAGE = 500


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Something that the database and the folders do not agree on.

    Attributes:
        kind: ``database_damaged``, ``original_missing``, ``record_missing``,
            ``record_unknown``, ``record_unreadable``, ``claimed_unknown``, ``photo_missing``,
            ``part_left``, ``counters_differ``.
        what: Job id or path.
        detail: More, for people.
    """

    kind: str
    what: str
    detail: str = ""


def examine(config: Config, database: Database) -> list[Disagreement]:
    """Everything that does not fit; an empty list is a healthy booth."""
    layout = config.layout
    found = [Disagreement("database_damaged", "boothd.db", p) for p in integrity(layout.database)]
    found += _ended_jobs(database)
    found += _live_jobs(layout, database)
    for inbox in config.inboxes:
        found += _records(layout, inbox.name, database)
        found += _claimed(layout, inbox.name, database)
    found += _counters(database)
    return found


def jobs_in(database: Database, *states: State) -> Iterator[Job]:
    """Every job in the given states, a page at a time."""
    after_id = ""
    while True:
        with database.read() as uow:
            page = uow.jobs.in_state(*states, limit=PAGE, after_id=after_id)
        yield from page
        if len(page) < PAGE:
            return
        after_id = page[-1].id


def _ended_jobs(database: Database) -> Iterator[Disagreement]:
    for job in jobs_in(database, *sorted(TERMINAL - {State.WITHDRAWN})):
        if job.filed is None:  # retention, or a retry, has moved it on
            continue
        original, kind = Path(os.fsdecode(job.filed)), ""
        if not os.path.lexists(original):
            kind = "original_missing"
        elif not os.path.lexists(original.with_name(original.name + SUFFIX)):
            kind = "record_missing"
        if kind and _is_as_it_was(database, job):
            yield Disagreement(kind, job.id, os.fspath(original))


def _is_as_it_was(database: Database, job: Job) -> bool:
    """Whether a job's files may be judged: nobody moved them meanwhile, or is about to."""
    with database.read() as uow:
        now = uow.jobs.get(job.id)
        is_decided = any(one.closed_ms is None for one in uow.reviews.of(job.id))
    return now is not None and now.filed == job.filed and not is_decided


def _live_jobs(layout: Layout, database: Database) -> Iterator[Disagreement]:
    for job in jobs_in(database, *sorted(LIVE)):
        if _is_somewhere(layout, job):
            continue
        with database.read() as uow:
            now = uow.jobs.get(job.id)
        # It may have been given its place, or its name in a batch, meanwhile.
        if now is not None and now.state is job.state and not _is_somewhere(layout, now):
            detail = "staged copy is here" if staged_photo(layout, job.id).exists() else ""
            yield Disagreement("photo_missing", job.id, detail)


def _is_somewhere(layout: Layout, job: Job) -> bool:
    places = [claimed_photo(layout, job), inbox_photo(layout, job)]
    places += [Path(os.fsdecode(job.filed))] if job.filed is not None else []
    # A photo out of an archive lies in no inbox.
    places += [staged_photo(layout, job.id)] if is_of_archive(job) else []
    # One of a batch that is being opened has its new name before its row says so.
    return any(map(os.path.lexists, places)) or renamed_photo(layout, job) is not None


def _filing_dirs(layout: Layout, inbox: str) -> tuple[Path, ...]:
    return (
        layout.archive(inbox),
        layout.rejected(inbox),
        layout.review(inbox),
        layout.failed(inbox),
    )


def _files_below(folder: Path) -> Iterator[Path]:
    for base, _, names in os.walk(folder):
        for name in names:
            yield Path(base, name)


def _records(layout: Layout, inbox: str, database: Database) -> Iterator[Disagreement]:
    for folder in (*_filing_dirs(layout, inbox), layout.out(inbox)):
        for path in _files_below(folder):
            if path.name.endswith(PART_SUFFIX):
                if not _is_in_hand(database, path.name.split(".")[-2]):
                    yield Disagreement("part_left", os.fspath(path))
            elif path.name.endswith(SUFFIX):
                yield from _record(path, database)


def _record(path: Path, database: Database) -> Iterator[Disagreement]:
    try:
        job = from_record(path.read_bytes())
    except FileNotFoundError:  # a retry or retention took it away meanwhile
        return
    except (NotARecordError, OSError) as error:
        yield Disagreement("record_unreadable", os.fspath(path), str(error))
        return
    with database.read() as uow:
        known = uow.jobs.get(job.id)
    if known is None:
        yield Disagreement("record_unknown", job.id, os.fspath(path))


def _is_live(database: Database, job_id: str) -> bool:
    with database.read() as uow:
        job = uow.jobs.get(job_id)
    return job is not None and job.state in LIVE


def _is_in_hand(database: Database, tag: str) -> bool:
    """Whether somebody writes parts of that tag: a job, a decision about one, or a batch's end."""
    with database.read() as uow:
        batch = uow.batches.get(tag)
        is_decided = any(one.closed_ms is None for one in uow.reviews.of(tag))
    is_ending = batch is not None and batch.finished_ms is None
    return is_ending or is_decided or _is_live(database, tag)


def _claimed(layout: Layout, inbox: str, database: Database) -> Iterator[Disagreement]:
    folder = layout.claimed(inbox)
    if not folder.is_dir():
        return
    for entry in os.scandir(folder):
        # An empty folder holds nobody's photo; the sweep removes it.
        if not _is_live(database, entry.name) and _holds_something(entry):
            yield Disagreement("claimed_unknown", entry.name, entry.path)


def _holds_something(entry: os.DirEntry[str]) -> bool:
    try:
        return not entry.is_dir(follow_symlinks=False) or any(Path(entry.path).iterdir())
    except FileNotFoundError:  # filed meanwhile
        return False


def _counters(database: Database) -> Iterator[Disagreement]:
    with database.read() as uow:
        # Whatever the hour: sums from before they went by admission lie in the verdict's.
        kept, counted = over_hours(uow.sums.kept()), over_hours(uow.sums.recounted())
        # Sums outlive the rows that upkeep has pruned by age: then more may be kept than is left
        # to count, never less.
        is_pruned = uow.upkeep.last_run(PRUNED) is not None
    for key in sorted(set(kept) | set(counted), key=repr):
        more = kept.get(key, 0) - counted.get(key, 0)
        if more < 0 or (more > 0 and not is_pruned):
            detail = f"{kept.get(key, 0)} kept, {counted.get(key, 0)} counted"
            yield Disagreement("counters_differ", "/".join(map(str, key)), detail)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did.

    Attributes:
        added: Jobs whose rows were written again.
        known: Records whose job the database had.
        unreadable: Files that end like a record and are none.
    """

    added: int
    known: int
    unreadable: int


def rebuild(config: Config, database: Database) -> Rebuilt:
    """Write the rows that the records beside the originals speak of. Announces nothing."""
    layout, added, known, unreadable = config.layout, 0, 0, 0
    for inbox in config.inboxes:
        # A crash in the middle of a decision leaves two records of a job: the one beside the
        # original is right, so those come first.
        for path in _records_in(layout, inbox.name):
            read = _readable(path)
            if read is None:
                unreadable += 1
            elif _restore(*read, database):
                added += 1
            else:
                known += 1
    return Rebuilt(added, known, unreadable)


def _records_in(layout: Layout, inbox: str) -> Iterator[Path]:
    for is_beside in (True, False):
        for folder in _filing_dirs(layout, inbox):
            for path in _files_below(folder):
                if path.name.endswith(SUFFIX) and _has_original(path) is is_beside:
                    yield path


def _has_original(record: Path) -> bool:
    return os.path.lexists(record.with_name(record.name.removesuffix(SUFFIX)))


def _readable(path: Path) -> tuple[Job, Decision | None] | None:
    try:
        content = path.read_bytes()
        return from_record(content), decision_of_record(content)
    except (NotARecordError, OSError):
        return None


def _restore(job: Job, decided: Decision | None, database: Database) -> bool:
    with database.write() as uow:
        if uow.jobs.get(job.id) is not None:
            return False
        uow.jobs.add(job)
        count_verdict(uow, job)
        count_ends(uow, [job])
        if decided is not None:
            uow.reviews.restore(decided)
        return True
