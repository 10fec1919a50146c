"""Batches on the panel: a page of people at a time, their orders, and the files of their report.

A batch may have thousands of people: nothing here reads more than a page of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.artifact import Reason
from daemon.domain.batch import Batch
from daemon.services.batch_control import BatchLine, ask, list_batches
from daemon.services.batch_receive import GATHERED
from daemon.services.batch_report import PersonLine, PhotoLine, report_of
from daemon.services.pictures import Picture, open_written
from daemon.store.database import Database

PAGE = 50
MOST_STRAYS = 200
# What a report consists of: the name in its address → the file.
FILES: Mapping[str, str] = {
    "report.xlsx": "report.xlsx",
    "report.html": "report.html",
    "contact-sheet.pdf": "contact-sheet.pdf",
    "results.zip": "results.zip",
}


@dataclass(frozen=True, slots=True)
class BatchPage:
    """A batch with a page of its people.

    Attributes:
        line: The batch, and how far it is.
        people: How many people it has.
        missing: How many of them sent no photo.
        shown: Some of them, in the order of the list.
        next_line: Where the next page begins; ``None`` at the end.
        strays: Photos that are nobody's.
        reasons: Why it was refused.
        files: Which files of its report there are.
    """

    line: BatchLine
    people: int
    missing: int
    shown: tuple[PersonLine, ...]
    next_line: int | None
    strays: tuple[PhotoLine, ...]
    reasons: tuple[Reason, ...]
    files: tuple[str, ...]


class BatchDesk:
    """Questions and orders; safe from several threads.

    Args:
        config: The whole configuration.
        database: Opens the database, or hands out the open one.
        clock: Time.
    """

    def __init__(self, config: Config, database: Callable[[], Database], clock: Clock) -> None:
        self._config = config
        self._database = database
        self._clock = clock

    def listed(
        self, *, before_id: str | None = None, limit: int = PAGE
    ) -> tuple[list[BatchLine], str | None]:
        """A page of batches, newest first, and where the next one begins; ``None`` at the end."""
        found = list_batches(self._database(), limit=limit + 1, before=before_id)
        return found[:limit], found[limit - 1].batch.id if len(found) > limit else None

    def page(self, batch_id: str, *, after_line: int = 0) -> BatchPage | None:
        """A batch with the people below a line of its list; ``None`` where there is none."""
        with self._database().read() as uow:
            batch = uow.batches.get(batch_id)
            if batch is None:
                return None
            some = uow.batches.some_people(batch_id, after_line, PAGE + 1)
            shown = some[:PAGE]
            photos = uow.batches.photos_of(batch_id, [entry.line for entry in shown])
            if not after_line:
                photos += uow.batches.strays(batch_id, MOST_STRAYS)
            jobs = uow.jobs.of_ids(sorted(photo.job_id for photo in photos))
            line = BatchLine(batch, uow.batches.progress(batch_id))
            people, missing = uow.batches.people_count(batch_id)
            brought = None if GATHERED in batch.findings else uow.jobs.get(batch_id)
        report = report_of(batch, shown, photos, jobs)
        return BatchPage(
            line,
            people,
            missing,
            report.people,
            shown[-1].line if len(some) > PAGE else None,
            report.strays,
            () if brought is None else brought.reasons,
            tuple(name for name in FILES if self._is_there(batch, name)),
        )

    def order(self, wish: str, batch_id: str, *, by: str) -> None:
        """Pause, resume or cancel a batch; what is being worked on is finished.

        Raises:
            UsageError: There is none of that id, or its state does not allow that.
        """
        ask(self._database(), self._clock, wish, batch_id, by=by)

    def file(self, batch_id: str, name: str) -> Picture | None:
        """A file of a batch's report, open; ``None`` where there is none."""
        with self._database().read() as uow:
            batch = uow.batches.get(batch_id)
        return None if batch is None else self._open(batch, name)

    def _open(self, batch: Batch, name: str) -> Picture | None:
        # An inbox that is no longer configured has no folders that we know of.
        known = batch.inbox in {inbox.name for inbox in self._config.inboxes}
        if not known or not batch.folder or batch.finished_ms is None or name not in FILES:
            return None
        layout = self._config.layout
        return open_written(
            layout, batch.inbox, layout.out(batch.inbox) / batch.folder / FILES[name]
        )

    def _is_there(self, batch: Batch, name: str) -> bool:
        found = self._open(batch, name)
        if found is None:
            return False
        found.content.close()
        return True
