"""The first GFPGAN, and the variants of other networks that colour faces or fill holes."""

from __future__ import annotations

import numpy as np
import pytest

from daemon.engines.gfpgan.facts import CODEFORMER, COLORIZATION, GFPGAN, GFPGAN_1_0, Kind
from daemon.engines.gpen.facts import COLOURING
from daemon.engines.offered import OFFERS
from daemon.engines.offers import Setup
from daemon.engines.recipe import generated
from daemon.engines.tasks import RESTORE
from daemon.engines.weights import StoredWeights
from daemon.errors import EngineUnavailable
from tests.fakes.torch_here import need_torch

need_torch()

CPU = Setup("cpu", "bf16", 1)
SMALL = {4: 8, 8: 8, 16: 8, 32: 8}
SALT = "gfpgan-1.0 small:"
# What the published class (GFPGANv1 of gfpgan 1.3.8 on BasicSR 1.4.2, its operators in plain
# PyTorch) gives for ``picture`` with weights by ``rule``: every 11th row and 13th column of
# each colour, and the deviation of all. out_size 32, narrow 1/64, the rest as its program has it.
EXPECTED = [
    [[-1.3685, 0.1082, 0.295], [-4.0004, 4.0016, 0.1477], [0.6839, -1.3711, -1.5144]],
    [[-3.5768, -1.2755, 1.1711], [-1.7214, 4.6763, -2.0735], [0.6598, 0.5075, -0.4895]],
    [[-1.641, -0.4903, 0.3564], [-1.3348, -0.4083, -0.8797], [0.1838, -1.0092, -0.7715]],
]
DEVIATION = 1.69148


def rule(key, _shape, _keys, noise):
    if key.endswith(".modulation.bias"):
        return 1 + 0.1 * noise
    return 0.1 * noise if key.endswith(".bias") else noise


def small_network():
    import torch

    from daemon.engines.gfpgan.original import OriginalGfpgan, filters_of

    network = OriginalGfpgan(SMALL)
    shapes = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    made = {key: torch.from_numpy(value) for key, value in generated(shapes, SALT, rule)}
    network.load_state_dict({**made, **filters_of(network)}, strict=True)
    return network


def saved(folder, key, entries):
    """A file of entries that take no room: each tensor is one stored number."""
    import torch

    path = folder / key / f"{key}.pth"
    path.parent.mkdir(parents=True)
    hollow = {name: torch.full((), 0.01).expand(like.shape) for name, like in entries.items()}
    torch.save({"params_ema": hollow}, path)
    return StoredWeights(key, path, "0" * 64, is_published=True)


def layout(key):
    from tests.fakes.official_layouts import _LAYOUTS
    from tests.fakes.restoration_files import need_codeformer

    if key.startswith("codeformer"):
        need_codeformer()
    return _LAYOUTS[key]()[0]


def test_it_computes_what_the_published_class_computes() -> None:
    import torch

    picture = np.random.default_rng(7).uniform(-1, 1, (2, 3, 32, 32)).astype(np.float32)
    with torch.no_grad():
        drawn = small_network()(torch.from_numpy(picture)).numpy()
    np.testing.assert_allclose(drawn[0, :, ::11, ::13], EXPECTED, atol=1e-4)
    assert drawn.std() == pytest.approx(DEVIATION, abs=1e-4)


def test_a_face_of_a_batch_is_what_it_is_alone() -> None:
    import torch

    two = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(1)) * 2 - 1
    network = small_network()
    with torch.no_grad():
        np.testing.assert_allclose(network(two)[1], network(two[1:])[0], atol=2e-5)


def test_its_file_has_the_published_entries_and_no_filters() -> None:
    """285 entries with 87,143,276 numbers are what the published class has, counted there."""
    entries = layout("gfpgan-1.0")
    assert len(entries) == 285
    assert sum(like.numel() for like in entries.values()) == 87_143_276
    assert not [key for key in entries if key.endswith(".kernel")]
    assert entries["final_linear.weight"].shape == (16 * 512, 4096)
    assert entries["stylegan_decoder.noises.noise14"].shape == (1, 1, 512, 512)


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (GFPGAN_1_0, "gfpgan-1.0"),
        (COLORIZATION, "codeformer-colorization"),
        (CODEFORMER, "codeformer-inpainting"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_the_published_layout_loads_key_for_key(tmp_path, kind: Kind, key: str) -> None:
    from daemon.engines.gfpgan.networks import load_network

    entries = layout(key)
    load_network(kind, saved(tmp_path, key, entries))
    lacking = dict(list(entries.items())[:-1])
    with pytest.raises(EngineUnavailable, match="1 missing"):
        load_network(kind, saved(tmp_path / "lacking", key, lacking))


@pytest.mark.parametrize(
    ("key", "size_px"),
    [("gpen-colorization-1024", 1024), ("gpen-inpainting-1024", 1024), ("gpen-seg2face-512", 512)],
)
def test_what_gpen_publishes_for_other_ends_is_its_network(tmp_path, key, size_px) -> None:
    from daemon.engines.gpen.checkpoint import check_outline

    entries = layout(key)
    check_outline(saved(tmp_path, key, entries).path, size_px)
    lacking = {name: like for name, like in entries.items() if name != "generator.to_rgb1.bias"}
    with pytest.raises(EngineUnavailable, match="1 missing"):
        check_outline(saved(tmp_path / "lacking", key, lacking).path, size_px)


def test_the_first_gfpgan_in_a_later_ones_place_is_refused(tmp_path) -> None:
    from dataclasses import replace

    from daemon.engines.gfpgan.networks import load_network

    file = saved(tmp_path, "gfpgan-1.0", layout("gfpgan-1.0"))
    with pytest.raises(EngineUnavailable, match="missing"):
        load_network(GFPGAN, replace(file, model="gfpgan-1.4"))


def test_it_computes_in_fp32_whatever_was_asked_for(tmp_path) -> None:
    from daemon.engines.gfpgan.facts import restorer_facts

    file = StoredWeights("gfpgan-1.0", tmp_path / "a.pth", "0" * 64, is_published=True)
    on_card = Setup("cuda:0", "bf16", 1)
    told = restorer_facts(GFPGAN_1_0, {"gfpgan-1.0": file}, on_card).details
    assert told["precision"] == "fp32"
    assert "fp32 alone" in told["how"]


@pytest.mark.parametrize("name", [COLORIZATION.name, COLOURING.name, GFPGAN_1_0.name])
def test_it_is_taken_by_its_name_alone(name: str) -> None:
    (offer,) = (one for one in OFFERS[RESTORE] if one.name == name)
    assert offer.by_name_only


def test_who_colours_is_shown_no_colour(astronaut, monkeypatch) -> None:
    """As the published programs feed them: a grey face in three equal channels."""
    from daemon.engines.gpen import adapter

    seen = []

    class Watching:
        remark = ""

        def draw(self, crops):
            seen.append(crops)
            return crops

    monkeypatch.setattr(adapter.Gpen, "__init__", lambda *_args: None)
    engine = adapter.Gpen()
    engine._family, engine._problems = COLOURING, {}
    engine._files = {512: None}
    monkeypatch.setattr(engine, "_drawer", lambda _size: Watching())
    engine.restore(astronaut[None].astype(np.float32))
    (crops,) = seen
    assert np.ptp(crops, axis=-1).max() == 0
    luma = astronaut.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    np.testing.assert_allclose(crops[0, ..., 0], luma, atol=0.01)
