"""Reads checkpoints by safe means only, and says exactly what does not fit.

Of a file of ``torch.save`` nothing but tensors and plain containers is unpickled. Every engine
loads through here: ``entries`` first, then ``compare`` against the network's own state.
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from daemon.domain.sayings import say
from daemon.engines.weights import unfit

# Under which key the weights lie in a file that holds more; the first that is there is taken.
WRAPPERS = ("params_ema", "params", "g_ema", "state_dict")
PREFIX = "module."  # what a network trained on several GPUs leaves before every key

# More numbers than any network here has (2 GiB of float32 and four times that): an entry may
# claim any shape over one stored value, and would be spread out in memory.
_MOST_NUMBERS = 2_000_000_000
_SHOWN = 3

# What the library raises for files that are damaged somewhere, both of its formats.
_DAMAGED = (
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    EOFError,
    OSError,
    MemoryError,
    struct.error,
)


def entries(
    path: Path, engine: str, wrappers: Sequence[str] = WRAPPERS, prefix: str = PREFIX
) -> dict[str, Tensor]:
    """What a checkpoint holds, on the CPU: finite float32, and counters as they are.

    Args:
        path: A ``.safetensors`` file, or one of ``torch.save``.
        engine: Whose it should be, as the message is to show it (``GPEN``).
        wrappers: Keys under which the weights may lie, the preferred one first.
        prefix: Taken off where every key begins with it.

    Raises:
        EngineUnavailable: It cannot be read safely, or holds what is no number.
    """
    found = _state(_read(path, engine), path, engine, (wrappers, prefix))
    _check_tensors(found, path, engine)
    return {key: _usable(key, value, path, engine) for key, value in found.items()}


def outline(
    path: Path, engine: str, wrappers: Sequence[str] = WRAPPERS, prefix: str = PREFIX
) -> dict[str, Tensor]:
    """Keys, shapes and kinds of what ``entries`` would give, on the ``meta`` device.

    Of a file as ``torch.save`` writes it today the values are not read, so that it takes
    milliseconds.

    Raises:
        EngineUnavailable: It cannot be read safely.
    """
    found = _state(_read(path, engine, onto="meta"), path, engine, (wrappers, prefix))
    _check_tensors(found, path, engine)
    return {
        key: value.float() if value.is_floating_point() else value
        for key, value in ((key, value.to("meta")) for key, value in found.items())
    }


def compare(
    found: Mapping[str, Tensor], wanted: Mapping[str, Tensor], path: Path, engine: str
) -> None:
    """Hold a checkpoint against a network's state, key for key.

    Args:
        found: What ``entries`` gave.
        wanted: The network's ``state_dict()``; may be on the ``meta`` device.
        path: The checkpoint, for the message.
        engine: Whose it should be.

    Raises:
        EngineUnavailable: A key is missing, unknown, or of another shape or kind; names the
            first few.
    """
    missing = [key for key in wanted if key not in found]
    extra = [key for key in found if key not in wanted]
    both = [key for key in wanted if key in found]
    bent = [
        f"{key} {tuple(found[key].shape)} instead of {tuple(wanted[key].shape)}"
        for key in both
        if found[key].shape != wanted[key].shape
    ]
    odd = [
        f"{key} {found[key].dtype} instead of {wanted[key].dtype}"
        for key in both
        if found[key].dtype != wanted[key].dtype
    ]
    wrong = [
        saying
        for saying, keys in (
            (say("entries_missing", n=len(missing), keys=_some(missing)), missing),
            (say("entries_unknown", n=len(extra), keys=_some(extra)), extra),
            (say("entries_bent", n=len(bent), keys=_some(bent)), bent),
            (say("entries_odd", n=len(odd), keys=_some(odd)), odd),
        )
        if keys
    ]
    if wrong:
        raise unfit(path, engine, say("entries_wrong", count=len(wanted), wrong=wrong))


def _read(path: Path, engine: str, *, onto: str = "cpu") -> Any:
    try:
        if path.suffix == ".safetensors":
            return safetensors.torch.load_file(path)
        return torch.load(path, map_location=onto, weights_only=True)
    except pickle.UnpicklingError as error:
        raise unfit(path, engine, say("more_than_tensors")) from error
    except _DAMAGED as error:
        why = say("unreadable", error=type(error).__name__)
        raise unfit(path, engine, why) from error
    except safetensors.SafetensorError as error:
        raise unfit(path, engine, say("no_safetensors")) from error


def _state(
    read: Any, path: Path, engine: str, layout: tuple[Sequence[str], str]
) -> Mapping[str, Any]:
    """The entries within what was read: out of their wrapper, without their prefix."""
    wrappers, prefix = layout
    found = read
    if isinstance(read, Mapping):
        inner = (read[wrapper] for wrapper in wrappers if wrapper in read)
        found = next((each for each in inner if isinstance(each, Mapping)), read)
    if not isinstance(found, Mapping) or not all(isinstance(key, str) for key in found):
        raise unfit(path, engine, say("no_state"))
    if prefix and found and all(key.startswith(prefix) for key in found):
        return {key.removeprefix(prefix): value for key, value in found.items()}
    return found


def _check_tensors(found: Mapping[str, Any], path: Path, engine: str) -> None:
    """Plain tensors with values behind them, and no more than a network can have."""
    numbers = 0
    for key, value in found.items():
        if not isinstance(value, Tensor):
            raise unfit(path, engine, say("no_tensor", key=key, kind=type(value).__name__))
        if value.layout != torch.strided or value.is_quantized or value.is_nested:
            raise unfit(path, engine, say("no_plain_tensor", key=key))
        numbers += value.numel()
    if numbers > _MOST_NUMBERS:
        raise unfit(path, engine, say("too_many_numbers", numbers=numbers))


def _usable(key: str, value: Tensor, path: Path, engine: str) -> Tensor:
    """A tensor as a network wants it: float32, or int64 for counters."""
    if value.device.type != "cpu":  # what was saved without values stays so
        raise unfit(path, engine, say("no_values", key=key))
    if not value.is_floating_point():
        return value
    if not bool(torch.isfinite(value).all()):
        raise unfit(path, engine, say("not_finite", key=key))
    return value.float()


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:_SHOWN]) + (" …" if len(listed) > _SHOWN else "")
