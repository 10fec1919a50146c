"""Which engine enlarges what lies around the faces, by how many times it is to be enlarged."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.config.model import Engines as Settings
from daemon.engines.offers import AUTO, EMBEDDED, Chooser, auto_for, is_auto
from daemon.engines.realesrgan.offer import REALESRGAN_OFFERS
from daemon.errors import EngineUnavailable
from tests.fakes.model_store import spoilt

DRAWINGS = "realesr-animevideov3"


@pytest.fixture
def chooser(tmp_path: Path, stocked):
    """``chooser(key, …)``: one whose store has these models; what is in the files is not read."""

    def make(*keys: str, prefer: str = "gpu") -> Chooser:
        for key in keys:
            stocked(tmp_path, key, b"weights of " + key.encode())
        return Chooser(Settings(prefer=prefer, allow_noncommercial=True), "cpu", tmp_path)

    return make


@pytest.mark.parametrize(
    ("factor", "name"), [(2, "realesrgan-x2"), (4, "realesrgan-x4")], ids=["twice", "four times"]
)
def test_the_factor_chooses_among_engines_that_are_all_here(chooser, factor, name) -> None:
    here = chooser("realesrgan-x2plus", "realesrgan-x4plus", "realesr-general-x4v3")
    chosen = here.choose(REALESRGAN_OFFERS, auto_for(factor))
    assert chosen.offer is not None
    assert (chosen.offer.name, chosen.note) == (name, "")


def test_without_a_factor_the_order_of_the_table_holds(chooser) -> None:
    here = chooser("realesrgan-x4plus", "realesrgan-x2plus")
    chosen = here.choose(REALESRGAN_OFFERS, AUTO)
    assert chosen.offer is not None
    assert (chosen.offer.name, chosen.note) == ("realesrgan-x2", "")


@pytest.mark.parametrize(
    ("key", "factor", "name", "mend"),
    [
        ("realesrgan-x2plus", 4, "realesrgan-x2", "realesrgan-x4plus"),
        ("realesrnet-x4plus", 2, "realesrnet-x4", "realesrgan-x2plus"),
    ],
)
def test_one_of_another_factor_is_taken_and_the_record_says_so(
    chooser, key, factor, name, mend
) -> None:
    chosen = chooser(key).choose(REALESRGAN_OFFERS, auto_for(factor))
    assert chosen.offer is not None
    assert chosen.offer.name == name
    assert f"and not {factor}, the rest is plain resizing" in chosen.note
    assert f"boothd models pull {mend}" in chosen.note


def test_why_the_one_of_the_factor_was_not_taken_is_said_beside_it(chooser, tmp_path: Path) -> None:
    here = chooser("realesrgan-x2plus", "realesrgan-x4plus")
    (file,) = (tmp_path / "realesrgan-x4plus").iterdir()
    spoilt(file)
    chosen = here.choose(REALESRGAN_OFFERS, auto_for(4))
    assert chosen.offer is not None
    assert chosen.offer.name == "realesrgan-x2"
    assert "MODEL_WRONG_SUM" in chosen.note


def test_what_is_missing_is_named_by_the_factor(chooser) -> None:
    chosen = chooser().choose(REALESRGAN_OFFERS, auto_for(4))
    assert chosen.offer is None
    assert "boothd models pull realesrgan-x4plus" in chosen.note


@pytest.mark.parametrize("asked", [AUTO, auto_for(4)])
def test_the_network_for_drawings_is_taken_by_its_name_alone(chooser, asked: str) -> None:
    here = chooser(DRAWINGS)
    assert here.choose(REALESRGAN_OFFERS, asked).offer is None
    chosen = here.choose(REALESRGAN_OFFERS, "realesr-animevideo-x4")
    assert chosen.offer is not None
    assert list(chosen.weights) == [DRAWINGS]


def test_who_prefers_the_embedded_engine_gets_it_for_any_factor(chooser) -> None:
    here = chooser("realesrgan-x4plus", prefer="embedded")
    assert here.choose(REALESRGAN_OFFERS, auto_for(4)).offer is None


def test_a_factor_is_no_name() -> None:
    assert is_auto(AUTO)
    assert is_auto(auto_for(2))
    assert not is_auto(EMBEDDED)
    assert not is_auto("realesrgan-x2")


def test_without_a_store_the_option_that_names_one_is_said() -> None:
    """``boothd once`` without a configuration knows no store."""
    with pytest.raises(EngineUnavailable, match="boothd --config FILE"):
        Chooser(Settings(), "cpu", None).choose(REALESRGAN_OFFERS, "realesrgan-x2")
