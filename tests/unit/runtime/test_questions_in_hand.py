"""Questions among the works in a worker's hands: deadlines, blame, late answers."""

from __future__ import annotations

import pytest

from daemon.domain.artifact import Reason
from daemon.domain.route import Plan
from daemon.errors import FaultVerdict
from daemon.protocol import Answer, Ask, Fault, Progress, Work
from daemon.runtime.step_times import StepTimes
from daemon.runtime.worker_events import Lost, with_tasks
from daemon.runtime.works_in_hand import WorksInHand

ASK = Ask("q", "compare")
WORK = Work("j", 1, "/s/in", "a.jpg", "/s/1", Plan.of(["copy"]), "en")


@pytest.fixture
def times() -> StepTimes:
    return StepTimes(100, adaptive=False)


@pytest.fixture
def hands() -> WorksInHand:
    both = WorksInHand()
    both.add(WORK)
    both.add(ASK)
    return both


def test_a_question_has_its_deadline_from_its_first_sign(
    hands: WorksInHand, times: StepTimes
) -> None:
    assert hands.overdue(1000, times) is None
    hands.got_on(Progress("q", "compare"), 1000, times)
    assert hands.overdue(1100, times) is None
    assert hands.overdue(1101, times) == "q"
    hands.got_on(Progress("q", "compare.b", 1, 2), 1101, times)
    assert hands.overdue(1200, times) is None


def test_who_was_at_work_is_to_blame_be_it_job_or_question(
    hands: WorksInHand, times: StepTimes
) -> None:
    hands.got_on(Progress("q", "compare"), 0, times)
    assert hands.part(None) == ((ASK,), (WORK,))
    assert hands.all() == ()


def test_a_question_is_ended_by_its_answer_alone_and_once(hands: WorksInHand) -> None:
    assert not hands.take_answered(Answer("j"))
    assert not hands.take_answered(Fault("q", 1, Reason("EMPTY"), FaultVerdict.FAIL))
    assert hands.take_answered(Answer("q"))
    assert not hands.take_answered(Answer("q"))
    assert hands.all() == (WORK,)


def test_a_loss_tells_jobs_and_questions_apart() -> None:
    lost = with_tasks(Lost((), "crashed", signal=9), (WORK, ASK), "innocent")
    assert (lost.works, lost.asks, lost.cause, lost.signal) == ((WORK,), (ASK,), "innocent", 9)
    assert with_tasks(lost, ()).cause == "innocent"
