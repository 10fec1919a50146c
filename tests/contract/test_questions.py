"""Questions to the worker as rows, on either database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daemon.domain.artifact import Reason
from daemon.domain.job import new_job_id
from daemon.domain.question import QuestionRow, QuestionState
from daemon.errors import ServiceBusy
from daemon.store.database import Database
from daemon.store.questions import MAX_WAITING
from tests.contract.conftest import Booths
from tests.fakes.store import NOW_MS


def put(database: Database, at_ms: int = NOW_MS, **fields: object) -> QuestionRow:
    arguments = {"a": "/state/questions/1/a", "tight": True}
    question = QuestionRow(new_job_id(at_ms), "embed", arguments, "en", at_ms)
    question = replace(question, **fields)  # type: ignore[arg-type]
    with database.write() as uow:
        assert uow.questions.add(question) == question.id
    return question


def take(database: Database, question: QuestionRow, owner: str = "me") -> bool:
    with database.write() as uow:
        return uow.questions.take(question.id, owner)


def answer(database: Database, question: QuestionRow, at_ms: int = NOW_MS, **said: object) -> bool:
    with database.write() as uow:
        return uow.questions.answer(question.id, now_ms=at_ms, **said)  # type: ignore[arg-type]


def get(database: Database, question: QuestionRow) -> QuestionRow | None:
    with database.read() as uow:
        return uow.questions.get(question.id)


def test_a_question_is_kept_as_it_was_put(database: Database) -> None:
    question = put(database)
    assert get(database, question) == question
    with database.read() as uow:
        assert uow.questions.get("nobody") is None
        assert uow.questions.ids() == {question.id}


def test_the_oldest_is_due_first_and_only_while_it_waits(database: Database) -> None:
    later, first = put(database, NOW_MS + 5), put(database, NOW_MS)
    with database.read() as uow:
        assert [due.id for due in uow.questions.due(9)] == [first.id, later.id]
        assert [due.id for due in uow.questions.due()] == [first.id]
    assert take(database, first)
    with database.read() as uow:
        assert [due.id for due in uow.questions.due(9)] == [later.id]
        assert [asked.id for asked in uow.questions.asked()] == [first.id]


def test_a_question_is_taken_once(booths: Booths) -> None:
    here, there = booths.open(), booths.open()
    question = put(here)
    assert take(here, question, "one")
    assert not take(there, question, "two")
    row = get(there, question)
    assert row is not None
    assert (row.state, row.owner, row.asks) == (QuestionState.ASKED, "one", 1)


@pytest.mark.parametrize(("refund", "asks"), [(True, 1), (False, 2)])
def test_a_question_put_back_may_be_refunded(database: Database, refund: bool, asks: int) -> None:
    question = put(database)
    take(database, question)
    with database.write() as uow:
        assert not uow.questions.put_back(question.id, "another", refund=refund)
        assert uow.questions.put_back(question.id, "me", refund=refund)
        assert not uow.questions.put_back(question.id, "me", refund=refund)
    assert take(database, question, "next")
    row = get(database, question)
    assert row is not None
    assert (row.asks, row.owner) == (asks, "next")


def test_an_answer_can_be_collected_once(booths: Booths) -> None:
    database, asker = booths.open(), booths.open()
    question = put(database)
    take(database, question)
    with asker.write() as uow:
        assert uow.questions.collect(question.id) is None
    assert answer(database, question, facts={"vector": [0.5, -1.0], "who": "谁"})
    with asker.write() as uow:
        row = uow.questions.collect(question.id)
        assert uow.questions.collect(question.id) is None
    assert row is not None
    assert (row.facts, row.reason) == ({"vector": [0.5, -1.0], "who": "谁"}, None)
    assert get(database, question) is None


def test_a_refusal_keeps_its_code_and_facts(database: Database) -> None:
    question, reason = put(database), Reason("FACE_NOT_FOUND", {"side": "b"})
    assert answer(database, question, reason=reason)
    row = get(database, question)
    assert row is not None
    assert (row.reason, row.facts, row.answered_ms) == (reason, {}, NOW_MS)


def test_the_first_answer_stands_and_a_dropped_question_takes_none(database: Database) -> None:
    question, dropped = put(database), put(database)
    assert answer(database, question, facts={"n": 1})
    assert not answer(database, question, facts={"n": 2})
    with database.write() as uow:
        assert uow.questions.drop(dropped.id)
        assert not uow.questions.drop(dropped.id)
    assert not answer(database, dropped, facts={"n": 3})
    row = get(database, question)
    assert row is not None
    assert row.facts == {"n": 1}


def test_no_more_wait_than_the_limit(database: Database) -> None:
    first = put(database)
    for _ in range(MAX_WAITING - 1):
        put(database)
    with pytest.raises(ServiceBusy) as caught:
        put(database)
    assert caught.value.code == "SERVICE_BUSY"
    assert take(database, first)
    put(database)


def test_what_nobody_read_or_asked_is_forgotten_but_not_what_is_asked(database: Database) -> None:
    waits, asked, unread, fresh = (put(database) for _ in range(4))
    take(database, asked)
    answer(database, unread, NOW_MS + 1, facts={"n": 1})
    answer(database, fresh, NOW_MS + 9, facts={"n": 1})
    with database.write() as uow:
        assert set(uow.questions.expire(NOW_MS + 5)) == {waits.id, unread.id}
        assert uow.questions.ids() == {asked.id, fresh.id}
