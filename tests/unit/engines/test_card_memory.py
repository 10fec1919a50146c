"""What a card has room for, what is held there, and what is free once an engine was dropped."""

from __future__ import annotations

import gc
import sys
import weakref
from types import ModuleType, SimpleNamespace

import pytest

from daemon.engines.pool import Owner, Slot
from daemon.engines.vram import CardMemory
from daemon.errors import EngineUnavailable


class Engine:
    """Held by its own parts, as engines are whose batches call them back."""

    def __init__(self) -> None:
        self.part = SimpleNamespace(run=self.draw)

    def draw(self) -> None:
        pass


def with_cards(monkeypatch, **cuda):
    """A torch with two cards in use, whose other answers are given."""
    torch = ModuleType("torch")
    torch.cuda = SimpleNamespace(
        is_available=lambda: True, is_initialized=lambda: True, device_count=lambda: 2, **cuda
    )
    monkeypatch.setitem(sys.modules, "torch", torch)


def test_a_card_by_a_number_that_is_not_there_can_be_used_by_no_engine(monkeypatch) -> None:
    with_cards(monkeypatch)
    CardMemory("cuda:1").check()
    with pytest.raises(
        EngineUnavailable, match=r"torch cannot use cuda:2: look at engines\.device"
    ):
        CardMemory("cuda:2").check()
    CardMemory("cuda:2", 1024).prepare()  # is for the engine's load to find out


def test_the_peak_has_the_memory_that_recorded_graphs_work_in(monkeypatch) -> None:
    """No tensor has it while a graph is replayed; it is held all the same."""
    with_cards(
        monkeypatch,
        max_memory_allocated=lambda _device: 300 << 20,
        max_memory_reserved=lambda _device: 9000 << 20,
    )
    assert CardMemory("cuda:0").peak_mib() == 9000


def test_a_dropped_engine_is_gone_before_the_card_is_tidied(monkeypatch) -> None:
    memory, alive = CardMemory("cuda:0"), []
    engine: list[weakref.ref] = []
    card = SimpleNamespace(
        empty_cache=lambda: alive.append(engine[0]() is not None),
        memory_allocated=lambda _device: 0,
    )
    monkeypatch.setattr(memory, "_torch", lambda: SimpleNamespace(cuda=card))
    monkeypatch.setattr(memory, "_is_prepared", True)
    slot = Slot(Engine, Owner(), memory.shelf())
    gc.disable()
    try:
        engine.append(weakref.ref(slot.get()))
        slot.drop()
    finally:
        gc.enable()
    assert alive == [False]
