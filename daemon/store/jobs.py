"""The jobs table: admitting, moving along the legal moves, looking up.

A job that somebody works on (``working``) is moved by the queue only, because every write about
it must carry its token.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from sqlalchemy import (
    Connection,
    Update,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)

from daemon.clock import Clock
from daemon.domain.job import TERMINAL, Job, State, sources_of
from daemon.store import rows
from daemon.store.counters import Counters
from daemon.store.results import complete, insert_result, replace_result
from daemon.store.statements import Prepared, pieces
from daemon.store.tables import (
    IS_DONE,
    inbox_turns,
    job_codes,
    job_outputs,
    job_results,
    jobs,
)

# What a claim sets; a job outside ``working`` belongs to nobody.
UNCLAIMED = ("owner", "token", "lease_until_ms")

# A claimed job is moved by its claim's token only; a verdict is taken back by ``requeue`` only,
# or by a person's word (``Reviews.reopen``).
_CLAIMED = frozenset({State.WORKING})
_NOT_BY_MOVE = {State.QUEUED: frozenset({State.WORKING, State.PUBLISHING, State.REVIEW})}

# Reasons, outputs and measures come with the verdict, never before.
_WITHOUT_RESULT = frozenset({State.ADMITTED, State.TAKEN, State.QUEUED, State.WORKING})


class Jobs:
    """Jobs, as ``uow.jobs``."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def add(self, job: Job) -> bool:
        """Write a new job down, in whatever state it is.

        Returns:
            False, and nothing is written, where a live job for the same inbox, name key and
            generation exists (or one of the same id).
        """
        return bool(self.add_many([job]))

    def add_many(self, new: Sequence[Job]) -> list[str]:
        """Write new jobs down; those of which a live one exists already are passed over.

        What is added counts as received.

        Returns:
            Ids of the jobs that were added, in the order given.

        Raises:
            ValueError: A job has a result, but stands where it cannot have one.
        """
        for name in sorted({job.inbox for job in new}):
            _KNOW_INBOX.run(self._connection, {"inbox": name})
        added: dict[str, str] = {}
        for job in new:
            result = {name: getattr(job, name) for name in sorted(rows.RESULT_FIELDS)}
            result = {name: value for name, value in result.items() if value}
            _refuse_result(job.state, result)
            if _ADD.run(self._connection, rows.row_of(job)):
                added[job.id] = job.inbox
                insert_result(self._connection, job.id, result)
        Counters(self._connection).received(added)
        return list(added)

    def get(self, job_id: str) -> Job | None:
        """The job with everything known about it."""
        row = _BY_ID.row(self._connection, {"id": job_id})
        return None if row is None else complete(self._connection, [row])[0]

    def move(self, job_id: str, to: State, **changes: Any) -> bool:
        """Move a job on, if it stands where ``LEGAL_MOVES`` allows that.

        ``queued_ms`` and ``finished_ms`` are filled in where a move implies them and they are
        not given.

        Args:
            job_id: The job.
            to: Its next state; not ``working``, which only a claim can bring about.
            changes: Other fields of ``Job`` to set with it.

        Returns:
            False, and nothing changes, where the job stands elsewhere, is claimed, or does not
            exist.

        Raises:
            KeyError: A name that is no field of ``Job``.
            ValueError: ``to`` is ``working``, or a state in which a job has no result yet and
                one is given.
        """
        if to is State.WORKING:
            msg = "only a claim makes a job working"
            raise ValueError(msg)
        _refuse_result(to, changes)
        if to is State.QUEUED:
            changes.setdefault("queued_ms", self._clock.now_ms())
        if to in TERMINAL:
            changes.setdefault("finished_ms", self._clock.now_ms())
        columns = rows.columns_of(changes)
        if not _moving(to, tuple(columns)).run(self._connection, _new(job_id, columns)):
            return False
        replace_result(self._connection, job_id, changes)
        if to is State.WITHDRAWN:
            self._not_received(job_id)
        return True

    def _not_received(self, job_id: str) -> None:
        """Taken away before it was taken in, or run again as another job: it does not count."""
        statement = select(jobs.c.inbox).where(jobs.c.id == job_id)
        inbox = self._connection.execute(statement).scalar_one()
        Counters(self._connection).received({job_id: inbox}, n=-1)

    def update(self, job_id: str, **changes: Any) -> None:
        """Set fields of a job without moving it.

        Raises:
            KeyError: A name that is no field of ``Job``.
            ValueError: ``state`` is among them (``move`` is for that), or a result is given
                before there is a verdict.
        """
        if "state" in changes:
            msg = "a state changes by move() only"
            raise ValueError(msg)
        columns = rows.columns_of(changes)
        if columns:
            _setting(tuple(columns)).run(self._connection, _new(job_id, columns))
        if not changes.keys() & rows.RESULT_FIELDS:
            return
        state = self._connection.execute(
            select(jobs.c.state).where(jobs.c.id == job_id)
        ).scalar_one_or_none()
        if state is not None:
            _refuse_result(State(state), changes)
            replace_result(self._connection, job_id, changes)

    def requeue(self, job_id: str) -> bool:
        """Take back the verdict of a job whose outputs were lost; it may be claimed again.

        Returns:
            False, and nothing changes, where the job is not ``publishing``.
        """
        statement = (
            update(jobs)
            .where(jobs.c.id == job_id, jobs.c.state == State.PUBLISHING.value)
            .values(state=State.QUEUED.value, verdict=None, filed=None, not_before_ms=0)
        )
        if not self._connection.execute(statement).rowcount:
            return False
        for table in (job_codes, job_outputs, job_results):
            self._connection.execute(delete(table).where(table.c.job_id == job_id))
        return True

    def in_state(
        self,
        *states: State,
        inbox: str | None = None,
        limit: int = 1000,
        after_id: str = "",
    ) -> list[Job]:
        """Jobs in any of the states, oldest first; the last one's id asks for the next page."""
        inboxes = None if inbox is None else (inbox,)
        ids = self._ids(_OLDEST, states, inboxes, {"edge": after_id, "most": limit})
        return self.of_ids(sorted(ids)[:limit])

    def newest(
        self,
        *states: State,
        inbox: str | None = None,
        limit: int = 100,
        before_id: str | None = None,
    ) -> list[Job]:
        """Jobs in any of the states, newest first; the last one's id asks for the next page."""
        inboxes = None if inbox is None else (inbox,)
        return self.of_ids(self.newest_ids(states, inboxes, before_id or AFTER_ALL, limit))[::-1]

    def newest_ids(
        self, states: Iterable[State], inboxes: Sequence[str] | None, edge: str, most: int
    ) -> list[str]:
        """Ids below ``edge`` of jobs in any of the states and inboxes, newest first."""
        ids = self._ids(_NEWEST, states, inboxes, {"edge": edge, "most": most})
        return sorted(ids, reverse=True)[:most]

    def _ids(
        self,
        statement: Prepared,
        states: Iterable[State],
        inboxes: Sequence[str] | None,
        values: Mapping[str, Any],
    ) -> list[str]:
        pairs = product(set(states), self._inboxes() if inboxes is None else inboxes)
        return [
            row["id"]
            for state, inbox in pairs
            for row in statement.rows(
                self._connection, {**values, "of_state": state.value, "of_inbox": inbox}
            )
        ]

    def of_ids(self, ids: Sequence[str]) -> list[Job]:
        """The jobs of these ids, oldest first."""
        found: list[Any] = []
        for some in pieces(sorted(ids)):
            statement = select(jobs).where(jobs.c.id.in_(some)).order_by(jobs.c.id)
            found.extend(self._connection.execute(statement).mappings())
        return complete(self._connection, found)

    def latest_named(self, inbox: str, keys: Iterable[str], *, since_ms: int) -> Job | None:
        """The newest job of a file by one of its name keys, admitted then or later."""
        statement = select(func.max(jobs.c.id)).where(
            jobs.c.inbox == inbox,
            jobs.c.name_key.in_([rows.text_blob(key) for key in keys]),
            jobs.c.id >= f"{max(0, since_ms):012x}",
        )
        found: str | None = self._connection.execute(statement).scalar_one()
        return None if found is None else self.get(found)

    def _inboxes(self) -> list[str]:
        return [row["inbox"] for row in _KNOWN_INBOXES.rows(self._connection, {})]

    def count(self, *states: State, inbox: str | None = None) -> int:
        """How many jobs are in any of the states."""
        statement = select(func.count()).select_from(jobs).where(*_standing(states, inbox))
        return int(self._connection.execute(statement).scalar_one())

    def generations(
        self,
        inbox: str,
        name_keys: Iterable[str] | None = None,
        *,
        in_ledger: bool | None = None,
    ) -> set[tuple[str, str]]:
        """Every (name key, generation) that this inbox ever had a job for.

        Args:
            inbox: Name of the inbox.
            name_keys: Look these names up only; ``None`` for all, which may be many.
            in_ledger: Only jobs whose photo stayed (true) or did not stay (false) in its place.
        """
        statement = select(jobs.c.name_key, jobs.c.generation).where(jobs.c.inbox == inbox)
        if in_ledger is not None:
            statement = statement.where(jobs.c.in_ledger == int(in_ledger))
        if name_keys is None:
            return {
                (rows.blob_text(key), generation)
                for key, generation in self._connection.execute(statement)
            }
        found = set()
        for some in pieces([rows.text_blob(key) for key in name_keys]):
            for key, generation in self._connection.execute(
                statement.where(jobs.c.name_key.in_(some))
            ):
                found.add((rows.blob_text(key), generation))
        return found

    def last_done(self, effect_key: str, inbox: str) -> Job | None:
        """The latest job of this inbox which made this very effect."""
        row = _LAST_DONE.row(self._connection, {"of_effect": effect_key, "of_inbox": inbox})
        return None if row is None else complete(self._connection, [row])[0]

    def prune(self, before_ms: int, limit: int) -> int:
        """Forget jobs that ended before then, with everything about them, oldest first.

        A job in review is never forgotten: it waits for a person. Nor is one whose photo still
        lies in its inbox: it would be taken for a new one.

        Returns:
            How many; fewer than ``limit`` means that none are left.
        """
        values = {"edge": f"{before_ms:012x}", "before_ms": before_ms, "most": limit}
        ids = sorted(self._ids(_ENDED, TERMINAL - {State.REVIEW}, None, values))[:limit]
        for some in pieces(ids):
            self._connection.execute(delete(jobs).where(jobs.c.id.in_(some)))
        return len(ids)

    def outputs_published(
        self, job_id: str, ordinal: int, target: bytes, at_ms: int | None
    ) -> None:
        """Record an output's (perhaps numbered) name, and when it stood complete under it."""
        self._connection.execute(
            update(job_outputs)
            .where(job_outputs.c.job_id == job_id, job_outputs.c.ordinal == ordinal)
            .values(target=target, published_ms=at_ms)
        )


@functools.cache
def _moving(to: State, names: tuple[str, ...]) -> Prepared:
    """The statement that moves a job to a state and sets columns with it."""
    sources = sorted(sources_of(to) - _NOT_BY_MOVE.get(to, _CLAIMED))
    stands = text(f"state IN ({', '.join(repr(state.value) for state in sources)})")
    return Prepared(_changing(names, state=literal_column(repr(to.value))).where(stands))


@functools.cache
def _setting(names: tuple[str, ...]) -> Prepared:
    """The statement that sets columns of a job."""
    return Prepared(_changing(names))


def _changing(names: tuple[str, ...], **also: Any) -> Update:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return update(jobs).where(jobs.c.id == bindparam("job_id")).values({**values, **also})


def _new(job_id: str, columns: Mapping[str, Any]) -> dict[str, Any]:
    return {"job_id": job_id, **{f"new_{name}": value for name, value in columns.items()}}


def _standing(states: Sequence[State], inbox: str | None) -> list[Any]:
    conditions: list[Any] = [jobs.c.state.in_([state.value for state in states])]
    if inbox is not None:
        conditions.append(jobs.c.inbox == inbox)
    return conditions


def _refuse_result(state: State, changes: Mapping[str, Any]) -> None:
    if state in _WITHOUT_RESULT and changes.keys() & rows.RESULT_FIELDS:
        msg = f"a job that is {state.value} has no result yet"
        raise ValueError(msg)


_BY_ID = Prepared(select(jobs).where(jobs.c.id == bindparam("id")))
_LAST_DONE = Prepared(
    select(jobs)
    .where(
        text(IS_DONE),
        jobs.c.inbox == bindparam("of_inbox"),
        jobs.c.effect_key == bindparam("of_effect"),
    )
    .order_by(jobs.c.id.desc())
    .limit(1)
)
# Both databases know these words; SQLAlchemy has a construct of its own for each.
_UNLESS_THERE = "ON CONFLICT DO NOTHING"
# Larger than any id: ids are lower-case hex.
AFTER_ALL = "g"


def _standing_in(*conditions: Any) -> Any:
    return select(jobs.c.id).where(
        jobs.c.state == bindparam("of_state"), jobs.c.inbox == bindparam("of_inbox"), *conditions
    )


_OLDEST = Prepared(
    _standing_in(jobs.c.id > bindparam("edge")).order_by(jobs.c.id).limit(bindparam("most"))
)
_NEWEST = Prepared(
    _standing_in(jobs.c.id < bindparam("edge")).order_by(jobs.c.id.desc()).limit(bindparam("most"))
)
# A job ends after its id was made, so that the id bounds the walk.
_ENDED = Prepared(
    _standing_in(
        jobs.c.id < bindparam("edge"),
        jobs.c.finished_ms < bindparam("before_ms"),
        jobs.c.in_ledger == text("0"),
    )
    .order_by(jobs.c.id)
    .limit(bindparam("most"))
)
_KNOWN_INBOXES = Prepared(select(inbox_turns.c.inbox))
_KNOW_INBOX = Prepared(
    insert(inbox_turns).values(inbox=bindparam("inbox"), served=text("0")), _UNLESS_THERE
)
_ADD = Prepared(insert(jobs), _UNLESS_THERE)
