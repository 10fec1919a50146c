"""What an engine took on a card is free once it was dropped, whatever holds what inside it."""

from __future__ import annotations

import gc
import weakref
from types import SimpleNamespace

from daemon.engines.pool import Owner, Slot
from daemon.engines.vram import CardMemory


class Engine:
    """Held by its own parts, as engines are whose batches call them back."""

    def __init__(self) -> None:
        self.part = SimpleNamespace(run=self.draw)

    def draw(self) -> None:
        pass


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
