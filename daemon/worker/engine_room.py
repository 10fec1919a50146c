"""``engines``: which engine does which task here, and whether its weights are what they should be.

Nothing is loaded for the answer; weight files are read to their end once a process, for their
digests.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import psutil

from daemon.domain.sayings import Saying, said_of
from daemon.engines.base import WeightFile
from daemon.engines.registry import Engines
from daemon.errors import EngineUnavailable
from daemon.protocol import Ask
from daemon.worker.process import gpu_mib

Told = Callable[[str, int, int], None]
VERIFIED, UNPROVEN = "verified", "unproven"


def answer_engines(_ask: Ask, engines: Engines, told: Told) -> Mapping[str, Any]:
    """``{}`` → every task with its engine.

    Returns:
        ``{"device", "memory_mib", "gpu_mib", "engines": {task: {"name", "version", "device",
        "weights": {file: sha256}, "loaded", "files": {file: state}, "files_said": {file: said},
        …}}}``; a file's state is ``verified`` (the bytes this version was tested with),
        ``unproven`` (nothing to compare with) or, in English, why it cannot be used; ``said`` is
        that as ``Saying.as_json``.
    """
    described = engines.describe()
    loaded = engines.loaded()
    known = {file.path: file for file in _weight_files()}
    found = {}
    for done, (task, facts) in enumerate(described.items()):
        told(task, done, len(described))
        states = {name: _state_of(known.get(name)) for name in facts.get("weights", {})}
        files = {name: str(state) for name, state in states.items()}
        said = {name: one.as_json() for name, one in states.items() if isinstance(one, Saying)}
        found[task] = {**facts, "loaded": task in loaded, "files": files, "files_said": said}
    return {
        "device": engines.device,
        "memory_mib": psutil.Process().memory_info().rss >> 20,
        "gpu_mib": gpu_mib(),
        "engines": found,
    }


def _weight_files() -> Iterator[WeightFile]:
    """The files of every engine whose facts were asked for: their modules are here by now."""
    for name, module in list(sys.modules.items()):
        if name.startswith("daemon.engines."):
            yield from (one for one in vars(module).values() if isinstance(one, WeightFile))


def _state_of(file: WeightFile | None) -> str | Saying:
    if file is None:
        return UNPROVEN
    return _proven(file)


@functools.cache
def _proven(file: WeightFile) -> str | Saying:
    try:
        file.verified()
    except EngineUnavailable as error:
        return said_of(error)
    return VERIFIED
