"""The panel's desk: what a person may ask about jobs, and the orders they may give.

Every question is one short read. Every order is a row with an audit row beside it in the same
commit, and the daemon carries it out; no file is moved here. Photos that are sent are put into an
inbox as any copier would.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.job import Job, State, new_job_id
from daemon.domain.review import Decision
from daemon.errors import InputError, UsageError
from daemon.files.safe import output_name
from daemon.services import bulk, control
from daemon.services.batch_desk import BatchDesk
from daemon.services.bulk import PRIORITISABLE, Going, Meant
from daemon.services.drop import drop, refuse_unfit
from daemon.services.inbox_files import InboxFiles, inbox_files
from daemon.services.local_hours import LocalHours
from daemon.services.overview import Pause
from daemon.services.overview_figures import Figures, figures_of
from daemon.services.picture_size import size_px
from daemon.services.pictures import Picture, Side, open_picture, open_thumbnail, sides_of
from daemon.services.queries import JobLine, line_of
from daemon.services.rejects import Rejects
from daemon.services.review import ReviewDesk
from daemon.services.thumbnails import thumbnail_path
from daemon.services.webhooks import redeliver
from daemon.store.database import Database
from daemon.store.deliveries import Delivery, Which
from daemon.store.inbox import CanaryRun as CanaryRun  # noqa: PLC0414 - the panel has it from here
from daemon.store.inbox import InboxChange as InboxChange  # noqa: PLC0414 - as above
from daemon.store.records import AuditEntry, HistoryEvent
from daemon.store.views import JobFilter

PAGE = 50
# Priorities that a person may give; an inbox's own lie in between.
LEAST_PRIORITY, MOST_PRIORITY = -100, 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which jobs to list; what is left empty does not restrict.

    Attributes:
        inbox: Of that inbox.
        states: In one of these states.
        code: With that code among their reasons.
        text: With this in their path, or an id that begins so.
        day: Admitted on that local day.
        since_ms: Admitted then or later.
        until_ms: Admitted before then.
        is_low: With a score below 0.40.
    """

    inbox: str = ""
    states: tuple[State, ...] = ()
    code: str = ""
    text: str = ""
    day: date | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    is_low: bool = False


@dataclass(frozen=True, slots=True)
class Dossier:
    """All about one job.

    Attributes:
        job: Its row.
        events: What happened, oldest first.
        deliveries: Who was told about it, newest first.
        sides: Its pictures, each with whether a browser may show it.
        decisions: What people decided about it in review, oldest first.
        before_px: Width and height of its original as it is shown; ``None``: not known.
    """

    job: Job
    events: tuple[HistoryEvent, ...]
    deliveries: tuple[Delivery, ...]
    sides: dict[Side, bool]
    decisions: tuple[Decision, ...] = ()
    before_px: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A photo that somebody sent.

    Attributes:
        name: What they call it; only made into a name of ours, never into a path.
        content: Its bytes.
    """

    name: str
    content: BinaryIO


class Desk:
    """Questions and orders; safe from several threads.

    Args:
        config: The whole configuration.
        database: Opens the database, or hands out the open one.
        clock: Time.

    Attributes:
        rejects: Why photos were turned away.
        batches: Batches, and their orders.
    """

    def __init__(self, config: Config, database: Callable[[], Database], clock: Clock) -> None:
        self._config = config
        self._database = database
        self._clock = clock
        self._local = LocalHours()
        self.review = ReviewDesk(config, database, clock)
        self.rejects = Rejects(config, database, clock)
        self.batches = BatchDesk(config, database, clock)

    def figures(self) -> Figures:
        """The overview's numbers and charts."""
        return figures_of(self._config, self._database(), self._clock)

    def jobs(
        self, wanted: Wanted, *, before_id: str | None = None, limit: int = PAGE
    ) -> tuple[list[JobLine], str | None]:
        """A page of jobs, newest first, and where the next one begins; ``None`` at the end."""
        chosen = self.filter_of(wanted)
        with self._database().read() as uow:
            page = uow.views.page(chosen, before_id=before_id, limit=limit)
        return [line_of(job) for job in page.jobs], page.before_id

    def filter_of(self, wanted: Wanted) -> JobFilter:
        """The same as the store asks for it."""
        since_ms, until_ms = wanted.since_ms, wanted.until_ms
        if wanted.day is not None:
            day = self._local.of_day(wanted.day)
            since_ms, until_ms = day.start, day.stop
        return JobFilter(
            inboxes=(wanted.inbox,) if wanted.inbox else (),
            states=wanted.states,
            code=wanted.code,
            text=wanted.text,
            since_ms=since_ms,
            until_ms=until_ms,
            is_low=wanted.is_low,
        )

    def meant(self, wanted: Wanted, what: str) -> Meant:
        """How many jobs an order about all of a filter would be about.

        Raises:
            UsageError: There is no such order.
        """
        return bulk.meant(self._database(), self.filter_of(wanted), what)

    def order_all(
        self, wanted: Wanted, what: str, *, by: str, total: int, priority: int = 0
    ) -> None:
        """Order every job of a filter to be run again, called off, or to come sooner or later.

        Raises:
            UsageError: There is no such order or priority, or no job allows it.
        """
        if not LEAST_PRIORITY <= priority <= MOST_PRIORITY:
            msg = f"a priority lies between {LEAST_PRIORITY} and {MOST_PRIORITY}"
            raise UsageError(msg)
        chosen = self.filter_of(wanted)
        bulk.place(
            self._database(), self._clock, chosen, what, by=by, total=total, priority=priority
        )

    def going(self) -> list[Going]:
        """The latest orders about many."""
        return bulk.going(self._database())

    def dossier(self, job_id: str) -> Dossier | None:
        """All about a job; ``None`` where there is none."""
        with self._database().read() as uow:
            job = uow.jobs.get(job_id)
            if job is None:
                return None
            events = tuple(uow.history.of(job_id))
            told = tuple(uow.deliveries.listed(Which(subject=job_id)))
            decisions = tuple(uow.reviews.of(job_id))
        return Dossier(job, events, told, self._sides(job), decisions, self._before_px(job))

    def _before_px(self, job: Job) -> tuple[int, int] | None:
        before = (
            open_picture(self._config.layout, job, Side.BEFORE) if self._is_known(job) else None
        )
        if before is None:
            return None
        with before.content:
            return size_px(before.content) if before.is_shown else None

    def redeliver(self, job_id: str, message_id: str, *, by: str) -> None:
        """Tell a receiver once more what it was told about a job.

        Raises:
            UsageError: There is no such message about that job, or its receiver is switched off.
        """
        with self._database().read() as uow:
            told = uow.deliveries.listed(Which(subject=job_id, message_id=message_id))
        if not told:
            msg = f"no message {message_id} about job {job_id} · 没有这条通知"
            raise UsageError(msg)
        redeliver(self._config, self._database(), self._clock, by=by, message_id=message_id)

    def _sides(self, job: Job) -> dict[Side, bool]:
        return sides_of(self._config.layout, job) if self._is_known(job) else {}

    def _is_known(self, job: Job) -> bool:
        # An inbox that is no longer configured has no folders that we know of.
        return job.inbox in {inbox.name for inbox in self._config.inboxes}

    def picture(self, job_id: str, side: Side) -> Picture | None:
        """A job's picture, open; ``None`` where there is none."""
        with self._database().read() as uow:
            job = uow.jobs.get(job_id)
        if job is None or not self._is_known(job):
            return None
        return open_picture(self._config.layout, job, side)

    def thumbnail(self, job_id: str) -> Picture | None:
        """A job's small picture, open; ``None`` where there is none."""
        return open_thumbnail(self._config.layout, job_id)

    def has_thumbnail(self, job_id: str) -> bool:
        """Whether a job has a small picture: what could not be decoded has none."""
        try:
            return thumbnail_path(self._config.layout, job_id).is_file()
        except OSError:  # nor could it be opened
            return False

    def holds(self) -> tuple[Pause, ...]:
        """What is on hold."""
        with self._database().read() as uow:
            return tuple(Pause(hold.scope, hold.who, hold.why) for hold in uow.control.holds())

    def inboxes(self) -> list[InboxFiles]:
        """Every configured inbox with what lies in it, at most ``MOST_FILES`` of each kind."""
        return inbox_files(self._config, self._database())

    def audit(self, limit: int = 200) -> list[AuditEntry]:
        """What people did, newest first."""
        with self._database().read() as uow:
            return uow.audit.latest(limit)

    def deliveries(self, limit: int = 200) -> list[Delivery]:
        """What was told to webhooks lately, newest first."""
        with self._database().read() as uow:
            return uow.deliveries.listed(Which(), limit)

    def pause(self, inbox: str | None, *, by: str, why: str) -> None:
        """Hand out no more jobs: of an inbox, or of the whole queue.

        Raises:
            UsageError: There is no such inbox.
        """
        scope = control.scope_of(self._config, inbox)
        control.pause(
            self._config, self._database(), self._clock, scope, by=by, why=why, hold_s=None
        )

    def resume(self, inbox: str | None, *, by: str) -> bool:
        """Go on; False where nothing was held.

        Raises:
            UsageError: There is no such inbox.
        """
        scope = control.scope_of(self._config, inbox)
        return control.resume(self._database(), self._clock, scope, by=by)

    def rescan(self, inbox: str, *, by: str) -> None:
        """Have the daemon look at a whole inbox now.

        Raises:
            UsageError: There is no such inbox.
        """
        control.rescan(self._config, self._database(), self._clock, inbox, by=by)

    def order(self, kind: str, job_id: str, *, by: str) -> None:
        """Order a job to be run again (``retry``) or called off (``cancel``).

        Raises:
            UsageError: There is no such job, or its state does not allow that.
        """
        control.order(self._database(), self._clock, kind, job_id, by=by)

    def drop(
        self,
        inbox: str,
        photos: Sequence[Upload],
        *,
        by: str,
        instruct: str,
        options: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> list[str]:
        """Put photos into an inbox as ``boothd drop`` does; their audit row names no file.

        Returns:
            The names under which they lie there.

        Raises:
            UsageError: There is no such inbox, or the instruction has several lines.
            InputError: A photo is larger than ``limits.max_bytes``, or empty.
            DiskFull: There is no room; those before it are in the inbox.
            OSError: The inbox cannot be written to.
        """
        refuse_unfit(self._config, inbox, [], instruct)
        self._refuse_away(inbox)
        for photo in photos:
            self._refuse_size(photo)
        folder = self._config.layout.state / "uploads" / new_job_id(self._clock.now_ms())
        folder.mkdir(mode=0o700, parents=True)
        try:
            sources = [_kept(photo, folder / str(at)) for at, photo in enumerate(photos)]
            dropped = list(drop(self._config, inbox, sources, instruct, options))
        finally:
            shutil.rmtree(folder)
        with self._database().write() as uow:
            uow.audit.add(by, "inbox.drop", inbox, {"photos": len(dropped)}, self._clock.now_ms())
        return [one.name for one in dropped]

    def _refuse_away(self, inbox: str) -> None:
        """A share that the daemon cannot reach would hold whoever writes to it, for minutes."""
        if self._config.inbox(inbox).path is None:
            return
        with self._database().read() as uow:
            status = uow.inboxes.get(inbox)
        if status is not None and status.state == "offline":
            raise OSError(errno.EHOSTDOWN, os.strerror(errno.EHOSTDOWN))

    def _refuse_size(self, photo: Upload) -> None:
        size = photo.content.seek(0, os.SEEK_END)
        photo.content.seek(0)
        if size == 0:
            code = "EMPTY"
            raise InputError(code)
        if size > self._config.limits.max_bytes:
            code = "IMAGE_TOO_LARGE"
            raise InputError(code, actual=size, limit=self._config.limits.max_bytes)

    def prioritise(self, job_id: str, priority: int, *, by: str) -> None:
        """Let a job that waits come sooner or later.

        Raises:
            UsageError: It does not wait (any more), or no priority is that high or low.
        """
        if not LEAST_PRIORITY <= priority <= MOST_PRIORITY:
            msg = f"a priority lies between {LEAST_PRIORITY} and {MOST_PRIORITY}"
            raise UsageError(msg)
        with self._database().write() as uow:
            job = uow.jobs.get(job_id)
            if job is None or job.state not in PRIORITISABLE:
                msg = f"job {job_id} does not wait any more"
                raise UsageError(msg)
            uow.jobs.update(job_id, priority=priority)
            facts = {"before": job.priority, "after": priority}
            uow.audit.add(by, "job.priority", job_id, facts, self._clock.now_ms())


def _kept(photo: Upload, folder: Path) -> Path:
    """A copy under a name that any share accepts, in a folder of its own."""
    folder.mkdir(mode=0o700)
    # What stands before a slash is some folder on somebody's machine.
    name = re.split(r"[/\\]", photo.name)[-1]
    path = folder / output_name(name.encode("utf-8", "replace"))
    with path.open("xb") as sink:
        shutil.copyfileobj(photo.content, sink, 1 << 20)
    return path
