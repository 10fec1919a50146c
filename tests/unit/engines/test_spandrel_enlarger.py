"""Real-ESRGAN's checkpoints load from the store and enlarge whole pictures without seams."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from daemon.config.model import Engines as Settings
from daemon.engines.offers import Setup
from daemon.engines.realesrgan.facts import GENERAL, X2, X4, enlarger_facts
from daemon.engines.realesrgan.tiled import Tiling
from daemon.engines.registry import Engines
from daemon.engines.tasks import BACKGROUND
from daemon.engines.weights import StoredWeights
from daemon.errors import EngineError, EngineUnavailable, GpuExhausted
from tests.fakes.torch_here import need_torch

need_torch()

CPU = Setup("cpu", "fp32", 1)
SMALL = Tiling(factor=2, side_px=32, smallest_px=32, fade_px=8, look_px=16)
# What one block of RRDBNet sees around a pixel, in pixels of the picture, is under this.
SEEN_PX = {2: 48, 4: 24}


def stored(path, key) -> StoredWeights:
    return StoredWeights(key, path, "0" * 64, is_published=True)


def enlarger(tmp_path, kind, *states, wrapped="params_ema"):
    import torch

    from daemon.engines.realesrgan.background import TiledRealEsrgan

    weights = {}
    for key, state in zip(kind.models, states, strict=False):
        path = tmp_path / key / f"{key}.pth"
        path.parent.mkdir(parents=True)
        torch.save({wrapped: state} if wrapped else state, path)
        weights[key] = stored(path, key)
    return TiledRealEsrgan(kind, weights, CPU)


@pytest.fixture(scope="module")
def doubling(tmp_path_factory):
    from tests.fakes.restoration_files import dense_entries

    return enlarger(tmp_path_factory.mktemp("x2"), X2, dense_entries(2))


@pytest.fixture(scope="module")
def quadrupling(tmp_path_factory):
    from tests.fakes.restoration_files import dense_entries

    return enlarger(tmp_path_factory.mktemp("x4"), X4, dense_entries(4))


def picture(height: int, width: int):
    chance = np.random.default_rng(height * width)
    return chance.integers(0, 256, (height, width, 3)).astype(np.float32)


@pytest.mark.parametrize("size", [(75, 64), (40, 97)])
@pytest.mark.parametrize("name", ["doubling", "quadrupling"])
def test_pieces_with_the_networks_reach_make_the_whole_picture(
    request, monkeypatch, name, size
) -> None:
    engine = request.getfixturevalue(name)
    small = replace(SMALL, factor=engine.factor, look_px=SEEN_PX[engine.factor])
    small = replace(small, step_px=engine.tiling.step_px)
    whole = replace(small, side_px=512)
    rgb = picture(*size)
    monkeypatch.setattr(engine, "tiling", small)
    found = engine.enlarge(rgb)
    monkeypatch.setattr(engine, "tiling", whole)
    exact = engine.enlarge(rgb)
    assert found.shape == (size[0] * engine.factor, size[1] * engine.factor, 3)
    assert found.dtype == np.float32
    assert exact.std() > 1  # a flat picture would prove nothing
    assert np.abs(found - exact).max() / np.abs(exact).max() < 1e-4


def test_every_piece_leaves_the_device_before_the_next_comes(doubling, monkeypatch) -> None:
    """What is handed to the network is never larger than a piece with its margins."""
    sizes = []
    network = doubling._network
    monkeypatch.setattr(
        doubling, "_network", lambda planes: sizes.append(planes.shape) or network(planes)
    )
    tiling = replace(SMALL, step_px=doubling.tiling.step_px)
    monkeypatch.setattr(doubling, "tiling", tiling)
    doubling.enlarge(picture(96, 96))
    assert len(sizes) == 9
    assert max(shape[2] for shape in sizes) <= 32 + 2 * (tiling.fade_px + tiling.look_px)
    assert {shape[0] for shape in sizes} == {1}


def test_a_full_card_gets_smaller_pieces_and_the_same_picture(quadrupling, monkeypatch) -> None:
    import torch

    tiling = replace(SMALL, factor=4, side_px=96, look_px=SEEN_PX[4])
    rgb, network, refused = picture(96, 192), quadrupling._network, []
    monkeypatch.setattr(quadrupling, "tiling", tiling)
    exact = quadrupling.enlarge(rgb)

    def limited(planes):
        if planes.shape[2] * planes.shape[3] > 100 * 100:
            refused.append(planes.shape)
            raise torch.OutOfMemoryError
        return network(planes)

    monkeypatch.setattr(quadrupling, "_network", limited)
    np.testing.assert_allclose(quadrupling.enlarge(rgb), exact, rtol=1e-4, atol=0.02)
    assert len(refused) == 1


def test_a_card_without_any_room_fails_the_picture_alone(quadrupling, monkeypatch) -> None:
    import torch

    def full(_planes):
        raise torch.OutOfMemoryError

    with monkeypatch.context() as patched:
        patched.setattr(quadrupling, "_network", full)
        with pytest.raises(GpuExhausted):
            quadrupling.enlarge(picture(40, 40))
    assert quadrupling.enlarge(picture(8, 8)).shape == (32, 32, 3)


def test_a_picture_that_holds_no_number_is_refused(quadrupling) -> None:
    rgb = picture(20, 20)
    rgb[3, 4] = np.nan
    with pytest.raises(EngineError, match="no number"):
        quadrupling.enlarge(rgb)


def test_values_stay_between_black_and_white(quadrupling) -> None:
    found = quadrupling.enlarge(picture(33, 20) * 100)
    assert (found.min(), found.max()) == (0, 255)


def test_both_general_files_are_mixed_half_and_half(tmp_path) -> None:
    from tests.fakes.restoration_files import compact_entries

    one, other = compact_entries(seed=1), compact_entries(seed=2)
    mean = {key: (one[key] + other[key]) / 2 for key in one}
    mixed = enlarger(tmp_path / "both", GENERAL, one, other, wrapped="params")
    alone = enlarger(tmp_path / "mean", GENERAL, mean, wrapped="params")
    rgb = picture(24, 24)
    np.testing.assert_allclose(mixed.enlarge(rgb), alone.enlarge(rgb), atol=1e-3)


# ── what is refused ───────────────────────────────────────────────────────────────────────


def spoilt(entries, how):
    import torch

    if how == "missing":
        del entries["conv_body.weight"]
    elif how == "unknown":
        entries["conv_up3.weight"] = torch.zeros(1)
    elif how == "shape":
        entries["body.0.rdb2.conv3.bias"] = torch.zeros(33)
    elif how == "hole":
        entries = {key.replace("body.1.", "body.7."): value for key, value in entries.items()}
    return entries


@pytest.mark.parametrize(
    ("how", "named"),
    [
        ("missing", "conv_body.weight"),
        ("unknown", "conv_up3.weight"),
        ("shape", "body.0.rdb2.conv3.bias"),
        ("hole", "body.1."),
    ],
)
def test_a_file_that_is_not_the_network_key_for_key_is_refused(tmp_path, how, named) -> None:
    from tests.fakes.restoration_files import dense_entries

    entries = spoilt(dense_entries(4, blocks=2), how)
    with pytest.raises(EngineUnavailable) as caught:
        enlarger(tmp_path, X4, entries)
    assert named in str(caught.value)
    assert "realesrgan-x4plus.pth is not the weight file of Real-ESRGAN" in str(caught.value)
    assert "boothd models pull realesrgan-x4plus" in str(caught.value)


def test_a_network_for_another_factor_is_refused(tmp_path) -> None:
    from tests.fakes.restoration_files import dense_entries

    with pytest.raises(EngineUnavailable, match="boothd models pull realesrgan-x2plus"):
        enlarger(tmp_path, X2, dense_entries(4))


def test_a_checkpoint_that_would_run_code_is_refused_and_runs_none(tmp_path) -> None:
    import torch

    from daemon.engines.realesrgan.background import TiledRealEsrgan

    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    path = tmp_path / "realesrgan-x4plus" / "RealESRGAN_x4plus.pth"
    path.parent.mkdir()
    torch.save({"params_ema": Trap()}, path)
    with pytest.raises(EngineUnavailable, match="more than tensors"):
        TiledRealEsrgan(X4, {"realesrgan-x4plus": stored(path, "realesrgan-x4plus")}, CPU)
    assert not (tmp_path / "ran").exists()


# ── the store, and the record ─────────────────────────────────────────────────────────────


def test_an_official_file_in_the_store_serves_the_background(tmp_path, stocked) -> None:
    """All 23 blocks of 64 maps, one number to a tensor."""
    import torch

    from tests.fakes.restoration_files import dense_entries

    entries = {
        key: torch.tensor(0.001).expand(value.shape)
        for key, value in dense_entries(2, blocks=23, maps=64).items()
    }
    stocked(tmp_path, "realesrgan-x2plus", entries, wrapped="params_ema")
    with Engines(Settings(prefer="gpu", threads=1), models=tmp_path) as engines:
        engine = engines.background("realesrgan-x2")
        assert engine.factor == 2
        assert engine.enlarge(picture(5, 6)).shape == (10, 12, 3)
        described = engines.describe(**{BACKGROUND: "realesrgan-x2"})[BACKGROUND]
    assert described["name"] == "realesrgan-x2"
    assert described["model"] == "realesrgan-x2plus"
    assert list(described["weights"]) == ["RealESRGAN_x2plus.pth"]
    assert (described["device"], described["precision"]) == ("cpu", "fp32")
    assert described["packages"][0].startswith("spandrel ")
    assert described["version"].startswith("torch ")


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda made: made.dense_entries(2, blocks=23, maps=64), "realesrgan-x2plus"),
        (lambda made: made.dense_entries(4, blocks=23, maps=64), "realesrgan-x4plus"),
        (lambda made: made.compact_entries(convolutions=32, maps=64), "realesr-general-x4v3"),
    ],
)
def test_the_layout_has_as_many_numbers_as_the_published_file(make, key) -> None:
    from daemon.catalogue.models.load import model_book
    from tests.fakes import restoration_files

    numbers = sum(value.numel() for value in make(restoration_files).values())
    published = model_book().models[key].size_bytes
    assert 0 < published - 4 * numbers < 0.02 * published


def test_the_record_names_both_files_where_both_are_used(tmp_path) -> None:
    weights = {key: stored(tmp_path / f"{key}.pth", key) for key in GENERAL.models}
    line = enlarger_facts(GENERAL, weights, CPU).as_json()
    assert line["model"] == "realesr-general-x4v3 + realesr-general-wdn-x4v3"
    assert len(line["weights"]) == 2
    assert "mean" in line["how"]


def test_a_half_that_a_card_only_imitates_is_not_tried(quadrupling, monkeypatch) -> None:
    from daemon.engines.realesrgan import background

    monkeypatch.setattr(background, "has_bf16", lambda _device: False)
    proof = quadrupling._draw_proof(True)
    assert np.isnan(proof).all()
    assert proof.shape == (2, 512, 512, 3)


def test_maps_that_lie_channels_last_give_the_same_picture(quadrupling, monkeypatch) -> None:
    import torch

    wanted = quadrupling.enlarge(picture(20, 24))
    monkeypatch.setattr(quadrupling, "_layout", torch.channels_last)
    assert np.abs(quadrupling.enlarge(picture(20, 24)) - wanted).max() < 1e-2
