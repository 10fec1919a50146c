"""Which engine is taken follows from settings, device and what lies in the model store."""

from __future__ import annotations

import importlib.util
from dataclasses import replace

import numpy as np
import pytest

from daemon.config.model import Engines as Settings
from daemon.engines.base import EngineFacts
from daemon.engines.choice import choose_assessor
from daemon.engines.registry import Engines
from daemon.engines.rts.files import FILES, FOLDERS, OFFICIAL, find_weights
from daemon.engines.tasks import ASSESS
from daemon.errors import EngineUnavailable
from daemon.routes.base import Context
from daemon.routes.quality import ROUTE
from daemon.routes.quality.trial import as_photo
from tests.fakes.engines import FixedAssessor, NoProgress, engines_of, face_at


@pytest.fixture
def models(tmp_path):
    path = tmp_path / OFFICIAL
    path.parent.mkdir(parents=True)
    path.write_bytes(b"weights")
    return tmp_path


@pytest.fixture(params=[True, False], ids=["torch", "no torch"])
def has_torch(request, monkeypatch):
    """Whether torch seems installed, whatever this machine has."""
    real = importlib.util.find_spec

    def find(name, *rest):
        return (object() if request.param else None) if name == "torch" else real(name, *rest)

    monkeypatch.setattr(importlib.util, "find_spec", find)
    return request.param


@pytest.mark.parametrize(
    ("prefer", "device", "taken"),
    [
        ("auto", "cuda:0", True),
        ("auto", "cpu", False),
        ("gpu", "cuda:1", True),
        ("gpu", "cpu", True),
        ("embedded", "cuda:0", False),
        ("embedded", "cpu", False),
    ],
)
def test_weights_are_taken_where_the_settings_allow(
    models, has_torch, prefer, device, taken
) -> None:
    choice = choose_assessor(Settings(prefer=prefer), device, models)
    assert (choice.weights == models / OFFICIAL) == (taken and has_torch)
    assert (choice.weights is None) or choice.note == ""


@pytest.mark.parametrize("prefer", ["auto", "gpu"])
def test_weights_without_torch_are_a_note(models, monkeypatch, prefer) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "torch" else real(name)
    )
    with Engines(Settings(prefer=prefer), device="cuda:0", models=models) as engines:
        assert engines.assessor is None
        assert "install the gpu extra" in engines.describe()[ASSESS]["note"]


def test_weights_without_a_gpu_are_a_note_that_says_how_to_use_them(models) -> None:
    choice = choose_assessor(Settings(), "cpu", models)
    if importlib.util.find_spec("torch"):
        assert "engines.prefer: gpu" in choice.note


def test_nothing_there_and_nothing_asked_says_nothing(tmp_path) -> None:
    for store in (None, tmp_path, tmp_path / "missing"):
        assert choose_assessor(Settings(), "cpu", store).note == ""
        with Engines(models=store) as engines:
            assert engines.assessor is None
            assert ASSESS not in engines.describe()


def test_a_gpu_engine_that_was_asked_for_and_is_missing_is_recorded(tmp_path) -> None:
    with Engines(Settings(prefer="gpu"), models=tmp_path) as engines:
        assert engines.assessor is None
        assert OFFICIAL in engines.describe()[ASSESS]["note"]


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("name", FILES)
def test_weights_are_found_in_every_usual_place(tmp_path, folder, name) -> None:
    path = tmp_path / folder / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    assert find_weights(tmp_path) == path


def test_the_official_place_goes_first(models) -> None:
    for folder in FOLDERS[1:]:
        (models / folder).mkdir(parents=True)
        (models / folder / FILES[0]).write_bytes(b"")
    (models / FOLDERS[0] / FILES[1]).write_bytes(b"")
    assert find_weights(models) == models / OFFICIAL


def test_a_folder_of_that_name_is_no_weight_file(tmp_path) -> None:
    (tmp_path / OFFICIAL).mkdir(parents=True)
    assert find_weights(tmp_path) is None


def test_an_assessor_is_loaded_at_its_first_use_and_described(astronaut) -> None:
    """The fake that routes are tested with speaks the protocol of the real one."""
    with engines_of([], assessor=FixedAssessor(score=0.7)) as engines:
        assert engines.describe()[ASSESS]["name"] == "fake-assess"
        found = engines.assessor.assess(astronaut, np.zeros((5, 2), np.float32))
    assert found.as_json() == {
        "engine": "fake-assess",
        "exp_log_variance": 0.904837,
        "score": 0.7,
        "calibration": "0123456789ab",
    }


# ── asked for and not to be had ───────────────────────────────────────────────────────────


def preferring_a_gpu(tmp_path, weights: bytes | None) -> Engines:
    """Engines with no weights, or with some that cannot be used."""
    makers = engines_of([face_at(100, 20, 0.5)])._makers
    if weights is not None:
        path = tmp_path / OFFICIAL
        path.parent.mkdir(parents=True)
        path.write_bytes(weights)

        def refuse():
            message = f"{path.name} is not the weight file of RTS"
            raise EngineUnavailable(message, engine="rts")

        facts = EngineFacts("rts-512", "torch 2", {})
        makers = replace(makers, assessor=refuse, assessor_facts=lambda _: facts)
    return Engines(Settings(prefer="gpu"), models=tmp_path, makers=makers)


@pytest.mark.parametrize("weights", [None, b"nothing"], ids=["missing", "unusable"])
def test_what_a_preferred_engine_lacks_stands_in_every_record_and_fails_no_photo(
    tmp_path, astronaut, weights
) -> None:
    with preferring_a_gpu(tmp_path, weights) as engines:
        context = Context(engines, "en", "", NoProgress)
        outcome = ROUTE.run(as_photo(astronaut), ROUTE.parse_options({}), context)
    described = outcome.engines[ASSESS]
    assert described["name"] == "none"
    assert described["note"].startswith("RTS: ")
    assert "pytorch_model.pt" in described["note"]


def test_a_refused_self_test_stands_in_every_record(astronaut) -> None:
    with engines_of([face_at(100, 20, 0.5)], assessor=FixedAssessor(score=None)) as engines:
        context = Context(engines, "en", "", NoProgress)
        outcome = ROUTE.run(as_photo(astronaut), ROUTE.parse_options({}), context)
    assert outcome.engines[ASSESS]["name"] == "fake-assess"
    assert "out_of_distribution" in outcome.measures["not_assessed"]


def test_where_nothing_was_chosen_the_record_names_nothing(astronaut) -> None:
    with engines_of([face_at(100, 20, 0.5)]) as engines:
        context = Context(engines, "en", "", NoProgress)
        outcome = ROUTE.run(as_photo(astronaut), ROUTE.parse_options({}), context)
    assert ASSESS not in outcome.engines
