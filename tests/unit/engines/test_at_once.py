"""Several engines asked at once: by one lane, by the owner of the engines, and what fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from daemon.config.model import Engines as Settings
from daemon.engines.abreast import Ask
from daemon.engines.embedded import embedded
from daemon.engines.lanes import LaneEngines, SharedEngines
from daemon.engines.registry import Engines
from daemon.engines.tasks import CODES, READ, SWEEP
from daemon.errors import EngineUnavailable
from tests.fakes.lane_engines import QuietSeat


def engines_of(threads: int = 2, **makers: Callable[[], Any]) -> Engines:
    """A reader and a code finder that say who they are."""
    named = {
        "reader": lambda: SimpleNamespace(name="reader"),
        "codes": lambda: SimpleNamespace(name="codes"),
    }
    return Engines(Settings(threads=threads), makers=replace(embedded(1), **{**named, **makers}))


def name_of(engine: Any) -> str:
    name: str = engine.name
    return name


def test_each_is_handed_its_own_engine_and_answers_come_in_order() -> None:
    asked = [Ask(CODES, name_of), Ask(READ, name_of)]
    assert engines_of().at_once(*asked) == ["codes", "reader"]
    assert engines_of(1).at_once(*asked) == ["codes", "reader"]


def test_two_engines_work_at_the_same_time() -> None:
    met = threading.Barrier(2, timeout=20)
    asked = [Ask(task, lambda _: met.wait()) for task in (READ, CODES)]
    assert sorted(engines_of().at_once(*asked)) == [0, 1]


def test_one_thread_is_the_callers_own() -> None:
    asked = [Ask(task, lambda _: threading.get_ident()) for task in (READ, CODES)]
    assert set(engines_of(1).at_once(*asked)) == {threading.get_ident()}


def test_what_one_raises_comes_out_when_all_have_ended() -> None:
    ended = threading.Event()

    def fails(_: Any) -> None:
        message = "the network failed"
        raise ValueError(message)

    with pytest.raises(ValueError, match="the network failed"):
        engines_of().at_once(Ask(READ, fails), Ask(CODES, lambda _: ended.set()))
    assert ended.is_set()


def test_nothing_is_asked_where_one_engine_is_missing() -> None:
    def missing() -> Any:
        message = "not installed"
        raise EngineUnavailable(message, engine="sweep")

    asked: list[str] = []
    calls = [Ask(READ, lambda _: asked.append(READ)), Ask(SWEEP, name_of)]
    with pytest.raises(EngineUnavailable):
        engines_of(sweeper=missing).at_once(*calls)
    assert asked == []


def test_a_lane_has_the_owner_ask_and_is_told_what_each_took() -> None:
    seat = QuietSeat()
    shared = SharedEngines(engines_of(), 0.0, died=lambda: None)
    try:
        with shared.at(seat) as lane:
            assert isinstance(lane, LaneEngines)
            assert lane.at_once(Ask(READ, name_of), Ask(CODES, name_of)) == ["reader", "codes"]
    finally:
        shared.close()
    assert {READ, CODES} <= {use.task for use in seat.uses}
