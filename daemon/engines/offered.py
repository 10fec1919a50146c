"""Engines that need weights, held for a worker: chosen once, loaded at their first use.

``OFFERS`` is the one list of them. Each entry's functions import their module when they are
called: a tensor library takes seconds to import.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from daemon.domain.sayings import Saying, said_of, say
from daemon.engines.base import EngineFacts
from daemon.engines.birefnet.offer import BIREFNET_OFFER, RMBG_OFFER
from daemon.engines.embedded import finder, finder_facts
from daemon.engines.eqface.offer import EQFACE_OFFER
from daemon.engines.facexlib.offer import (
    ARCFACE_OFFER,
    BISENET_OFFER,
    MODNET_OFFER,
    PARSENET_OFFER,
    RETINAFACE_OFFER,
)
from daemon.engines.gfpgan.offer import (
    CODEFORMER_OFFER,
    COLORIZATION_OFFER,
    GFPGAN_1_0_OFFER,
    GFPGAN_OFFER,
    RESTOREFORMER_OFFER,
)
from daemon.engines.gpen.offer import GPEN_COLORIZATION_OFFER, GPEN_OFFER
from daemon.engines.offers import AUTO, Chooser, Chosen, Offer, Setup, is_auto
from daemon.engines.onnx_detectors.offer import Points, detector_offers
from daemon.engines.onnx_faces.offer import (
    BISENET34_OFFER,
    ONNX_RECOGNISERS,
    ONNX_RESTORERS,
    XSEG_OFFER,
)
from daemon.engines.onnx_matting.offer import MODNET_ONNX_OFFERS, SQUARE_OFFERS
from daemon.engines.pool import Owner, Shelf, Slot
from daemon.engines.realesrgan.offer import REALESRGAN_OFFERS
from daemon.engines.tasks import BACKGROUND, FIND, IDENTITY, MATTE, OCCLUDE, PARSE, RATE, RESTORE
from daemon.errors import EngineUnavailable

_POINTS = Points(lambda setup: finder(setup.threads), finder_facts)

OFFERS: Mapping[str, tuple[Offer, ...]] = {
    FIND: (RETINAFACE_OFFER, *detector_offers(_POINTS)),
    RESTORE: (
        GPEN_OFFER,
        GFPGAN_OFFER,
        RESTOREFORMER_OFFER,
        CODEFORMER_OFFER,
        *ONNX_RESTORERS,
        GFPGAN_1_0_OFFER,
        GPEN_COLORIZATION_OFFER,
        COLORIZATION_OFFER,
    ),
    PARSE: (BISENET_OFFER, PARSENET_OFFER, BISENET34_OFFER),
    MATTE: (MODNET_OFFER, *MODNET_ONNX_OFFERS, BIREFNET_OFFER, *SQUARE_OFFERS, RMBG_OFFER),
    IDENTITY: (ARCFACE_OFFER, *ONNX_RECOGNISERS),
    BACKGROUND: REALESRGAN_OFFERS,
    OCCLUDE: (XSEG_OFFER,),
    RATE: (EQFACE_OFFER,),
}


class OfferedEngines:
    """Those of one worker.

    Args:
        chooser: Decides what is taken.
        setup: How they compute.
        owner: Who may use them.
        offers: Other offers (tests).
        shelf: What they share the card's memory with; none: each keeps what it needs.
    """

    def __init__(
        self,
        chooser: Chooser,
        setup: Setup,
        owner: Owner,
        offers: Mapping[str, tuple[Offer, ...]] = OFFERS,
        *,
        shelf: Shelf | None = None,
    ) -> None:
        self._chooser = chooser
        self._setup = setup
        self._owner = owner
        self._offers = offers
        self._shelf = shelf
        self._chosen: dict[tuple[str, str], Chosen] = {}
        self._slots: dict[tuple[str, str], Slot[Any]] = {}

    def chosen(self, task: str, asked: str = AUTO) -> Chosen:
        """What a task gets; decided once, so that a file which changes changes nothing here.

        Raises:
            EngineUnavailable: It was asked for by its name and cannot be had.
        """
        key = task, asked
        if key not in self._chosen:
            self._chosen[key] = self._chooser.choose(self._offers.get(task, ()), asked)
        return self._chosen[key]

    def engine(self, task: str, asked: str = AUTO) -> Any | None:
        """The engine, loaded; ``None`` where the embedded one does the task.

        Weights that cannot be used are left out like weights that are not there, unless the
        engine was asked for by its name; the record says so.

        Raises:
            EngineUnavailable: It was asked for by its name and cannot be had.
        """
        chosen = self.chosen(task, asked)
        offer = chosen.offer
        if offer is None:
            return None
        try:
            return self._slot(task, offer, chosen).get()
        except EngineUnavailable as error:
            if not is_auto(asked):
                raise
            self.leave_out(task, said_of(error), asked)
            return None

    def leave_out(self, task: str, why: Saying, asked: str = AUTO) -> None:
        """Have the embedded engine do a task from now on, unless another is asked for by name."""
        offer = self.chosen(task, asked).offer
        said = why if offer is None else say("of_engine", engine=offer.name, why=why)
        self._chosen[task, asked] = Chosen(None, said=(said,))

    def give_up(self, why: Saying) -> None:
        """Have the embedded engines do all that a GPU would, as ``leave_out`` does for one task."""
        for task in self._offers:
            offer = self.chosen(task).offer
            if offer is not None and offer.device_of(self._setup.device) != "cpu":
                self.leave_out(task, why)

    def make_room(self, task: str, asked: str = AUTO) -> bool:
        """Drop all engines but one from the card; False where there were none."""
        chosen = self.chosen(task, asked)
        if self._shelf is None or chosen.offer is None:
            return False
        return self._shelf.clear(but=self._slot(task, chosen.offer, chosen)) > 0

    def _slot(self, task: str, offer: Offer, chosen: Chosen) -> Slot[Any]:
        slot = self._slots.get((task, offer.name))
        if slot is None:
            size_bytes = sum(one.path.stat().st_size for one in chosen.weights.values())
            make = functools.partial(offer.load, chosen.weights, self._setup)
            # On a card's worker, one that computes on the CPU takes no room there.
            device = self._setup.device
            is_apart = device != "cpu" and offer.device_of(device) == "cpu"
            slot = Slot(make, self._owner, None if is_apart else self._shelf, size_bytes)
            self._slots[task, offer.name] = slot
        return slot

    def facts(self, task: str, asked: str = AUTO) -> EngineFacts | None:
        """What the record says of the engine that was chosen; ``None``: the embedded one."""
        chosen = self.chosen(task, asked)
        return None if chosen.offer is None else chosen.offer.facts(chosen.weights, self._setup)

    def said(self, task: str, asked: str = AUTO) -> tuple[Saying, ...]:
        """Why the embedded engine does the task, or what was left out; may be empty."""
        return self.chosen(task, asked).said

    def note(self, task: str, asked: str = AUTO) -> str:
        """What is said, in English."""
        return self.chosen(task, asked).note

    def loaded(self) -> frozenset[str]:
        """Tasks with an engine in memory."""
        return frozenset(task for (task, _), slot in self._slots.items() if slot.loaded)

    def drop(self) -> None:
        """Let every engine go."""
        for slot in self._slots.values():
            slot.drop()
