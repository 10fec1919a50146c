"""Requests of several lanes: who shares a pass, who pays for a failure, and who waits."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from daemon.engines.desk import LARGEST_BATCH, Desk, Request
from daemon.errors import EngineBroken, EngineError, EngineGone, GpuExhausted
from tests.fakes.lane_engines import (
    BREAKS,
    POISON,
    TOO_LARGE,
    QuietSeat,
    RowRestorer,
    crop,
)

OWNER = "card"
PATIENCE_S = 20.0


class Room:
    """A desk, lanes that ask it, and a hand that keeps its owner busy meanwhile."""

    def __init__(self, linger_s: float = 0.0) -> None:
        self.died = threading.Event()
        self.desk = Desk((OWNER, "cpu"), linger_s, died=self.died.set)
        self.restorer = RowRestorer()
        self.lanes = ThreadPoolExecutor(40, thread_name_prefix="lane")
        self._go = threading.Event()

    def asks(self, rows: Any, key: str = "one", seat: QuietSeat | None = None) -> Future[Any]:
        """A lane that begins a photo, asks, and leaves."""

        def lane() -> Any:
            self.desk.enter()
            try:
                place = seat or QuietSeat()
                call = self.restorer.restore
                return self.desk.ask(OWNER, Request("restore_face", place, call, rows, key))
            finally:
                self.desk.leave()

        return self.lanes.submit(lane)

    def keep_busy(self) -> None:
        """Have the owner at work on another photo until ``let_go``."""
        begun = threading.Event()

        def wait(_rows: Any) -> None:
            begun.set()
            self._go.wait(PATIENCE_S)

        request = Request("find_faces", QuietSeat(), wait)
        self.lanes.submit(self.desk.ask, OWNER, request)
        assert begun.wait(PATIENCE_S)

    def let_go(self, after: int) -> None:
        """Go on once so many requests wait."""
        until(lambda: len(self.desk._queues[OWNER]) == after)
        self._go.set()


def until(is_so: Callable[[], bool]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end_s, "waited in vain"
        threading.Event().wait(0.002)


@pytest.fixture
def room() -> Iterator[Room]:
    made = Room()
    yield made
    made._go.set()
    made.lanes.shutdown()
    made.desk.close()


def test_faces_of_several_photos_share_a_pass_and_each_gets_its_own_back(room: Room) -> None:
    crops = [np.concatenate([crop(50, seed), crop(60, seed + 9)]) for seed in range(3)]
    room.keep_busy()
    asked = [room.asks(one) for one in crops]
    room.let_go(after=3)
    found = [one.result(PATIENCE_S) for one in asked]
    assert room.restorer.batches == [6]
    for mine, made in zip(crops, found, strict=True):
        assert np.array_equal(made, RowRestorer().restore(mine))


def test_what_a_photo_gets_back_holds_nothing_of_its_neighbours(room: Room) -> None:
    room.keep_busy()
    asked = [room.asks(crop(50, seed)) for seed in range(2)]
    room.let_go(after=2)
    assert all(one.result(PATIENCE_S).base is None for one in asked)


def test_requests_of_different_keys_do_not_mix(room: Room) -> None:
    room.keep_busy()
    asked = [room.asks(crop(50, seed), key=f"{seed % 2}") for seed in range(4)]
    room.let_go(after=4)
    for one in asked:
        one.result(PATIENCE_S)
    assert room.restorer.batches == [2, 2]


def test_a_pass_takes_no_more_than_the_largest_batch(room: Room) -> None:
    many = np.concatenate([crop(50, seed) for seed in range(LARGEST_BATCH - 1)])
    room.keep_busy()
    asked = [room.asks(many), room.asks(crop(50)), room.asks(crop(60))]
    room.let_go(after=3)
    assert [len(one.result(PATIENCE_S)) for one in asked] == [LARGEST_BATCH - 1, 1, 1]
    assert sorted(room.restorer.batches) == [1, LARGEST_BATCH]


def test_a_pass_takes_no_more_pixels_than_so_many_faces_of_512(room: Room) -> None:
    large = [np.full((1, 2048, 1024, 3), 50, np.uint8) for _ in range(5)]
    room.restorer.restore = lambda rows: room.restorer.batches.append(len(rows)) or rows  # type: ignore[assignment,method-assign,func-returns-value]
    room.keep_busy()
    asked = [room.asks(one) for one in large]
    room.let_go(after=5)
    for one in asked:
        one.result(PATIENCE_S)
    assert room.restorer.batches == [4, 1]


@pytest.mark.parametrize(("value", "error"), [(POISON, EngineError), (TOO_LARGE, GpuExhausted)])
def test_a_face_that_fails_a_pass_harms_no_neighbour(
    room: Room, value: float, error: type[Exception]
) -> None:
    room.keep_busy()
    good = [room.asks(crop(50, seed)) for seed in range(3)]
    bad = room.asks(crop(value))
    room.let_go(after=4)
    with pytest.raises(error):
        bad.result(PATIENCE_S)
    for seed, one in enumerate(good):
        alone = RowRestorer().restore(crop(50, seed))
        assert np.array_equal(one.result(PATIENCE_S), alone)
    assert room.restorer.batches == [4, 1, 1, 1, 1]
    assert len(room.asks(crop(50)).result(PATIENCE_S)) == 1


def test_a_broken_engine_is_told_to_all_of_its_pass_and_nobody_else_is_blamed(room: Room) -> None:
    room.keep_busy()
    together = [room.asks(crop(50)), room.asks(crop(BREAKS))]
    behind = room.asks(crop(50), key="another")
    room.let_go(after=3)
    for one in together:
        with pytest.raises(EngineBroken, match="the GPU failed") as met:
            one.result(PATIENCE_S)
        assert not isinstance(met.value, EngineGone)
        assert met.value.facts == {"engine": "rows"}
        assert met.traceback[-1].name == "_do_harm"
    with pytest.raises(EngineGone):
        behind.result(PATIENCE_S)
    with pytest.raises(EngineGone):
        room.asks(crop(50)).result(PATIENCE_S)
    assert not room.died.is_set()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_owner_that_a_library_ends_leaves_nobody_waiting(room: Room) -> None:
    def leave(_rows: Any) -> None:
        sys.exit(1)

    room.keep_busy()
    asked = room.lanes.submit(room.desk.ask, OWNER, Request("find_faces", QuietSeat(), leave))
    behind = room.asks(crop(50), key="another")
    room.let_go(after=2)
    for one in (asked, behind):
        with pytest.raises(EngineGone):
            one.result(PATIENCE_S)
    assert room.died.wait(PATIENCE_S)


def test_a_pass_with_room_waits_for_the_other_lanes_and_no_longer() -> None:
    room = Room(linger_s=1000)
    try:
        room.desk.enter()  # another photo, which has not asked yet
        first = room.asks(crop(50))
        until(lambda: len(room.desk._queues[OWNER]) == 1)
        second = room.asks(crop(60))
        until(lambda: len(room.desk._queues[OWNER]) == 2)
        assert room.restorer.batches == []
        room.desk.leave()  # it never will
        assert len(first.result(PATIENCE_S)) == len(second.result(PATIENCE_S)) == 1
        assert room.restorer.batches == [2]
    finally:
        room.lanes.shutdown()
        room.desk.close()


def test_a_pass_that_is_due_waits_for_nobody() -> None:
    room = Room(linger_s=0.01)
    try:
        room.desk.enter()
        assert len(room.asks(crop(50)).result(PATIENCE_S)) == 1
    finally:
        room.lanes.shutdown()
        room.desk.close()


def test_what_needs_no_company_passes_a_batch_that_waits() -> None:
    room = Room(linger_s=1000)
    try:
        room.desk.enter()
        waiting = room.asks(crop(50))
        until(lambda: len(room.desk._queues[OWNER]) == 1)
        assert room.desk.ask(OWNER, Request("find", None, lambda _rows: "found")) == "found"
        assert not waiting.done()
        room.desk.leave()
        waiting.result(PATIENCE_S)
    finally:
        room.lanes.shutdown()
        room.desk.close()


def test_two_owners_work_side_by_side(room: Room) -> None:
    room.keep_busy()
    assert room.desk.ask("cpu", Request("read", QuietSeat(), lambda _rows: "text")) == "text"
    room.let_go(after=0)


def test_a_photo_whose_turn_is_long_in_coming_rests_until_it_comes(room: Room) -> None:
    seat = QuietSeat()
    room.keep_busy()
    asked = room.asks(crop(50), seat=seat)
    until(lambda: seat.told == ["rests"])
    room.let_go(after=1)
    asked.result(PATIENCE_S)
    assert seat.told == ["rests", "goes on"]


def test_the_record_hears_of_each_pass(room: Room) -> None:
    seats = [QuietSeat(), QuietSeat()]
    room.keep_busy()
    asked = [room.asks(crop(50, n), seat=seat) for n, seat in enumerate(seats)]
    room.let_go(after=2)
    for one in asked:
        one.result(PATIENCE_S)
    for seat in seats:
        (use,) = seat.uses
        assert (use.task, use.rows, use.batch, use.peak_mib) == ("restore_face", 1, 2, None)
        assert use.spent_ms > 0


def test_a_pass_of_one_owner_leaves_the_memory_of_the_other_alone() -> None:
    """A reader on the CPU must not begin the card's peak anew while a face is being drawn."""

    class Memory:
        begun = 0

        def begin_peak(self) -> None:
            self.begun += 1

        def peak_mib(self) -> int | None:
            return 7

    memory, seats = Memory(), [QuietSeat(), QuietSeat()]
    desk = Desk(("card", "cpu"), 0.0, died=lambda: None, memory={"card": memory})
    try:
        for owner, seat in zip(("card", "cpu"), seats, strict=True):
            desk.ask(owner, Request("task", seat, lambda _rows: None))
    finally:
        desk.close()
    assert [seat.uses[0].peak_mib for seat in seats] == [7, None]
    assert memory.begun == 1


def test_an_engine_that_loses_faces_fails_nobody_who_gets_his_own(room: Room) -> None:
    restorer = room.restorer
    whole = restorer.restore
    restorer.restore = lambda rows: whole(rows)[:1]  # type: ignore[assignment,method-assign]
    room.keep_busy()
    good, bad = room.asks(crop(50)), room.asks(np.concatenate([crop(50), crop(60)]))
    room.let_go(after=2)
    assert len(good.result(PATIENCE_S)) == 1
    with pytest.raises(EngineError, match="2 faces went in and 1 came out"):
        bad.result(PATIENCE_S)


def test_an_owner_that_asks_itself_is_answered_at_once(room: Room) -> None:
    inner = Request("find", None, lambda _rows: "inner")
    outer = Request("find", None, lambda _rows: room.desk.ask(OWNER, inner))
    assert room.desk.ask(OWNER, outer) == "inner"
