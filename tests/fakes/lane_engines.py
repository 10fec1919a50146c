"""Engines for tests of lanes: rows that do harm by their first value, and offers without files."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daemon.config.model import Engines as Settings
from daemon.engines.base import EngineFacts
from daemon.engines.embedded import Makers
from daemon.engines.offered import OfferedEngines
from daemon.engines.offers import AUTO, Chosen, Offer, Setup
from daemon.engines.registry import Engines
from daemon.engines.tasks import RESTORE
from daemon.errors import EngineBroken, EngineError, EngineUnavailable, GpuExhausted
from tests.fakes.engines import engines_of

Picture = NDArray[np.float32]
SIDE_PX = 8

# First values of a crop that make the pass it is in fail.
POISON, BREAKS, TOO_LARGE, KILLS, EXITS, HANGS = 13.0, 14.0, 15.0, 16.0, 17.0, 18.0


def crop(value: float, seed: int = 0) -> Picture:
    """``(1, 8, 8, 3)`` float32 whose first value says what it does."""
    made = np.random.default_rng(seed).uniform(20, 250, (1, SIDE_PX, SIDE_PX, 3))
    made[0, 0, 0, 0] = value
    return made.astype(np.float32)


class RowRestorer:
    """Turns each crop around and moves it by its own mean; remembers how many came at once."""

    sizes_px = (SIDE_PX,)

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.threads: set[str] = set()
        self.warmed = 0

    def template(self, size_px: int) -> NDArray[np.float64]:
        self.threads.add(threading.current_thread().name)
        return np.full((5, 2), size_px / 2)

    def warm(self) -> None:
        self.warmed += 1

    def restore(self, crops: Picture, *, fidelity: float | None = None) -> Picture:
        self.batches.append(len(crops))
        self.threads.add(threading.current_thread().name)
        _do_harm(set(crops[:, 0, 0, 0].tolist()))
        made = [one[::-1, ::-1] + one.mean() + (fidelity or 0) for one in crops]
        return np.stack(made).astype(np.float32)


def _do_harm(values: set[float]) -> None:
    if KILLS in values:
        os.kill(os.getpid(), signal.SIGKILL)
    if EXITS in values:
        sys.exit(1)
    if HANGS in values:
        threading.Event().wait()
    if BREAKS in values:
        raise EngineBroken("the GPU failed", engine="rows")
    if TOO_LARGE in values:
        raise GpuExhausted("no room", engine="rows")
    if POISON in values:
        raise EngineError("this face", engine="rows")


class FirstOffer:
    """A chooser that takes whatever is offered first, without a store."""

    def choose(self, offers: tuple[Offer, ...], asked: str = AUTO) -> Chosen:
        named = [one for one in offers if asked in {AUTO, one.name}]
        if not named and asked != AUTO:
            raise EngineUnavailable("there is none of that name", engine=asked)
        return Chosen(named[0] if named else None)


def offer_of(load: Callable[[], Any], name: str = "rows") -> Offer:
    """An offer that is loaded by a function."""
    facts = EngineFacts(name, "fake 1", {"rows.bin": "0" * 64})
    return Offer(name, (), lambda _weights, _setup: load(), lambda _weights, _setup: facts)


def engines_with(
    *,
    device: str = "cpu",
    settings: Settings | None = None,
    makers: Makers | None = None,
    models: Path | None = None,
    **offers: tuple[Offer, ...],
) -> Engines:
    """Engines whose offers are these, by task; the embedded ones are fakes, too."""
    chosen = makers or engines_of([])._makers
    engines = Engines(settings, device=device, models=models, makers=chosen, offers={})
    setup = Setup(device, "fp32", 1)
    found: Mapping[str, tuple[Offer, ...]] = offers
    engines._offered = OfferedEngines(
        FirstOffer(),  # type: ignore[arg-type]  # chooses without looking at files
        setup,
        engines._owner,
        found,
        shelf=engines._shelf,
    )
    return engines


def with_restorer(restorer: Any) -> Engines:
    """Engines with one restorer that takes rows."""
    return engines_with(**{RESTORE: (offer_of(lambda: restorer),)})


class QuietSeat:
    """A photo that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.uses: list[Any] = []

    def rests(self) -> None:
        self.told.append("rests")

    def goes_on(self) -> None:
        self.told.append("goes on")

    def used(self, use: Any) -> None:
        self.uses.append(use)
