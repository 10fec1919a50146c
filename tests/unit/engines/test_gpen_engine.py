"""GPEN as an engine: weights of the store in, faces out; weights by recipe."""

from __future__ import annotations

import os
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from daemon.catalogue.models.load import model_book
from daemon.config.model import Engines as Settings
from daemon.engines.gpen.facts import SIZES_PX, gpen_facts
from daemon.engines.offers import Setup
from daemon.engines.registry import Engines
from daemon.engines.tasks import RESTORE
from daemon.engines.weights import StoredWeights, obtain
from daemon.errors import EngineError, EngineUnavailable, GpuExhausted
from daemon.imaging.template import gpen_template
from tests.fakes.torch_here import need_torch

need_torch()

pytestmark = [
    pytest.mark.engines,
    pytest.mark.xdist_group("gpen"),
    pytest.mark.usefixtures("one_torch_thread"),
]

CPU = Setup("cpu", "fp32", 1)
SALT = "gpen-small-a:"
PX = 64


@pytest.fixture(scope="module")
def plan():
    from daemon.engines.gpen.plan import Plan

    return Plan(PX, style_dim=128, narrow=0.0625)


@pytest.fixture
def load(plan):
    """Loads the small network: what a drawer is given."""
    from daemon.engines.gpen.parity import recipe_network

    return partial(recipe_network, plan, SALT)


@pytest.fixture
def small(monkeypatch):
    """The engine serves a size of 64 pixels, too, so that tests need not draw large ones."""
    monkeypatch.setitem(SIZES_PX, "gpen-bfr-256", PX)
    monkeypatch.setitem(SIZES_PX, "gpen-bfr-512", PX)
    monkeypatch.setitem(SIZES_PX, "gpen-modelscope-512", PX)


@pytest.fixture
def nothing_known(monkeypatch):
    """Other tests' findings about the same files are not known."""
    from daemon.engines import precision
    from daemon.engines.gpen import facts

    for module, name in ((precision, "_FOUND"), (facts, "_REMARKS"), (facts, "_REFUSED")):
        monkeypatch.setattr(module, name, {})


def weights_at(path, model="gpen-bfr-256", sha256="0" * 64):
    return {model: StoredWeights(model, path, sha256, is_published=True)}


def faces(count, size_px=PX):
    """Noise, smooth as pictures are, between the steps of 8 bits."""
    import cv2

    noise = np.random.default_rng(7).uniform(0, 255, (count, 8, 8, 3)).astype(np.float32)
    return np.stack([cv2.resize(one, (size_px, size_px)) for one in noise])


def as_asked(asked):
    from daemon.engines.precision import proven

    # A half is tried on GPUs alone: here the trial believes in one.
    return partial(proven, [f"test {os.urandom(8).hex()}"], asked, "cuda:0")


def drawer(load, asked="fp32", **kind):
    from daemon.engines.gpen.drawer import Drawer

    return Drawer(load, device="cpu", prove=as_asked(asked), **kind)


# ── from the store to the face ────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def official_256():
    """A checkpoint in the layout of the official 256-pixel network."""
    from daemon.engines.gpen.parity import recipe_network
    from daemon.engines.gpen.plan import OFFICIAL

    return recipe_network(OFFICIAL[256], "gpen_256_full-a:").state_dict()


def test_the_route_gets_the_official_network_out_of_the_store(
    stocked, tmp_path, official_256, nothing_known
) -> None:
    path = stocked(tmp_path, "gpen-bfr-256", official_256)
    settings = Settings(prefer="gpu", allow_noncommercial=True, threads=1)
    with Engines(settings, models=tmp_path) as engines:
        restorer = engines.restorer("gpen")
        assert restorer is not None
        assert restorer.sizes_px == (256,)
        assert np.array_equal(restorer.template(256), gpen_template(256))
        drawn = restorer.restore(faces(1, 256))
        described = engines.describe()[RESTORE]
    assert drawn.shape == (1, 256, 256, 3)
    assert drawn.dtype == np.float32
    assert 0 <= drawn.min() < drawn.max() <= 255
    sha256 = obtain(tmp_path, "gpen-bfr-256", allow_noncommercial=True).sha256
    assert described["weights"] == {f"gpen-bfr-256/{path.name}": sha256}
    assert (described["name"], described["precision"]) == ("gpen", "fp32")
    assert described["sizes_px"] == [256]


def test_without_the_licence_switch_it_is_not_taken(stocked, tmp_path, official_256) -> None:
    stocked(tmp_path, "gpen-bfr-256", official_256)
    with Engines(Settings(prefer="gpu", threads=1), models=tmp_path) as engines:
        assert engines.restorer() is None
        with pytest.raises(EngineUnavailable, match="MODEL_NONCOMMERCIAL"):
            engines.restorer("gpen")


@pytest.fixture
def saved(tmp_path, load):
    """``saved(wrapped, rename, **changes)``: the small checkpoint in a store, changed."""
    import torch

    def write(wrapped="", rename=lambda key: key, model="gpen-bfr-256", **changes):
        entries = {**load().state_dict(), **changes}
        kept = {rename(key): value for key, value in entries.items() if value is not None}
        path = tmp_path / model / "GPEN-BFR.pth"
        path.parent.mkdir(exist_ok=True)
        torch.save({wrapped: kept, "epoch": 3} if wrapped else kept, path)
        return path

    return write


@pytest.mark.parametrize("wrapped", ["", "g_ema", "state_dict", "params", "params_ema"])
def test_the_weights_may_lie_in_any_known_wrapper(saved, small, wrapped) -> None:
    from daemon.engines.gpen.adapter import Gpen

    drawn = Gpen(weights_at(saved(wrapped)), CPU).restore(faces(1))
    plain = Gpen(weights_at(saved()), CPU).restore(faces(1))
    assert np.array_equal(drawn, plain)


def test_a_prefix_of_parallel_training_is_taken_off(saved, small) -> None:
    from daemon.engines.gpen.adapter import Gpen

    path = saved(rename=lambda key: f"module.{key}")
    assert Gpen(weights_at(path), CPU).sizes_px == (PX,)


def refused(path):
    from daemon.engines.gpen.adapter import Gpen

    with pytest.raises(EngineUnavailable) as caught:
        Gpen(weights_at(path), CPU)
    said = str(caught.value)
    assert said.startswith(f"{path.name} is not the weight file of GPEN: ")
    assert said.endswith("boothd models pull gpen-bfr-256 --replace")
    return said


def test_a_wrong_key_shape_or_kind_is_named(saved, small) -> None:
    import torch

    assert "1 missing (ecd0.0.1.bias)" in refused(saved(**{"ecd0.0.1.bias": None}))
    assert "1 unknown (noise)" in refused(saved(noise=torch.zeros(3)))
    bent = {"ecd0.0.1.bias": torch.zeros(3)}
    assert "1 of another shape (ecd0.0.1.bias (3,) instead of (" in refused(saved(**bent))
    whole = {"ecd0.0.1.bias": torch.zeros(32, dtype=torch.int64)}
    assert "1 of another kind (ecd0.0.1.bias torch.int64" in refused(saved(**whole))


def test_values_that_are_no_numbers_are_refused(saved, small) -> None:
    import torch

    bad = {"generator.input.input": torch.full((1, 32, 4, 4), torch.nan)}
    assert "generator.input.input holds values that are no numbers" in refused(saved(**bad))


def test_a_network_of_another_size_is_refused(saved) -> None:
    assert "it is for 64 px and not for 256" in refused(saved())


def test_another_network_is_refused(saved, small) -> None:
    path = saved(rename=lambda key: f"backbone.{key}")
    assert "its entries are those of another network" in refused(path)


@pytest.mark.parametrize(
    "claimed", ["ecd999.0.0.weight", "ecd99999999999.0.0.weight", "generator.style.999.weight"]
)
def test_a_name_that_claims_a_giant_costs_nothing(saved, small, claimed) -> None:
    import torch

    refused(saved(**{claimed: torch.zeros(1)}))


def test_an_entry_that_claims_more_numbers_than_a_network_has_is_refused(saved, small) -> None:
    import torch

    giant = {"generator.input.input": torch.zeros(1).expand(10**12)}
    assert "it claims 1000000" in refused(saved(**giant))


def test_tensors_without_values_are_refused(saved, small) -> None:
    import torch

    hollow = {"ecd0.0.1.bias": torch.empty(32, device="meta")}
    assert "ecd0.0.1.bias has no values" in refused(saved(**hollow))


class Bomb:
    """What an evil checkpoint does when it is unpickled."""

    def __init__(self, path) -> None:
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_a_file_that_would_run_code_is_refused_and_runs_none(saved, small, tmp_path) -> None:
    mark = tmp_path / "ran"
    said = refused(saved(**{"ecd0.0.1.bias": Bomb(mark)}))
    assert "holds more than tensors" in said
    assert not mark.exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", "网页".encode() * 99])
def test_a_file_of_something_else_is_refused(saved, small, content) -> None:
    path = saved()
    path.write_bytes(content)
    refused(path)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("is_old", [False, True], ids=["zip", "before zip"])
def test_a_damaged_file_is_refused_in_words_or_whole(tmp_path, load, is_old) -> None:
    """The library fails in a dozen ways; what it reads of such a file fits or is refused."""
    import torch

    from daemon.engines.gpen.checkpoint import load_network

    path = tmp_path / "GPEN-BFR.pth"
    torch.save(load().state_dict(), path, _use_new_zipfile_serialization=not is_old)
    whole, random = path.read_bytes(), np.random.default_rng(4)
    refusals = []
    for _ in range(40):
        spoilt = bytearray(whole)
        for at in random.integers(0, 20_000, 4):
            spoilt[at] ^= 1 << int(random.integers(8))
        path.write_bytes(spoilt)
        try:
            load_network(path, PX)
        except EngineUnavailable as error:
            refusals.append(str(error))
    assert len(refusals) > 5
    assert all("is not the weight file of GPEN" in said for said in refusals)


def test_of_several_files_one_that_is_not_what_it_should_be_is_left_out(
    saved, small, nothing_known
) -> None:
    from daemon.engines.gpen.adapter import Gpen

    broken = saved(model="gpen-bfr-512", **{"ecd0.0.1.bias": None})
    bad = weights_at(broken, "gpen-bfr-512", "b")
    good = weights_at(saved(model="gpen-modelscope-512"), "gpen-modelscope-512", "a")
    engine = Gpen({**bad, **good}, CPU)
    assert np.isfinite(engine.restore(faces(1))).all()
    described = gpen_facts({**bad, **good}, CPU).as_json()
    assert described["weights"] == {"gpen-modelscope-512/GPEN-BFR.pth": "a"}
    (note,) = described["notes"]
    assert note.startswith("left out: GPEN-BFR.pth is not the weight file")


@pytest.fixture
def hollow(tmp_path):
    """``hollow(model, size)``: an official layout with one value for all, in few bytes."""
    import torch

    from daemon.engines.gpen.network import GpenNetwork
    from daemon.engines.gpen.plan import OFFICIAL

    def write(model, size_px):
        with torch.device("meta"):
            state = GpenNetwork(OFFICIAL[size_px]).state_dict()
        path = tmp_path / model_book().models[model].place
        path.parent.mkdir(exist_ok=True)
        torch.save(
            {key: torch.tensor(0.01).expand(each.shape) for key, each in state.items()}, path
        )
        return path

    return write


@pytest.mark.parametrize(("model", "size_px"), SIZES_PX.items())
def test_every_model_fits_its_size_and_no_other(hollow, model, size_px) -> None:
    from daemon.engines.gpen.checkpoint import check_outline

    path = hollow(model, size_px)
    check_outline(path, size_px)
    for other in {256, 512, 1024, 2048} - {size_px}:
        with pytest.raises(EngineUnavailable, match=f"for {size_px} px and not for {other}"):
            check_outline(path, other)


@pytest.mark.parametrize("model", ["gpen-inpainting-1024", "gpen-colorization-1024"])
def test_networks_for_holes_and_colours_load_where_their_keys_are_the_same(hollow, model) -> None:
    from daemon.engines.gpen.checkpoint import load_network
    from daemon.engines.gpen.plan import OFFICIAL

    assert load_network(hollow(model, 1024), 1024).plan == OFFICIAL[1024]


@pytest.fixture
def two_sizes(monkeypatch, tmp_path):
    """``two_sizes(bad)``: weights of 64 and 128 pixels; those of one hold no numbers."""
    import torch

    from daemon.engines.gpen.parity import recipe_network
    from daemon.engines.gpen.plan import Plan

    sizes = {"gpen-bfr-256": 64, "gpen-bfr-512": 128}
    for model, size_px in sizes.items():
        monkeypatch.setitem(SIZES_PX, model, size_px)

    def write(bad):
        weights = {}
        for model, size_px in sizes.items():
            state = recipe_network(Plan(size_px, style_dim=64, narrow=1 / 32), SALT).state_dict()
            if size_px == bad:
                state["ecd0.0.1.bias"] = torch.full_like(state["ecd0.0.1.bias"], torch.inf)
            path = tmp_path / f"{model}.pth"
            torch.save(state, path)
            weights.update(weights_at(path, model, sha256=model))
        return weights

    return write


def test_a_size_without_numbers_is_left_out_and_another_loaded(two_sizes, nothing_known) -> None:
    from daemon.engines.gpen.adapter import Gpen

    weights = two_sizes(bad=64)
    engine = Gpen(weights, CPU)
    assert engine.sizes_px == (128,)
    assert np.isfinite(engine.restore(faces(1, 128))).all()
    described = gpen_facts(weights, CPU).as_json()
    assert described["sizes_px"] == [128]
    assert "holds values that are no numbers" in described["notes"][0]


def test_a_size_that_fails_at_its_first_use_costs_no_other_size(two_sizes, nothing_known) -> None:
    from daemon.engines.gpen.adapter import Gpen

    engine = Gpen(two_sizes(bad=128), CPU)
    assert engine.sizes_px == (64, 128)
    for _ in range(2):  # whoever had the sizes from before is told the same
        with pytest.raises(EngineUnavailable, match="holds values that are no numbers"):
            engine.restore(faces(1, 128))
    assert engine.sizes_px == (64,)
    assert np.isfinite(engine.restore(faces(1, 64))).all()


# ── faces ─────────────────────────────────────────────────────────────────────────────────


def test_a_batch_is_what_its_faces_are_alone_and_filling_up_changes_nothing(load) -> None:
    alone, together = drawer(load), drawer(load, most=8)
    crops = faces(7)  # drawn as eight
    found = together.draw(crops)
    for at, one in enumerate(crops):
        drawn = alone.draw(one[None])[0]
        assert np.linalg.norm(found[at] - drawn) / np.linalg.norm(drawn) < 5e-7


def test_a_void_face_harms_no_neighbour(load) -> None:
    together = drawer(load, most=4)
    crops = faces(4)
    clean = together.draw(crops)
    crops[2, 5, 5, 1] = np.inf
    found = together.draw(crops)
    assert np.isnan(found[2]).all()
    assert np.array_equal(found[[0, 1, 3]], clean[[0, 1, 3]])


def test_crops_that_cannot_be_written_to_are_taken(load) -> None:
    crops = faces(2)
    crops.setflags(write=False)
    before = crops.copy()
    assert drawer(load, most=2).draw(crops).shape == crops.shape
    assert np.array_equal(crops, before)


def test_out_of_memory_halves_the_batch_and_the_next_photo_goes_through(load, monkeypatch) -> None:
    import torch

    mine = drawer(load, most=8)
    real, seen = mine._network.forward, []

    def cramped(images):
        seen.append(len(images))
        if len(images) > room.faces:
            message = "CUDA out of memory"
            raise torch.OutOfMemoryError(message)
        return real(images)

    room = SimpleNamespace(faces=2)
    monkeypatch.setattr(mine._network, "forward", cramped)
    assert np.isfinite(mine.draw(faces(8))).all()
    assert seen == [8, 4, 2, 2, 2, 2]
    room.faces = 0
    with pytest.raises(GpuExhausted):
        mine.draw(faces(1))
    room.faces = 1
    assert np.isfinite(mine.draw(faces(1))).all()


@pytest.mark.parametrize("shape", [(1, 64, 64), (1, 64, 32, 3), (1, 128, 128, 3), (1, 64, 64, 4)])
def test_crops_of_a_shape_without_a_network_are_refused(saved, small, shape) -> None:
    from daemon.engines.gpen.adapter import Gpen

    engine = Gpen(weights_at(saved()), CPU)
    with pytest.raises(EngineError, match="sizes are"):
        engine.restore(np.zeros(shape, np.float32))
    assert engine.restore(np.empty((0, PX, PX, 3), np.float32)).shape == (0, PX, PX, 3)


# ── half precision ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("asked", ["bf16", "fp16"])
def test_a_half_that_draws_the_same_picture_is_used(load, asked) -> None:
    full, half = drawer(load), drawer(load, asked)
    assert half.precision.used == "bf16"
    assert half.precision.parity_db >= 45
    apart = full.draw(faces(2)) - half.draw(faces(2))
    assert 0 < np.abs(apart).max() < 4
    note = half.precision.as_json().get("precision_note", "")
    assert ("fp16 was asked for" in note) == (asked == "fp16")


def test_only_the_large_convolutions_are_halved(load) -> None:
    import torch

    network = load()
    network.settle(torch.bfloat16)
    halved = {name for name, each in network.named_parameters() if each.dtype == torch.bfloat16}
    assert {name.split(".")[0] for name in halved} == {"ecd1", "ecd2", "ecd3", "ecd4", "generator"}
    inside = {name for name in halved if name.startswith("generator")}
    assert all(".conv.weight" in name and "to_rgb" not in name for name in inside)
    assert len(inside) == 9


def test_a_half_that_draws_another_picture_is_not_used(load, monkeypatch) -> None:
    import torch

    from daemon.engines.stylegan import ModulatedConvolution

    real = ModulatedConvolution.settle

    def spoilt(layer, kind, layout):
        real(layer, kind, layout)
        if kind == torch.bfloat16:
            layer.weight.data = layer.weight.data * 1.25

    monkeypatch.setattr(ModulatedConvolution, "settle", spoilt)
    full, half = drawer(load), drawer(load, "bf16")
    assert half.precision.used == "fp32"
    assert half.precision.parity_db < 45
    assert np.array_equal(half.draw(faces(1)), full.draw(faces(1)))
    assert "45 dB are needed" in half.precision.as_json()["precision_note"]


def test_a_half_that_gives_no_number_is_not_used(load, monkeypatch) -> None:
    from daemon.engines.gpen import precision

    monkeypatch.setattr(precision, "has_bf16", lambda _device: False)  # an older card
    half = drawer(load, "bf16")
    assert half.precision.used == "fp32"
    assert "no number" in half.precision.as_json()["precision_note"]


def test_on_the_cpu_a_half_is_not_tried_and_the_record_says_so(saved, small, nothing_known) -> None:
    from daemon.engines.gpen.adapter import Gpen

    weights, asked = weights_at(saved()), Setup("cpu", "bf16", 1)
    assert Gpen(weights, asked)._drawers[PX].precision.used == "fp32"
    described = gpen_facts(weights, asked).as_json()
    assert described["precision"] == "fp32"
    assert "the CPU computes in fp32" in described["notes"][0]
