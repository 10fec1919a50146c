"""Which device a worker takes, and which it refuses to start with."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from daemon.config.model import Engines
from daemon.errors import EngineUnavailable
from daemon.worker.device import choose_device


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """``cards(2)``: as if the driver had made nodes for so many, with torch installed."""

    def there(count: int) -> None:
        nodes = [tmp_path / f"nvidia{number}" for number in range(count)]
        monkeypatch.setattr(Path, "glob", lambda _folder, _pattern: iter(nodes))
        monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())

    return there


def test_auto_takes_the_first_card_unless_embedded_engines_are_preferred(cards) -> None:
    cards(2)
    assert choose_device(Engines()) == "cuda:0"
    assert choose_device(Engines(prefer="embedded")) == "cpu"
    cards(0)
    assert choose_device(Engines()) == "cpu"


def test_a_card_by_a_number_that_is_not_there_is_refused_with_what_is_there(cards) -> None:
    cards(2)
    assert choose_device(Engines(device="cuda:1")) == "cuda:1"
    with pytest.raises(EngineUnavailable, match="there are 2 NVIDIA cards here, counted from 0"):
        choose_device(Engines(device="cuda:2"))
    cards(0)
    with pytest.raises(EngineUnavailable, match="no NVIDIA card"):
        choose_device(Engines(device="cuda:0"))
