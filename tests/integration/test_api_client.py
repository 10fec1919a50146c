"""The client speaks with the real API; only the wire between them is a function call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from admin import PanelServices, create_app
from admin.client import (
    BadOption,
    BadPhoto,
    Booth,
    BoothTimeout,
    Busy,
    FaceNotFound,
    LowQuality,
    NotFound,
    PhotoRefused,
    RateLimited,
    Task,
)
from admin.services import ApiServices
from daemon.bootstrap import panel_parts
from daemon.domain.artifact import OutputKind
from daemon.domain.job import Verdict
from daemon.services.questions import Questions
from tests.fakes.answers import AnsweredAtOnce
from tests.fakes.batch_office import three
from tests.fakes.jobs import queued_job

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (40).to_bytes(4) + (30).to_bytes(4) + b"\x08\x02\0\0\0"


@pytest.fixture
def called(make_bench) -> Iterator[Any]:
    """``called(sleep)``: a bench and a client on its API."""
    opened = []

    def make(sleep: Any = None, **api: Any) -> tuple[Any, Booth]:
        bench = make_bench(
            api={"inbox": "in", **api}, inboxes=[{"name": "in", "plan": ["restore"]}]
        )
        context = panel_parts(bench.config, bench.clock)
        parts = context.__enter__()
        opened.append(context)
        services = ApiServices.of(parts)
        panel = PanelServices(
            parts.health.checks, parts.overview, parts.desk, bench.clock, services
        )
        transport = httpx.WSGITransport(create_app(bench.config, panel))
        booth = Booth("http://localhost", transport=transport, sleep=sleep or _never)
        opened.append(booth)
        return bench, booth

    yield make
    for each in reversed(opened):
        each.__exit__(None, None, None)


def _never(_seconds: float) -> None:
    raise AssertionError


def _work(bench: Any, task: Task, **decided: Any) -> None:
    name = f"api-{task.id}.png".encode()
    queued_job(bench.config, bench.database, PNG, relative=name, now_ms=1)
    bench.decide(**decided)
    bench.publish_all()


def test_a_photo_comes_back(called) -> None:
    bench, booth = called()
    task = booth.submit(PNG, inbox="in")
    assert (task.state, task.is_over) == ("submitted", False)
    _work(bench, task, outputs={OutputKind.RESULT: b"\x89PNG\r\n\x1a\nnew"})

    seen: list[str] = []
    over = booth.wait(task, progress=lambda now: seen.append(now.state))
    assert (over.verdict, seen) == ("done", ["done"])
    assert booth.result(over) == b"\x89PNG\r\n\x1a\nnew"


def test_a_refused_photo_is_an_error_with_its_code(called) -> None:
    bench, booth = called()
    task = booth.submit(PNG)
    _work(bench, task, verdict=Verdict.REJECTED, codes=("FACE_NOT_FOUND",))

    with pytest.raises(FaceNotFound, match="FACE_NOT_FOUND") as refused:
        booth.result(task)
    assert refused.value.request_id


def test_a_photo_that_is_not_good_enough_is_told_with_the_reason(called) -> None:
    bench, booth = called()
    task = booth.submit(PNG)
    _work(bench, task, verdict=Verdict.REJECTED, codes=("LOW_OVERALL_QUALITY",))

    with pytest.raises(LowQuality, match="LOW_QUALITY") as refused:
        booth.result(task)
    assert isinstance(refused.value, PhotoRefused)
    assert refused.value.detail


def test_each_kind_of_refusal_is_a_class(called) -> None:
    _, booth = called()
    with pytest.raises(BadPhoto, match="INVALID_IMAGE"):
        booth.enhance(b"no picture")
    with pytest.raises(BadOption, match="BAD_OPTION") as wrong:
        booth.submit(PNG, strenght=1)
    assert "strenght" in wrong.value.detail
    with pytest.raises(NotFound):
        booth.task("0")
    with pytest.raises(BoothTimeout) as late:
        booth.wait(booth.submit(PNG), timeout_s=0)
    assert late.value.task.state == "submitted"


def test_a_busy_booth_is_asked_again_when_it_said_and_not_for_ever(called) -> None:
    waits: list[float] = []
    bench, booth = called(waits.append, queue_limit=1)
    booth.submit(PNG)

    with pytest.raises(Busy, match="SERVICE_BUSY"):
        booth.submit(PNG)
    assert waits == [2.0] * 5
    assert len(list(bench.config.layout.inbox("in").glob("*.png"))) == 1


def test_a_proxy_in_between_is_told_apart(called) -> None:
    def bad_gateway(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(502, html="<h1>Bad gateway</h1>")

    with (
        Booth("http://localhost", transport=httpx.MockTransport(bad_gateway)) as booth,
        pytest.raises(Exception, match="HTTP 502"),
    ):
        booth.task("0")


def test_who_calls_too_often_waits_as_long_as_it_is_told(called) -> None:
    waits: list[float] = []
    bench, booth = called(calls_per_minute=6)

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        bench.clock.advance(seconds)

    booth._sleep = sleep
    for _ in range(7):
        with pytest.raises(NotFound):
            booth.task("0")
    assert waits == [10.0]
    booth._sleep = waits.append
    with pytest.raises(RateLimited):
        booth.task("0")


def test_the_quality_of_a_photo_is_asked_for(called, monkeypatch) -> None:
    bench, booth = called()
    answers = AnsweredAtOnce(bench.config, lambda: bench.database, bench.clock)
    monkeypatch.setattr(Questions, "ask", lambda _self, *a, **k: answers.ask(*a, **k))
    monkeypatch.setattr(Questions, "answer", lambda _self, *a: answers.answer(*a))

    assert booth.quality(PNG, profile="hr")["profiles"].keys() == {"hr"}
    assert booth.compare(PNG, PNG)["answer"] == "needs_person"


def test_a_batch_is_brought_waited_for_and_fetched(make_office, tmp_path) -> None:
    office = make_office()
    path = tmp_path / "joiners.zip"
    path.write_bytes(three())
    with panel_parts(office.config, office.clock) as parts:
        panel = PanelServices(
            parts.health.checks, parts.overview, parts.desk, api=ApiServices.of(parts)
        )
        transport = httpx.WSGITransport(create_app(office.config, panel))
        turn = lambda _seconds: office.run_to_rest()  # noqa: E731 - what happens while it sleeps
        seen: list[str] = []
        with Booth("http://localhost", transport=transport, sleep=turn) as booth:
            task = booth.submit_batch(path, inbox="in")
            over = booth.wait_batch(task, progress=lambda now: seen.append(now["state"]))
            assert (over["state"], seen[-1]) == ("finished", "finished")
            assert booth.batch_file(task, "results.zip").startswith(b"PK")
            with pytest.raises(NotFound):
                booth.batch_file(over["id"], "passwd")
