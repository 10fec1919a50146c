"""A network out of an ONNX file, held against what its engine expects of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as states

from daemon.domain.sayings import Saying, say
from daemon.engines.offers import Setup
from daemon.engines.onnx_kind import (
    CPU_PROVIDER,
    CUDA_PROVIDER,
    ONNXRUNTIME,
    Kind,
    device_of,
    mark_unusable,
)
from daemon.engines.weights import StoredWeights, unfit
from daemon.errors import EngineBroken, EngineError, GpuExhausted

_QUIET: Final = 3  # else a warning for each weight that old exports list as an input
# What ONNX Runtime raises; the classes have no common one but Exception.
_FAILURES: Final = (
    states.EPFail,
    states.Fail,
    states.InvalidArgument,
    states.InvalidGraph,
    states.InvalidProtobuf,
    states.NotImplemented,
    states.RuntimeException,
)
_NO_ROOM: Final = (
    "out of memory",
    "Failed to allocate memory",
    "bad allocation",
    "ALLOC_FAILED",  # of cuDNN and cuBLAS
    "ALLOCATION_FAILED",
)
_BROKEN: Final = ("CUDA failure", "CUDA error")  # every later call of this process fails, too


@dataclass(frozen=True, slots=True)
class Port:
    """An input or an output of a network.

    Attributes:
        name: As the file has it.
        shape: A number where the file fixes a side, else ``None``.
        type: ONNX Runtime's word, such as ``tensor(float)``.
    """

    name: str
    shape: tuple[int | None, ...]
    type: str

    def takes(self, *shape: int | None) -> bool:
        """Whether it is float32 of a shape; a side the file leaves open fits any."""
        if self.type != "tensor(float)" or len(self.shape) != len(shape):
            return False
        pairs = zip(self.shape, shape, strict=True)
        return all(own is None or wanted is None or own == wanted for own, wanted in pairs)


class Network:
    """One file, loaded.

    Args:
        kind: Whose it is; named in errors.
        weights: The file.
        setup: Where it computes: on the CPU where ONNX Runtime cannot on the GPU.
        content: The network itself, where the file is a package that holds it.

    Raises:
        EngineUnavailable: It holds no network that ONNX Runtime takes.
        GpuExhausted: It does not fit into the GPU's memory.
    """

    def __init__(
        self, kind: Kind, weights: StoredWeights, setup: Setup, content: bytes | None = None
    ) -> None:
        self._kind, self._path = kind, weights.path
        device = device_of(ONNXRUNTIME, setup.device)
        # From bytes: what a file names beside itself, which no sum covers, is not found.
        held = self._path.read_bytes() if content is None else content
        self._session = self._opened(held, device, setup)
        if device != "cpu" and CUDA_PROVIDER not in self._session.get_providers():
            mark_unusable(setup.device)
            device = "cpu"
        self.device = device
        self.inputs = tuple(_port(one) for one in self._session.get_inputs())
        self.outputs = tuple(_port(one) for one in self._session.get_outputs())
        # The arena would keep the largest face's memory for ever.
        self._freeing = onnxruntime.RunOptions()
        arenas = "cpu:0" if device == "cpu" else f"cpu:0;gpu:{_number_of(device)}"
        self._freeing.add_run_config_entry("memory.enable_memory_arena_shrinkage", arenas)

    def refuse(self, why: Saying) -> None:
        """Say that the file is not this engine's.

        Raises:
            EngineUnavailable: Always.
        """
        raise unfit(self._path, self._kind.title, why)

    def hold(self, taken: tuple[int | None, ...], given: tuple[int | None, ...]) -> None:
        """Refuse a file that does not take one float32 input and give a first output of shapes.

        Raises:
            EngineUnavailable: It does not.
        """
        if len(self.inputs) != 1 or not self.inputs[0].takes(*taken):
            self.refuse(takes_other(self.inputs, say("one_picture_of", shape=str(taken))))
        if not self.outputs or not self.outputs[0].takes(*given):
            self.refuse(gives_other(self.outputs, str(given)))

    def run(self, fed: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """The first output, float32.

        Args:
            fed: Input name → its value.

        Raises:
            GpuExhausted: It does not fit into the GPU's memory.
            EngineBroken: The GPU cannot be used any more in this process.
            EngineError: The network failed.
        """
        return self._run(fed, self.outputs[:1])[0]

    def run_whole(self, fed: Mapping[str, NDArray[Any]]) -> list[NDArray[np.float32]]:
        """Every output, float32, in the file's order; otherwise as ``run``."""
        return self._run(fed, self.outputs)

    def _run(
        self, fed: Mapping[str, NDArray[Any]], wanted: tuple[Port, ...]
    ) -> list[NDArray[np.float32]]:
        names = [port.name for port in wanted]
        try:
            found = self._session.run(names, dict(fed), self._freeing)
        except _FAILURES as error:
            self._check_room(error)
            if self.device != "cpu" and any(words in str(error) for words in _BROKEN):
                message = "the GPU failed and cannot be used any more by this process"
                raise EngineBroken(message, engine=self._kind.name) from error
            message = f"the network of {self._kind.title} failed"
            raise EngineError(message, engine=self._kind.name) from error
        return [np.asarray(each, np.float32) for each in found]

    def _opened(self, content: bytes, device: str, setup: Setup) -> Any:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _QUIET
        options.intra_op_num_threads = setup.threads
        providers: list[Any] = [CPU_PROVIDER]
        if device != "cpu":
            providers.insert(0, (CUDA_PROVIDER, _cuda_options(device, setup.memory_mib)))
        try:
            return onnxruntime.InferenceSession(content, options, providers=providers)
        except _FAILURES as error:
            self._check_room(error)
            raise unfit(self._path, self._kind.title, say("onnx_refuses")) from error

    def _check_room(self, error: Exception) -> None:
        if any(words in str(error) for words in _NO_ROOM):
            message = f"there is no memory left for the network of {self._kind.title}"
            raise GpuExhausted(message, engine=self._kind.name) from error


def described(ports: tuple[Port, ...]) -> str:
    """Ports in words, for an error: ``input (?, 3, 512, 512), weight ()``."""
    return ", ".join(
        f"{port.name} ({', '.join('?' if side is None else str(side) for side in port.shape)})"
        for port in ports
    )


def takes_other(found: tuple[Port, ...], wanted: Saying) -> Saying:
    """What is wrong with a network whose inputs are not as wanted."""
    return say("takes_other", found=described(found), wanted=wanted)


def gives_other(found: tuple[Port, ...], wanted: Saying | str) -> Saying:
    """What is wrong with a network whose outputs are not as wanted."""
    return say("gives_other", found=described(found) or say("nothing"), wanted=wanted)


def _cuda_options(device: str, memory_mib: int) -> dict[str, str]:
    """Options of the CUDA provider, by the names in ONNX Runtime's reference."""
    options = {
        "device_id": str(_number_of(device)),
        # TF32 halves the digits of float32.
        "use_tf32": "0",
        # As much as is asked for, not the next power of two: the card is shared with PyTorch.
        "arena_extend_strategy": "kSameAsRequested",
        # Trying out every way costs seconds at each new shape, and the memory of the hungriest.
        "cudnn_conv_algo_search": "HEURISTIC",
    }
    return {**options, "gpu_mem_limit": str(memory_mib << 20)} if memory_mib else options


def _port(one: Any) -> Port:
    sides = tuple(side if isinstance(side, int) else None for side in one.shape)
    return Port(str(one.name), sides, str(one.type))


def _number_of(device: str) -> int:
    return int(device.partition(":")[2] or 0)
