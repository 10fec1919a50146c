"""Real-ESRGAN on torch draws with the real weights what ncnn draws with them."""

from __future__ import annotations

import numpy as np
import pytest

from daemon.engines.offers import Setup
from daemon.engines.realesrgan.adapter import WEIGHTS, RealEsrgan
from daemon.engines.realesrgan.facts import X4
from daemon.engines.weights import StoredWeights
from tests.fakes.torch_here import need_torch

need_torch()

pytestmark = [pytest.mark.engines, pytest.mark.xdist_group("realesrgan-torch")]


@pytest.fixture(scope="module")
def enlarger(tmp_path_factory):
    """The engine with the real weights, saved as they are published."""
    import torch

    from daemon.engines.realesrgan.background import TiledRealEsrgan
    from tests.fakes.ncnn_weights import published_entries

    path = tmp_path_factory.mktemp("weights") / "RealESRGAN_x4plus.pth"
    torch.save({"params_ema": published_entries(WEIGHTS.verified())}, path)
    stored = StoredWeights(X4.models[0], path, WEIGHTS.sha256, is_published=True)
    return TiledRealEsrgan(X4, {X4.models[0]: stored}, Setup("cpu", "fp32", 1))


def test_both_runtimes_draw_the_same_eye(enlarger, astronaut) -> None:
    eye = np.ascontiguousarray(astronaut[92:116, 190:214]).astype(np.float32)
    theirs = np.clip(RealEsrgan(threads=1)._forward(eye), 0, 255)
    ours = enlarger.enlarge(eye)
    assert ours.shape == (96, 96, 3)
    assert ours.std() > 10
    assert np.abs(ours - theirs).max() < 0.05
