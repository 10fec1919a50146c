"""GFPGAN, RestoreFormer and CodeFormer: the right file loads, and each face is drawn on its own."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from daemon.config.model import Engines as Settings
from daemon.engines.gfpgan.facts import CODEFORMER, GFPGAN, RESTOREFORMER, restorer_facts
from daemon.engines.offers import Setup
from daemon.engines.registry import Engines
from daemon.engines.weights import StoredWeights
from daemon.errors import EngineError, EngineUnavailable, GpuExhausted
from daemon.imaging.align import FFHQ_TEMPLATE
from tests.fakes.torch_here import need_torch

need_torch()

CPU = Setup("cpu", "fp32", 1)


def saved(folder, key, state, wrapped="params_ema"):
    """A checkpoint in a folder named by its model, as the store has it."""
    import torch

    path = folder / key / f"{key}.pth"
    path.parent.mkdir(parents=True)
    torch.save({wrapped: state} if wrapped else state, path)
    return {key: StoredWeights(key, path, "0" * 64, is_published=True)}


@pytest.fixture(scope="module")
def slim(tmp_path_factory):
    """``slim(kind)``: the engine and its network, smaller than published; made once."""
    from daemon.engines.gfpgan import networks
    from daemon.engines.gfpgan.adapter import SpandrelRestorer
    from tests.fakes import restoration_files as files

    made = {}

    def make(kind):
        if kind.name not in made:
            small = {GFPGAN: files.slim_gfpgan, RESTOREFORMER: files.slim_restoreformer}[kind]
            network = small()
            entries = files.random_entries(network)
            weights = saved(tmp_path_factory.mktemp(kind.name), kind.models[-1], entries)
            with pytest.MonkeyPatch.context() as patched:
                patched.setitem(networks._CLASSES, kind.models[-1], small)
                made[kind.name] = SpandrelRestorer(kind, weights, CPU)
            network.load_state_dict(entries)
            made[kind.name, "network"] = network.eval()
        return made[kind.name], made[kind.name, "network"]

    return make


@pytest.fixture
def face(astronaut):
    return astronaut.astype(np.float32)


def fitted(kind, face):
    """A crop that a pass takes; RestoreFormer is quicker with a small one, and does not mind."""
    return face if kind is GFPGAN else np.ascontiguousarray(face[60:188, 160:288])


BOTH = pytest.mark.parametrize("kind", [GFPGAN, RESTOREFORMER], ids=lambda kind: kind.name)


# ── drawing ───────────────────────────────────────────────────────────────────────────────


@BOTH
def test_a_face_is_what_the_network_makes_of_it_between_minus_one_and_one(slim, kind, face):
    import torch

    (engine, network), face = slim(kind), fitted(kind, face)
    scaled = torch.from_numpy(face[None].transpose(0, 3, 1, 2) / 127.5 - 1).contiguous()
    more = {"randomize_noise": False} if kind is GFPGAN else {}
    with torch.inference_mode():
        exact = network(scaled, **more)[0][0].numpy().transpose(1, 2, 0)
    exact = np.clip((exact + 1) * 127.5, 0, 255)
    assert exact.std() > 1  # a flat picture would prove nothing
    found = engine._piece(face[None])
    assert found.shape == (1, *face.shape)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[0], exact, atol=0.02)


@BOTH
def test_several_faces_in_one_pass_are_what_they_are_alone(slim, kind, face) -> None:
    from daemon.engines.batches import Pieces

    (engine, _), face = slim(kind), fitted(kind, face)
    faces = np.stack([face, face[::-1], 255 - face])
    together = Pieces(engine._piece, most=4).over(faces)
    for at, one in enumerate(faces):
        alone = engine._piece(one[None])[0]
        np.testing.assert_allclose(together[at], alone, atol=0.02)
    assert np.abs(together[0] - together[2]).max() > 1


def test_gfpgan_draws_the_same_face_twice(slim, face) -> None:
    """Its noise is the stored one: drawn afresh it would change the face with every try."""
    engine, network = slim(GFPGAN)
    assert any(value.any() for key, value in network.state_dict().items() if "noises" in key)
    assert np.array_equal(engine.restore(face[None]), engine.restore(face[None]))


def test_a_poisoned_face_is_nan_and_harms_no_neighbour(slim, face) -> None:
    from daemon.engines.batches import Pieces

    engine, _ = slim(GFPGAN)
    poisoned = face.copy()
    poisoned[100, 100, 1] = np.nan
    found = Pieces(engine._piece, most=2).over(np.stack([poisoned, face]))
    assert np.isnan(found[0]).all()
    np.testing.assert_allclose(found[1], engine.restore(face[None])[0], atol=0.02)


def test_crops_of_another_size_are_refused(slim) -> None:
    engine, _ = slim(GFPGAN)
    with pytest.raises(EngineError, match="512 × 512"):
        engine.restore(np.zeros((1, 256, 256, 3), np.float32))
    assert len(engine.restore(np.zeros((0, 512, 512, 3), np.float32))) == 0


def test_the_template_is_ffhqs(slim) -> None:
    engine, _ = slim(GFPGAN)
    assert engine.sizes_px == (512,)
    np.testing.assert_allclose(engine.template(512), FFHQ_TEMPLATE)


@pytest.mark.parametrize(("asked", "used"), [(None, 0.5), (0.0, 0.0), (0.8, 0.8), (7.0, 1.0)])
def test_the_dial_reaches_the_network(slim, monkeypatch, asked, used) -> None:
    from daemon.engines.gfpgan import networks

    engine, _ = slim(GFPGAN)
    told = []
    draw = networks._DRAWN[CODEFORMER.name](
        lambda faces, weight: told.append(weight) or (faces, None)
    )
    monkeypatch.setattr(engine, "_face_network", networks.FaceNetwork(None, draw))
    crops = np.full((1, 512, 512, 3), 100, np.float32)
    np.testing.assert_allclose(engine.restore(crops, fidelity=asked), crops, rtol=1e-5)
    assert told == [used]


# ── memory and precision ──────────────────────────────────────────────────────────────────


def full_above(engine, monkeypatch, most: int):
    """A card with room for so many faces; returns how many were tried each time."""
    import torch

    from daemon.engines.batches import Pieces
    from daemon.engines.gfpgan.networks import FaceNetwork

    tried = []

    def draw(faces, _fidelity):
        tried.append(len(faces))
        if len(faces) > most:
            raise torch.OutOfMemoryError
        return faces

    monkeypatch.setattr(engine, "_face_network", FaceNetwork(None, draw))
    monkeypatch.setattr(engine, "_pieces", Pieces(engine._piece, most=4))
    return tried


def test_a_batch_that_does_not_fit_is_halved(slim, monkeypatch) -> None:
    engine, _ = slim(GFPGAN)
    tried = full_above(engine, monkeypatch, 1)
    crops = np.random.default_rng(1).uniform(0, 255, (4, 512, 512, 3)).astype(np.float32)
    np.testing.assert_allclose(engine.restore(crops), crops, atol=1e-3)
    assert tried == [4, 2, 1, 1, 1, 1]


def test_a_face_that_does_not_fit_alone_fails_its_photo_and_no_later_one(slim, monkeypatch) -> None:
    engine, _ = slim(GFPGAN)
    crop = np.zeros((1, 512, 512, 3), np.float32)
    with monkeypatch.context() as patched:
        full_above(engine, patched, 0)
        with pytest.raises(GpuExhausted):
            engine.restore(crop)
    assert np.isfinite(engine.restore(crop)).all()


def test_in_a_half_the_same_face_is_drawn_within_the_proofs_reach(slim) -> None:
    from daemon.engines.precision import agreement_db

    engine, _ = slim(GFPGAN)
    crops = engine._draw_proof(True)
    assert crops.shape == (2, 512, 512, 3)
    assert agreement_db(crops, engine._draw_proof(False)) > 20


# ── files ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "model", "wrapped"),
    [
        (GFPGAN, "gfpgan-1.4", "params_ema"),
        (RESTOREFORMER, "restoreformer", "params"),
        (RESTOREFORMER, "restoreformer-pp", "state_dict"),
        (CODEFORMER, "codeformer", "params_ema"),
    ],
)
def test_the_published_layout_loads_and_has_as_many_numbers_as_the_file(
    tmp_path, kind, model, wrapped
) -> None:
    from daemon.catalogue.models.load import model_book
    from daemon.engines.gfpgan.adapter import SpandrelRestorer
    from tests.fakes.restoration_files import hollow, need_codeformer, official

    if kind is CODEFORMER:
        need_codeformer()
    entries = hollow(official(model))
    published = model_book().models[model].size_bytes
    assert 0 < published - 4 * sum(value.numel() for value in entries.values()) < 0.001 * published
    if model == "restoreformer-pp":
        entries = {f"vqvae.{key}": value for key, value in entries.items()}
    weights = saved(tmp_path, model, entries, wrapped=wrapped)
    assert SpandrelRestorer(kind, weights, CPU).sizes_px == (512,)


def test_what_training_left_beside_the_network_is_not_looked_at(tmp_path) -> None:
    import torch

    from daemon.engines.gfpgan.networks import load_network
    from tests.fakes.restoration_files import hollow, official

    entries = {f"vqvae.{key}": one for key, one in hollow(official("restoreformer-pp")).items()}
    entries["loss.logits.weight"] = torch.zeros(3)
    weights = saved(tmp_path, "restoreformer-pp", entries, wrapped="state_dict")
    load_network(RESTOREFORMER, weights["restoreformer-pp"])


def test_the_older_restoreformer_in_the_newer_ones_place_is_refused(tmp_path) -> None:
    from daemon.engines.gfpgan.adapter import SpandrelRestorer
    from tests.fakes.restoration_files import hollow, official

    weights = saved(tmp_path, "restoreformer-pp", hollow(official("restoreformer")))
    with pytest.raises(EngineUnavailable, match=r"36 missing \(decoder\.up\.4\.attn\.0\."):
        SpandrelRestorer(RESTOREFORMER, weights, CPU)


def test_the_newer_restoreformer_looks_at_what_the_encoder_saw_at_32_pixels() -> None:
    import torch

    from tests.fakes.restoration_files import slim_restoreformer_plus

    network, seen = slim_restoreformer_plus().eval(), {}
    network.encoder.down[4].block[-1].register_forward_hook(
        lambda _module, _given, out: seen.update(encoder=out)
    )
    for at, block in enumerate(network.decoder.up[4].attn):
        assert block.head_size == 4
        block.register_forward_hook(
            lambda _module, given, _out, at=at: seen.update({f"decoder {at}": given[1]})
        )
    with torch.inference_mode():
        drawn = network(torch.zeros(1, 3, 512 // 4, 512 // 4))[0]
    assert drawn.shape == (1, 3, 128, 128)
    for at in range(3):
        assert torch.equal(seen[f"decoder {at}"], seen["encoder"])


def test_another_networks_file_is_named_with_the_command_that_mends_it(tmp_path) -> None:
    from daemon.engines.gfpgan.adapter import SpandrelRestorer
    from tests.fakes.restoration_files import hollow, official

    weights = saved(tmp_path, "gfpgan-1.4", hollow(official("restoreformer")))
    with pytest.raises(EngineUnavailable) as caught:
        SpandrelRestorer(GFPGAN, weights, CPU)
    message = str(caught.value)
    assert "gfpgan-1.4.pth is not the weight file of GFPGAN" in message
    assert "RestoreFormer" in message
    assert "boothd models pull gfpgan-1.4" in message


def test_a_missing_entry_is_named(tmp_path) -> None:
    from daemon.engines.gfpgan.adapter import SpandrelRestorer
    from tests.fakes.restoration_files import hollow, official

    entries = hollow(official("gfpgan-1.4"))
    del entries["stylegan_decoder.noises.noise3"]
    weights = saved(tmp_path, "gfpgan-1.4", entries)
    with pytest.raises(EngineUnavailable, match=r"1 missing \(stylegan_decoder.noises.noise3\)"):
        SpandrelRestorer(GFPGAN, weights, CPU)


def test_a_checkpoint_that_would_run_code_is_refused_and_runs_none(tmp_path) -> None:
    from daemon.engines.gfpgan.adapter import SpandrelRestorer

    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    weights = saved(tmp_path, "gfpgan-1.4", {"toRGB.0.weight": Trap()})
    with pytest.raises(EngineUnavailable, match="more than tensors"):
        SpandrelRestorer(GFPGAN, weights, CPU)
    assert not (tmp_path / "ran").exists()


def test_codeformer_without_its_package_says_how_to_get_it(tmp_path, monkeypatch) -> None:
    from daemon.engines.gfpgan import networks
    from daemon.engines.gfpgan.adapter import SpandrelRestorer

    monkeypatch.setitem(sys.modules, networks._EXTRA, None)
    weights = saved(tmp_path, "codeformer", {})
    with pytest.raises(EngineUnavailable, match=r"pip install -e '\.\[gpu,codeformer\]'"):
        SpandrelRestorer(CODEFORMER, weights, CPU)


# ── the store, and the record ─────────────────────────────────────────────────────────────


def test_codeformer_is_for_whoever_allows_non_commercial_models(tmp_path, stocked) -> None:
    import torch

    stocked(tmp_path, "codeformer", {"position_emb": torch.zeros(1)}, wrapped="params_ema")
    barred = Engines(Settings(prefer="gpu"), models=tmp_path)
    with pytest.raises(EngineUnavailable, match="MODEL_NONCOMMERCIAL"):
        barred.restorer("codeformer")
    allowed = Engines(Settings(prefer="gpu", allow_noncommercial=True), models=tmp_path)
    assert allowed.describe(restore_face="codeformer")["restore_face"]["name"] == "codeformer"


def test_the_newest_gfpgan_that_is_there_is_used() -> None:
    from pathlib import Path

    stored = {
        key: StoredWeights(key, Path(f"{key}.pth"), key, is_published=True)
        for key in ("gfpgan-1.2", "gfpgan-1.3")
    }
    line = restorer_facts(GFPGAN, stored, CPU).as_json()
    assert line["model"] == "gfpgan-1.3"
    assert line["weights"] == {"gfpgan-1.3.pth": "gfpgan-1.3"}
    assert line["precision"] == "fp32"
    assert line["packages"][0].startswith("spandrel 0.")
    assert "noise" in line["how"]


@pytest.mark.parametrize(
    ("module", "task", "name"),
    [
        ("daemon.engines.gfpgan.adapter", "restore_face", "gfpgan"),
        ("daemon.engines.realesrgan.background", "enlarge_background", "realesrgan-x2"),
    ],
)
def test_a_library_that_cannot_be_loaded_is_said_with_the_extra_that_has_it(
    monkeypatch, module, task, name
) -> None:
    from daemon.engines.offered import OFFERS

    monkeypatch.setitem(sys.modules, module, None)
    offer = next(offer for offer in OFFERS[task] if offer.name == name)
    with pytest.raises(EngineUnavailable, match="install the gpu extra again"):
        offer.load({}, CPU)


def test_a_half_that_a_card_only_imitates_is_not_tried(slim, monkeypatch) -> None:
    """Older cards compute in bf16 slower than in float32, and some convolutions not at all."""
    from daemon.engines.gfpgan import adapter

    engine, _network = slim(GFPGAN)
    monkeypatch.setattr(adapter, "has_bf16", lambda _device: False)
    assert np.isnan(engine._draw_proof(True)).all()
    assert np.isfinite(engine._draw_proof(False)).all()
