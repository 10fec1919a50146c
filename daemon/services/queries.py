"""Questions about jobs, as commands ask them; looking changes nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.codes import explain
from daemon.domain.job import LIVE, TERMINAL, Job, State
from daemon.domain.withheld import shown
from daemon.errors import StoreError, UsageError
from daemon.files.safe import display_name
from daemon.services.database import open_existing
from daemon.services.drop import Dropped
from daemon.services.overview import InboxLine, Pause, overview
from daemon.store.counters import HOUR_MS
from daemon.store.database import Database
from daemon.store.statistics import Hours

PAGE = 500
# Rows of one scan get their ids before they are committed together; a look a little back finds
# those that a look in between could not see.
OVERLAP_MS = 10_000
MOST_WAITING = 200


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job in a list.

    Attributes:
        id: The job.
        inbox: Name of its inbox.
        name: Path inside the inbox, for people.
        plan: Route names.
        state: Where it stands.
        codes: Why, gravest first.
        attempts: Claims so far.
        created_ms: When it was admitted.
        finished_ms: When it ended, or ``None``.
    """

    id: str
    inbox: str
    name: str
    plan: str
    state: str
    codes: tuple[str, ...]
    attempts: int
    created_ms: int
    finished_ms: int | None

    def as_json(self) -> dict[str, Any]:
        return {
            "job": self.id,
            "inbox": self.inbox,
            "file": self.name,
            "plan": self.plan,
            "state": self.state,
            "codes": list(self.codes),
            "attempts": self.attempts,
            "created_ms": self.created_ms,
            "finished_ms": self.finished_ms,
        }


def line_of(job: Job) -> JobLine:
    """What a list shows of a job."""
    return JobLine(
        id=job.id,
        inbox=job.inbox,
        name=display_name(job.relative),
        plan=job.plan.label,
        state=job.state.value,
        codes=tuple(reason.code for reason in job.reasons),
        attempts=job.attempts,
        created_ms=job.created_ms,
        finished_ms=job.finished_ms,
    )


def job_json(job: Job) -> dict[str, Any]:
    """Everything about a job that a person or a script may want to know."""
    return {
        **line_of(job).as_json(),
        "verdict": None if job.verdict is None else job.verdict.value,
        "reasons": [reason.as_json() for reason in job.reasons],
        "outputs": [display_name(output.target) for output in job.outputs],
        "filed": None if job.filed is None else display_name(job.filed),
        "sha256": job.content_sha256,
        "size": job.size,
        "instruct": job.instruct,
        "steps": shown(job.plan).as_json(),
        "measures": dict(job.measures),
        "engines": dict(job.engines),
        "timings_ms": dict(job.timings_ms),
        "retry_of": job.retry_of,
    }


def reasons_text(job: Job, language: str) -> list[str]:
    """Each reason with what to do about it, as sentences."""
    return [" ".join(explain(reason, language)) for reason in job.reasons]


def list_jobs(
    database: Database,
    *,
    states: Sequence[State],
    inbox: str | None,
    limit: int,
    before: str | None,
) -> list[JobLine]:
    """Jobs, newest first; the last one's id asks for the next page as ``before``."""
    with database.read() as uow:
        found = uow.jobs.newest(*(states or State), inbox=inbox, limit=limit, before_id=before)
    return [line_of(job) for job in found]


def job_of(database: Database, job_id: str) -> Job:
    """The job of that id.

    Raises:
        UsageError: There is none.
    """
    with database.read() as uow:
        job = uow.jobs.get(job_id)
    if job is None:
        msg = f"no job {job_id} · 没有任务 {job_id}"
        raise UsageError(msg)
    return job


def history_of(database: Database, job_id: str) -> list[dict[str, Any]]:
    """What happened to a job, oldest first."""
    with database.read() as uow:
        return [
            {"at_ms": event.at_ms, "event": event.name, "facts": dict(event.facts)}
            for event in uow.history.of(job_id)
        ]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that is not ready yet.

    Attributes:
        inbox: Where it lies.
        name: Its path for people.
        reason: Why it waits (``settling``, ``incomplete`` …).
        since_ms: Since when.
    """

    inbox: str
    name: str
    reason: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class Stats:
    """What the booth did, and what is where.

    Attributes:
        inboxes: One line each.
        pauses: What is on hold.
        waiting: Files that are not ready, oldest first, at most ``MOST_WAITING``.
        totals: Photos received, verdicts and codes, over the hours asked for.
        hours: How many those were.
    """

    inboxes: tuple[InboxLine, ...]
    pauses: tuple[Pause, ...]
    waiting: tuple[Waiting, ...]
    totals: Mapping[str, int]
    hours: int

    def as_json(self) -> dict[str, Any]:
        return {
            "hours": self.hours,
            "totals": dict(self.totals),
            "inboxes": [
                {
                    "name": line.name,
                    "state": line.state,
                    "reason": line.reason,
                    "waiting": line.waiting,
                    "jobs": {state.value: n for state, n in line.counts.items()},
                }
                for line in self.inboxes
            ],
            "holds": [
                {"scope": hold.scope, "who": hold.who, "why": hold.why} for hold in self.pauses
            ],
            "waiting": [
                {"inbox": f.inbox, "file": f.name, "reason": f.reason, "since_ms": f.since_ms}
                for f in self.waiting
            ],
        }


def stats(
    config: Config,
    database: Database,
    clock: Clock,
    *,
    hours: int,
    inboxes: tuple[str, ...] = (),
) -> Stats:
    """What is where now, and sums over so many hours, the running one among them.

    Args:
        config: The settings.
        database: Where jobs and sums lie.
        clock: What is now.
        hours: Over how many.
        inboxes: Of these; empty for all.
    """
    seen = overview(config, database)
    chosen = [line for line in seen.inboxes if not inboxes or line.name in inboxes]
    until_ms = clock.now_ms() - clock.now_ms() % HOUR_MS + HOUR_MS
    span = Hours(until_ms - hours * HOUR_MS, until_ms, inboxes)
    with database.read() as uow:
        counts = uow.statistics.counts(span, "verdict")
        codes = uow.statistics.codes(span, "code")
        files = [
            Waiting(line.name, display_name(row.relative), row.reason, row.since_ms)
            for line in chosen
            for row in uow.inboxes.waiting(line.name, MOST_WAITING)
        ]
    files.sort(key=lambda file: file.since_ms)
    totals = {str(verdict): number for (verdict,), number in counts.items()}
    totals |= {str(code): number for (code,), (number, _) in codes.items()}
    waiting = tuple(files[:MOST_WAITING])
    return Stats(tuple(chosen), seen.pauses, waiting, totals, hours)


@dataclass(slots=True)
class _Open:
    """A dropped photo whose end is not known yet."""

    dropped: Dropped
    job_id: str | None = None
    doing: str = "dropped"


@dataclass(slots=True)
class Follower:
    """Follows dropped photos until each has ended; no more than the database is asked.

    Limits accepted on purpose: a photo is found by its inbox, its name and the time it was
    dropped; if the wall clock is set back in between, its job is not recognised.

    Attributes:
        config: The settings.
        clock: Unused but to open the database.
        dropped: What to follow.
        since_ms: When the first of them was dropped.
        doing: What the photo looked at last is doing.
    """

    config: Config
    clock: Clock
    dropped: Iterable[Dropped]
    since_ms: int
    doing: str = ""
    _open: dict[tuple[str, bytes], _Open] = field(default_factory=dict)
    _cursor: str = ""
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _database: Database | None = None

    def __enter__(self) -> Self:
        self._open = {(one.inbox, one.relative): _Open(one) for one in self.dropped}
        self._cursor = _id_floor(self.since_ms)
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    @property
    def is_waiting(self) -> bool:
        """Whether any photo has not ended yet."""
        return bool(self._open)

    def waiting(self) -> Iterator[tuple[Dropped, str]]:
        """Photos that have not ended, each with what it is doing."""
        for one in self._open.values():
            yield one.dropped, one.doing

    def look(self) -> Iterator[tuple[Dropped, Job]]:
        """Photos that ended since the last look, each with its job."""
        database = self._reach()
        if database is None:
            return
        with database.read() as uow:
            ended = [*self._known(uow), *self._new(uow)]
        yield from ended

    def _reach(self) -> Database | None:
        """The database, which the daemon may not have made yet."""
        if self._database is None:
            if not self.config.layout.database.exists():
                return None
            # A daemon that starts just now is still making its tables.
            with contextlib.suppress(StoreError):
                self._database = self._stack.enter_context(open_existing(self.config, self.clock))
        return self._database

    def _known(self, uow: Any) -> Iterator[tuple[Dropped, Job]]:
        for one in list(self._open.values()):
            job = uow.jobs.get(one.job_id) if one.job_id else None
            if job is not None:
                yield from self._note(one, job)

    def _new(self, uow: Any) -> Iterator[tuple[Dropped, Job]]:
        after = self._cursor
        while any(one.job_id is None for one in self._open.values()):
            page = uow.jobs.in_state(*LIVE, *TERMINAL, limit=PAGE, after_id=after)
            for job in page:
                one = self._open.get((job.inbox, job.relative))
                if one is not None and one.job_id is None:
                    one.job_id = job.id
                    yield from self._note(one, job)
            if len(page) < PAGE:
                break
            after = page[-1].id
            self._cursor = max(self._cursor, _id_floor(int(after[:12], 16) - OVERLAP_MS))

    def _note(self, one: _Open, job: Job) -> Iterator[tuple[Dropped, Job]]:
        one.doing = self.doing = job.state.value
        if job.state in TERMINAL:
            del self._open[one.dropped.inbox, one.dropped.relative]
            yield one.dropped, job


def _id_floor(at_ms: int) -> str:
    """The id before every job admitted at or after a time (see ``new_job_id``)."""
    return f"{max(0, at_ms):012x}"
