"""Read models: what lists and overviews show, without loading more than they show.

Lists go newest first and page by id. Nothing here scans a million rows: candidates come from an
index, and a search for text looks at so many rows a page and says where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from daemon.domain.job import Job, State, Verdict
from daemon.store import rows
from daemon.store.counters import HOUR_MS
from daemon.store.jobs import AFTER_ALL, Jobs
from daemon.store.tables import counters, job_codes, jobs

# How many rows one page looks at for a text, and how many at a time.
MOST_SEARCHED = 10_000
SEARCH_STEP = 1000


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs to list; what is left empty does not restrict.

    Attributes:
        inboxes: Of these inboxes.
        states: In these states.
        code: With this code among their reasons.
        text: With this in their path, whatever the case, or with an id that begins so.
        since_ms: Admitted then or later.
        until_ms: Admitted before then.
    """

    inboxes: tuple[str, ...] = ()
    states: tuple[State, ...] = ()
    code: str = ""
    text: str = ""
    since_ms: int | None = None
    until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some jobs of a list.

    Attributes:
        jobs: Newest first; may be short or empty before the list ends, when a text is rare.
        before_id: Where the next page begins; ``None`` at the end of the list.
    """

    jobs: tuple[Job, ...]
    before_id: str | None


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """How an inbox's jobs stand.

    Attributes:
        inbox: Name of the inbox.
        states: How many jobs are in which state; states without any are left out.
        oldest_queued_ms: Since when the oldest queued job is claimable, or ``None``.
    """

    inbox: str
    states: Mapping[State, int]
    oldest_queued_ms: int | None


Candidates = Callable[[str, int], Sequence[str]]


class Views:
    """Lists and sums, as ``uow.views``."""

    def __init__(self, connection: Connection, jobs_of: Jobs) -> None:
        self._connection = connection
        self._jobs = jobs_of

    def page(self, wanted: JobFilter, *, before_id: str | None = None, limit: int = 50) -> Page:
        """One page of the jobs that a filter lets through."""
        top = AFTER_ALL if wanted.until_ms is None else _id_at(wanted.until_ms)
        edge = min(top, before_id or AFTER_ALL)
        bottom = "" if wanted.since_ms is None else _id_at(wanted.since_ms)
        found: list[str] = []
        is_at_end, searched = False, 0
        step = SEARCH_STEP if wanted.text or wanted.code else limit
        candidates = self._candidates(wanted)
        while not is_at_end and len(found) < limit and searched < MOST_SEARCHED:
            some = candidates(edge, step)
            is_at_end = len(some) < step
            within = [job_id for job_id in some if job_id >= bottom]
            is_at_end = is_at_end or len(within) < len(some)
            found += self._matching(wanted, within)
            searched += len(some)
            edge = some[-1] if some else edge
        more = not is_at_end or len(found) > limit
        if len(found) >= limit:
            edge = found[limit - 1]
        shown = self._jobs.of_ids(found[:limit])[::-1]
        return Page(tuple(shown), edge if more else None)

    def _candidates(self, wanted: JobFilter) -> Candidates:
        """A function that gives the next ids below one, newest first, all from one index."""
        if wanted.code:
            return lambda edge, most: self._with_code(wanted.code, edge, most)
        if not wanted.inboxes and not wanted.states:
            return self._of_all
        states, inboxes = wanted.states or tuple(State), wanted.inboxes or None
        return lambda edge, most: self._jobs.newest_ids(states, inboxes, edge, most)

    def _of_all(self, edge: str, most: int) -> Sequence[str]:
        statement = select(jobs.c.id).where(jobs.c.id < edge).order_by(jobs.c.id.desc())
        return self._connection.execute(statement.limit(most)).scalars().all()

    def _with_code(self, code: str, edge: str, most: int) -> Sequence[str]:
        statement = (
            select(job_codes.c.job_id)
            .where(job_codes.c.code == code, job_codes.c.job_id < edge)
            .distinct()
            .order_by(job_codes.c.job_id.desc())
            .limit(most)
        )
        return self._connection.execute(statement).scalars().all()

    def _matching(self, wanted: JobFilter, ids: Sequence[str]) -> list[str]:
        """Those of the ids that pass what their index did not see to."""
        conditions: list[Any] = []
        if wanted.text:
            sought = rows.search_name(wanted.text.encode("utf-8", "replace"))
            conditions.append(
                jobs.c.search_name.contains(sought, autoescape=True)
                | jobs.c.id.startswith(sought, autoescape=True)
            )
        if wanted.code and wanted.states:
            conditions.append(jobs.c.state.in_([state.value for state in wanted.states]))
        if wanted.code and wanted.inboxes:
            conditions.append(jobs.c.inbox.in_(wanted.inboxes))
        if not conditions or not ids:
            return list(ids)
        statement = select(jobs.c.id).where(jobs.c.id.in_(ids), *conditions)
        return list(self._connection.execute(statement.order_by(jobs.c.id.desc())).scalars())

    def inbox_counts(self) -> list[InboxCounts]:
        """How the jobs of each inbox stand, by name."""
        statement = select(jobs.c.inbox, jobs.c.state, func.count()).group_by(
            jobs.c.state, jobs.c.inbox
        )
        states: dict[str, dict[State, int]] = {}
        for inbox, state, number in self._connection.execute(statement):
            states.setdefault(inbox, {})[State(state)] = number
        return [
            InboxCounts(inbox, counts, self.oldest_queued_ms(inbox))
            for inbox, counts in sorted(states.items())
        ]

    def oldest_queued_ms(self, inbox: str) -> int | None:
        """Since when the oldest queued job of an inbox is claimable."""
        oldest = self._jobs.in_state(State.QUEUED, inbox=inbox, limit=1)
        return (oldest[0].queued_ms or oldest[0].created_ms) if oldest else None

    def verdicts(self, since_ms: int) -> dict[Verdict, int]:
        """How many photos ended how, since the hour that holds a time."""
        found = self._sums(counters.c.verdict, since_ms, counters.c.code == "")
        return {Verdict(verdict): number for verdict, number in found}

    def codes(self, since_ms: int, limit: int = 50) -> list[tuple[str, int]]:
        """The most frequent codes and how often, since the hour that holds a time."""
        found = self._sums(counters.c.code, since_ms, counters.c.code != "")
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:limit]

    def _sums(self, by: Any, since_ms: int, condition: Any) -> list[tuple[str, int]]:
        statement = (
            select(by, func.sum(counters.c.n))
            .where(counters.c.hour_ms >= since_ms - since_ms % HOUR_MS, condition)
            .group_by(by)
        )
        return [(key, int(number)) for key, number in self._connection.execute(statement) if number]


def _id_at(at_ms: int) -> str:
    """The smallest id of a job admitted at a time."""
    return f"{max(0, at_ms):012x}"
