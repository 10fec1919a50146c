"""Parts of a network stay in float32 while the rest computes in a half."""

from __future__ import annotations

import pytest

from tests.fakes.torch_here import need_torch

need_torch()


@pytest.fixture
def network():
    from torch import nn

    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3)).requires_grad_(False)


def test_a_part_that_is_kept_exact_gives_what_float32_gives(network) -> None:
    import torch

    from daemon.engines.exact import keep_exact

    middle = torch.randn(5, 8, generator=torch.Generator().manual_seed(1)).bfloat16()
    exact = network[2](middle.float())
    keep_exact(network, "2")
    with torch.autocast("cpu", torch.bfloat16):
        assert network[0](torch.ones(1, 4)).dtype == torch.bfloat16
        found = network[2](middle)
    assert found.dtype == torch.float32
    assert torch.equal(found, exact)


def test_in_float32_nothing_changes(network) -> None:
    import torch

    from daemon.engines.exact import keep_exact

    before = network(torch.ones(2, 4))
    keep_exact(network, "0|2")
    assert torch.equal(network(torch.ones(2, 4)), before)


def test_a_name_that_no_part_has_is_an_error(network) -> None:
    from daemon.engines.exact import keep_exact

    with pytest.raises(LookupError, match="to_rgb"):
        keep_exact(network, "to_rgb")


def test_the_last_step_of_an_enlarger_has_no_steps_of_a_grey_level(tmp_path) -> None:
    """In bf16 values near white lie a grey level apart; a smooth sky would show it."""
    import torch

    from daemon.engines.realesrgan.network import load_network
    from tests.fakes.restoration_files import compact_entries, dense_entries

    smooth = torch.linspace(0.8, 1, 64).expand(1, 3, 16, 64)
    for name, entries in (("dense", dense_entries(4)), ("compact", compact_entries())):
        path = tmp_path / f"{name}.pth"
        torch.save({"params_ema": entries}, path)
        network = load_network([path], 4).network
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            found = network(smooth)
        assert found.dtype == torch.float32
        assert not torch.equal(found, found.bfloat16().float())
