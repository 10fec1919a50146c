"""Engines that need weights, held for a worker: chosen once, loaded at their first use.

``OFFERS`` is the one list of them. Each entry's functions import their module when they are
called: a tensor library takes seconds to import.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon.engines.base import EngineFacts
from daemon.engines.offers import AUTO, Chooser, Chosen, Offer, Setup
from daemon.engines.pool import Owner, Slot
from daemon.engines.tasks import BACKGROUND, FIND, IDENTITY, MATTE, PARSE, RESTORE
from daemon.errors import EngineUnavailable

OFFERS: Mapping[str, tuple[Offer, ...]] = {
    FIND: (),
    RESTORE: (),
    PARSE: (),
    MATTE: (),
    IDENTITY: (),
    BACKGROUND: (),
}


class OfferedEngines:
    """Those of one worker.

    Args:
        chooser: Decides what is taken.
        setup: How they compute.
        owner: Who may use them.
        offers: Other offers (tests).
    """

    def __init__(
        self,
        chooser: Chooser,
        setup: Setup,
        owner: Owner,
        offers: Mapping[str, tuple[Offer, ...]] = OFFERS,
    ) -> None:
        self._chooser = chooser
        self._setup = setup
        self._owner = owner
        self._offers = offers
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
        slot = self._slots.get((task, offer.name))
        if slot is None:
            slot = Slot(lambda: offer.load(chosen.weights, self._setup), self._owner)
            self._slots[task, offer.name] = slot
        try:
            return slot.get()
        except EngineUnavailable as error:
            if asked != AUTO:
                raise
            self._chosen[task, asked] = Chosen(None, note=f"{offer.name}: {error}")
            return None

    def facts(self, task: str, asked: str = AUTO) -> EngineFacts | None:
        """What the record says of the engine that was chosen; ``None``: the embedded one."""
        chosen = self.chosen(task, asked)
        return None if chosen.offer is None else chosen.offer.facts(chosen.weights, self._setup)

    def note(self, task: str, asked: str = AUTO) -> str:
        """Why the embedded engine does the task, or what was left out; may be empty."""
        return self.chosen(task, asked).note

    def loaded(self) -> frozenset[str]:
        """Tasks with an engine in memory."""
        return frozenset(task for (task, _), slot in self._slots.items() if slot.loaded)

    def drop(self) -> None:
        """Let every engine go."""
        for slot in self._slots.values():
            slot.drop()
