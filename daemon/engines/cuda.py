"""What every engine does about a GPU: its errors as the booth's own, and full float32."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch

from daemon.errors import EngineBroken, GpuExhausted

_OUT_OF_MEMORY = 2  # cudaErrorMemoryAllocation
# What cuBLAS and cuDNN say where their own workspace finds no room; no class of its own.
_NO_ROOM = ("ALLOC_FAILED", "CUDA out of memory", "CUDA error: out of memory")


@contextlib.contextmanager
def cuda_errors(engine: str) -> Iterator[None]:
    """A GPU's errors as the booth's own.

    Args:
        engine: Named in the error.

    Raises:
        GpuExhausted: Its memory is full; the device is as good as before.
        EngineBroken: It failed in a way that every later call of this process meets too.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise _exhausted(engine) from error
    except torch.AcceleratorError as error:
        if getattr(error, "error_code", None) == _OUT_OF_MEMORY:
            raise _exhausted(engine) from error
        message = "the GPU failed and cannot be used any more by this process"
        raise EngineBroken(message, engine=engine) from error
    except RuntimeError as error:
        if any(words in str(error) for words in _NO_ROOM):
            raise _exhausted(engine) from error
        raise


def _exhausted(engine: str) -> GpuExhausted:
    free_cached()
    message = "the GPU has no memory left for the smallest piece of work: let fewer programs use it"
    return GpuExhausted(message, engine=engine)


def free_cached() -> None:
    """Hand memory that no tensor uses back to the device; nothing where no GPU is used."""
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]  # untyped there
        torch.cuda.empty_cache()


@contextlib.contextmanager
def full_float32() -> Iterator[None]:
    """No TF32 inside: it halves the digits of float32 and would need limits of its own."""
    # The stubs do not know the submodule that the library itself documents.
    convolution = torch.backends.cudnn.conv  # type: ignore[attr-defined]
    product = torch.backends.cuda.matmul
    before = convolution.fp32_precision, product.fp32_precision
    convolution.fp32_precision = product.fp32_precision = "ieee"
    try:
        yield
    finally:
        convolution.fp32_precision, product.fp32_precision = before


@contextlib.contextmanager
def tuned_shapes() -> Iterator[None]:
    """Let cuDNN try its ways on each new shape inside; pays where shapes are few."""
    before = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = True
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = before


@contextlib.contextmanager
def computing(device: torch.device, engine: str) -> Iterator[None]:
    """On a device, without gradients, in full float32, its errors as the booth's own.

    Args:
        device: Becomes the current one where it is a GPU.
        engine: Named in errors.

    Raises:
        GpuExhausted: As ``cuda_errors``.
        EngineBroken: As ``cuda_errors``.
    """
    there = torch.cuda.device(device) if device.type == "cuda" else contextlib.nullcontext()
    with cuda_errors(engine), torch.inference_mode(), full_float32(), there:
        yield
