"""Holds loaded engines: each is loaded at its first use, once, and has one owner thread.

Engines on a card share a shelf of limited room: the least recently used ones make way for one
that is about to be loaded, and for a photo that did not fit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from daemon.errors import EngineError, GpuExhausted

EngineT = TypeVar("EngineT")


class Owner:
    """The one thread that may use the engines of this process.

    Runtimes keep state between calls; threads that shared one binding have swapped one
    person's face for another's. The first user becomes the owner, everybody else is refused.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: int | None = None

    def check(self) -> None:
        """Claim the engines for this thread.

        Raises:
            EngineError: Another thread owns them.
        """
        here = threading.get_ident()
        with self._lock:
            if self._thread is None:
                self._thread = here
            if self._thread == here:
                return
        message = "engines are used by another thread: hand the photo to the engine's own thread"
        raise EngineError(message)

    def release(self) -> None:
        """Nobody owns the engines any more."""
        with self._lock:
            self._thread = None


class Shelf:
    """Room for the engines of one card; used by their owner thread alone.

    Args:
        budget_bytes: What their weights may take together; 0: no limit, and only a card that
            is full makes one go.
        measure: Bytes in use on the card now; ``None`` where nobody can tell.
        tidy: Gives memory that nobody uses any more back to the card.
        prepare: Called before each load.
        check: Called after a load that a library ended in words of its own; raises where the
            card is to blame.
    """

    def __init__(
        self,
        budget_bytes: int = 0,
        *,
        measure: Callable[[], int | None] = lambda: None,
        tidy: Callable[[], None] = lambda: None,
        prepare: Callable[[], None] = lambda: None,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self.budget_bytes = budget_bytes
        self._measure = measure
        self._tidy = tidy
        self._prepare = prepare
        self._check = check
        self._sizes: dict[Slot[Any], int] = {}  # least recently used first

    @property
    def used_bytes(self) -> int:
        """What the engines on it take."""
        return sum(self._sizes.values())

    def load(self, slot: Slot[Any], make: Callable[[], EngineT], size_bytes: int) -> EngineT:
        """Load an engine, after others made room for it.

        A card that is full although the shelf is not (other programs use it, too) is tried once
        more with nothing else on it.

        Args:
            slot: Where it will stand.
            make: Loads it.
            size_bytes: What it is likely to take; what it took is measured where that can be.

        Raises:
            GpuExhausted: It does not fit, even alone.
            EngineUnavailable: The card cannot be used.
        """
        self._prepare()
        self._make_room(size_bytes)
        try:
            return self._stand(slot, make, size_bytes)
        except GpuExhausted:
            if not self.clear(but=slot):
                raise
        # Out here the error has gone, and with it what its frames held on the card.
        return self._stand(slot, make, size_bytes)

    def touch(self, slot: Slot[Any]) -> None:
        """An engine is used now."""
        if slot in self._sizes:
            self._sizes[slot] = self._sizes.pop(slot)

    def remove(self, slot: Slot[Any]) -> None:
        """An engine has gone."""
        if self._sizes.pop(slot, None) is not None:
            self._tidy()

    def clear(self, but: Slot[Any] | None = None) -> int:
        """Drop every engine but one; returns how many went."""
        going = [slot for slot in self._sizes if slot is not but]
        for slot in going:
            slot.drop()
        self._tidy()
        return len(going)

    def _stand(self, slot: Slot[Any], make: Callable[[], EngineT], size_bytes: int) -> EngineT:
        before = self._measure()
        try:
            engine = make()
        except (RuntimeError, AssertionError):
            self._check()
            raise
        after = self._measure()
        if before is not None and after is not None:
            # Nothing is seen of a runtime with memory of its own: the files say about how much.
            size_bytes = max(after - before, 0) or size_bytes
        self._sizes[slot] = size_bytes
        return engine

    def _make_room(self, size_bytes: int) -> None:
        if not self.budget_bytes:
            return
        for slot in list(self._sizes):
            if self.used_bytes + size_bytes <= self.budget_bytes:
                return
            slot.drop()


class Slot(Generic[EngineT]):
    """Room for one engine.

    Args:
        make: Loads it.
        owner: Who may use it.
        shelf: What it shares the card's memory with; ``None`` for one that computes elsewhere.
        size_bytes: What it is likely to take there.
    """

    def __init__(
        self,
        make: Callable[[], EngineT],
        owner: Owner,
        shelf: Shelf | None = None,
        size_bytes: int = 0,
    ) -> None:
        self._make = make
        self._owner = owner
        self._shelf = shelf
        self._size_bytes = size_bytes
        self._lock = threading.RLock()
        self._engine: EngineT | None = None

    @property
    def loaded(self) -> bool:
        return self._engine is not None

    def get(self) -> EngineT:
        """The engine, loaded now if it is not yet.

        Raises:
            EngineError: Another thread owns the engines, or loading failed (the next call tries
                again).
        """
        self._owner.check()
        with self._lock:
            if self._engine is None:
                self._engine = self._loaded()
            elif self._shelf is not None:
                self._shelf.touch(self)
            return self._engine

    def drop(self) -> None:
        """Let the engine go; the next use loads it again."""
        with self._lock:
            self._engine = None
        if self._shelf is not None:
            self._shelf.remove(self)

    def _loaded(self) -> EngineT:
        if self._shelf is None:
            return self._make()
        return self._shelf.load(self, self._make, self._size_bytes)
