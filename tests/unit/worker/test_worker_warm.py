"""A worker on a card warms its engines before it says hello, and says it whatever happens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from daemon.clock import ManualClock
from daemon.config.boot import WorkerBoot
from daemon.config.model import Config, Worker
from daemon.config.model import Engines as Settings
from daemon.engines.registry import Engines
from daemon.engines.tasks import FIND, RESTORE
from daemon.protocol import EXIT_OK, Hello, Leaving, Message
from daemon.runtime.worker_handle import WorkerHandle
from daemon.worker import pixels, process
from daemon.worker.lanes import Lanes
from daemon.worker.loop import WorkerLoop
from tests.fakes.engines import FixedFinder
from tests.fakes.lane_engines import RowRestorer, engines_with, offer_of

CARD = "cuda:0"


class Pipe:
    """A parent that listens and never asks for anything."""

    def __init__(self) -> None:
        self.said: list[Message] = []
        self.heard = threading.Event()
        self._end = threading.Event()

    def send(self, message: Message) -> None:
        self.said.append(message)
        self.heard.set()

    def messages(self) -> Iterator[Message]:
        self._end.wait(20)
        return iter(())

    def hang_up(self) -> None:
        self._end.set()


@contextmanager
def worker(monkeypatch: Any, engines: Engines, **settings: Any) -> Iterator[tuple[Any, Pipe]]:
    """A loop that serves in a thread of its own until it was stopped."""
    monkeypatch.setattr(pixels, "engines", lambda _boot, _device: engines)
    limits = Worker(heartbeat_s=0.05, **settings)
    boot = WorkerBoot(worker=limits, warm=True)
    pipe = Pipe()
    loop = WorkerLoop(boot, pipe, Hello(1, CARD, {}))  # type: ignore[arg-type]
    status: list[int] = []
    thread = threading.Thread(target=lambda: status.append(loop.serve()))
    thread.start()
    try:
        yield loop, pipe
    finally:
        loop.stop()
        thread.join(20)
        pipe.hang_up()
        loop._lanes.close()
    assert status == [EXIT_OK]


def test_hello_comes_after_the_engines_have_run(monkeypatch: Any) -> None:
    restorer = RowRestorer()
    warm_at_hello: list[int] = []
    engines = engines_with(
        **{
            FIND: (offer_of(lambda: FixedFinder([]), "finder"),),
            RESTORE: (offer_of(lambda: restorer),),
        },
    )
    with worker(monkeypatch, engines) as (_loop, pipe):
        assert pipe.heard.wait(20)
        warm_at_hello.append(restorer.warmed)
    assert isinstance(pipe.said[0], Hello)
    assert warm_at_hello == [1]


def test_engines_that_fail_are_left_out_and_the_worker_says_hello(
    monkeypatch: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> Any:
        raise RuntimeError("CUDA driver version is insufficient")

    engines = engines_with(**{RESTORE: (offer_of(fail),)})
    with worker(monkeypatch, engines) as (_loop, pipe):
        assert pipe.heard.wait(20)
        assert isinstance(pipe.said[0], Hello)
        assert "RuntimeError" in engines._offered.note(RESTORE)
    assert "engine.left_out" in capsys.readouterr().out


def test_hello_does_not_wait_for_ever(monkeypatch: Any) -> None:
    go = threading.Event()
    restorer = RowRestorer()
    restorer.warm = lambda: go.wait(20)  # type: ignore[assignment,method-assign]
    engines = engines_with(**{RESTORE: (offer_of(lambda: restorer),)})
    with worker(monkeypatch, engines, boot_s=0.1) as (_loop, pipe):
        assert pipe.heard.wait(20)
        assert isinstance(pipe.said[0], Hello)
        assert not go.is_set()
        go.set()


def test_an_order_to_stop_ends_the_wait(monkeypatch: Any) -> None:
    begun, go = threading.Event(), threading.Event()
    restorer = RowRestorer()

    def warm() -> None:
        begun.set()
        go.wait(20)

    restorer.warm = warm  # type: ignore[method-assign]
    engines = engines_with(**{RESTORE: (offer_of(lambda: restorer),)})
    with worker(monkeypatch, engines, boot_s=1000) as (loop, pipe):
        assert begun.wait(20)
        assert pipe.said == []
        loop.stop()
        assert pipe.heard.wait(20)
        go.set()
    assert [type(message) for message in pipe.said[:2]] == [Hello, Leaving]


def test_what_a_cards_libraries_take_from_the_start_does_not_wear_a_worker_out(
    monkeypatch: Any,
) -> None:
    held = [5000]
    monkeypatch.setattr(process, "rss_mib", lambda: held[0])
    engines = engines_with(**{RESTORE: (offer_of(RowRestorer),)})
    with worker(monkeypatch, engines, recycle_mib=4096, memory_mib=12000) as (loop, pipe):
        assert pipe.heard.wait(20)
        held[0] = 6000
        assert not loop._is_worn()
        held[0] = 6024
        assert loop._is_worn()
        loop._warm_mib = 0
        held[0] = 4096
        assert loop._is_worn()


@pytest.mark.parametrize(
    ("device", "asked", "count", "is_shared", "warms"),
    [
        ("cpu", 0, 1, False, False),
        ("cpu", 3, 3, True, False),
        (CARD, 0, 4, True, True),
        (CARD, 1, 1, True, True),
    ],
)
def test_lanes_follow_device_and_setting(
    device: str, asked: int, count: int, is_shared: bool, warms: bool
) -> None:
    lanes = Lanes(WorkerBoot(engines=Settings(lanes=asked), warm=True), device)
    assert (lanes.count, lanes.is_shared, lanes.warms) == (count, is_shared, warms)


def test_who_wants_no_engine_of_a_card_has_none_warmed() -> None:
    boot = WorkerBoot(engines=Settings(prefer="embedded"), warm=True)
    assert not Lanes(boot, CARD).warms


def test_a_worker_for_one_question_does_not_wait_for_engines_it_may_not_need(
    booth: Callable[..., Config], manual_clock: ManualClock
) -> None:
    config = booth()
    assert not Lanes(WorkerBoot.from_config(config), CARD).warms
    assert WorkerHandle.for_config(config, manual_clock)._boot.warm
