"""Batches: their rows, their people, and which job is whose photo.

A batch's photos are ordinary jobs. While it is paused those that wait carry a start in the
past of all time (``HELD_MS``), which none of the queue's partial indexes contains: they are
handed out to nobody, and the queue need not know that batches exist.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, true, update

from daemon.domain.batch import BATCH_MOVES, Batch, BatchPhoto, BatchState, Progress
from daemon.domain.job import State
from daemon.domain.manifest import Entry
from daemon.store.rows import to_json
from daemon.store.statements import pieces
from daemon.store.tables import batch_jobs, batch_people, batches, jobs

# ``not_before_ms`` of a queued job that nobody may claim.
HELD_MS = -1

_QUEUED = jobs.c.state == State.QUEUED.value
_UNFINISHED = batches.c.finished_ms.is_(None)
_JSON = ("name", "folder", "findings")


class Batches:
    """Batches, as ``uow.batches``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, batch: Batch) -> None:
        """Write a new batch down."""
        self._connection.execute(insert(batches).values(**_columns(asdict(batch))))

    def get(self, batch_id: str) -> Batch | None:
        found = self._select(batches.c.id == batch_id, limit=1)
        return found[0] if found else None

    def live(self, limit: int = 10_000) -> list[Batch]:
        """Batches that are not over, oldest first."""
        return self._select(_UNFINISHED, limit=limit)

    def newest(self, limit: int = 100, before_id: str | None = None) -> list[Batch]:
        """Batches, newest first; the last one's id asks for the next page."""
        statement = select(batches).order_by(batches.c.id.desc()).limit(limit)
        if before_id is not None:
            statement = statement.where(batches.c.id < before_id)
        return [_batch_of(row) for row in self._connection.execute(statement).mappings()]

    def _select(self, *conditions: Any, limit: int) -> list[Batch]:
        statement = select(batches).where(*conditions).order_by(batches.c.id).limit(limit)
        return [_batch_of(row) for row in self._connection.execute(statement).mappings()]

    def move(self, batch_id: str, to: BatchState, **changes: Any) -> bool:
        """Move a batch on; False, and nothing changes, where it may not go there, or is over.

        Args:
            batch_id: The batch.
            to: Its next state.
            changes: Other fields of ``Batch`` to set with it.
        """
        sources = [state.value for state, targets in BATCH_MOVES.items() if to in targets]
        return self._change(batch_id, batches.c.state.in_(sources), state=to, **changes)

    def finish(self, batch_id: str, now_ms: int) -> bool:
        """Note that its report stands; False where that was noted before.

        A cancelled batch stays cancelled, any other is finished.
        """
        over = self._change(
            batch_id, batches.c.state == BatchState.CANCELLED.value, finished_ms=now_ms
        )
        return over or self.move(batch_id, BatchState.FINISHED, finished_ms=now_ms)

    def _change(self, batch_id: str, condition: Any, **changes: Any) -> bool:
        statement = update(batches).where(batches.c.id == batch_id, _UNFINISHED, condition)
        return self._connection.execute(statement.values(**_columns(changes))).rowcount == 1

    # ── people and photos ─────────────────────────────────────────────────────────────────

    def add_people(self, batch_id: str, entries: Iterable[Entry]) -> None:
        """Write the rows of a table down."""
        rows = [
            {"batch_id": batch_id, "line": entry.line, "entry": to_json(asdict(entry))}
            for entry in entries
        ]
        if rows:
            self._connection.execute(insert(batch_people), rows)

    def people(self, batch_id: str) -> list[Entry]:
        """The people of a batch, in the order of their table."""
        statement = (
            select(batch_people.c.entry)
            .where(batch_people.c.batch_id == batch_id)
            .order_by(batch_people.c.line)
        )
        return [Entry(**json.loads(text)) for (text,) in self._connection.execute(statement)]

    def some_people(self, batch_id: str, after_line: int, limit: int) -> list[Entry]:
        """People of a batch below a line of their table, in its order."""
        statement = (
            select(batch_people.c.entry)
            .where(batch_people.c.batch_id == batch_id, batch_people.c.line > after_line)
            .order_by(batch_people.c.line)
            .limit(limit)
        )
        return [Entry(**json.loads(text)) for (text,) in self._connection.execute(statement)]

    def people_count(self, batch_id: str) -> tuple[int, int]:
        """How many people a batch has, and how many of them have no photo."""
        mine = batch_people.c.batch_id == batch_id
        mine_with_photo = select(batch_jobs.c.line).where(
            batch_jobs.c.batch_id == batch_id, batch_jobs.c.line.is_not(None)
        )
        numbers = select(
            select(func.count()).select_from(batch_people).where(mine).scalar_subquery(),
            select(func.count())
            .select_from(batch_people)
            .where(mine, batch_people.c.line.not_in(mine_with_photo))
            .scalar_subquery(),
        )
        people, missing = self._connection.execute(numbers).one()
        return int(people), int(missing)

    def photos_of(self, batch_id: str, lines: Sequence[int]) -> list[BatchPhoto]:
        """The photos of some people, in the order in which they came."""
        return self._photos(batch_id, batch_jobs.c.line.in_(lines))

    def strays(self, batch_id: str, limit: int) -> list[BatchPhoto]:
        """Photos that are nobody's."""
        return self._photos(batch_id, batch_jobs.c.line.is_(None))[:limit]

    def _photos(self, batch_id: str, condition: Any) -> list[BatchPhoto]:
        statement = (
            select(batch_jobs.c.job_id, batch_jobs.c.line, batch_jobs.c.photo)
            .where(batch_jobs.c.batch_id == batch_id, condition)
            .order_by(batch_jobs.c.job_id)
        )
        found = self._connection.execute(statement)
        return [BatchPhoto(job_id, line, json.loads(photo)) for job_id, line, photo in found]

    def add_photos(self, batch_id: str, photos: Iterable[BatchPhoto]) -> None:
        """Note whose photo each job is."""
        rows = [
            {
                "batch_id": batch_id,
                "job_id": photo.job_id,
                "line": photo.line,
                "photo": to_json(photo.photo),
            }
            for photo in photos
        ]
        if rows:
            self._connection.execute(insert(batch_jobs), rows)

    def set_photos(self, batch_id: str, photos: Iterable[BatchPhoto]) -> None:
        """Note anew whose photo each job is; what was noted before is forgotten."""
        self._connection.execute(delete(batch_jobs).where(batch_jobs.c.batch_id == batch_id))
        self.add_photos(batch_id, photos)

    def photos(self, batch_id: str) -> list[BatchPhoto]:
        """The photos of a batch, in the order in which they came."""
        return self._photos(batch_id, true())

    def progress(self, batch_id: str) -> Progress:
        """How many of a batch's jobs are in which state."""
        statement = (
            select(jobs.c.state, func.count())
            .select_from(batch_jobs.join(jobs, jobs.c.id == batch_jobs.c.job_id))
            .where(batch_jobs.c.batch_id == batch_id)
            .group_by(jobs.c.state)
        )
        return Progress({State(state): n for state, n in self._connection.execute(statement)})

    # ── holding back ──────────────────────────────────────────────────────────────────────

    def hold(self, batch_id: str) -> int:
        """Let nobody claim what waits; returns how many jobs that changed."""
        return self._set_start(batch_id, HELD_MS, jobs.c.not_before_ms != HELD_MS)

    def unhold(self, batch_id: str) -> int:
        """Let what was held back be claimed; returns how many jobs that changed."""
        return self._set_start(batch_id, 0, jobs.c.not_before_ms == HELD_MS)

    def _set_start(self, batch_id: str, start_ms: int, condition: Any) -> int:
        mine = select(batch_jobs.c.job_id).where(batch_jobs.c.batch_id == batch_id)
        statement = update(jobs).where(jobs.c.id.in_(mine), _QUEUED, condition)
        return self._connection.execute(statement.values(not_before_ms=start_ms)).rowcount

    def queued(self, batch_id: str, limit: int = 500) -> list[str]:
        """Ids of the batch's jobs that wait to be claimed."""
        statement = (
            select(jobs.c.id)
            .select_from(batch_jobs.join(jobs, jobs.c.id == batch_jobs.c.job_id))
            .where(batch_jobs.c.batch_id == batch_id, _QUEUED)
            .order_by(jobs.c.id)
            .limit(limit)
        )
        return list(self._connection.execute(statement).scalars())

    def held_count(self, inbox: str | None = None) -> int:
        """How many queued jobs are held back: they wait for a person, not for their turn."""
        statement = select(func.count()).select_from(jobs).where(
            _QUEUED, jobs.c.not_before_ms == HELD_MS
        )  # fmt: skip
        if inbox is not None:
            statement = statement.where(jobs.c.inbox == inbox)
        return int(self._connection.execute(statement).scalar_one())

    # ── forgetting ────────────────────────────────────────────────────────────────────────

    def prune(self, before_ms: int, limit: int) -> int:
        """Forget batches that were over before then, with their people; returns how many."""
        statement = (
            select(batches.c.id)
            .where(batches.c.finished_ms < before_ms)
            .order_by(batches.c.id)
            .limit(limit)
        )
        ids: Sequence[str] = self._connection.execute(statement).scalars().all()
        for some in pieces(ids):
            self._connection.execute(delete(batches).where(batches.c.id.in_(some)))
        return len(ids)


def _columns(changes: dict[str, Any]) -> dict[str, Any]:
    columns = {name: to_json(value) if name in _JSON else value for name, value in changes.items()}
    if "state" in changes:
        columns["state"] = BatchState(changes["state"]).value
    return columns


def _batch_of(row: Any) -> Batch:
    values = dict(row)
    read = {name: json.loads(values[name]) for name in _JSON}
    return Batch(**{**values, **read, "state": BatchState(values["state"])})
