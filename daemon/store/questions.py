"""Questions to the worker, put by another process than the one that answers them.

Answers hold personal data: a row is deleted when its answer is read, or soon after nobody did.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from daemon.domain.artifact import Reason
from daemon.domain.question import QuestionRow, QuestionState
from daemon.errors import ServiceBusy
from daemon.store.rows import to_json
from daemon.store.tables import questions

# More than a worker answers while somebody is willing to wait.
MAX_WAITING = 64

_WAITING = questions.c.state == QuestionState.WAITING.value
_ASKED = questions.c.state == QuestionState.ASKED.value
_ANSWERED = questions.c.state == QuestionState.ANSWERED.value


class Questions:
    """Questions, as ``uow.questions``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, question: QuestionRow) -> str:
        """Put a question.

        Returns:
            Its id.

        Raises:
            ServiceBusy: ``MAX_WAITING`` wait already. (Several processes of a PostgreSQL booth
                that ask at the same moment may pass it by as many.)
        """
        waiting = self.count_waiting()
        if waiting >= MAX_WAITING:
            msg = f"{waiting} questions wait already; try again in a moment"
            raise ServiceBusy(msg, waiting=waiting)
        self._connection.execute(
            insert(questions).values(
                id=question.id,
                kind=question.kind,
                arguments=to_json(dict(question.arguments)),
                language=question.language,
                state=QuestionState.WAITING.value,
                asks=0,
                placed_ms=question.placed_ms,
            )
        )
        return question.id

    def count_waiting(self) -> int:
        statement = select(func.count()).select_from(questions).where(_WAITING)
        return int(self._connection.execute(statement).scalar_one())

    def due(self, limit: int = 1) -> list[QuestionRow]:
        """Questions that nobody has asked yet, oldest first."""
        return self._several(select(questions).where(_WAITING).limit(limit))

    def asked(self) -> list[QuestionRow]:
        """Questions in a worker's hands, or in those of one that is gone."""
        return self._several(select(questions).where(_ASKED))

    def get(self, question_id: str) -> QuestionRow | None:
        found = self._several(select(questions).where(questions.c.id == question_id))
        return found[0] if found else None

    def take(self, question_id: str, owner: str) -> bool:
        """Take a waiting question to the worker; False: somebody else did, or it is gone."""
        statement = update(questions).where(questions.c.id == question_id, _WAITING)
        return self._changed(
            statement.values(
                state=QuestionState.ASKED.value, owner=owner, asks=questions.c.asks + 1
            )
        )

    def put_back(self, question_id: str, owner: str, *, refund: bool) -> bool:
        """Let a question that its owner took wait again.

        Args:
            question_id: Which.
            owner: Who took it.
            refund: The worker never came to it: the asking does not count.

        Returns:
            False: it is not theirs, or gone.
        """
        statement = update(questions).where(
            questions.c.id == question_id, _ASKED, questions.c.owner == owner
        )
        asks = questions.c.asks - 1 if refund else questions.c.asks
        return self._changed(
            statement.values(state=QuestionState.WAITING.value, owner=None, asks=asks)
        )

    def answer(
        self,
        question_id: str,
        *,
        now_ms: int,
        facts: Mapping[str, Any] | None = None,
        reason: Reason | None = None,
    ) -> bool:
        """Keep the answer, or why there is none, for whoever asked; the first one stands.

        Returns:
            False: it is answered, or nobody waits for it any more.
        """
        statement = update(questions).where(questions.c.id == question_id, ~_ANSWERED)
        return self._changed(
            statement.values(
                state=QuestionState.ANSWERED.value,
                owner=None,
                answered_ms=now_ms,
                facts=to_json(dict(facts or {})),
                reason=None if reason is None else to_json(reason.as_json()),
            )
        )

    def collect(self, question_id: str) -> QuestionRow | None:
        """The answered question, deleted with this; ``None`` while there is no answer."""
        row = self.get(question_id)
        if row is None or row.state is not QuestionState.ANSWERED:
            return None
        statement = delete(questions).where(questions.c.id == question_id)
        return row if self._changed(statement) else None

    def drop(self, question_id: str) -> bool:
        """Forget a question, whatever it has come to; False: there is none."""
        return self._changed(delete(questions).where(questions.c.id == question_id))

    def expire(self, before_ms: int) -> list[str]:
        """Forget answers that nobody read, and questions that nobody asked, since then.

        Returns:
            Ids of those forgotten.
        """
        statement = delete(questions).where(
            or_(
                _ANSWERED & (questions.c.answered_ms < before_ms),
                _WAITING & (questions.c.placed_ms < before_ms),
            )
        )
        return list(self._connection.execute(statement.returning(questions.c.id)).scalars())

    def ids(self) -> frozenset[str]:
        """Every question there is."""
        return frozenset(self._connection.execute(select(questions.c.id)).scalars())

    def _changed(self, statement: Any) -> bool:
        return bool(self._connection.execute(statement).rowcount)

    def _several(self, statement: Any) -> list[QuestionRow]:
        found = self._connection.execute(statement.order_by(questions.c.placed_ms, questions.c.id))
        return [_row(row) for row in found]


def _row(row: Any) -> QuestionRow:
    return QuestionRow(
        id=row.id,
        kind=row.kind,
        arguments=json.loads(row.arguments),
        language=row.language,
        placed_ms=row.placed_ms,
        state=QuestionState(row.state),
        asks=row.asks,
        owner=row.owner,
        answered_ms=row.answered_ms,
        facts=json.loads(row.facts or "{}"),
        reason=None if row.reason is None else Reason.from_json(json.loads(row.reason)),
    )
