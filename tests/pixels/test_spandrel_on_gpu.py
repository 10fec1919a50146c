"""On a GPU the restorers and the enlarger draw what they draw on the CPU; skipped without one."""

from __future__ import annotations

import numpy as np
import pytest

from daemon.engines.gfpgan.facts import GFPGAN
from daemon.engines.offers import Setup
from daemon.engines.precision import PARITY_DB, agreement_db, settled
from daemon.engines.realesrgan.adapter import WEIGHTS
from daemon.engines.realesrgan.facts import X4
from daemon.engines.weights import StoredWeights
from tests.fakes.torch_here import need_torch

need_torch()

pytestmark = [pytest.mark.engines, pytest.mark.xdist_group("realesrgan-torch")]
CPU = Setup("cpu", "fp32", 1)


@pytest.fixture(autouse=True)
def need_gpu() -> None:
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")


def stored(folder, kind, state) -> dict[str, StoredWeights]:
    import torch

    key = kind.models[0]
    path = folder / f"{key}.pth"
    torch.save({"params_ema": state}, path)
    return {key: StoredWeights(key, path, str(folder), is_published=True)}


@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_a_batch_of_faces_on_a_gpu_is_what_the_cpu_draws(tmp_path, astronaut, precision) -> None:
    from daemon.engines.gfpgan.adapter import SpandrelRestorer
    from tests.fakes.official_layouts import random_checkpoint

    weights = stored(tmp_path, GFPGAN, random_checkpoint("gfpgan-1.4")[0])
    there = SpandrelRestorer(GFPGAN, weights, Setup("cuda:0", precision, 1))
    there.warm()
    faces = np.stack([astronaut, astronaut[::-1], 255 - astronaut]).astype(np.float32)
    faces[1, 0, 0] = np.nan
    found = there.restore(faces)
    assert np.isnan(found[1]).all()
    here = SpandrelRestorer(GFPGAN, weights, CPU).restore(faces[::2])
    used = settled([str(tmp_path)], precision, "cuda:0").used
    limit = PARITY_DB if used == "bf16" else 60
    assert agreement_db(found[::2], here) > limit - 1


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_pieces_on_a_gpu_are_what_the_cpu_draws(tmp_path, astronaut, precision) -> None:
    from daemon.engines.realesrgan.background import TiledRealEsrgan
    from tests.fakes.ncnn_weights import published_entries

    weights = stored(tmp_path, X4, published_entries(WEIGHTS.verified()))
    there = TiledRealEsrgan(X4, weights, Setup("cuda:0", precision, 1))
    eye = np.ascontiguousarray(astronaut[92:140, 190:238]).astype(np.float32)
    found, here = there.enlarge(eye), TiledRealEsrgan(X4, weights, CPU).enlarge(eye)
    limit = 60 if precision == "fp32" else PARITY_DB
    assert agreement_db(found[None], here[None]) > limit - 1
