"""Engines as several lanes use them: every call is made on the thread that owns the engine.

The engines of the card have one owner thread, the embedded ones, which compute on the CPU,
another: a reader of text at work does not keep the card waiting. What is handed out here speaks
as the engine itself does and holds none, so that an engine that made room for another is loaded
again at its next call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from daemon.engines.abreast import Ask, timed
from daemon.engines.desk import Desk, Request, Seat, Use
from daemon.engines.offers import AUTO
from daemon.engines.registry import Engines, Warmed
from daemon.engines.tasks import (
    ASSESS,
    BACKGROUND,
    CODES,
    FIND,
    IDENTITY,
    JUDGE,
    MATTE,
    OCCLUDE,
    PARSE,
    RATE,
    READ,
    RESTORE,
    RESWEEP,
    SWEEP,
)
from daemon.errors import EngineError, GpuExhausted

CARD: Final[str] = "engine-card"
CPU: Final[str] = "engine-cpu"

Made = TypeVar("Made")

# Calls that take rows, give as many, and look at each alone: those of several photos may share a
# pass. Task → the name of the call.
SHARED: Final[Mapping[str, str]] = {
    RESTORE: "restore",
    PARSE: "parse",
    OCCLUDE: "visible",
    RATE: "rate_crops",
}
# Calls about a picture whose first half, cutting the face out by ``aligned``, needs no network and
# is done on the lane: task → the call, and the one that takes rows in its place.
CUT: Final[Mapping[str, tuple[str, str]]] = {
    IDENTITY: ("embed", "embed_crops"),
    ASSESS: ("assess", "assess_crops"),
}
# Calls about a picture that an engine can take apart: what comes before the network and after it
# is done on the lane, and the card's owner is asked for the middle alone. Task → the call, and the
# three it is made of; the first and the last belong to the class.
APART: Final[Mapping[str, tuple[str, tuple[str, str, str]]]] = {
    FIND: ("find", ("views", "look", "faces_in")),
}
# Calls that need no network, and always answer the same.
_FIXED: Final = frozenset({"template"})


class SharedEngines:
    """The engines of one worker, and the threads that own them.

    Args:
        engines: Used by the owner threads alone.
        linger_s: How long a pass that has room waits for other photos' faces.
        died: Called on an owner's thread when it ends without being told to.
    """

    def __init__(self, engines: Engines, linger_s: float, died: Callable[[], None]) -> None:
        self._engines = engines
        self._desk = Desk((CARD, CPU), linger_s, died=died, memory={CARD: engines.memory})
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], _Known | None] = {}

    def at(self, seat: Seat) -> LaneEngines:
        """The engines for one photo; ``close`` them when it has left its lane."""
        self._desk.enter()
        return LaneEngines(self, seat)

    def leave(self) -> None:
        """A photo has left its lane."""
        self._desk.leave()

    def warm(self) -> Iterator[Warmed]:
        """See ``Engines.warm``; any thread may ask."""
        steps = self._engines.warm()
        while (warmed := self.ask(CARD, "warm", None, lambda: next(steps, None))) is not None:
            yield warmed

    def close(self) -> None:
        """End the owner threads and let every engine go."""
        self._desk.close()
        self._engines.close()

    def ask(self, owner: str, task: str, seat: Seat | None, call: Callable[[], Made]) -> Made:
        """Have an owner thread call something, beside nothing else it owns."""
        made: Made = self._desk.ask(owner, Request(task, seat, lambda _rows: call()))
        return made

    def ask_rows(self, task: str, seat: Seat, rows: NDArray[Any], call: _Shareable) -> Any:
        """Have the card's owner call something with the rows of all who want the same."""
        return self._desk.ask(CARD, Request(task, seat, call.over, rows, call.key))

    def device(self) -> str:
        return self._engines.device

    def models(self) -> Path | None:
        return self._engines.models

    def tell(self, seat: Seat, call: Callable[[Engines], Made]) -> Made:
        """Ask the engines something that loads none."""
        return self.ask(CARD, "", seat, lambda: call(self._engines))

    def at_once(self, seat: Seat, asked: Sequence[Ask[Any]]) -> list[Any]:
        """Have embedded engines answer side by side; their owner waits for all of them."""
        told = [timed(one, lambda task, ms: seat.used(Use(task, ms, 0, 0, None))) for one in asked]
        return self.ask(CPU, "", seat, lambda: self._engines.at_once(*told))

    def offered(self, task: str, asked: str, seat: Seat) -> Any | None:
        """One that needs weights; ``None`` where an embedded one does the task."""
        known = self._known_as((task, asked), lambda: self._card_engine(task, asked), CARD, seat)
        return None if known is None else Remote(known, self, seat)

    def embedded(self, task: str, seat: Seat) -> Any:
        """One that came with the installation."""
        key = task, "embedded"
        known = self._known_as(key, lambda: self._engines.embedded(task), CPU, seat)
        return Remote(known, self, seat)

    def _known_as(
        self, key: tuple[str, str], load: Callable[[], Any], owner: str, seat: Seat
    ) -> Any:
        with self._lock:
            if key in self._known:
                return self._known[key]
        task, asked = key

        def loaded() -> _Known | None:
            engine = load()
            room = partial(self._engines.make_room, task, asked) if owner == CARD else None
            if engine is None:
                return None
            return _Known(task, asked, owner, type(engine), load, room, partial(self._forget, key))

        known = self.ask(owner, task, seat, loaded)
        with self._lock:
            return self._known.setdefault(key, known)

    def _forget(self, key: tuple[str, str]) -> None:
        with self._lock:
            self._known.pop(key, None)

    def _card_engine(self, task: str, asked: str) -> Any | None:
        if task == ASSESS:
            return self._engines.assessor
        return self._engines.offered(task, asked)


class LaneEngines:
    """What a route is handed in place of ``Engines``, for one photo; see there.

    Args:
        shared: Where the engines are.
        seat: The photo.
    """

    def __init__(self, shared: SharedEngines, seat: Seat) -> None:
        self._shared = shared
        self._seat = seat

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """The photo has left its lane; the engines stay."""
        self._shared.leave()

    @property
    def device(self) -> str:
        return self._shared.device()

    @property
    def models(self) -> Path | None:
        return self._shared.models()

    def restorer(self, asked: str = AUTO) -> Any | None:
        return self._shared.offered(RESTORE, asked, self._seat)

    def parser(self, asked: str = AUTO) -> Any | None:
        return self._shared.offered(PARSE, asked, self._seat)

    @property
    def occluder(self) -> Any | None:
        return self._shared.offered(OCCLUDE, AUTO, self._seat)

    def background(self, asked: str = AUTO) -> Any | None:
        return self._shared.offered(BACKGROUND, asked, self._seat)

    @property
    def finder(self) -> Any:
        return self._either(FIND)

    @property
    def recogniser(self) -> Any:
        return self._either(IDENTITY)

    def matter(self, asked: str = AUTO) -> Any:
        return self._either(MATTE, asked)

    @property
    def enlarger(self) -> Any:
        return self.embedded(RESTORE)

    @property
    def judge(self) -> Any:
        return self.embedded(JUDGE)

    @property
    def codes(self) -> Any:
        return self.embedded(CODES)

    @property
    def sweeper(self) -> Any:
        return self.embedded(SWEEP)

    @property
    def resweeper(self) -> Any:
        return self.embedded(RESWEEP)

    @property
    def reader(self) -> Any:
        return self.embedded(READ)

    @property
    def assessor(self) -> Any | None:
        return self._shared.offered(ASSESS, AUTO, self._seat)

    @property
    def rater(self) -> Any | None:
        return self._shared.offered(RATE, AUTO, self._seat)

    def offered(self, task: str, asked: str = AUTO) -> Any | None:
        return self._shared.offered(task, asked, self._seat)

    def embedded(self, task: str) -> Any:
        return self._shared.embedded(task, self._seat)

    def at_once(self, *asked: Ask[Any]) -> list[Any]:
        return self._shared.at_once(self._seat, asked)

    def describe(self, **asked: str) -> dict[str, dict[str, Any]]:
        return self._shared.tell(self._seat, lambda engines: engines.describe(**asked))

    def loaded(self) -> frozenset[str]:
        return self._shared.tell(self._seat, lambda engines: engines.loaded())

    def alone(self, call: Callable[[], Made]) -> Made:
        return self._shared.ask(CARD, "", self._seat, call)

    def _either(self, task: str, asked: str = AUTO) -> Any:
        return self.offered(task, asked) or self.embedded(task)


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """An engine that could be loaded.

    Attributes:
        task: What it is for.
        asked: How it was asked for.
        owner: Its thread.
        kind: Its class.
        load: The engine; loads it where it is not.
        make_room: Empties the card but for it; ``None`` where it computes on the CPU.
        forget: Has it asked for anew by the next photo.
        fixed: What was asked of it once and for all.
    """

    task: str
    asked: str
    owner: str
    kind: Any
    load: Callable[[], Any]
    make_room: Callable[[], bool] | None
    forget: Callable[[], None]
    fixed: dict[Hashable, Any] = field(default_factory=dict)

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """On the owner's thread: the engine's answer, with the card to itself if need be."""
        try:
            return getattr(self._engine(), name)(*args, **kwargs)
        except GpuExhausted:
            if self.make_room is None or not self.make_room():
                raise
        # Out here the error has gone, and with it what its frames held on the card.
        return getattr(self._engine(), name)(*args, **kwargs)

    def value(self, name: str) -> Any:
        """On the owner's thread: an attribute."""
        return getattr(self._engine(), name)

    def _engine(self) -> Any:
        engine = self.load()
        if engine is None:
            # The photo is tried again, with the engine that does the task from now on.
            self.forget()
            message = "it had to be loaded again, and its weights cannot be used any more"
            raise EngineError(message, engine=self.task)
        return engine


class _Shareable:
    """A call with rows, which other photos may have a share in."""

    def __init__(self, known: _Known, name: str, args: tuple[Any, ...], options: Any) -> None:
        rows, *rest = args
        self._known, self._name, self._rest, self._options = known, name, rest, options
        about = (name, *rest, *sorted(options.items()))
        self.key: Hashable = (known.task, known.asked, rows.shape[1:], rows.dtype.str, about)

    def over(self, rows: NDArray[Any] | None) -> Any:
        return self._known.call(self._name, rows, *self._rest, **self._options)


class Remote:
    """Speaks as an engine does; each call goes to the thread that owns it.

    What is no method is asked for once: an engine does not change after it was loaded.

    Args:
        known: The engine.
        shared: Where it is asked for.
        seat: For which photo.
    """

    def __init__(self, known: _Known, shared: SharedEngines, seat: Seat) -> None:
        self._known = known
        self._shared = shared
        self._seat = seat

    def __getattr__(self, name: str) -> Any:
        if callable(getattr(self._known.kind, name, None)):
            return partial(self._call, name)
        found = self._fixed(name, partial(self._known.value, name))
        return partial(self._call, name) if callable(found) else found

    def _call(self, name: str, *args: Any, **options: Any) -> Any:
        known, call = self._known, partial(self._known.call, name, *args, **options)
        if name in _FIXED:
            return self._fixed((name, args), call)
        if known.owner == CARD and SHARED.get(known.task) == name and _are_rows(args):
            shareable = _Shareable(known, name, args, options)
            return self._shared.ask_rows(known.task, self._seat, args[0], shareable)
        by_rows = self._cut(name)
        if by_rows:
            rows = (known.kind.aligned(*args, **options),)
            shareable = _Shareable(known, by_rows, rows, {})
            return self._shared.ask_rows(known.task, self._seat, rows[0], shareable)[0]
        whole, parts = APART.get(known.task, ("", ()))
        if name == whole and known.owner == CARD and all(hasattr(known.kind, p) for p in parts):
            before, middle, after = (getattr(known.kind, part) for part in parts)
            views = before(*args, **options)
            look = partial(known.call, middle.__name__, views)
            seen = self._shared.ask(known.owner, known.task, self._seat, look)
            return after(views, seen)
        return self._shared.ask(known.owner, known.task, self._seat, call)

    def _cut(self, name: str) -> str:
        """The call that takes rows in place of this one, if the engine has one."""
        call, by_rows = CUT.get(self._known.task, ("", ""))
        has_both = hasattr(self._known.kind, "aligned") and hasattr(self._known.kind, by_rows)
        return by_rows if name == call and self._known.owner == CARD and has_both else ""

    def _fixed(self, key: Hashable, call: Callable[[], Any]) -> Any:
        fixed = self._known.fixed
        if key not in fixed:
            fixed[key] = self._shared.ask(self._known.owner, self._known.task, self._seat, call)
        return fixed[key]


def _are_rows(args: tuple[Any, ...]) -> bool:
    """Whether the first is a batch of crops; the engine itself refuses what is none."""
    return bool(args) and isinstance(args[0], np.ndarray) and args[0].ndim == 4 and len(args[0]) > 0
