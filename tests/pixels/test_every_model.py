"""Every model that an engine takes: a random checkpoint in the published layout loads and is named,
and one byte that differs keeps it out.

A new row of ``OFFERS`` is tested by itself; what is wanted of it is its layout in
``tests.fakes.official_layouts``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from daemon.catalogue.models.load import model_book
from daemon.config.model import Engines as Settings
from daemon.engines.offered import OFFERS
from daemon.engines.registry import Engines
from daemon.errors import EngineUnavailable
from daemon.files.model_store import read_lock
from tests.fakes.model_store import spoilt
from tests.fakes.torch_here import need_torch

need_torch()

pytestmark = [pytest.mark.engines, pytest.mark.slow, pytest.mark.xdist_group("every-model")]

ROWS = [
    (task, offer, key)
    for task, offers in OFFERS.items()
    for offer in offers
    for key in offer.models
]
NAMES = [f"{task}-{offer.name}-{key}" for task, offer, key in ROWS]
# Of the layout of another one that is tested, here or through the daemon
# (tests/lifecycle/test_engines_with_weights.py): only where somebody asks for all of them.
EVERY = "BOOTHD_TEST_EVERY_MODEL"
TWINS = frozenset(
    {
        "gpen-modelscope-512", "gpen-bfr-1024", "gpen-bfr-2048", "gfpgan-1.4", "gfpgan-1.3",
        "gfpgan-1.2", "realesr-general-wdn-x4v3", "gpen-retinaface-r50", "gpen-parsenet",
        "gpen-model-ir-se50", "restoreformer-pp", "realesrnet-x4plus",
        "gpen-colorization-1024", "codeformer-colorization", "rmbg-2.0",
    }
)  # fmt: skip
TAKEN = Settings(prefer="gpu", allow_noncommercial=True, threads=1)


def engines(store: Path) -> Engines:
    return Engines(TAKEN, models=store)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Path]:
    """A model store; hundreds of megabytes that are not kept."""
    yield tmp_path / "models"
    shutil.rmtree(tmp_path / "models", ignore_errors=True)


@pytest.fixture
def checkpoint():
    """``checkpoint(key)``: entries and wrapper; twins of a layout only where they are asked for."""
    from tests.fakes.official_layouts import random_checkpoint

    def make(key: str):
        if key in TWINS and not os.environ.get(EVERY):
            pytest.skip(f"{key} has the layout of a model that is tested ({EVERY}=1 tests it too)")
        return random_checkpoint(key)

    return make


def test_there_is_a_layout_for_every_model_that_an_engine_takes() -> None:
    from tests.fakes.official_layouts import known_layouts

    missing = {key for _task, _offer, key in ROWS} - known_layouts()
    assert not missing


def test_layouts_are_as_long_as_the_published_files() -> None:
    """Within what a file holds besides: its index, and counters that older files have not."""
    from tests.fakes.official_layouts import has_size, known_layouts, size_of

    keys = filter(has_size, known_layouts())
    published = {key: model_book().models[key].size_bytes for key in keys}
    found = {key: size_of(key) / size for key, size in published.items() if size}
    assert len(found) > 10
    off = {key: share for key, share in found.items() if not 0.96 < share <= 1.0}
    assert not off


@pytest.mark.parametrize(("task", "offer", "key"), ROWS, ids=NAMES)
def test_it_loads_with_a_sum_that_fits_and_is_refused_with_another(
    stocked: Callable[..., Path], checkpoint, store: Path, task: str, offer, key: str
) -> None:
    files = {one: checkpoint(one) for one in (offer.models if offer.needs_all else (key,))}
    for one, (state, wrapped) in files.items():
        stocked(store, one, state, wrapped=wrapped)
    path = store / model_book().models[key].place
    with engines(store) as loaded:
        assert loaded.offered(task, offer.name) is not None
        facts = loaded.describe(**{task: offer.name})[task]
    assert facts["name"] == offer.name
    assert facts["device"] == "cpu"
    assert facts["precision"] == "fp32"
    assert list(facts["weights"].values()) == [_sum(store, one) for one in files]

    spoilt(path)
    with engines(store) as refusing:
        with pytest.raises(EngineUnavailable, match=f"boothd models pull {key} --replace"):
            refusing.offered(task, offer.name)
        assert refusing.offered(task) is None
        # Of what `auto` never takes, it says nothing either.
        noted = "MODEL_WRONG_SUM" in refusing.describe()[task]["note"]
        assert noted is not offer.by_name_only


def _sum(store: Path, key: str) -> str:
    return read_lock(store).files[key].sha256
