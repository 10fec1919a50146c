"""The RTS network computes what the reference computes; weights by recipe."""

from __future__ import annotations

import math

import numpy as np
import pytest

from daemon.engines import recipe
from tests.fakes.torch_here import need_parity, need_torch

need_torch()

# The network has 47 million values: whatever needs it runs in one process of the suite.
pytestmark = [pytest.mark.engines, pytest.mark.xdist_group("rts")]


@pytest.fixture(scope="module")
def network():
    from daemon.engines.rts.parity import recipe_network

    return recipe_network()


@pytest.fixture(scope="module")
def faces():
    """``(5, 3, 112, 112)`` float32 in -1..1: noise of five seeds, smooth as pictures are."""
    import cv2
    import torch

    noise = np.random.default_rng(3).integers(0, 256, (5, 14, 14, 3), dtype=np.uint8)
    crops = np.stack([cv2.resize(one, (112, 112), interpolation=cv2.INTER_CUBIC) for one in noise])
    from daemon.engines.rts.adapter import preprocessed

    return torch.from_numpy(preprocessed(crops))


def outputs(network, faces, *, plus=False):
    import torch

    with torch.inference_mode():
        return network(faces, plus=plus)


# ── against the stored numbers ────────────────────────────────────────────────────────────


def test_the_whole_network_agrees_with_the_reference_within_a_ten_thousandth() -> None:
    from daemon.engines.rts import parity

    checked = parity.full(need_parity(), "cpu")
    assert {"feature", "embedding", "cosine", "logvar", "logvar_plus"} <= set(checked.parts)
    assert {"stage_mean", "stage_std", "stage_shape", "last_map", "flat_head"} <= set(checked.parts)
    assert checked.limit == 1e-4
    assert checked.is_ok, checked.parts


def test_every_block_agrees_with_the_reference() -> None:
    from daemon.engines.rts import parity

    checked = parity.blocks(need_parity(), "cpu")
    assert set(checked.parts) == {"rts_se", "rts_same_s1", "rts_same_s2", "rts_grow_s2"}
    assert checked.is_ok, checked.parts
    assert set(checked.skipped) == {"eq_same_s1", "eq_proj_s2"}


def test_keys_shapes_and_their_order_are_the_official_ones() -> None:
    from daemon.engines.rts import parity

    assert parity.keys(need_parity(), "cpu").parts == {"keys": 0}


# ── without them ──────────────────────────────────────────────────────────────────────────


def test_it_has_the_official_number_of_keys_and_values(network) -> None:
    state = network.state_dict()
    assert len(state) == 501
    without_plus = [
        value.numel()
        for key, value in network.named_parameters()
        if not key.startswith("logvar_rts_plus_backbone")
    ]
    assert sum(without_plus) == 47_391_427


def test_the_recipe_gives_the_published_checksum(network) -> None:
    """CRC-32 of all generated values, as the fixtures' list has it for RTS."""
    state = {key: value.numpy() for key, value in network.state_dict().items()}
    generated = [(key, state[key]) for key in sorted(state) if recipe.is_generated(key)]
    assert len(generated) == 433
    assert recipe.checksum(generated) == "b82078a3"


def test_shapes_ranges_and_heads(network, faces) -> None:
    heads = outputs(network, faces, plus=True)
    assert heads.feature.shape == (5, 512)
    assert heads.log_variance.shape == (5, 1)
    assert heads.log_variance_plus.shape == (5, 4)
    assert bool(heads.feature.isfinite().all())
    assert outputs(network, faces).log_variance_plus is None


def test_a_batch_is_what_its_faces_are_alone(network, faces) -> None:
    together = outputs(network, faces)
    for at in range(len(faces)):
        alone = outputs(network, faces[at : at + 1])
        assert np.abs((alone.feature - together.feature[at : at + 1]).numpy()).max() < 1e-5
        assert math.isclose(
            float(alone.log_variance), float(together.log_variance[at]), abs_tol=1e-5
        )


def test_the_order_of_colours_matters(network, faces) -> None:
    one, other = outputs(network, faces[:1]), outputs(network, faces[:1].flip(1))
    assert np.abs((one.feature - other.feature).numpy()).max() > 0.01


def test_a_half_precision_trunk_says_nearly_the_same(network, faces) -> None:
    """What a GPU is given with fp16; here on the CPU, where the engine itself never does it."""
    import torch

    from daemon.engines.rts.parity import recipe_network

    half = recipe_network()
    half.halve_trunk()
    assert half.features_backbone[0].weight.dtype is torch.float32
    one, other = outputs(network, faces[:1]), outputs(half, faces[:1].half())
    similar = torch.nn.functional.cosine_similarity(one.feature, other.feature)
    assert float(similar.min()) > 0.999
    assert float((one.log_variance - other.log_variance).abs().max()) < 0.05
