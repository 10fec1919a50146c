"""Questions from asker to dispatcher and back, with a worker that says what the test wants."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from daemon.bootstrap import Booth, build, prepare
from daemon.clock import ManualClock
from daemon.config.model import Config
from daemon.domain.artifact import Reason
from daemon.errors import DaemonAway, InputError, ServiceBusy, UsageError
from daemon.protocol import Answer, Ask, Work
from daemon.runtime.dispatcher import Dispatcher
from daemon.runtime.worker_facts import WorkerFacts
from daemon.runtime.worker_handle import Event, Lost, WorkerState
from daemon.services.answering import KEPT_S
from daemon.services.health import STATUS_STALE_MS, DaemonStatus, write_status
from daemon.services.questions import QuestionGone, Questions
from daemon.store.questions import MAX_WAITING
from tests.fakes.jobs import queued_job


@dataclass
class FakeHandle:
    """A worker that takes everything and says what it is told to."""

    state: WorkerState = WorkerState.READY
    facts: WorkerFacts = field(default_factory=WorkerFacts)
    given: list[Work | Ask] = field(default_factory=list)
    says: list[Event] = field(default_factory=list)

    def poll(self, _timeout_s: float) -> list[Event]:
        said, self.says = self.says, []
        return said

    def submit(self, task: Work | Ask) -> None:
        self.given.append(task)

    @property
    def asks(self) -> list[Ask]:
        return [task for task in self.given if isinstance(task, Ask)]


@dataclass
class Talk:
    """An asker, and the daemon's dispatcher turned by hand."""

    config: Config
    clock: ManualClock
    booth: Booth
    handle: FakeHandle = field(default_factory=FakeHandle)

    def __post_init__(self) -> None:
        self.dispatcher = Dispatcher(
            self.booth.dispatch,
            self.handle,  # type: ignore[arg-type]
            self.booth.orders,
            self.config.queue,
            self.clock,
            questions=self.booth.questions,
            publish=lambda: None,
            disk_full=lambda: None,
        )
        self.asker = Questions(
            self.config, lambda: self.booth.database, self.clock, sleep=self._turn_meanwhile
        )
        self.live()

    def live(self, worker: str = "ready") -> None:
        now_ms = self.clock.now_ms()
        write_status(self.config.layout, DaemonStatus(1, "0", now_ms, now_ms, worker, now_ms))

    def round(self) -> None:
        self.clock.advance(0.5)
        self.dispatcher.step()

    def _turn_meanwhile(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.dispatcher.step()

    def ask(self, kind: str = "embed", *contents: bytes) -> str:
        self.clock.advance(0.01)
        return self.asker.ask(kind, contents or (b"a face",))

    def lose(self, cause: Any) -> None:
        (*_, last) = self.handle.asks
        self.handle.says.append(Lost((), cause, asks=(last,)))
        self.round()

    @property
    def pictures(self) -> list[Path]:
        return sorted((self.config.layout.state / "questions").rglob("*"))


@pytest.fixture
def make_talk(
    booth: Callable[..., Config], manual_clock: ManualClock
) -> Iterator[Callable[..., Talk]]:
    opened: list[Booth] = []

    def make(**sections: Any) -> Talk:
        config = booth(**sections)
        prepare(config)
        opened.append(build(config, wake=lambda: None, clock=manual_clock))
        return Talk(config, manual_clock, opened[-1])

    yield make
    for each in opened:
        each.close()


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    return make_talk()


# ── there and back ────────────────────────────────────────────────────────────────────────


def test_a_question_reaches_the_worker_with_its_pictures_and_limits(talk: Talk) -> None:
    asked = talk.asker.ask("compare", [b"one", b"another"], {"strict": True}, language="en")
    talk.round()
    (ask,) = talk.handle.asks
    assert (ask.ask_id, ask.question, ask.language) == (asked, "compare", "en")
    assert Path(ask.arguments["a"]).read_bytes() == b"one"
    assert Path(ask.arguments["b"]).read_bytes() == b"another"
    assert ask.arguments["strict"] is True
    assert ask.arguments["limits"] == talk.config.limits.model_dump()


def test_the_pictures_are_for_nobody_else(talk: Talk, tmp_path: Path) -> None:
    lies = tmp_path / "face.jpg"
    lies.write_bytes(b"from a file")
    talk.asker.ask("embed", [lies])
    lies.unlink()
    folder, picture = talk.pictures
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(picture.stat().st_mode) == 0o600
    assert picture.read_bytes() == b"from a file"


def test_an_answer_is_waited_for_and_read_once(talk: Talk) -> None:
    asked = talk.ask()
    talk.round()
    assert talk.asker.answer(asked, 0) is None
    talk.handle.says.append(Answer(asked, {"vector": [0.25]}))
    found = talk.asker.answer(asked, 5)
    assert found is not None
    assert (found.facts, found.reason) == ({"vector": [0.25]}, None)
    assert talk.pictures == []
    with pytest.raises(QuestionGone):
        talk.asker.answer(asked, 0)


def test_waiting_ends_by_the_clock(talk: Talk) -> None:
    asked, began_s = talk.ask(), talk.clock.monotonic_s()
    assert talk.asker.answer(asked, 3) is None
    assert talk.clock.monotonic_s() - began_s == pytest.approx(3)


def test_a_refusal_comes_with_its_code(talk: Talk) -> None:
    asked = talk.ask()
    talk.round()
    talk.handle.says.append(Answer(asked, reason=Reason("FACE_NOT_FOUND", {"side": "a"})))
    found = talk.asker.answer(asked, 5)
    assert found is not None
    assert found.reason == Reason("FACE_NOT_FOUND", {"side": "a"})


def test_nothing_of_an_answer_is_logged(talk: Talk, capfd: pytest.CaptureFixture[str]) -> None:
    asked = talk.ask()
    talk.round()
    talk.handle.says.append(Answer(asked, {"vector": [0.123456]}))
    talk.round()
    assert talk.asker.answer(asked, 0) is not None
    out, err = capfd.readouterr()
    assert "0.123456" not in out + err


# ── refused at once ───────────────────────────────────────────────────────────────────────


def test_without_a_daemon_nothing_is_asked(talk: Talk) -> None:
    talk.clock.advance(STATUS_STALE_MS / 1000 + 1)
    with pytest.raises(DaemonAway) as caught:
        talk.ask()
    assert caught.value.code == "DAEMON_AWAY"
    talk.live("broken")
    with pytest.raises(DaemonAway):
        talk.ask()
    assert talk.pictures == []


def test_when_too_many_wait_the_next_is_turned_away(talk: Talk) -> None:
    for _ in range(MAX_WAITING):
        talk.ask()
    before = talk.pictures
    with pytest.raises(ServiceBusy):
        talk.ask()
    assert talk.pictures == before


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "EMPTY"), (b"x" * 2_000_001, "IMAGE_TOO_LARGE")]
)
def test_a_picture_that_cannot_be_one_leaves_nothing(
    make_talk: Callable[..., Talk], content: bytes, code: str
) -> None:
    talk = make_talk(limits={"max_bytes": 2_000_000})
    with pytest.raises(InputError) as caught:
        talk.ask("compare", b"fine", content)
    assert (caught.value.code, caught.value.facts["side"]) == (code, "b")
    assert talk.pictures == []


def test_too_many_pictures_are_a_mistake_of_the_caller(talk: Talk) -> None:
    with pytest.raises(UsageError):
        talk.ask("compare", *[b"x"] * 5)


# ── the worker dies ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("cause", "code"),
    [("crashed", "WORKER_CRASHED"), ("timeout", "WORKER_TIMEOUT"), ("memory", "OUT_OF_MEMORY")],
)
def test_a_question_that_kills_the_worker_is_asked_twice(talk: Talk, cause: str, code: str) -> None:
    asked = talk.ask()
    talk.round()
    talk.lose(cause)
    assert [ask.ask_id for ask in talk.handle.asks] == [asked, asked]
    assert talk.pictures != []
    talk.lose(cause)
    talk.round()
    assert len(talk.handle.asks) == 2
    found = talk.asker.answer(asked, 0)
    assert found is not None
    assert found.reason is not None
    assert found.reason.code == code
    assert talk.pictures == []


def test_a_death_that_was_none_of_its_doing_does_not_count(talk: Talk) -> None:
    asked = talk.ask()
    talk.round()
    for _ in range(5):
        talk.lose("innocent")
    assert [ask.ask_id for ask in talk.handle.asks] == [asked] * 6


def test_while_the_worker_cannot_run_whoever_waits_is_told(talk: Talk) -> None:
    asked = talk.ask()
    talk.handle.state = WorkerState.BROKEN
    talk.round()
    found = talk.asker.answer(asked, 0)
    assert found is not None
    assert found.reason is not None
    assert found.reason.code == "DAEMON_AWAY"
    assert talk.handle.asks == []


def test_what_a_dead_daemon_had_asked_is_asked_once_more_and_then_refused(
    make_talk: Callable[..., Talk],
) -> None:
    first = make_talk()
    asked = first.ask()
    first.round()
    second = make_talk()
    second.booth.questions.recover()
    second.round()
    assert [ask.ask_id for ask in second.handle.asks] == [asked]
    third = make_talk()
    third.booth.questions.recover()
    third.round()
    assert third.handle.asks == []
    found = third.asker.answer(asked, 0)
    assert found is not None
    assert found.reason is not None
    assert found.reason.code == "WORKER_CRASHED"


# ── beside the photos ─────────────────────────────────────────────────────────────────────


def test_one_question_at_a_time_and_before_the_photos_that_wait(talk: Talk) -> None:
    in_flight = talk.config.queue.at_once("cpu")
    for number in range(in_flight + 2):
        queued_job(talk.config, talk.booth.database, b"photo", relative=b"%d.jpg" % number)
    first, second = talk.ask(), talk.ask()
    talk.round()
    talk.round()
    assert [ask.ask_id for ask in talk.handle.asks] == [first]
    assert len(talk.handle.given) == in_flight + 1
    talk.handle.says.append(Answer(first, {"n": 1}))
    talk.round()
    assert [ask.ask_id for ask in talk.handle.asks] == [first, second]


def test_a_suspect_runs_alone_and_questions_without_end_do_not_hold_it_up(talk: Talk) -> None:
    first = talk.ask()
    talk.round()
    job = queued_job(talk.config, talk.booth.database, b"photo")
    (handed,) = talk.booth.dispatch.next_work(1, alone=True)
    talk.booth.dispatch.lost([handed.claim], "WORKER_CRASHED")
    talk.ask()
    talk.clock.advance(60)
    talk.round()
    assert len(talk.handle.given) == 1
    talk.handle.says.append(Answer(first))
    talk.round()
    talk.round()
    assert [getattr(task, "job_id", "a question") for task in talk.handle.given] == [
        "a question",
        job.id,
    ]


def test_a_draining_daemon_asks_nothing_new_and_knows_what_it_holds(talk: Talk) -> None:
    asked = talk.ask()
    talk.round()
    talk.dispatcher.is_draining = True
    talk.ask()
    talk.round()
    assert talk.dispatcher.in_hand == (asked,)
    talk.handle.says.append(Answer(asked, {"n": 1}))
    talk.round()
    assert talk.dispatcher.in_hand == ()
    assert len(talk.handle.asks) == 1


# ── nothing is left ───────────────────────────────────────────────────────────────────────


def test_an_answer_that_nobody_reads_is_forgotten(talk: Talk) -> None:
    asked = talk.ask()
    talk.round()
    talk.handle.says.append(Answer(asked, {"vector": [1.0]}))
    talk.round()
    talk.clock.advance(KEPT_S + 1)
    talk.round()
    with pytest.raises(QuestionGone):
        talk.asker.answer(asked, 0)


def test_a_dropped_question_leaves_no_picture_and_takes_no_answer(talk: Talk) -> None:
    waiting = talk.ask()
    talk.asker.drop(waiting)
    assert talk.pictures == []
    asked = talk.ask()
    talk.round()
    talk.asker.drop(asked)
    talk.handle.says.append(Answer(asked, {"vector": [1.0]}))
    talk.round()
    with talk.booth.database.read() as uow:
        assert uow.questions.ids() == frozenset()
    assert talk.pictures == []


def test_pictures_of_an_asker_that_died_are_removed(talk: Talk) -> None:
    left = talk.ask()
    with talk.booth.database.write() as uow:
        uow.questions.drop(left)
    talk.round()
    assert talk.pictures != []
    talk.clock.advance(KEPT_S + 1)
    talk.round()
    assert talk.pictures == []
