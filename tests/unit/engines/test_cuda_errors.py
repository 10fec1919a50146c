"""What a GPU's errors become: no room, no such GPU, or a process that cannot go on."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from daemon.errors import EngineBroken, EngineUnavailable, GpuExhausted
from tests.fakes.torch_here import need_torch

need_torch()


def failed(number: int, words: str = "CUDA error: as numbered"):
    """An error as CUDA's runtime raises it."""
    import torch

    error = torch.AcceleratorError(words)
    error.error_code = number
    return error


@pytest.mark.parametrize(
    "words",
    [
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`",
        "GET was unable to find an engine to execute this computation",
        "FIND was unable to find an engine to execute this computation after trying 9 plans.",
        "CUDA driver error: out of memory",
    ],
)
def test_no_room_is_known_by_every_name_it_has(words) -> None:
    from daemon.engines.cuda import cuda_errors

    with pytest.raises(GpuExhausted) as caught, cuda_errors("fake"):
        raise RuntimeError(words + "\nCUDA kernel errors might be reported elsewhere")
    assert f"(the library said: {words})" in str(caught.value)


def test_a_number_of_the_runtime_says_more_than_its_words() -> None:
    from daemon.engines.cuda import cuda_errors

    with pytest.raises(GpuExhausted), cuda_errors("fake"):
        raise failed(2, "CUDA error: 2")
    with pytest.raises(EngineBroken), cuda_errors("fake"):
        raise failed(700, "an illegal memory access; last words: out of memory")


@pytest.mark.parametrize("number", [35, 100, 101, 209, 222, 803, 804])
def test_a_gpu_that_torch_cannot_use_breaks_no_process(number) -> None:
    """The next process would fare no better: the embedded engines take over instead."""
    from daemon.engines.cuda import cuda_errors

    with pytest.raises(EngineUnavailable, match=r"engines\.device") as caught, cuda_errors("fake"):
        raise failed(number, "CUDA error: invalid device ordinal\nGPU device may be out of range")
    assert not isinstance(caught.value, EngineBroken)
    assert "(CUDA error: invalid device ordinal)" in str(caught.value)


def test_an_error_of_no_room_holds_nothing_of_what_failed() -> None:
    """A lane tells of it later; what its frames held on the card would be missing until then."""
    import torch

    from daemon.engines.cuda import cuda_errors

    held = []

    def network():
        maps = np.zeros(8)  # stands for maps on the card
        held.append(weakref.ref(maps))
        try:
            torch.zeros(1)
        finally:
            message = "CUDA out of memory"
            raise torch.OutOfMemoryError(message)

    gc.disable()
    try:
        with pytest.raises(GpuExhausted) as caught, cuda_errors("fake"):
            network()
        assert held[0]() is None
        assert caught.value.__cause__ is not None  # who failed and where is still known
    finally:
        gc.enable()
