"""Read models: what lists and overviews show, without loading more than they show.

Lists go newest first and page by id. Nothing here scans a million rows: candidates come from an
index, and a search for text looks at so many rows a page and says where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, func, select

from daemon.domain.assessment import LOW
from daemon.domain.distribution import SCORE_ONE, SCORES
from daemon.domain.job import Job, State
from daemon.store import rows
from daemon.store.jobs import AFTER_ALL, Jobs
from daemon.store.statements import Prepared
from daemon.store.tables import job_codes, job_results, jobs

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
        is_first_code: With the code as their first reason.
        is_low: With a score below ``assessment.LOW`` ten-thousandths.
        scores: With a score from the first to below the second, in ten-thousandths; a perfect
            score lies below 10 000, too.
    """

    inboxes: tuple[str, ...] = ()
    states: tuple[State, ...] = ()
    code: str = ""
    text: str = ""
    since_ms: int | None = None
    until_ms: int | None = None
    is_first_code: bool = False
    is_low: bool = False
    scores: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some jobs of a list.

    Attributes:
        jobs: Newest first; may be short or empty before the list ends, when a text is rare.
        before_id: Where the next page begins; ``None`` at the end of the list.
    """

    jobs: tuple[Job, ...]
    before_id: str | None


Candidates = Callable[[str, int], Sequence[str]]


class Views:
    """Lists and sums, as ``uow.views``."""

    def __init__(self, connection: Connection, jobs_of: Jobs) -> None:
        self._connection = connection
        self._jobs = jobs_of

    def page(self, wanted: JobFilter, *, before_id: str | None = None, limit: int = 50) -> Page:
        """One page of the jobs that a filter lets through."""
        ids, edge = self.ids(wanted, before_id=before_id, limit=limit)
        return Page(tuple(self._jobs.of_ids(ids)[::-1]), edge)

    def ids(
        self, wanted: JobFilter, *, before_id: str | None = None, limit: int = 50
    ) -> tuple[list[str], str | None]:
        """The ids of one page, newest first, and where the next begins; ``None`` at the end."""
        top = AFTER_ALL if wanted.until_ms is None else _id_at(wanted.until_ms)
        edge = min(top, before_id or AFTER_ALL)
        bottom = "" if wanted.since_ms is None else _id_at(wanted.since_ms)
        found: list[str] = []
        is_at_end, searched = False, 0
        step = min(SEARCH_STEP, limit)
        candidates = self._candidates(wanted)
        while not is_at_end and len(found) < limit and searched < MOST_SEARCHED:
            some = candidates(edge, step)
            is_at_end = len(some) < step
            within = [job_id for job_id in some if job_id >= bottom]
            is_at_end = is_at_end or len(within) < len(some)
            found += self._matching(wanted, within)
            searched += len(some)
            edge = some[-1] if some else edge
            # Where few are let through, more are looked at a time.
            step = min(SEARCH_STEP, 4 * step)
        more = not is_at_end or len(found) > limit
        if len(found) >= limit:
            edge = found[limit - 1]
        return found[:limit], edge if more else None

    def _candidates(self, wanted: JobFilter) -> Candidates:
        """A function that gives the next ids below one, newest first, all from one index."""
        if wanted.code:
            return lambda edge, most: self._with_code(wanted.code, edge, most)
        if (between := _scores(wanted)) is not None:
            return lambda edge, most: self._in_buckets(_buckets(between), edge, most)
        if not wanted.inboxes and not wanted.states:
            return self._of_all
        states, inboxes = wanted.states or tuple(State), wanted.inboxes or None
        return lambda edge, most: self._jobs.newest_ids(states, inboxes, edge, most)

    def _of_all(self, edge: str, most: int) -> Sequence[str]:
        statement = select(jobs.c.id).where(jobs.c.id < edge).order_by(jobs.c.id.desc())
        return self._connection.execute(statement.limit(most)).scalars().all()

    def _in_buckets(self, buckets: range, edge: str, most: int) -> Sequence[str]:
        found = [
            job_id
            for bucket in buckets
            for (job_id,) in _OF_BUCKET.tuples(
                self._connection, {"of_bucket": bucket, "edge": edge, "most": most}
            )
        ]
        return sorted(found, reverse=True)[:most]

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
        between = _scores(wanted)
        if wanted.code or between is not None:
            conditions += _of_job(wanted)
        if between is not None and (wanted.code or not _is_whole(between)):
            ids = self._scored(between, ids)
        if not conditions or not ids:
            return list(ids)
        statement = select(jobs.c.id).where(jobs.c.id.in_(ids), *conditions)
        return list(self._connection.execute(statement.order_by(jobs.c.id.desc())).scalars())

    def _scored(self, between: tuple[int, int], ids: Sequence[str]) -> Sequence[str]:
        """Those of the ids with such a score, in the same order."""
        least, below = between
        if least >= below:
            return []
        score = job_results.c.score
        statement = select(job_results.c.job_id).where(
            job_results.c.job_id.in_(ids), job_results.c.bucket.in_(list(_buckets(between)))
        )
        if not _is_whole(between):
            statement = statement.where(
                score >= least, score <= below if below == SCORE_ONE else score < below
            )
        # By its key it would read past the measures, which are long.
        statement = statement.with_hint(
            job_results, "INDEXED BY ix_job_results_bucket", dialect_name="sqlite"
        )
        found = set(self._connection.execute(statement).scalars())
        return [job_id for job_id in ids if job_id in found]

    def ended_since(self, ended_ms: int, admitted_ms: int) -> int:
        """How many jobs ended then or later, among those admitted then or later.

        Looks at every job since ``admitted_ms``: a few hours at most.
        """
        statement = select(func.count()).where(
            jobs.c.id >= _id_at(admitted_ms), jobs.c.finished_ms >= ended_ms
        )
        return int(self._connection.execute(statement).scalar_one())


def _of_job(wanted: JobFilter) -> list[Any]:
    """What a filter asks of jobs that came from an index on their codes or scores."""
    found: list[Any] = []
    # Not the bare columns: SQLite would walk all jobs of a state or an inbox, by an index that
    # leads with it, instead of stepping to the ids.
    if wanted.states:
        found.append(jobs.c.state.concat("").in_([state.value for state in wanted.states]))
    if wanted.inboxes:
        found.append(jobs.c.inbox.concat("").in_(wanted.inboxes))
    if wanted.code and wanted.is_first_code:
        first = and_(job_codes.c.position == 0, job_codes.c.code == wanted.code)
        found.append(exists().where(job_codes.c.job_id == jobs.c.id, first))
    return found


def _scores(wanted: JobFilter) -> tuple[int, int] | None:
    """From which score to below which, both conditions together; ``None`` for any or none."""
    least, below = wanted.scores or (0, LOW)
    if wanted.is_low:
        return least, min(below, LOW)
    return wanted.scores and (least, below)


def _buckets(between: tuple[int, int]) -> range:
    """The buckets in which such scores are counted."""
    least, below = between
    return range(SCORES.bucket(least), SCORES.bucket(below - 1) + 1) if least < below else range(0)


def _is_whole(between: tuple[int, int]) -> bool:
    """Whether every score in its buckets lies between."""
    return all(edge in SCORES.edges for edge in between)


def _id_at(at_ms: int) -> str:
    """The smallest id of a job admitted at a time."""
    return f"{max(0, at_ms):012x}"


_OF_BUCKET = Prepared(
    select(job_results.c.job_id)
    .where(job_results.c.bucket == bindparam("of_bucket"), job_results.c.job_id < bindparam("edge"))
    .order_by(job_results.c.job_id.desc())
    .limit(bindparam("most"))
)
