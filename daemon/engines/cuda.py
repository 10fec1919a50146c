"""What every engine does about a GPU: its errors as the booth's own, and full float32."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator

import torch

from daemon.domain.sayings import say, unavailable
from daemon.errors import EngineBroken, GpuExhausted

# Numbers of CUDA's runtime (driver_types.h).
_OUT_OF_MEMORY = 2  # cudaErrorMemoryAllocation
# Driver too old, no card, no such card, no code for this card, code of a newer CUDA, driver of
# another version, compatibility that this card has not: no process that comes after fares better.
_UNUSABLE = frozenset({35, 100, 101, 209, 222, 803, 804})
# What the libraries say where their workspace finds no room; no class of its own. PyTorch tries
# cuDNN's ways one after the other, passes over those that are out of memory, and says in the end
# only that it found none; a library's handle, made at its first call, is memory, too.
_NO_ROOM = (
    "ALLOC_FAILED",
    "ALLOCATION_FAILED",
    "out of memory",
    "unable to find an engine to execute",
    "CUBLAS_STATUS_NOT_INITIALIZED",
    "CUDNN_STATUS_NOT_INITIALIZED",
)


@contextlib.contextmanager
def cuda_errors(engine: str) -> Iterator[None]:
    """A GPU's errors as the booth's own.

    Args:
        engine: Named in the error.

    Raises:
        GpuExhausted: Its memory is full; the device is as good as before.
        EngineUnavailable: This torch cannot compute on it at all.
        EngineBroken: It failed in a way that every later call of this process meets too.
    """
    try:
        yield
    except (torch.OutOfMemoryError, torch.AcceleratorError, RuntimeError) as error:
        if is_no_room(error):
            raise _exhausted(engine, error) from error
        if not isinstance(error, torch.AcceleratorError):
            raise
        if getattr(error, "error_code", None) in _UNUSABLE:
            incapable = say("card_incapable", error=_first_line(error))
            raise unavailable(incapable, engine=engine) from error
        message = "the GPU failed and cannot be used any more by this process"
        raise EngineBroken(message, engine=engine) from error


def is_no_room(error: BaseException) -> bool:
    """Whether a library says that the GPU's memory is full, in whatever words."""
    if isinstance(error, torch.OutOfMemoryError):
        return True
    if isinstance(error, torch.AcceleratorError) and hasattr(error, "error_code"):
        return bool(error.error_code == _OUT_OF_MEMORY)
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _NO_ROOM)


def _exhausted(engine: str, error: BaseException) -> GpuExhausted:
    # The frames that failed hold all they had on the card, and the error holds them until a lane
    # has told of it: that would be missing to whoever computes meanwhile.
    behind: BaseException | None = error
    while behind is not None:
        traceback.clear_frames(behind.__traceback__)
        behind = behind.__context__
    free_cached()
    message = "the GPU has no memory left for the smallest piece of work: let fewer programs use it"
    if not isinstance(error, torch.OutOfMemoryError):
        message = f"{message} (the library said: {_first_line(error)})"
    return GpuExhausted(message, engine=engine)


def _first_line(error: BaseException) -> str:
    """A library's words, without the advice that follows them."""
    return str(error).partition("\n")[0].strip()


def has_bf16(device: torch.device) -> bool:
    """Whether a device computes in bf16 itself; older cards imitate it, slower than float32."""
    if device.type != "cuda":
        return True
    with torch.cuda.device(device):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))


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
