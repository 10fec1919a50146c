"""Files as the model store would hand them to an engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.engines.weights import StoredWeights


@pytest.fixture
def stored(tmp_path: Path) -> Callable[..., StoredWeights]:
    """``stored(key, content)``: a file of a model, as the store would hand it over."""

    def put(key: str, content: bytes) -> StoredWeights:
        path = tmp_path / key / "model.onnx"
        path.parent.mkdir()
        path.write_bytes(content)
        return StoredWeights(key, path, "0" * 64, is_published=False)

    return put
