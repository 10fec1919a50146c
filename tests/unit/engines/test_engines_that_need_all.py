"""An engine of several files is taken with all of them, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.config.model import Engines as Settings
from daemon.engines.base import EngineFacts
from daemon.engines.offers import AUTO, Chooser, Offer
from daemon.errors import EngineUnavailable
from tests.fakes.model_store import spoilt

TRUNK, HEAD = "gpen-eqface-backbone", "gpen-eqface-quality"
BOTH = f"boothd models pull {TRUNK} {HEAD}"

PAIR = Offer(
    "pair",
    (TRUNK, HEAD),
    load=lambda weights, _setup: sorted(weights),
    facts=lambda _weights, _setup: EngineFacts("pair", "1", {}),
    library="numpy",
    needs_all=True,
)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


def chooser(store: Path) -> Chooser:
    return Chooser(Settings(prefer="gpu", allow_noncommercial=True), "cpu", store)


def test_with_both_files_it_is_taken(stocked: Callable[..., Path], store: Path) -> None:
    for key in PAIR.models:
        stocked(store, key, key.encode())
    for asked in (AUTO, "pair"):
        chosen = chooser(store).choose((PAIR,), asked)
        assert chosen.offer is PAIR
        assert set(chosen.weights) == {TRUNK, HEAD}
        assert chosen.note == ""


@pytest.mark.parametrize(("there", "lacks"), [(TRUNK, HEAD), (HEAD, TRUNK)])
def test_with_one_of_two_it_is_refused_and_the_other_is_named(
    stocked: Callable[..., Path], store: Path, there: str, lacks: str
) -> None:
    stocked(store, there, b"weights")
    told = f"no weights in the model store for {lacks} (boothd models pull {lacks})"
    with pytest.raises(EngineUnavailable) as refused:
        chooser(store).choose((PAIR,), "pair")
    assert str(refused.value) == told
    left_out = chooser(store).choose((PAIR,))
    assert left_out.offer is None
    assert left_out.note == f"pair: {told}"


@pytest.mark.parametrize("asked", [AUTO, "pair"])
def test_with_none_the_command_brings_both(store: Path, asked: str) -> None:
    if asked == AUTO:
        assert BOTH in chooser(store).choose((PAIR,)).note
        return
    with pytest.raises(EngineUnavailable, match=BOTH):
        chooser(store).choose((PAIR,), asked)


def test_one_wrong_file_of_two_keeps_it_out(stocked: Callable[..., Path], store: Path) -> None:
    stocked(store, TRUNK, b"trunk")
    spoilt(stocked(store, HEAD, b"head"))
    with pytest.raises(EngineUnavailable, match=f"{HEAD}: MODEL_WRONG_SUM"):
        chooser(store).choose((PAIR,), "pair")
    left_out = chooser(store).choose((PAIR,))
    assert left_out.offer is None
    assert f"{HEAD}: MODEL_WRONG_SUM" in left_out.note
