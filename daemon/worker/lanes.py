"""The engines of this process, and the lanes on which photos make use of them.

A lane is a thread that runs a photo's route. With one lane, its thread owns the engines. With
several, or on a card, the engines have owner threads, and every lane asks those.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from daemon.config.boot import WorkerBoot
from daemon.errors import EngineGone
from daemon.protocol import EXIT_ENGINE_BROKEN
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger
from daemon.worker.questions import Question
from daemon.worker.task import Task

if TYPE_CHECKING:
    from daemon.engines.desk import Use
    from daemon.engines.lanes import SharedEngines
    from daemon.engines.registry import Engines, Warmed

# What a photo does around a card takes as long as on it, so that four keep it busy; each holds
# its picture in memory.
_LANES_OF_A_CARD = 4


class Lanes:
    """How many there are, and the engines behind them, made when they are first asked for.

    Args:
        boot: Settings.
        device: ``cpu`` or ``cuda:N``.
    """

    def __init__(self, boot: WorkerBoot, device: str) -> None:
        self._boot = boot
        self._device = device
        self._log = get_logger("worker")
        self._lock = threading.Lock()
        self._alone: Engines | None = None
        self._shared: SharedEngines | None = None
        on_card = device != "cpu"
        self.count = boot.engines.lanes or (_LANES_OF_A_CARD if on_card else 1)
        self.is_shared = on_card or self.count > 1
        self.warms = boot.warm and on_card and boot.engines.prefer != "embedded"

    @contextlib.contextmanager
    def seat(self, piece: Task | Question) -> Iterator[Engines]:
        """The engines, for one photo or question."""
        if not self.is_shared:
            yield self._own()
            return
        seat = _Seat(piece)
        with self._common().at(seat) as engines:
            yield cast("Engines", engines)
        if isinstance(piece, Task):
            seat.enter_into(piece.engines)

    def warm(self) -> None:
        """Have the card's engines loaded and run once, before the first photo.

        What fails is left out, and stands in the log and in every record.
        """
        # Where the worker is told to end meanwhile, the owner threads answer nobody any more.
        with contextlib.suppress(EngineGone):
            for warmed in self._common().warm():
                self._tell(warmed)

    def _tell(self, warmed: Warmed) -> None:
        facts = {"task": warmed.task, "engine": warmed.name}
        if warmed.trouble:
            self._log.error(events.ENGINE_LEFT_OUT, **facts, detail=warmed.trouble)
        else:
            spent_ms = round(warmed.spent_s * 1000)
            self._log.info(events.ENGINE_WARM, **facts, spent_ms=spent_ms)

    def close(self) -> None:
        """End the owner threads; not while a photo is on a lane."""
        if self._shared is not None:
            self._shared.close()

    def _own(self) -> Engines:
        if self._alone is None:
            from daemon.worker import pixels  # noqa: PLC0415 - array libraries load with need

            self._alone = pixels.engines(self._boot, self._device)
        return self._alone

    def _common(self) -> SharedEngines:
        with self._lock:
            if self._shared is None:
                from daemon.worker import pixels  # noqa: PLC0415 - as above

                self._shared = pixels.shared_engines(self._boot, self._device, _died)
            return self._shared


class _Seat:
    """A photo's or question's place: passes on how it gets on, and keeps what was used."""

    def __init__(self, piece: Task | Question) -> None:
        self._piece = piece
        self._uses: list[Use] = []

    def rests(self) -> None:
        self._piece.rests()

    def goes_on(self) -> None:
        self._piece.goes_on()

    def used(self, use: Use) -> None:
        self._uses.append(use)

    def enter_into(self, engines: dict[str, Any]) -> None:
        """Add to each engine of the record how long it worked and beside how many others."""
        for task in {use.task for use in self._uses} & engines.keys():
            engines[task] = {**engines[task], **_summed([u for u in self._uses if u.task == task])}


def _summed(uses: list[Use]) -> dict[str, Any]:
    peaks = [use.peak_mib for use in uses if use.peak_mib is not None]
    batches = [use.batch for use in uses if use.batch]
    return {
        "spent_ms": round(sum(use.spent_ms for use in uses), 3),
        **({"batches": batches} if batches else {}),
        **({"gpu_peak_mib": max(peaks)} if peaks else {}),
    }


def _died() -> None:
    # An owner thread that ended: a worker without it would look alive for ever.
    os._exit(EXIT_ENGINE_BROKEN)
