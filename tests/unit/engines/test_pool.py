from __future__ import annotations

import threading

import pytest

from daemon.engines.pool import Owner, Slot
from daemon.errors import EngineError


def test_an_engine_is_loaded_at_its_first_use_and_once() -> None:
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    slot = Slot(make, Owner())
    assert not made
    assert not slot.loaded
    assert slot.get() is slot.get()
    assert len(made) == 1


def test_an_engine_that_failed_to_load_is_tried_again() -> None:
    answers = iter([OSError("no such file"), "engine"])

    def make() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    slot = Slot(make, Owner())
    with pytest.raises(OSError, match="no such file"):
        slot.get()
    assert slot.get() == "engine"


def test_a_second_thread_is_refused() -> None:
    slot = Slot(object, Owner())
    slot.get()
    refused: list[BaseException] = []

    def use() -> None:
        try:
            slot.get()
        except EngineError as error:
            refused.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert len(refused) == 1


def test_after_release_another_thread_may_own_the_engines() -> None:
    owner = Owner()
    slot = Slot(object, owner)
    slot.get()
    owner.release()
    got: list[object] = []
    thread = threading.Thread(target=lambda: got.append(slot.get()))
    thread.start()
    thread.join()
    assert len(got) == 1


def test_a_dropped_engine_is_loaded_again() -> None:
    slot = Slot(object, Owner())
    first = slot.get()
    slot.drop()
    assert slot.get() is not first
