"""Reads a checkpoint by safe means only, and says exactly what does not fit."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from daemon.engines.rts.network import RtsNetwork, alpha_of
from daemon.errors import EngineUnavailable

_WRAPPER = "state_dict"
_PREFIX = "module."  # what a network trained on several GPUs leaves before every key
_SHOWN = 3


def load_network(path: Path) -> RtsNetwork:
    """The network with the weights of a file, on the CPU, in float32.

    Args:
        path: A ``.safetensors`` file, or one of ``torch.save``; of the latter nothing but tensors
            and plain containers is unpickled.

    Raises:
        EngineUnavailable: The file cannot be read, or is not this network's key for key.
    """
    weights = {key: _usable(key, value, path) for key, value in _entries(path).items()}
    alpha = alpha_of({key: tuple(value.shape) for key, value in weights.items()})
    if alpha is None:
        raise _unfit(path, "it has no second uncertainty head (logvar_rts_plus_backbone)")
    with torch.device("meta"):  # shapes only: the values come from the file
        network = RtsNetwork(alpha)
    _compare(weights, network.state_dict(), path)
    network.load_state_dict(weights, strict=True, assign=True)
    return network.requires_grad_(requires_grad=False)


def _entries(path: Path) -> dict[str, Any]:
    read = _read(path)
    if isinstance(read, Mapping) and isinstance(read.get(_WRAPPER), Mapping):
        read = read[_WRAPPER]
    if not isinstance(read, Mapping) or not all(isinstance(key, str) for key in read):
        raise _unfit(path, "it holds no state dictionary")
    entries = dict(read)
    if entries and all(key.startswith(_PREFIX) for key in entries):
        return {key.removeprefix(_PREFIX): value for key, value in entries.items()}
    return entries


def _read(path: Path) -> Any:
    try:
        if path.suffix == ".safetensors":
            return safetensors.torch.load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise _unfit(path, "it is no checkpoint, or holds more than tensors") from error
    except (RuntimeError, ValueError, KeyError, EOFError, OSError) as error:
        raise _unfit(path, f"it cannot be read ({type(error).__name__})") from error
    except safetensors.SafetensorError as error:
        raise _unfit(path, "it is no safetensors file, or a damaged one") from error


def _usable(key: str, value: Any, path: Path) -> Tensor:
    """A tensor as the network wants it: float32, or int64 for counters."""
    if not isinstance(value, Tensor):
        raise _unfit(path, f"{key} is no tensor but {type(value).__name__}")
    if not value.is_floating_point():
        return value
    if not bool(torch.isfinite(value).all()):
        raise _unfit(path, f"{key} holds values that are no numbers")
    return value.float()


def _compare(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor], path: Path) -> None:
    missing = [key for key in wanted if key not in found]
    extra = [key for key in found if key not in wanted]
    bent = [
        f"{key} {tuple(found[key].shape)} instead of {tuple(wanted[key].shape)}"
        for key in wanted
        if key in found and found[key].shape != wanted[key].shape
    ]
    wrong = [
        f"{len(keys)} {what} ({_some(keys)})"
        for what, keys in (("missing", missing), ("unknown", extra), ("of another shape", bent))
        if keys
    ]
    if wrong:
        raise _unfit(path, f"of its {len(wanted)} entries there are {'; '.join(wrong)}")


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:_SHOWN]) + (" …" if len(listed) > _SHOWN else "")


def _unfit(path: Path, why: str) -> EngineUnavailable:
    message = (
        f"{path.name} is not the weight file of RTS: {why}. "
        "Put the official file there again (docs/engines.md)"
    )
    return EngineUnavailable(message, engine="rts", file=path.name, why=why)
