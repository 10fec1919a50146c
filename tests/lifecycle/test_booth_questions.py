"""Questions to a whole booth: another process asks, and worker or daemon die meanwhile."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from daemon.bootstrap import panel_parts
from daemon.protocol import Answer, Ask, Result
from daemon.services.questions import Answered, Questions
from tests.fakes.booth_process import PATIENCE_S, BoothProcess, wait_until
from tests.fakes.photos import Drop, jpeg
from tests.fakes.workers import Desk, boot, collect, of, running, until_ready

ROUTES = "tests.fakes.asking_routes"


@pytest.fixture
def booth(make_booth: Callable[..., BoothProcess]) -> BoothProcess:
    return make_booth(development={"routes": ROUTES})


@pytest.fixture
def asker(booth: BoothProcess) -> Iterator[Questions]:
    """As the panel has it, in a process that is not the daemon's."""
    with ExitStack() as stack:
        booth.start_ready()
        booth.wait_for_event("worker.ready")
        yield stack.enter_context(panel_parts(booth.config)).questions


def answered(asker: Questions, question_id: str) -> Answered:
    found = asker.answer(question_id, PATIENCE_S)
    assert found is not None, "no answer"
    return found


def lingering(booth: BoothProcess, asker: Questions, tmp_path: Path) -> tuple[str, Path]:
    """A question that the worker is at until a file is gone."""
    until = tmp_path / "until"
    until.touch()
    question_id = asker.ask("linger", [b"face"], {"until": str(until)})
    booth.wait_for_event("question.asked")
    return question_id, until


def left_behind(booth: BoothProcess) -> list[Path]:
    return list((booth.config.layout.state / "questions").rglob("*"))


def test_a_question_is_answered_while_photos_go_through(
    booth: BoothProcess, asker: Questions
) -> None:
    for number in range(5):
        booth.drop(Drop("in", b"%d.jpg" % number, jpeg(number)))
    first = asker.ask("sizes", [b"one", b"another"])
    assert answered(asker, first).facts == {"a": 3, "b": 7}
    reason = answered(asker, asker.ask("what_is_love", [])).reason
    assert reason is not None
    assert reason.code == "OPTIONS_INVALID"
    booth.wait_drained()
    wait_until(lambda: not left_behind(booth), "pictures are left")
    assert booth.query("SELECT count(*) FROM questions") == [(0,)]
    booth.stop()


def test_a_worker_killed_while_it_is_asked_is_asked_again(
    booth: BoothProcess, asker: Questions, tmp_path: Path
) -> None:
    question_id, until = lingering(booth, asker, tmp_path)
    assert booth.kill_worker()
    booth.wait_for_event("question.asked", 2)
    until.unlink()
    assert answered(asker, question_id).facts == {"a": 4}
    booth.stop()


def test_a_question_that_kills_every_worker_is_given_up(
    booth: BoothProcess, asker: Questions
) -> None:
    reason = answered(asker, asker.ask("die", [b"face"])).reason
    assert reason is not None
    assert reason.code == "WORKER_CRASHED"
    assert len(booth.events("question.asked")) == 2
    assert answered(asker, asker.ask("sizes", [b"face"])).facts == {"a": 4}
    booth.stop()


def test_a_daemon_killed_while_it_asks_asks_again_at_its_next_start(
    booth: BoothProcess, asker: Questions, tmp_path: Path
) -> None:
    question_id, until = lingering(booth, asker, tmp_path)
    booth.kill()
    booth.wait_death()
    until.unlink()
    booth.start_ready()
    assert answered(asker, question_id).facts == {"a": 4}
    wait_until(lambda: not left_behind(booth), "pictures are left")
    booth.stop()


def test_a_stop_waits_for_the_question_in_hand(
    booth: BoothProcess, asker: Questions, tmp_path: Path
) -> None:
    question_id, until = lingering(booth, asker, tmp_path)
    booth.kill(signal.SIGTERM)
    booth.wait_for_event("daemon.stopping")
    until.unlink()
    assert booth.wait_death() == 0
    assert answered(asker, question_id).facts == {"a": 4}


def test_a_question_passes_the_photos_that_were_not_begun(tmp_path: Path) -> None:
    desk, count = Desk(tmp_path), 8
    with running(boot(routes=ROUTES)) as handle:
        until_ready(handle)
        for number in range(count):
            handle.submit(desk.work(str(number), "sort", options={"sort": {"wait_s": 0.2}}))
        handle.submit(Ask("q", "sizes", {}))
        seen = collect(handle, until=lambda events: of(Answer, events))
        assert len(of(Result, seen)) < count / 2 + 1
        assert len(handle.in_hand) == count - len(of(Result, seen))
