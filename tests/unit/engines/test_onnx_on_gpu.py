"""What ONNX Runtime is asked for on a card, and what its errors there become.

The session is a stand-in: the packages of the booth have ONNX Runtime for the CPU.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from onnxruntime.capi import onnxruntime_pybind11_state as states

from daemon.engines import onnx_kind, onnx_network
from daemon.engines.offers import Setup
from daemon.engines.onnx_network import Network
from daemon.engines.weights import StoredWeights
from daemon.errors import EngineBroken, EngineError, GpuExhausted

KIND = onnx_kind.Kind("face-onnx", "Face", ("face",))
FED = {"picture": np.zeros((1, 3, 4, 4), np.float32)}


class Session:
    """A session on a card that fails with given words."""

    asked: Any = None
    words = ""

    def __init__(self, _content: bytes, _options: Any, providers: list[Any]) -> None:
        type(self).asked = providers

    def get_providers(self) -> list[str]:
        return [onnx_kind.CUDA_PROVIDER, onnx_kind.CPU_PROVIDER]

    def get_inputs(self) -> list[Any]:
        return [SimpleNamespace(name="picture", shape=[1, 3, 4, 4], type="tensor(float)")]

    get_outputs = get_inputs

    def run(self, *_: Any) -> list[Any]:
        raise states.Fail(self.words)


@pytest.fixture
def network(tmp_path, monkeypatch):
    """``network(device, memory_mib)``: a network whose session is the stand-in."""
    path = tmp_path / "face.onnx"
    path.write_bytes(b"onnx")
    monkeypatch.setattr(onnx_network.onnxruntime, "InferenceSession", Session)
    monkeypatch.setattr(onnx_network, "device_of", lambda _library, asked: asked)
    stored = StoredWeights("face", path, "0" * 64, is_published=True)
    return lambda device, limit_mib=0: Network(KIND, stored, Setup(device, "fp32", 1, limit_mib))


def test_a_card_is_asked_for_by_its_number_in_full_float32_and_within_the_limit(network) -> None:
    assert network("cuda:1", 2048).device == "cuda:1"
    (name, options), cpu = Session.asked
    assert (name, cpu) == (onnx_kind.CUDA_PROVIDER, onnx_kind.CPU_PROVIDER)
    assert options["device_id"] == "1"
    assert options["use_tf32"] == "0"
    assert options["gpu_mem_limit"] == str(2048 << 20)
    network("cuda:0")
    assert "gpu_mem_limit" not in Session.asked[0][1]


@pytest.mark.parametrize(
    "words",
    [
        "CUDA failure 2: out of memory ; GPU=0 ; expr=cudaMalloc((void**)&p, size);",
        "BFCArena Failed to allocate memory for requested buffer of size 8388608",
        "CUDNN failure 4: CUDNN_STATUS_ALLOC_FAILED",
        "CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED",
    ],
)
def test_a_card_without_room_is_told_apart(network, monkeypatch, words) -> None:
    monkeypatch.setattr(Session, "words", words)
    with pytest.raises(GpuExhausted):
        network("cuda:0").run(FED)


def test_a_card_that_failed_for_good_ends_the_worker_and_a_network_only_the_photo(
    network, monkeypatch
) -> None:
    monkeypatch.setattr(Session, "words", "CUDA failure 700: an illegal memory access ; GPU=0")
    with pytest.raises(EngineBroken):
        network("cuda:0").run(FED)
    monkeypatch.setattr(Session, "words", "Non-zero status code returned while running Conv node")
    with pytest.raises(EngineError) as caught:
        network("cuda:0").run(FED)
    assert not isinstance(caught.value, EngineBroken | GpuExhausted)
