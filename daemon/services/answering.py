"""The daemon's side of questions: which is put to the worker next, and what becomes of it.

One daemon runs for a booth, and its dispatcher alone calls this.
"""

from __future__ import annotations

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.artifact import Reason
from daemon.domain.job import new_job_id
from daemon.domain.question import MAX_ASKS, QuestionRow
from daemon.protocol import Answer, Ask
from daemon.services.questions import FOLDER, remove_pictures
from daemon.store.database import Database
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

# As often as orders are looked for; a person waits, and half of it is the average.
LOOK_EVERY_S = 0.2
# An answer that nobody read by then is forgotten, for it is about a person's face.
KEPT_S = 600.0
_TIDY_EVERY_S = 30.0


class Answering:
    """Questions from the table to the worker, and answers back.

    Args:
        config: The whole configuration.
        database: Where questions lie.
        clock: Time.
        owner: Names this daemon instance.
    """

    def __init__(self, config: Config, database: Database, clock: Clock, owner: str) -> None:
        self._layout = config.layout
        self._limits = config.limits.model_dump()
        self._database = database
        self._clock = clock
        self._owner = owner
        self._look_s = 0.0
        self._tidy_s = 0.0
        self._log = get_logger("questions")

    def next(self) -> Ask | None:
        """Take the oldest waiting question to the worker; ``None``: none waits."""
        now_s = self._clock.monotonic_s()
        if now_s < self._look_s:
            return None
        self._tidy(now_s)
        self._look_s = now_s + LOOK_EVERY_S
        with self._database.read() as uow:
            due = uow.questions.due()
        if not due:
            return None
        question = due[0]
        with self._database.write() as uow:
            if not uow.questions.take(question.id, self._owner):
                return None
        self._log.info(events.QUESTION_ASKED, question_id=question.id, kind=question.kind)
        arguments = {"limits": self._limits, **question.arguments}
        return Ask(question.id, question.kind, arguments, question.language)

    def answered(self, answer: Answer) -> None:
        """Keep what the worker said for whoever asked."""
        self._look_s = 0.0  # the next one need not wait
        with self._database.write() as uow:
            uow.questions.answer(
                answer.ask_id,
                now_ms=self._clock.now_ms(),
                facts=answer.facts,
                reason=answer.reason,
            )
        self._done(answer.ask_id, answer.reason, answer.detail)

    def lost(self, question_id: str, code: str) -> None:
        """The worker died or hung with the question in hand: once more, then the code."""
        with self._database.read() as uow:
            question = uow.questions.get(question_id)
        if question is not None:
            self._again_or_refuse(question, code)

    def returned(self, question_id: str) -> None:
        """The worker never came to it; it waits as if it had not been asked."""
        with self._database.write() as uow:
            uow.questions.put_back(question_id, self._owner, refund=True)

    def refuse_waiting(self, code: str) -> None:
        """Nobody can answer now: whoever waits is told at once."""
        now_s = self._clock.monotonic_s()
        if now_s < self._look_s:
            return
        self._look_s = now_s + LOOK_EVERY_S
        with self._database.read() as uow:
            due = uow.questions.due(limit=1000)
        for question in due:
            self._refuse(question, code)

    def recover(self) -> None:
        """At a start: what an earlier daemon had asked is asked once more, or refused."""
        with self._database.read() as uow:
            asked = uow.questions.asked()
        for question in asked:
            self._again_or_refuse(question, "WORKER_CRASHED")
        self._tidy(self._clock.monotonic_s())

    def _again_or_refuse(self, question: QuestionRow, code: str) -> None:
        is_over = question.asks >= MAX_ASKS or question.owner is None
        self._log.warning(
            events.QUESTION_LOST, question_id=question.id, code=code, again=not is_over
        )
        if is_over:
            self._refuse(question, code)
            return
        with self._database.write() as uow:
            uow.questions.put_back(question.id, question.owner or "", refund=False)

    def _refuse(self, question: QuestionRow, code: str) -> None:
        reason = Reason(code, {"job": question.id})
        with self._database.write() as uow:
            uow.questions.answer(question.id, now_ms=self._clock.now_ms(), reason=reason)
        self._done(question.id, reason, "")

    def _done(self, question_id: str, reason: Reason | None, detail: str) -> None:
        code = reason.code if reason else None
        self._log.info(events.QUESTION_ANSWERED, question_id=question_id, code=code, detail=detail)
        remove_pictures(self._layout, question_id)

    def _tidy(self, now_s: float) -> None:
        if now_s < self._tidy_s:
            return
        self._tidy_s = now_s + _TIDY_EVERY_S
        with self._database.write() as uow:
            forgotten = uow.questions.expire(self._clock.now_ms() - round(KEPT_S * 1000))
            known = uow.questions.ids()
        for question_id in forgotten:
            remove_pictures(self._layout, question_id)
        for question_id in self._old_pictures() - known:
            remove_pictures(self._layout, question_id)

    def _old_pictures(self) -> frozenset[str]:
        # An asker that died may have left them without a row; one that writes them now has not.
        folder = self._layout.state / FOLDER
        if not folder.is_dir():
            return frozenset()
        newest = new_job_id(self._clock.now_ms() - round(KEPT_S * 1000))
        return frozenset(entry.name for entry in folder.iterdir() if entry.name < newest)
