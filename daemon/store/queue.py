"""Handing out jobs: claim, heartbeat, finish if still mine, release, sweep.

The queue is a port. ``SqlQueue`` speaks SQL that both SQLite and PostgreSQL understand; on
PostgreSQL claimers pass over rows that another holds (``FOR UPDATE SKIP LOCKED``) and every
time comes from the database's own clock, so the clocks of several nodes never meet. On SQLite
there is one daemon, and its clock serves.

A wall clock that is set: a time further ahead than ``FAR_AHEAD_MS`` was written before the
clock was put back, and counts as reached. Leases that seem to lapse because it was put ahead
are told apart by the tokens which the sweeper still holds; whatever else happens, the token
decides who may finish.

Limits accepted on purpose: jobs whose back-off ends are made claimable ``PIECE`` at a time, so
among more than that which fall due at one instant a higher priority may wait for some claims.
On PostgreSQL the order between inboxes is kept as well as concurrent claimers allow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, bindparam, func, or_, select, text, update

from daemon.clock import Clock
from daemon.domain.artifact import Reason
from daemon.domain.job import Claim, PlannedOutput, Verdict, new_token
from daemon.store import rows
from daemon.store.jobs import UNCLAIMED
from daemon.store.results import insert_result
from daemon.store.statements import PIECE, Prepared
from daemon.store.tables import IS_DEFERRED, IS_READY, IS_SUSPECT, holds, inbox_turns, jobs

FAR_AHEAD_MS = 3_600_000
# What a sweeper gets to look at the jobs it took over and to release or finish them.
SWEEP_LEASE_S = 60.0
# The scope that stands for all inboxes; one inbox alone is ``inbox:NAME``.
QUEUE_SCOPE = "queue"
INBOX_SCOPE = "inbox:"


class Queue(Protocol):
    """What the dispatcher needs of a queue; ``SqlQueue`` says more about each."""

    def claim(self, owner: str, lease_s: float, *, alone: bool) -> Claim | None:
        """The next job, or ``None`` when there is none that may be worked on now."""
        ...

    def heartbeat(self, claim: Claim, lease_s: float) -> bool:
        """Renew the lease; False: the job is no longer ours."""
        ...

    def finish_if_mine(  # noqa: PLR0913, PLR0917 - a verdict and its facts
        self,
        claim: Claim,
        verdict: Verdict,
        reasons: tuple[Reason, ...],
        outputs: tuple[PlannedOutput, ...],
        measures: Mapping[str, Any],
        engines: Mapping[str, Any],
        timings_ms: Mapping[str, float],
    ) -> bool:
        """Commit a verdict; False: the job is no longer ours, and nothing changes."""
        ...

    def release(
        self, claim: Claim, *, not_before_ms: int = 0, refund: bool = False, crashed: bool = False
    ) -> bool:
        """Give the job back to the queue; False: it is no longer ours."""
        ...

    def sweep(self, owner: str, *, held: frozenset[str], everyone: bool = False) -> list[Claim]:
        """Take over jobs that nobody works on any more."""
        ...


class SqlQueue:
    """The queue in the jobs table, as ``uow.queue``."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._by_database_clock = connection.dialect.name == "postgresql"

    def claim(self, owner: str, lease_s: float, *, alone: bool) -> Claim | None:
        """Claim the best job that is due and not held, and count the attempt.

        Best is: highest priority; then the inbox whose last claim is longest ago; then age.

        Args:
            owner: Who will work on it.
            lease_s: Seconds until the claim lapses unless renewed.
            alone: Whether nothing else is being worked on. A job which was in the worker's
                hands when it died (a suspect) goes out only then, and goes first; while one
                waits and ``alone`` is false nothing is handed out, so that the worker drains.
        """
        now = self._now()
        held = self._held(now)
        if QUEUE_SCOPE in held:
            return None
        self._wake_deferred(now)
        suspects = self._best_of_inboxes(_BEST_SUSPECT, held)
        if suspects and not alone:
            return None
        candidates = suspects or self._best_of_inboxes(_BEST_READY, held)
        take = _TAKE_SUSPECT if suspects else _TAKE_READY
        return self._take_first(take, candidates, owner, now, lease_s)

    def _take_first(
        self, take: Prepared, candidates: Sequence[str], owner: str, now: int, lease_s: float
    ) -> Claim | None:
        token = new_token()
        values = {
            "owner": owner,
            "token": token,
            "lease_until_ms": now + round(lease_s * 1000),
            "started_ms": now,
        }
        for inbox in candidates:
            row = take.row(self._connection, {**values, "of_inbox": inbox})
            if row is not None:
                _TURN.run(self._connection, {"of_inbox": inbox})
                return _claim(row, owner, token)
        return None

    def heartbeat(self, claim: Claim, lease_s: float) -> bool:
        values = {"lease_until_ms": self._now() + round(lease_s * 1000), **_mine(claim)}
        return _RENEW.run(self._connection, values) == 1

    def finish_if_mine(  # noqa: PLR0913, PLR0917 - the port's contract: a verdict and its facts
        self,
        claim: Claim,
        verdict: Verdict,
        reasons: tuple[Reason, ...],
        outputs: tuple[PlannedOutput, ...],
        measures: Mapping[str, Any],
        engines: Mapping[str, Any],
        timings_ms: Mapping[str, float],
    ) -> bool:
        values = {"verdict": verdict.value, **_mine(claim)}
        if _FINISH.run(self._connection, values) != 1:
            return False
        result = {
            "reasons": reasons,
            "outputs": outputs,
            "measures": measures,
            "engines": engines,
            "timings_ms": timings_ms,
        }
        insert_result(self._connection, claim.job.id, result)
        return True

    def release(
        self, claim: Claim, *, not_before_ms: int = 0, refund: bool = False, crashed: bool = False
    ) -> bool:
        """Give the job back to the queue.

        Args:
            claim: What was claimed.
            not_before_ms: Earliest next claim by the caller's clock, at most an hour from now;
                0 for at once.
            refund: Give the attempt back: the photo was not to blame.
            crashed: The worker died with this job in its hands.
        """
        values = {
            "not_before_ms": self._due(not_before_ms),
            "refunded": int(refund),
            "crashed": int(crashed),
            **_mine(claim),
        }
        return _RELEASE.run(self._connection, values) == 1

    def count_ready(self) -> int:
        """How many jobs may be worked on now, holds aside."""
        statement = select(func.count()).select_from(jobs)
        found = self._connection.execute(statement.where(or_(text(IS_READY), text(IS_SUSPECT))))
        return int(found.scalar_one())

    def sweep(self, owner: str, *, held: frozenset[str], everyone: bool = False) -> list[Claim]:
        """Take over jobs in work that nobody works on any more, each with a fresh token.

        These are: jobs whose lease lapsed (or ends absurdly late), and the owner's own that it
        no longer holds.

        Args:
            owner: Who sweeps, and owns the jobs from now on.
            held: Tokens of the claims the sweeper is working on; these stay untouched always.
            everyone: Take every other job in work, whatever its lease: the sweeper knows that
                there is no other worker (it has just started).
        """
        now = self._now()
        found = _WORKING.rows(self._connection, {})
        lost = [
            row
            for row in found
            if row["token"] not in held
            and (everyone or row["owner"] == owner or _lapsed(row["lease_until_ms"], now))
        ]
        return [claim for row in lost if (claim := self._take_over(row, owner, now))]

    def _take_over(self, lost: rows.Row, owner: str, now: int) -> Claim | None:
        token = new_token()
        values = {
            "owner": owner,
            "token": token,
            "lease_until_ms": now + round(SWEEP_LEASE_S * 1000),
            "of_id": lost["id"],
            "of_token": lost["token"],
        }
        row = _TAKE_OVER.row(self._connection, values)
        return None if row is None else _claim(row, owner, token)

    def _now(self) -> int:
        if self._by_database_clock:
            return int(self._connection.exec_driver_sql(_DATABASE_NOW).scalar_one())
        return self._clock.now_ms()

    def _due(self, not_before_ms: int) -> int:
        """The caller's point in time by the queue's clock; 0 if it is reached."""
        wait_ms = min(FAR_AHEAD_MS, not_before_ms - self._clock.now_ms())
        return self._now() + wait_ms if wait_ms > 0 else 0

    def _held(self, now: int) -> frozenset[str]:
        return frozenset(row["scope"] for row in _HELD.rows(self._connection, {"now": now}))

    def _wake_deferred(self, now: int) -> None:
        edges = _DEFERRED.rows(self._connection, {})[0]
        if edges["first"] is None:
            return
        far = now + FAR_AHEAD_MS
        if edges["first"] <= now:
            _WAKE.run(self._connection, {"after": 0, "until": now})
        if edges["last"] > far:
            _WAKE.run(self._connection, {"after": far, "until": edges["last"]})

    def _best_of_inboxes(self, best: Prepared, held: frozenset[str]) -> list[str]:
        found = (row["inbox"] for row in best.rows(self._connection, {}))
        return [inbox for inbox in found if INBOX_SCOPE + inbox not in held]


def _claim(row: rows.Row, owner: str, token: str) -> Claim:
    # A job before its verdict has no result to fetch.
    return Claim(rows.job_of(row), owner, token)


def _lapsed(lease_until_ms: int | None, now: int) -> bool:
    return lease_until_ms is None or not now < lease_until_ms <= now + FAR_AHEAD_MS


def _mine(claim: Claim) -> dict[str, str]:
    return {"of_id": claim.job.id, "of_token": claim.token}


_DATABASE_NOW = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"

_other = jobs.alias("other")


def _next_of(inbox: Any, condition: str) -> Any:
    """Id of the best job of an inbox, found by one step into a partial index."""
    return (
        select(_other.c.id)
        .where(text(condition), _other.c.inbox == inbox)
        .order_by(_other.c.priority.desc(), _other.c.id)
        .limit(1)
    )


def _best(condition: str) -> Prepared:
    turns = inbox_turns
    best = _next_of(turns.c.inbox, condition).correlate(turns).scalar_subquery()
    return Prepared(
        select(turns.c.inbox)
        .select_from(turns.join(jobs, jobs.c.id == best))
        .order_by(jobs.c.priority.desc(), turns.c.served, jobs.c.id)
    )


def _take(condition: str) -> Prepared:
    # PostgreSQL passes over a row that another claimer has locked; SQLite, where the lock is
    # the whole database's, does not know these words and SQLAlchemy leaves them out.
    best = _next_of(bindparam("of_inbox"), condition).with_for_update(skip_locked=True)
    return Prepared(
        update(jobs)
        .where(jobs.c.id == best.scalar_subquery())
        .values(
            state=text("'working'"),
            attempts=jobs.c.attempts + text("1"),
            owner=bindparam("owner"),
            token=bindparam("token"),
            lease_until_ms=bindparam("lease_until_ms"),
            started_ms=bindparam("started_ms"),
        )
        .returning(*jobs.c)
    )


_HELD = Prepared(
    select(holds.c.scope).where(
        or_(holds.c.until_ms.is_(None), holds.c.until_ms > bindparam("now"))
    )
)


def _deferred_edge(*order: Any) -> Any:
    return (
        select(_other.c.not_before_ms)
        .where(text(IS_DEFERRED))
        .order_by(*order)
        .limit(1)
        .scalar_subquery()
    )


_DEFERRED = Prepared(
    select(
        _deferred_edge(_other.c.not_before_ms).label("first"),
        _deferred_edge(_other.c.not_before_ms.desc()).label("last"),
    )
)
_WAKE = Prepared(
    update(jobs)
    .where(
        jobs.c.id.in_(
            select(_other.c.id)
            .where(
                text(IS_DEFERRED),
                _other.c.not_before_ms > bindparam("after"),
                _other.c.not_before_ms <= bindparam("until"),
            )
            .order_by(_other.c.not_before_ms)
            .limit(PIECE)
            .with_for_update(skip_locked=True)
        )
    )
    .values(not_before_ms=text("0"))
)
_BEST_READY = _best(IS_READY)
_BEST_SUSPECT = _best(IS_SUSPECT)
_TAKE_READY = _take(IS_READY)
_TAKE_SUSPECT = _take(IS_SUSPECT)
_mine_turn = inbox_turns.alias("mine")
_any_turn = inbox_turns.alias("any_turn")
_TURN = Prepared(
    update(inbox_turns)
    .where(
        inbox_turns.c.inbox
        == select(_mine_turn.c.inbox)
        .where(_mine_turn.c.inbox == bindparam("of_inbox"))
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    .values(served=select(func.max(_any_turn.c.served) + text("1")).scalar_subquery())
)


def _of_claim(statement: Any) -> Any:
    return statement.where(
        jobs.c.id == bindparam("of_id"),
        text("state = 'working'"),
        jobs.c.token == bindparam("of_token"),
    )


_RENEW = Prepared(_of_claim(update(jobs)).values(lease_until_ms=bindparam("lease_until_ms")))
_NOBODY = {name: text("NULL") for name in UNCLAIMED}
_FINISH = Prepared(
    _of_claim(update(jobs)).values(
        state=text("'publishing'"), verdict=bindparam("verdict"), **_NOBODY
    )
)
_RELEASE = Prepared(
    _of_claim(update(jobs)).values(
        state=text("'queued'"),
        attempts=jobs.c.attempts - bindparam("refunded"),
        crashes=jobs.c.crashes + bindparam("crashed"),
        not_before_ms=bindparam("not_before_ms"),
        **_NOBODY,
    )
)
_WORKING = Prepared(
    select(jobs.c.id, jobs.c.owner, jobs.c.token, jobs.c.lease_until_ms)
    .where(text("state = 'working'"))
    .order_by(jobs.c.id)
)
_TAKE_OVER = Prepared(
    _of_claim(update(jobs))
    .values(
        owner=bindparam("owner"),
        token=bindparam("token"),
        lease_until_ms=bindparam("lease_until_ms"),
    )
    .returning(*jobs.c)
)
