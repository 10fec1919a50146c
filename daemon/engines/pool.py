"""Holds loaded engines: each is loaded at its first use, once, and has one owner thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from daemon.errors import EngineError

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


class Slot(Generic[EngineT]):
    """Room for one engine.

    Args:
        make: Loads it.
        owner: Who may use it.
    """

    def __init__(self, make: Callable[[], EngineT], owner: Owner) -> None:
        self._make = make
        self._owner = owner
        self._lock = threading.Lock()
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
                self._engine = self._make()
            return self._engine

    def drop(self) -> None:
        """Let the engine go; the next use loads it again."""
        with self._lock:
            self._engine = None
