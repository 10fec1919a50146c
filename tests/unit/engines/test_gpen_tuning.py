"""Filters run the way that is faster on the card, and give the same numbers either way."""

from __future__ import annotations

import pytest

from tests.fakes.torch_here import need_torch

need_torch()

pytestmark = [pytest.mark.engines, pytest.mark.xdist_group("gpen")]


@pytest.fixture
def network():
    import torch

    from daemon.engines.gpen.parity import recipe_network
    from daemon.engines.gpen.plan import Plan

    with torch.inference_mode():
        made = recipe_network(Plan(64, style_dim=128, narrow=0.0625), "gpen-small-a:")
        made.settle(torch.float32, torch.channels_last)
        yield made


def ways(network):
    from daemon.engines.stylegan import Blur

    return {layer.in_planes for layer in network.modules() if isinstance(layer, Blur)}


def test_in_planes_and_channels_last_are_the_same_filter(network) -> None:
    import torch

    maps = torch.randn(2, 6, 9, 7).contiguous(memory_format=torch.channels_last)
    blur = network.ecd1[0][0]
    plain = blur(maps)
    blur.in_planes = True
    planes = blur(maps)
    assert planes.is_contiguous(memory_format=torch.channels_last)
    assert float((planes - plain).abs().max()) < 1e-6


@pytest.mark.parametrize(("took", "wanted"), [((1.0, 2.0), False), ((2.0, 1.0), True)])
def test_the_faster_way_is_taken_for_every_filter(network, took, wanted) -> None:
    import torch

    from daemon.engines.gpen.tuning import tune

    left, shapes = list(took), []

    def measure(call):
        shapes.append(tuple(call().shape))
        return left.pop(0)

    tune(network, torch.device("cpu"), torch.float32, measure)
    assert ways(network) == {wanted}
    assert shapes == [(2, 32, 65, 65)] * 2  # the largest maps, with the filter's border


@pytest.mark.parametrize(("took", "wanted"), [((1.0, 2.0), 0), ((2.0, 1.0), 1)])
def test_in_float32_maps_lie_as_is_faster_and_in_a_half_channels_last(took, wanted) -> None:
    import torch

    from daemon.engines.gpen.tuning import layout_of

    device, left, tried = torch.device("cpu"), list(took), []

    def measure(call):
        tried.append(call().is_contiguous(memory_format=torch.channels_last))
        return left.pop(0)

    layouts = torch.channels_last, torch.contiguous_format
    assert layout_of(device, torch.float32, measure) == layouts[wanted]
    assert tried == [True, False]
    assert layout_of(device, torch.bfloat16, measure) == torch.channels_last
    assert layout_of(device, torch.float32) == torch.contiguous_format


@pytest.mark.parametrize("layout", ["channels_last", "contiguous_format"])
def test_maps_lie_as_was_settled_however_faces_come(network, layout, monkeypatch) -> None:
    import torch

    from daemon.engines.stylegan import Activation

    wanted, seen = getattr(torch, layout), []
    network.settle(torch.float32, wanted)
    monkeypatch.setattr(
        Activation,
        "forward",
        lambda _self, maps: seen.append(maps.is_contiguous(memory_format=wanted)) or maps,
    )
    network(torch.zeros(2, 64, 64, 3).permute(0, 3, 1, 2))
    assert len(seen) > 8
    assert all(seen)


def test_filters_of_planes_are_left_alone(network) -> None:
    import torch

    from daemon.engines.gpen.tuning import tune

    network.layout = torch.contiguous_format
    tune(network, torch.device("cpu"), torch.float32, lambda _call: pytest.fail("tried"))
    assert ways(network) == {False}


def test_on_the_cpu_there_is_nothing_to_try(network) -> None:
    import torch

    from daemon.engines.gpen.tuning import tune

    tune(network, torch.device("cpu"), torch.float32)
    assert ways(network) == {False}
