"""The store that tests fill: a sum that fits is believed, any other is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.catalogue.models.load import model_book
from daemon.engines.weights import obtain
from daemon.errors import ModelError
from tests.fakes.model_store import spoilt
from tests.fakes.torch_here import need_torch

need_torch()

# One with a published sum and length, one without either.
KEYS = ("modnet-photographic-pth", "gpen-bfr-256")


@pytest.mark.parametrize("key", KEYS)
def test_what_was_stocked_is_believed_and_what_was_changed_is_not(
    stocked: Callable[..., Path], tmp_path: Path, key: str
) -> None:
    import torch

    state = {"a.weight": torch.arange(6.0).reshape(2, 3)}
    path = stocked(tmp_path / "models", key, state)
    weights = obtain(tmp_path / "models", key, allow_noncommercial=True)
    assert weights.path == path
    assert weights.is_published is bool(model_book().models[key].sha256)
    assert torch.equal(torch.load(path, weights_only=True)["a.weight"], state["a.weight"])
    spoilt(path)
    with pytest.raises(ModelError) as refused:
        obtain(tmp_path / "models", key, allow_noncommercial=True)
    assert refused.value.code == "MODEL_WRONG_SUM"


def test_the_book_is_the_packages_own_again_afterwards() -> None:
    assert model_book().models["modnet-photographic-pth"].size_bytes == 26255603
