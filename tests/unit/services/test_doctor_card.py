"""What the doctor says of the GPU that the configuration names."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.config.model import Config
from daemon.services.doctor_card import remarks_on_card


@pytest.fixture
def said(
    tmp_path: Path, booth: Callable[..., Config]
) -> Callable[[str, int], list[tuple[str, str]]]:
    """``said(device, cards, memory_mib)``: level and key of every remark."""

    def remarks(device: str, cards: int, memory_mib: int = 16384) -> list[tuple[str, str]]:
        folder = tmp_path / f"{device}-{cards}"
        folder.mkdir()
        for name in ("nvidiactl", "nvidia-uvm", *(f"nvidia{n}" for n in range(cards))):
            (folder / name).touch()
        made = booth(engines={"device": device}, worker={"memory_mib": memory_mib})
        found = remarks_on_card(made, folder)
        return [(one.level, one.key) for one in found]

    return remarks


def test_where_no_card_is_and_none_is_asked_for_nothing_is_said(said) -> None:
    assert said("cpu", 2) == []
    assert said("auto", 0) == []


def test_a_card_that_is_there_is_told(said, monkeypatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    assert said("auto", 1) == [("ok", "engine.card")]
    assert said("cuda:1", 2) == [("ok", "engine.card")]


def test_a_worker_that_may_hold_little_beside_a_card_is_warned_of(said, monkeypatch) -> None:
    """It would be killed, or start anew, in the midst of photos."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    assert said("auto", 1, 6144) == [("warn", "engine.card_memory"), ("ok", "engine.card")]


@pytest.mark.parametrize(("device", "cards"), [("cuda:0", 0), ("cuda:2", 2)])
def test_a_card_by_a_number_that_is_not_there_is_an_error(said, monkeypatch, device, cards) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    assert said(device, cards) == [("error", "engine.card")]


def test_a_card_asked_for_without_the_library_is_an_error(said, monkeypatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert said("cuda:0", 1) == [("error", "engine.card_torch")]
