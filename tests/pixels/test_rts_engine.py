"""A checkpoint in the official layout loads from the model store, and nothing else does."""

from __future__ import annotations

import os
import pickle

import numpy as np
import pytest

from daemon.config.model import Engines as Settings
from daemon.engines.registry import Engines
from daemon.engines.tasks import ASSESS, IDENTITY
from daemon.errors import EngineError, EngineUnavailable
from daemon.imaging.align import Alignment, align
from tests.fakes.torch_here import need_torch

need_torch()

pytestmark = [pytest.mark.engines, pytest.mark.xdist_group("rts")]

# As CenterFace finds them in the portrait.
LANDMARKS = np.array(
    [(203.2, 101.7), (247.0, 104.5), (223.3, 125.1), (203.4, 142.3), (241.3, 144.4)], np.float32
)
GPU = Settings(prefer="gpu", threads=2)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A model store with random weights in the published place."""
    from daemon.engines.rts.parity import recipe_weights
    from tests.pixels.rts_checkpoint import write_official

    folder = tmp_path_factory.mktemp("models")
    write_official(folder, recipe_weights())
    return folder


@pytest.fixture(scope="module")
def engines(models):
    with Engines(GPU, models=models) as loaded:
        yield loaded


@pytest.fixture
def weights(models):
    from daemon.engines.rts.files import OFFICIAL

    return models / OFFICIAL


# ── it serves ─────────────────────────────────────────────────────────────────────────────


def test_random_weights_in_the_official_layout_serve_embeddings(engines, astronaut) -> None:
    found = engines.assessor.assess(astronaut, LANDMARKS)
    assert found.embedding.shape == (512,)
    assert found.embedding.dtype == np.float32
    assert np.linalg.norm(found.embedding) == pytest.approx(1, abs=1e-5)
    again = engines.assessor.assess(astronaut, LANDMARKS)
    assert np.array_equal(found.embedding, again.embedding)


def test_random_weights_are_not_vouched_for(engines) -> None:
    assert not engines.assessor.is_vouched_for


def test_random_weights_give_no_score(engines, astronaut) -> None:
    """The self-test is there to notice that the number means nothing."""
    found = engines.assessor.assess(astronaut, LANDMARKS)
    assert found.score is None
    assert found.exp_log_variance > 0
    line = found.as_json()
    assert (line["engine"], line["calibration"], line["score"]) == ("rts-512", "refused", None)
    calibration = engines.describe()[ASSESS]["calibration"]
    assert calibration["state"] == "refused"
    assert set(calibration["raw"]) == {"clean", "blurred", "mosaic"}
    assert all(value > 0 for value in calibration["raw"].values())


def test_the_record_names_engine_weights_and_precision(engines, weights) -> None:
    from daemon.files.digest import digest_of

    engines.assessor  # noqa: B018 - loads it
    described = engines.describe()[ASSESS]
    assert described["name"] == "rts-512"
    assert described["version"].startswith("torch ")
    assert described["weights"] == {"pytorch_model.pt": digest_of(weights).sha256}
    assert (described["device"], described["precision"]) == ("cpu", "fp32")


def test_the_identity_guard_keeps_its_own_engine(engines) -> None:
    """Restore's limits are distances of dlib; another recogniser would make them mean nothing."""
    assert engines.describe()[IDENTITY]["name"] == "dlib-resnet-128"


def test_the_protocol_of_every_recogniser_gives_the_same_vector(engines, astronaut) -> None:
    where = align(LANDMARKS)
    by_protocol = engines.assessor.embed(astronaut, where)
    found = engines.assessor.assess(astronaut, LANDMARKS).embedding
    assert np.array_equal(by_protocol, found)
    from_matrix = engines.assessor.embed(astronaut, Alignment(where.matrix))
    assert float(from_matrix @ found) > 0.9


def test_a_face_in_a_larger_copy_of_the_photo_is_the_same_face(engines, astronaut) -> None:
    import cv2

    large = cv2.resize(astronaut, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    one = engines.assessor.assess(astronaut, LANDMARKS).embedding
    other = engines.assessor.assess(large, LANDMARKS * 3 + 1).embedding
    assert float(one @ other) > 0.99


def test_many_faces_at_once_are_what_they_are_one_by_one(engines) -> None:
    crops = np.random.default_rng(5).integers(0, 256, (9, 112, 112, 3), dtype=np.uint8)
    together = engines.assessor.assess_crops(crops)
    assert len(together) == 9
    for at in (0, 7, 8):  # first and last of a batch, and the one left over
        (alone,) = engines.assessor.assess_crops(crops[at : at + 1])
        assert np.abs(alone.embedding - together[at].embedding).max() < 1e-5
        assert alone.log_variance == pytest.approx(together[at].log_variance, abs=1e-5)


def test_no_faces_give_no_answers(engines) -> None:
    assert engines.assessor.assess_crops(np.empty((0, 112, 112, 3), np.uint8)) == []


def test_landmarks_in_one_place_are_refused(engines, astronaut) -> None:
    with pytest.raises(EngineError, match="cannot be aligned"):
        engines.assessor.assess(astronaut, np.full((5, 2), 40, np.float32))


def test_the_self_test_runs_once_for_a_weight_file(engines, weights, monkeypatch) -> None:
    from daemon.engines.rts import adapter

    first = engines.assessor.calibration

    def never(*_args):
        pytest.fail("the self-test ran again")

    monkeypatch.setattr(adapter, "calibrated", never)
    assert adapter.Rts(weights).calibration == first


def test_half_precision_on_the_cpu_is_not_done_and_the_record_says_so(models, astronaut) -> None:
    asked = GPU.model_copy(update={"precision": "fp16"})
    with Engines(asked, models=models) as engines:
        assert engines.assessor.assess(astronaut, LANDMARKS).embedding.dtype == np.float32
        described = engines.describe()[ASSESS]
    assert described["precision"] == "fp32"
    assert "fp16 was asked for" in described["note"]


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_a_gpu_says_nearly_the_same(engines, weights, astronaut, precision) -> None:
    import torch

    from daemon.engines.rts.adapter import Rts

    if not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")
    there = Rts(weights, device="cuda:0", precision=precision)
    one = engines.assessor.assess(astronaut, LANDMARKS)
    other = there.assess(astronaut, LANDMARKS)
    limit = 1e-3 if precision == "fp32" else 3e-2
    assert np.abs(one.embedding - other.embedding).max() < limit
    assert one.log_variance == pytest.approx(other.log_variance, abs=10 * limit)


# ── what else may lie there ───────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def tried():
    """``tried(path)``: the refusal that a file meets."""
    from daemon.engines.rts.checkpoint import load_network

    def load(path):
        with pytest.raises(EngineUnavailable) as caught:
            load_network(path)
        assert path.name in str(caught.value)
        return str(caught.value)

    return load


@pytest.fixture
def saved(tmp_path):
    """``saved(**changes)``: a hollow checkpoint, changed; ``None`` takes an entry out."""
    import torch

    from tests.pixels.rts_checkpoint import hollow

    def write(changes=None, rename=lambda key: key):
        entries = {**hollow(), **(changes or {})}
        path = tmp_path / "pytorch_model.pt"
        torch.save(
            {rename(key): value for key, value in entries.items() if value is not None}, path
        )
        return path

    return write


def test_a_hollow_checkpoint_is_a_fair_stand_in(saved) -> None:
    """The refusals below are about their changes: unchanged it loads, with either alpha."""
    import torch

    from daemon.engines.rts.checkpoint import load_network
    from tests.pixels.rts_checkpoint import hollow

    assert load_network(saved()).alpha == 4
    path = saved()
    torch.save(hollow(alpha=7), path)
    assert load_network(path).alpha == 7


def test_prefixes_of_parallel_training_and_a_wrapper_are_taken_off(saved) -> None:
    import torch

    from daemon.engines.rts.checkpoint import load_network
    from tests.pixels.rts_checkpoint import hollow

    assert len(load_network(saved(rename=lambda key: f"module.{key}")).state_dict()) == 501
    path = saved()
    torch.save({"state_dict": hollow(), "epoch": 3}, path)
    assert len(load_network(path).state_dict()) == 501


def test_safetensors_are_read_too(tmp_path, models, weights) -> None:
    import torch

    from daemon.engines.rts.checkpoint import load_network
    from daemon.engines.rts.files import find_weights
    from tests.pixels.rts_checkpoint import write_safetensors

    folder = tmp_path / "iic" / "cv_ir_face-recognition-ood_rts"
    folder.mkdir(parents=True)
    official = torch.load(weights, weights_only=True)
    path = write_safetensors(folder / "model.safetensors", official)
    assert find_weights(tmp_path) == path
    loaded = load_network(path).state_dict()
    assert all(torch.equal(loaded[key], official[key]) for key in official)
    path.write_bytes(path.read_bytes()[:4096])
    with pytest.raises(EngineUnavailable, match="damaged"):
        load_network(path)


def test_a_missing_entry_is_named(saved, tried) -> None:
    said = tried(saved({"features.1.7.res_layer.3.weight": None}))
    assert "1 missing (features.1.7.res_layer.3.weight)" in said


def test_an_unknown_entry_is_named(saved, tried) -> None:
    import torch

    assert "1 unknown (classifier.weight)" in tried(saved({"classifier.weight": torch.zeros(3)}))


def test_a_wrong_shape_is_named_with_both(saved, tried) -> None:
    import torch

    said = tried(saved({"features.0.0.weight": torch.zeros(64, 3, 5, 5)}))
    assert "features.0.0.weight (64, 3, 5, 5) instead of (64, 3, 3, 3)" in said


def test_a_file_without_the_second_head_is_refused(saved, tried) -> None:
    assert "no second uncertainty head" in tried(saved({"logvar_rts_plus_backbone.0.bias": None}))


def test_values_that_are_no_numbers_are_refused(saved, tried) -> None:
    import torch

    bad = torch.full((512,), float("nan"))
    assert "features.2.0.weight holds values" in tried(saved({"features.2.0.weight": bad}))


def test_an_entry_that_is_no_tensor_is_refused(saved, tried) -> None:
    assert "is no tensor but list" in tried(saved({"features.2.0.weight": [1, 2]}))


def test_half_a_prefix_is_no_prefix(saved, tried) -> None:
    said = tried(saved(rename=lambda key: f"module.{key}" if key.startswith("features.0") else key))
    assert "missing (features.0.0.weight" in said
    assert "unknown (module.features.0.0.weight" in said


class Bomb:
    """What an evil checkpoint does when it is unpickled."""

    def __init__(self, path) -> None:
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_a_file_that_would_run_code_is_refused_and_runs_none(tmp_path, tried) -> None:
    import torch

    path, mark = tmp_path / "pytorch_model.pt", tmp_path / "ran"
    torch.save({"features.0.0.weight": Bomb(mark)}, path)
    assert "holds more than tensors" in tried(path)
    path.write_bytes(pickle.dumps(Bomb(mark), protocol=2))
    tried(path)
    assert not mark.exists()


@pytest.mark.parametrize("content", [b"", b"\x00" * 64, b"PK\x03\x04 broken", "网页".encode() * 99])
def test_a_file_of_something_else_is_refused(tmp_path, tried, content) -> None:
    path = tmp_path / "pytorch_model.pt"
    path.write_bytes(content)
    tried(path)


def test_a_list_is_no_state_dictionary(tmp_path, tried) -> None:
    import torch

    path = tmp_path / "pytorch_model.pt"
    torch.save([1, 2], path)
    assert "no state dictionary" in tried(path)


# ── weights that load and compute no number ──────────────────────────────────────────────


@pytest.fixture(scope="module")
def overflowing(tmp_path_factory):
    """A model store whose weights are finite, while what they compute is not."""
    import torch

    from daemon.engines.rts.parity import recipe_weights
    from tests.pixels.rts_checkpoint import write_official

    weights = recipe_weights()
    head = next(key for key in weights if key.startswith("logvar_rts_backbone") and "weight" in key)
    weights[head] = torch.full_like(weights[head], 3e38)
    folder = tmp_path_factory.mktemp("overflowing")
    write_official(folder, weights)
    return folder


def test_weights_that_compute_no_number_are_refused_once_and_fail_no_photo(
    overflowing, astronaut
) -> None:
    from daemon.routes.quality.assess import assess
    from daemon.routes.quality.trial import as_photo

    with Engines(GPU, models=overflowing) as engines:
        assert not engines.assessor.is_vouched_for
        found = assess(as_photo(astronaut), engines)
        assert found.score > 0.6
        assert "out_of_distribution" in found.not_assessed
        calibration = engines.describe()[ASSESS]["calibration"]
    assert (calibration["state"], calibration["refusal"]) == ("refused", "no_number")
    assert set(calibration["raw"].values()) == {None}
    with Engines(GPU, models=overflowing) as engines:  # kept: known before anything is loaded
        assert engines.describe()[ASSESS]["calibration"] == calibration


# ── what is chosen then ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("settings", "device"), [(GPU, "cpu"), (GPU, "cuda:0"), (Settings(), "cuda:0")]
)
def test_wrong_weights_are_left_out_and_the_record_says_why(tmp_path, settings, device) -> None:
    place(tmp_path, b"nothing")
    with Engines(settings, device=device, models=tmp_path) as engines:
        assert engines.assessor is None
        assert engines.assessor is None  # not tried again for each photo
        described = engines.describe()[ASSESS]
    assert described["name"] == "none"
    assert "is not the weight file of RTS" in described["note"]


def place(models, content: bytes) -> None:
    from daemon.engines.rts.files import OFFICIAL

    path = models / OFFICIAL
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
