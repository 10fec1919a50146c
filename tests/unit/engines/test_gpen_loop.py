"""The benchmark's yardstick computes what GPEN computes: else a factor over it means nothing."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fakes.torch_here import need_torch

need_torch()

pytestmark = pytest.mark.engines


@pytest.mark.parametrize("count", [1, 3])
def test_the_loop_draws_what_the_network_draws(count: int) -> None:
    import torch

    from daemon.engines.gpen.parity import recipe_network
    from daemon.engines.gpen.plan import Plan
    from tests.gpu_bench.loop import Loop

    plan = Plan(64, style_dim=64, channel_multiplier=1, narrow=0.0625)
    network = recipe_network(plan, "loop:")
    noise = np.random.default_rng(1).uniform(-1, 1, (count, 3, 64, 64)).astype(np.float32)
    loop = Loop(network.state_dict(), "cpu")
    with torch.inference_mode():
        wanted = network(torch.from_numpy(noise))
        apart = (loop(torch.from_numpy(noise)) - wanted).abs().max()
    assert apart < 1e-5 * wanted.std()


def test_faces_go_in_and_come_out_as_they_are_kept() -> None:
    from daemon.engines.gpen.parity import recipe_network
    from daemon.engines.gpen.plan import Plan
    from tests.gpu_bench.loop import Loop

    plan = Plan(64, style_dim=64, channel_multiplier=1, narrow=0.0625)
    crops = np.random.default_rng(1).integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
    drawn = Loop(recipe_network(plan, "loop:").state_dict(), "cpu").restore(crops)
    assert (drawn.shape, drawn.dtype) == (crops.shape, np.uint8)
    assert drawn.std() > 10
