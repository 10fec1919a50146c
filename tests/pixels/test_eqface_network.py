"""EQ-Face computes what the reference computes; weights by recipe. And its engine, around it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from daemon.engines import recipe
from daemon.engines.offers import Setup
from daemon.engines.weights import StoredWeights
from daemon.errors import EngineError, EngineUnavailable
from tests.fakes.torch_here import need_parity, need_torch

need_torch()

# The networks have 78 million values: whatever needs them runs in one process of the suite.
pytestmark = [
    pytest.mark.engines,
    pytest.mark.xdist_group("eqface"),
    pytest.mark.usefixtures("one_torch_thread"),
]

ON_CPU = Setup("cpu", "fp32", 1)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Both files, filled by the recipe, as the store hands them over."""
    import torch

    from daemon.engines.eqface.facts import BACKBONE, QUALITY
    from daemon.engines.eqface.parity import recipe_weights

    folder, parts = tmp_path_factory.mktemp("eqface"), recipe_weights()
    found = {}
    for key, part in ((BACKBONE, "backbone"), (QUALITY, "quality")):
        path = folder / f"{part}.pth"
        torch.save({f"module.{name}": value for name, value in parts[part].items()}, path)
        found[key] = StoredWeights(key, path, "0" * 64, is_published=False)
    return found


@pytest.fixture(scope="module")
def rater(weights):
    from daemon.engines.eqface.adapter import EqFace

    return EqFace(weights, ON_CPU)


@pytest.fixture(scope="module")
def faces():
    """``(3, 112, 112, 3)`` uint8: noise of one seed, smooth as pictures are."""
    import cv2

    noise = np.random.default_rng(3).integers(0, 256, (3, 14, 14, 3), dtype=np.uint8)
    return np.stack([cv2.resize(one, (112, 112), interpolation=cv2.INTER_CUBIC) for one in noise])


# ── against the stored numbers ────────────────────────────────────────────────────────────


def test_trunk_and_head_agree_with_the_reference() -> None:
    from daemon.engines.eqface import parity

    checked = parity.full(need_parity(), "cpu")
    told = {"feature", "flat_head", "flat_std", "quality_logits", "quality_two", "quality"}
    assert set(checked.parts) == told
    assert checked.limit == 3e-4
    assert checked.is_ok, checked.parts


def test_every_block_agrees_with_the_reference() -> None:
    from daemon.engines.eqface import parity

    checked = parity.blocks(need_parity(), "cpu")
    assert set(checked.parts) == {"eq_same_s1", "eq_proj_s2"}
    assert checked.is_ok, checked.parts


def test_keys_shapes_and_their_order_are_the_official_ones() -> None:
    from daemon.engines.eqface import parity

    checked = parity.keys(need_parity(), "cpu")
    assert set(checked.parts) == {"backbone", "backbone_values", "quality", "quality_values"}
    assert checked.max_abs_error == 0


def test_the_engine_gives_what_the_reference_gives(rater) -> None:
    with np.load(need_parity() / "eqface_full.npz") as stored:
        rated = rater.rate_crops(stored["input_u8_rgb"])
        assert np.abs([one.quality for one in rated] - stored["quality"][:, 0]).max() < 3e-4
        assert np.abs([one.feature for one in rated] - stored["feature"]).max() < 3e-4


# ── without them ──────────────────────────────────────────────────────────────────────────


def test_the_recipe_gives_the_published_checksum() -> None:
    """CRC-32 of all generated values, as the fixtures' list has it for EQ-Face."""
    from daemon.engines.eqface.parity import recipe_weights

    state = {
        f"{part}.{key}": value.numpy()
        for part, entries in recipe_weights().items()
        for key, value in entries.items()
    }
    generated = [(key, state[key]) for key in sorted(state) if recipe.is_generated(key)]
    assert len(generated) == 777
    assert recipe.checksum(generated) == "7e59c9bc"


def test_a_face_is_rated_alike_in_any_company(rater, faces) -> None:
    together = rater.rate_crops(faces)
    assert all(0 <= one.quality <= 1 for one in together)
    assert [one.feature.shape for one in together] == [(512,)] * 3
    for face, rated in zip(faces, together, strict=True):
        (alone,) = rater.rate_crops(face[None])
        assert alone.quality == pytest.approx(rated.quality, abs=1e-5)
        assert np.abs(alone.feature - rated.feature).max() < 1e-4
    assert rater.rate_crops(faces[:0]) == []


def test_the_order_of_colours_matters(rater, faces) -> None:
    one, other = rater.rate_crops(np.stack([faces[0], faces[0][..., ::-1]]))
    assert np.abs(one.feature - other.feature).max() > 0.01


def test_pixels_are_scaled_by_128() -> None:
    from daemon.engines.eqface.adapter import preprocessed

    crop = np.zeros((1, 112, 112, 3), np.uint8)
    crop[..., 0] = 255
    planes = preprocessed(crop)
    assert planes.shape == (1, 3, 112, 112)
    assert planes[0, :, 5, 5].tolist() == [127.5 / 128, -127.5 / 128, -127.5 / 128]


def test_crops_of_another_size_are_refused(rater) -> None:
    with pytest.raises(EngineError, match=r"wants \(N, 112, 112, 3\)"):
        rater.rate_crops(np.zeros((1, 128, 128, 3), np.uint8))


def test_a_network_that_computes_nothing_is_no_rating(rater, faces, monkeypatch) -> None:
    def nothing(planes):
        return np.full((len(planes), 513), np.nan, np.float32)

    monkeypatch.setattr(rater._pieces, "over", nothing)
    with pytest.raises(EngineError, match="no usable number"):
        rater.rate_crops(faces)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda state: state.pop("qualtiy.1.weight"), r"1 missing \(qualtiy\.1\.weight\)"),
        (lambda state: state.update(other=state["qualtiy.1.bias"]), r"1 unknown \(other\)"),
        (
            lambda state: state.update({"qualtiy.3.weight": state["qualtiy.3.weight"][:1]}),
            r"1 of another shape \(qualtiy\.3\.weight \(1, 512\) instead of \(2, 512\)\)",
        ),
    ],
)
def test_a_head_that_is_not_whole_is_refused_by_what_differs(tmp_path: Path, change, told) -> None:
    """The published program would load what fits and keep chance numbers for the rest."""
    import torch

    from daemon.engines.eqface.checkpoint import load_quality
    from daemon.engines.eqface.network import EqQuality

    state = dict(EqQuality().state_dict())
    change(state)
    torch.save(state, tmp_path / "head.pth")
    with pytest.raises(EngineUnavailable, match=told):
        load_quality(tmp_path / "head.pth")
