"""The doctor at the GPU: whether the one that the configuration names can be there."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

from daemon.config.model import Config
from daemon.services.doctor_models import Remark

# An estimate, not measured: a card's libraries take some 4 GiB of a process, its page-locked
# memory half of one, and twelve pictures are in hand where one is without a card.
_ROOM_MIB = 12288


def remarks_on_card(config: Config, devices: Path = Path("/dev")) -> Iterator[Remark]:
    """What is to be said of ``engines.device``; asks no driver and loads nothing.

    Args:
        config: The whole configuration.
        devices: Where the driver puts a node for each card.
    """
    asked, count = config.engines.device, len(list(devices.glob("nvidia[0-9]*")))
    if asked == "cpu" or (asked == "auto" and not count):
        return
    facts: dict[str, object] = {"device": asked, "count": count}
    worker = config.worker
    if worker.memory_mib < _ROOM_MIB:
        wanted = {"memory": worker.memory_mib, "wanted": _ROOM_MIB, "recycle": _ROOM_MIB * 2 // 3}
        yield Remark("warn", "engine.card_memory", wanted)
    if asked == "auto":
        yield Remark("ok", "engine.card", facts)
    elif importlib.util.find_spec("torch") is None:
        yield Remark("error", "engine.card_torch", facts)
    else:
        is_there = int(asked.partition(":")[2] or 0) < count
        yield Remark("ok" if is_there else "error", "engine.card", facts)
