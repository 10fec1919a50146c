"""The heartbeat tells the GPU's memory, whatever another thread is loading meanwhile."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

from daemon.worker.process import gpu_mib


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("torch")
    monkeypatch.setitem(sys.modules, "torch", module)
    return module


def test_a_library_that_is_being_loaded_has_nothing_to_tell(torch: ModuleType) -> None:
    assert gpu_mib() is None
    torch.cuda = ModuleType("torch.cuda")
    assert gpu_mib() is None


def test_what_is_held_is_told_once_the_card_is_used(torch: ModuleType) -> None:
    torch.cuda = SimpleNamespace(is_initialized=lambda: False)
    assert gpu_mib() is None
    held = (0, 3 << 20)  # the engines are on the second card
    torch.cuda = SimpleNamespace(
        is_initialized=lambda: True, device_count=lambda: 2, memory_reserved=held.__getitem__
    )
    assert gpu_mib() == 3
