"""What people decide about photos in review, who looks at which, and which ones wait."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Select, delete, exists, func, insert, select, text, update

from daemon.clock import Clock
from daemon.domain.job import State
from daemon.domain.review import Decision, DecisionKind, Look, Outcome
from daemon.store.batches import HELD_MS
from daemon.store.rows import blob_text, columns_of, text_blob, to_json
from daemon.store.statements import insert_into
from daemon.store.tables import (
    IS_PENDING,
    job_codes,
    job_outputs,
    job_results,
    jobs,
    review_decisions,
    review_looks,
)

# Beyond this many nobody wants to know how many wait exactly.
MOST_COUNTED = 1000


class Reviews:
    """Decisions and looks, as ``uow.reviews``."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    # ── what waits ────────────────────────────────────────────────────────────────────────

    def waiting(
        self,
        inboxes: Iterable[str],
        *,
        code: str = "",
        after_id: str = "",
        limit: int = 50,
        not_looked_at_but_by: str | None = None,
    ) -> list[str]:
        """Ids of photos that wait for a person, oldest first.

        Args:
            inboxes: Of these inboxes.
            code: With that code among their reasons.
            after_id: Behind that one.
            limit: At most so many.
            not_looked_at_but_by: Leave out those which somebody else has before them.
        """
        found: list[str] = []
        # An inbox at a time: that is how the index lies, and each stops at the limit.
        for inbox in inboxes:
            statement = _of_inbox(inbox, code).where(jobs.c.id > after_id)
            if not_looked_at_but_by is not None:
                statement = statement.where(~self._looked_at(not_looked_at_but_by))
            statement = statement.order_by(jobs.c.id).limit(limit)
            found.extend(self._connection.execute(statement).scalars())
        return sorted(found)[:limit]

    def _looked_at(self, who: str) -> Any:
        return exists().where(
            review_looks.c.job_id == jobs.c.id,
            review_looks.c.who != who,
            review_looks.c.until_ms > self._clock.now_ms(),
        )

    def count(self, inboxes: Iterable[str], code: str = "") -> int:
        """How many wait; ``MOST_COUNTED`` and one more where there are more."""
        total = 0
        for inbox in inboxes:
            some = _of_inbox(inbox, code).limit(MOST_COUNTED + 1).subquery()
            statement = select(func.count()).select_from(some)
            total += int(self._connection.execute(statement).scalar_one())
        return min(total, MOST_COUNTED + 1)

    # ── looks ─────────────────────────────────────────────────────────────────────────────

    def look(self, job_id: str, who: str, until_ms: int) -> Look:
        """Note that somebody looks, unless somebody else does.

        Returns:
            Whose look it is now.
        """
        statement = insert_into(self._connection, review_looks)
        mine_or_over = (review_looks.c.who == who) | (
            review_looks.c.until_ms <= self._clock.now_ms()
        )
        statement = statement.on_conflict_do_update(
            index_elements=["job_id"],
            set_={name: statement.excluded[name] for name in ("who", "until_ms")},
            where=mine_or_over,
        )
        values = {"job_id": job_id, "who": who, "until_ms": until_ms}
        self._connection.execute(statement, values)
        found = self.looks([job_id]).get(job_id)
        assert found is not None
        return found

    def looks(self, job_ids: Iterable[str]) -> dict[str, Look]:
        """Who looks at which of these photos just now."""
        statement = select(review_looks).where(
            review_looks.c.job_id.in_(list(job_ids)),
            review_looks.c.until_ms > self._clock.now_ms(),
        )
        return {
            row.job_id: Look(row.who, row.until_ms) for row in self._connection.execute(statement)
        }

    def look_away(self, job_id: str, who: str | None = None) -> None:
        """End a look: somebody's, or whoever's it is."""
        statement = delete(review_looks).where(review_looks.c.job_id == job_id)
        if who is not None:
            statement = statement.where(review_looks.c.who == who)
        self._connection.execute(statement)

    # ── decisions ─────────────────────────────────────────────────────────────────────────

    def decide(  # noqa: PLR0913 - the columns of a decision
        self,
        job_id: str,
        kind: DecisionKind,
        by: str,
        *,
        code: str = "",
        note: str = "",
        args: Mapping[str, Any] | None = None,
    ) -> int | None:
        """Write a decision down; ``None`` where an open one about this photo stands already."""
        statement = (
            insert_into(self._connection, review_decisions)
            .values(
                job_id=job_id,
                kind=kind.value,
                decided_by=by,
                decided_ms=self._clock.now_ms(),
                code=code,
                note=text_blob(note),
                args=to_json(dict(args or {})),
            )
            .on_conflict_do_nothing()
            .returning(review_decisions.c.id)
        )
        found: int | None = self._connection.execute(statement).scalar_one_or_none()
        return found

    def restore(self, decision: Decision) -> None:
        """Write a decision down that a record tells of, as it was."""
        self._connection.execute(
            insert(review_decisions).values(
                job_id=decision.job_id,
                kind=decision.kind.value,
                decided_by=decision.by,
                decided_ms=decision.decided_ms,
                code=decision.code,
                note=text_blob(decision.note),
                args=to_json(dict(decision.args)),
                moved_ms=decision.moved_ms,
                closed_ms=decision.closed_ms,
                outcome=None if decision.outcome is None else decision.outcome.value,
            )
        )

    def open(self, limit: int = 100) -> list[Decision]:
        """Decisions that are not carried out yet, oldest first."""
        statement = select(review_decisions).where(text(IS_PENDING))
        statement = statement.order_by(review_decisions.c.id).limit(limit)
        return self._read(statement)

    def of(self, job_id: str) -> list[Decision]:
        """Every decision about a photo, oldest first."""
        statement = select(review_decisions).where(review_decisions.c.job_id == job_id)
        return self._read(statement.order_by(review_decisions.c.id))

    def _read(self, statement: Select[Any]) -> list[Decision]:
        return [_decision_of(row) for row in self._connection.execute(statement).mappings()]

    def plan(self, decision_id: int, before: bytes, after: bytes) -> None:
        """Record how the job was and how it is to end; before any file is touched."""
        self._change(decision_id, before=before, after=after)

    def moved(self, decision_id: int) -> None:
        """Record that the job left review by this decision."""
        self._change(decision_id, moved_ms=self._clock.now_ms())

    def close(self, decision_id: int, outcome: Outcome) -> None:
        """Record what became of a decision; how the job was is wanted no more."""
        now_ms = self._clock.now_ms()
        self._change(decision_id, closed_ms=now_ms, outcome=outcome.value, before=None, after=None)

    def _change(self, decision_id: int, **values: Any) -> None:
        statement = update(review_decisions).where(review_decisions.c.id == decision_id)
        self._connection.execute(statement.values(**values))

    # ── once more ─────────────────────────────────────────────────────────────────────────

    def reopen(self, job_id: str, **changes: Any) -> bool:
        """Put a job in review back into the queue, held back, its result forgotten.

        Args:
            job_id: The job.
            changes: ``plan``, ``instruct`` and ``effect_key`` as they are to be.

        Returns:
            False, and nothing changes, where it is not in review, or the same photo is on its
            way as another job.
        """
        other = jobs.alias("other")
        is_on_its_way = exists().where(
            other.c.inbox == jobs.c.inbox,
            other.c.name_key == jobs.c.name_key,
            other.c.generation == jobs.c.generation,
            other.c.finished_ms.is_(None),
        )
        columns = columns_of(
            {
                **changes, "state": State.QUEUED, "verdict": None, "filed": None, "attempts": 0,
                "crashes": 0, "finished_ms": None, "started_ms": None,
                "not_before_ms": HELD_MS, "queued_ms": self._clock.now_ms(),
            }
        )  # fmt: skip
        statement = (
            update(jobs)
            .where(jobs.c.id == job_id, jobs.c.state == State.REVIEW.value, ~is_on_its_way)
            .values(**columns)
        )
        if not self._connection.execute(statement).rowcount:
            return False
        for table in (job_codes, job_outputs, job_results):
            self._connection.execute(delete(table).where(table.c.job_id == job_id))
        return True

    def release(self, job_id: str) -> None:
        """Let a job be claimed that ``reopen`` holds back."""
        self._connection.execute(
            update(jobs)
            .where(
                jobs.c.id == job_id,
                jobs.c.state == State.QUEUED.value,
                jobs.c.not_before_ms == HELD_MS,
            )
            .values(not_before_ms=0)
        )


def _of_inbox(inbox: str, code: str) -> Select[Any]:
    """Ids of photos of an inbox that wait.

    The cheapest question comes first and is answered by an index alone: where few of many
    photos have the code, the wide rows of the others are never read.
    """
    statement = select(jobs.c.id).where(jobs.c.state == State.REVIEW.value, jobs.c.inbox == inbox)
    if code:
        has_code = select(job_codes.c.job_id).where(
            job_codes.c.job_id == jobs.c.id, job_codes.c.code == code
        )
        statement = statement.where(has_code.exists())
    decided = exists().where(review_decisions.c.job_id == jobs.c.id, text(IS_PENDING))
    # Where the original is filed nowhere any more, nothing is left to decide about.
    kept = jobs.alias("kept")
    is_kept = exists().where(kept.c.id == jobs.c.id, kept.c.filed.is_not(None))
    return statement.where(~decided, is_kept)


def _decision_of(row: Mapping[Any, Any]) -> Decision:
    return Decision(
        id=row["id"],
        job_id=row["job_id"],
        kind=DecisionKind(row["kind"]),
        by=row["decided_by"],
        decided_ms=row["decided_ms"],
        code=row["code"],
        note=blob_text(row["note"]),
        args=json.loads(row["args"]),
        before=None if row["before"] is None else bytes(row["before"]),
        after=None if row["after"] is None else bytes(row["after"]),
        moved_ms=row["moved_ms"],
        closed_ms=row["closed_ms"],
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
    )
