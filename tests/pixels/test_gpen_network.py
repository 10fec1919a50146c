"""The GPEN network computes what the reference computes; weights by recipe."""

from __future__ import annotations

import math

import numpy as np
import pytest

from daemon.engines import recipe
from tests.fakes.torch_here import need_parity, need_torch

need_torch()

# The larger networks have 71 million values: whatever needs them runs in one process of the suite.
pytestmark = [
    pytest.mark.engines,
    pytest.mark.xdist_group("gpen"),
    pytest.mark.usefixtures("one_torch_thread"),
]

SALT = "gpen-small-a:"


@pytest.fixture(scope="module")
def plan():
    from daemon.engines.gpen.plan import Plan

    return Plan(64, style_dim=128, narrow=0.0625)


@pytest.fixture(scope="module")
def network(plan):
    from daemon.engines.gpen.parity import recipe_network

    return recipe_network(plan, SALT)


@pytest.fixture(scope="module")
def faces():
    """``(5, 3, 64, 64)`` float32 in -1..1: noise, smooth as pictures are."""
    import cv2
    import torch

    from daemon.engines.gpen.pixels import preprocessed

    noise = np.random.default_rng(5).integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)
    crops = np.stack([cv2.resize(one, (64, 64), interpolation=cv2.INTER_CUBIC) for one in noise])
    return torch.from_numpy(preprocessed(crops))


def drawn(network, faces):
    import torch

    with torch.inference_mode():
        return network(faces)


# ── against the stored numbers ────────────────────────────────────────────────────────────


def test_keys_shapes_order_and_size_of_every_official_network_are_theirs() -> None:
    from daemon.engines.gpen import parity

    sizes = (256, 512, 1024, 2048)
    found = parity.keys(need_parity(), "cpu").parts
    assert found == {f"gpen_bfr_{size}": 0 for size in sizes}


def test_the_small_network_agrees_with_the_reference_on_every_number() -> None:
    from daemon.engines.gpen import parity

    checked = parity.small(need_parity(), "cpu")
    levels = {f"rgb_{side}" for side in (4, 8, 16, 32, 64)}
    assert set(checked.parts) >= {"x", "image", "image_u8_rgb", "final_linear", "latent", *levels}
    assert set(checked.parts) >= {"enc_last", "enc_sizes", "enc_mean", "enc_std"}
    assert checked.limit == 2e-5
    assert checked.is_ok, checked.parts


@pytest.mark.parametrize("size_px", [256, 512])
def test_a_network_of_official_size_agrees_within_a_ten_thousandth(size_px) -> None:
    from daemon.engines.gpen import parity
    from daemon.engines.parity import read_arrays

    folder = need_parity()
    checked = getattr(parity, f"full_{size_px}")(folder, "cpu")
    assert set(checked.parts) >= {"crop", "area64", "mean", "std", "min", "max"}
    assert set(checked.parts) >= {"final_linear", "latent", "rgb_16", "rgb_mean", "rgb_std"}
    assert checked.is_ok, checked.parts
    picture = read_arrays(folder / f"gpen_{size_px}_full.npz")["area64"]
    assert checked.parts["area64"] <= 1e-4 * picture.std(axis=(1, 2)).min()


# ── without them ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("size_px", "keys", "values"),
    [
        (256, 144, 18_879_010),
        (512, 163, 71_005_223),
        (1024, 182, 71_210_540),
        (2048, 201, 71_294_769),
    ],
)
def test_each_size_has_the_official_number_of_keys_and_values(size_px, keys, values) -> None:
    import torch

    from daemon.engines.gpen.network import GpenNetwork
    from daemon.engines.gpen.plan import OFFICIAL, plan_of

    with torch.device("meta"):
        network = GpenNetwork(OFFICIAL[size_px])
    state = network.state_dict()
    assert len(state) == keys
    assert sum(parameter.numel() for parameter in network.parameters()) == values
    assert plan_of({key: tuple(value.shape) for key, value in state.items()}) == network.plan


def test_a_checkpoint_of_something_else_has_no_plan() -> None:
    from daemon.engines.gpen.plan import plan_of

    assert plan_of({}) is None
    assert plan_of({"features.0.0.weight": (64, 3, 3, 3)}) is None


def test_the_recipe_gives_the_published_checksum(network) -> None:
    """CRC-32 of all generated values, as the fixtures' list has it for the small network."""
    state = {key: value.numpy() for key, value in network.state_dict().items()}
    generated = [(key, state[key]) for key in sorted(state) if recipe.is_generated(key)]
    assert sum(values.size for _, values in generated) == 505_080
    assert recipe.checksum(generated) == "6bfc87ae"


def test_a_batch_is_what_its_faces_are_alone(network, faces) -> None:
    together = drawn(network, faces)
    assert together.shape == faces.shape
    for at in range(len(faces)):
        alone = drawn(network, faces[at : at + 1])
        assert float((alone - together[at : at + 1]).abs().max()) < 5e-6


def test_the_order_of_colours_matters(network, faces) -> None:
    one, other = drawn(network, faces[:1]), drawn(network, faces[:1].flip(1))
    assert float((one - other.flip(1)).abs().max()) > 0.1


# ── the layers, against what they stand for ───────────────────────────────────────────────


def grouped(layer, maps, latent):
    """The published form: one weight for each picture, as many groups as pictures."""
    import torch
    import torch.nn.functional as fn

    count, inward, height, width = maps.shape
    weight = layer.weight
    _, outward, _, side, _ = weight.shape
    style = layer.modulation(latent).view(count, 1, inward, 1, 1)
    weight = weight / math.sqrt(inward * side * side) * style
    if side == 3:
        weight = weight * torch.rsqrt(weight.square().sum((2, 3, 4), keepdim=True) + 1e-8)
    flat = maps.reshape(1, count * inward, height, width)
    if layer.blur is None:
        weight = weight.reshape(count * outward, inward, side, side)
        out = fn.conv2d(flat, weight, padding=side // 2, groups=count)
    else:
        weight = weight.transpose(1, 2).reshape(count * inward, outward, side, side)
        out = fn.conv_transpose2d(flat, weight, stride=2, groups=count)
    out = out.view(count, outward, *out.shape[2:])
    return out if layer.blur is None else layer.blur(out)


@pytest.mark.parametrize("kind", [{}, {"is_doubling": True}, {"is_to_rgb": True}])
def test_a_shared_weight_gives_what_one_weight_for_each_picture_gives(kind) -> None:
    """A layer's largest values carry the largest rounding, so their mean square is held."""
    import torch

    from daemon.engines.stylegan import ModulatedConvolution

    torch.manual_seed(1)
    layer = ModulatedConvolution(16, 3 if "is_to_rgb" in kind else 24, 32, **kind)
    with torch.inference_mode():
        layer.weight.normal_()
        layer.modulation.weight.normal_()
        layer.modulation.bias.fill_(1)
        maps, latent = torch.randn(3, 16, 9, 9), torch.randn(3, 32)
        found, wanted = layer(maps, latent), grouped(layer, maps, latent)
    assert found.shape == wanted.shape
    assert float((found - wanted).abs().max() / wanted.std()) < 5e-6
    assert float((found - wanted).pow(2).mean().sqrt() / wanted.std()) < 5e-7


def test_the_picture_is_that_of_the_published_form(network, faces, monkeypatch) -> None:
    from daemon.engines.stylegan import ModulatedConvolution

    shared = drawn(network, faces)
    monkeypatch.setattr(ModulatedConvolution, "forward", grouped)
    published = drawn(network, faces)
    assert float((shared - published).abs().max() / published.std()) < 2e-6
    assert float((shared - published).square().mean().sqrt()) < 5e-7


def zero_inserted(maps, kernel, pads):
    """Twice the side by zeros between pixels and a full filter, written out in NumPy."""
    height, width = maps.shape
    spread = np.zeros((2 * height, 2 * width))
    spread[::2, ::2] = maps
    spread = np.pad(spread, (pads, pads))
    windows = np.lib.stride_tricks.sliding_window_view(spread, kernel.shape)
    return (windows * kernel[::-1, ::-1]).sum((2, 3))


def test_doubling_is_zeros_between_pixels_and_a_filter() -> None:
    import torch

    from daemon.engines.stylegan import Doubling

    layer = Doubling()
    # A lopsided kernel tells a filter from its mirror image; the published one would not.
    layer.kernel.copy_(torch.arange(16.0).reshape(4, 4))
    maps = np.random.default_rng(2).normal(size=(2, 5, 7))
    found = layer(torch.from_numpy(maps[None].astype(np.float32)))[0].numpy()
    for mine, one in zip(found, maps, strict=True):
        wanted = zero_inserted(one, layer.kernel.numpy(), (2, 1))
        assert mine.shape == wanted.shape == (10, 14)
        assert np.abs(mine - wanted).max() < 1e-4


def test_blur_filters_each_channel_alone_with_the_kernel_turned_round() -> None:
    import torch

    from daemon.engines.stylegan import Blur

    layer = Blur(2)
    assert float(layer.kernel.sum()) == pytest.approx(1)
    layer.kernel.copy_(torch.arange(16.0).reshape(4, 4))
    maps = torch.zeros(1, 2, 5, 5)
    maps[0, 0, 2, 2] = 1  # a point comes out as the kernel itself
    found = layer(maps)[0]
    assert found.shape == (2, 6, 6)
    assert torch.equal(found[0, 1:5, 1:5], layer.kernel)
    assert not bool(found[1].any())


def test_pixels_go_through_by_the_published_rule() -> None:
    from daemon.engines.gpen.pixels import postprocessed, preprocessed

    every = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, axis=3)
    scaled = preprocessed(every)
    assert (scaled.min(), scaled.max(), scaled.shape) == (-1, 1, (1, 3, 16, 16))
    # Between two steps, far from the whole numbers at which cutting off decides.
    assert np.array_equal(postprocessed(scaled + np.float32(0.9 / 127.5)), every)
    assert postprocessed(np.full((1, 3, 1, 1), -2, np.float32)).max() == 0
