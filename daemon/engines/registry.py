"""Which engine does which task here, loaded when a route first asks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

from daemon.config.model import Engines as Settings
from daemon.domain.sayings import Saying, noted, said_of, say
from daemon.engines.abreast import Ask, abreast
from daemon.engines.assessing import Assessor
from daemon.engines.base import (
    BackgroundEnlarger,
    EngineFacts,
    Enlarger,
    FaceFinder,
    FaceParser,
    FaceRestorer,
    Matter,
    Reader,
    Recogniser,
)
from daemon.engines.choice import Choice, choose_assessor
from daemon.engines.embedded import Makers, embedded, slots_of
from daemon.engines.importing import importing
from daemon.engines.occlusion import Occluder
from daemon.engines.offered import OFFERS, OfferedEngines
from daemon.engines.offers import AUTO, Chooser, Offer, Setup
from daemon.engines.pool import Owner, Slot
from daemon.engines.rating import FaceRater
from daemon.engines.sightings import CodeFinder, FaceSweeper
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
from daemon.engines.vram import CardMemory
from daemon.errors import EngineBroken, EngineError, EngineUnavailable

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Warmed:
    """An engine before its first photo.

    Attributes:
        task: What it is for.
        name: The engine.
        spent_s: How long it took.
        trouble: Why the embedded one does the task; empty where it does.
    """

    task: str
    name: str
    spent_s: float
    trouble: str


class Engines:
    """Every engine of this process.

    Args:
        settings: The ``engines`` section.
        device: ``cpu`` or ``cuda:N``, as the worker found it. The embedded engines compute on
            the CPU whatever it is, and the record says so.
        models: The model store; the embedded engines have no use for it.
        makers: Other embedded engines (tests).
        offers: Other engines that need weights (tests).
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        device: str = "cpu",
        models: Path | None = None,
        makers: Makers | None = None,
        offers: Mapping[str, tuple[Offer, ...]] = OFFERS,
    ) -> None:
        self._settings = settings or Settings()
        self.device = device
        self.models = models
        self._choice = choose_assessor(self._settings, device, models)
        self._makers = makers or _made(self._settings, device, self._choice)
        self._owner = Owner()
        limit_mib = self._settings.gpu_memory_limit_mib
        self.memory = CardMemory(device, limit_mib)
        self._shelf = self.memory.shelf()
        setup = Setup(device, self._settings.precision, self._settings.threads, limit_mib)
        chooser = Chooser(self._settings, device, models)
        self._offered = OfferedEngines(chooser, setup, self._owner, offers, shelf=self._shelf)
        self._home = Owner()
        self._embedded = slots_of(self._makers, self._home)
        make = self._makers.assessor
        self._assessor = None if make is None else Slot(make, self._owner, self._shelf)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def offered(self, task: str, asked: str = AUTO) -> Any | None:
        """An engine that needs weights, loaded; ``None`` where an embedded one does the task.

        Raises:
            EngineUnavailable: It was asked for by its name and cannot be had.
        """
        return self._offered.engine(task, asked)

    def embedded(self, task: str) -> Any:
        """The engine that came with the installation, loaded."""
        return self._embedded[task].get()

    def at_once(self, *asked: Ask[Any]) -> list[Any]:
        """What embedded engines answer, in order; side by side where there are cores for it.

        Raises:
            Exception: What the first of them, in order, raised; the others have ended by then.
        """
        engines = [self.embedded(one.task) for one in asked]
        calls = [partial(one.call, at) for one, at in zip(asked, engines, strict=True)]
        return abreast(calls, self._settings.threads)

    def make_room(self, task: str, asked: str = AUTO) -> bool:
        """Drop all engines but one from the card; False where there were none."""
        if task == ASSESS and self._assessor is not None:
            return self._shelf.clear(but=self._assessor) > 0
        return self._offered.make_room(task, asked)

    def warm(self, tasks: Iterable[str] = (FIND, RESTORE, PARSE, IDENTITY)) -> Iterator[Warmed]:
        """Load what the card will be asked for, and have it run once; one at a time.

        What fails is left out: the embedded engine does its task, and every record says why.

        Yields:
            What became of each, where one was chosen at all.
        """
        for task in tasks:
            facts = self._offered.facts(task)
            if facts is None:
                continue
            begin_s = time.perf_counter()
            trouble = self._warmed(task)
            yield Warmed(task, facts.name, time.perf_counter() - begin_s, trouble)

    def _warmed(self, task: str) -> str:
        try:
            warm = getattr(self._offered.engine(task), "warm", None)
            if warm is not None:
                warm()
        except Exception as error:  # noqa: BLE001 - whatever fails here would fail every photo
            is_told = isinstance(error, EngineError)
            why = said_of(error) if is_told else say("quoted", text=type(error).__name__)
            self._offered.leave_out(task, say("failed_first", why=why))
            if isinstance(error, EngineBroken):
                self._give_up_card(say("broke_gpu", why=why))
        return self._offered.note(task)

    def _give_up_card(self, why: Saying) -> None:
        # The next process would warm the same engine first: photos would wait for it for ever.
        self._offered.give_up(why)
        if self._assessor is not None:
            self._choice, self._assessor = (
                Choice(None, (say("of_engine", engine="RTS", why=why),)),
                None,
            )

    def alone(self, call: Callable[[], Answer]) -> Answer:
        """Call what uses the device by itself, beside no engine."""
        return call()

    @property
    def finder(self) -> FaceFinder:
        """Finds faces of any size, with landmarks."""
        found: FaceFinder = self.offered(FIND) or self.embedded(FIND)
        return found

    def restorer(self, asked: str = AUTO) -> FaceRestorer | None:
        """Draws aligned faces anew; ``None`` where ``enlarger`` does that task.

        Args:
            asked: An engine's name, ``auto`` or ``embedded``.

        Raises:
            EngineUnavailable: It was asked for by its name and cannot be had.
        """
        restorer: FaceRestorer | None = self.offered(RESTORE, asked)
        return restorer

    def parser(self, asked: str = AUTO) -> FaceParser | None:
        """Says what each pixel of a face belongs to; ``None`` without weights for it.

        Raises:
            EngineUnavailable: It was asked for by its name and cannot be had.
        """
        parser: FaceParser | None = self.offered(PARSE, asked)
        return parser

    @property
    def occluder(self) -> Occluder | None:
        """Sees what hides a face; ``None`` without weights for it."""
        occluder: Occluder | None = self.offered(OCCLUDE)
        return occluder

    def background(self, asked: str = AUTO) -> BackgroundEnlarger | None:
        """Enlarges whole pictures; ``None`` where ``enlarger`` does that, too.

        Args:
            asked: An engine's name, ``auto``, ``auto_for`` a factor or ``embedded``.

        Raises:
            EngineUnavailable: It was asked for by its name and cannot be had.
        """
        enlarger: BackgroundEnlarger | None = self.offered(BACKGROUND, asked)
        return enlarger

    @property
    def enlarger(self) -> Enlarger:
        """Restores by enlarging four times."""
        found: Enlarger = self.embedded(RESTORE)
        return found

    @property
    def recogniser(self) -> Recogniser:
        """Tells people apart."""
        found: Recogniser = self.offered(IDENTITY) or self.embedded(IDENTITY)
        return found

    @property
    def judge(self) -> FaceFinder:
        """A second detector that shares nothing with ``finder``: the judge is not the maker."""
        found: FaceFinder = self.embedded(JUDGE)
        return found

    def matter(self, asked: str = AUTO) -> Matter:
        """Cuts a person out of a picture.

        Its first use on a machine may compile for most of a minute: say ``warming`` to the
        progress before.

        Args:
            asked: An engine's name, ``auto`` or ``embedded``.

        Raises:
            EngineUnavailable: It was asked for by its name and cannot be had, or its library is
                missing.
        """
        found: Matter = self.offered(MATTE, asked) or self.embedded(MATTE)
        return found

    @property
    def codes(self) -> CodeFinder:
        """Finds barcodes and QR codes.

        Raises:
            EngineUnavailable: Its library is missing.
        """
        found: CodeFinder = self.embedded(CODES)
        return found

    @property
    def sweeper(self) -> FaceSweeper:
        """Finds every face to be covered, in any quarter turn."""
        found: FaceSweeper = self.embedded(SWEEP)
        return found

    @property
    def resweeper(self) -> FaceSweeper:
        """A second detector for the proof; shares nothing with ``sweeper``."""
        found: FaceSweeper = self.embedded(RESWEEP)
        return found

    @property
    def reader(self) -> Reader:
        """Reads text in any direction.

        Raises:
            EngineUnavailable: Its networks are missing.
        """
        found: Reader = self.embedded(READ)
        return found

    @property
    def assessor(self) -> Assessor | None:
        """Tells people apart and scores each picture; ``None`` where only the others are here.

        ``recogniser`` stays what it is beside it: the limits of routes are in its distances.
        Weights that cannot be used are left out like weights that are not there, whatever was
        preferred: no photo fails for them, and ``describe`` says in every record why.
        """
        if self._assessor is None:
            return None
        try:
            return self._assessor.get()
        except EngineUnavailable as error:
            self._choice = Choice(None, (say("of_engine", engine="RTS", why=said_of(error)),))
            self._assessor = None
            return None

    @property
    def rater(self) -> FaceRater | None:
        """Says how good a face is; ``None`` without weights for it."""
        rater: FaceRater | None = self.offered(RATE)
        return rater

    def describe(self, **asked: str) -> dict[str, dict[str, Any]]:
        """Task → name, version and weights of its engine; loads nothing.

        Args:
            asked: Task → the engine that was asked for by its name.

        Raises:
            EngineUnavailable: Such an engine cannot be had.
        """
        described = {task: facts.as_json() for task, facts in self._makers.facts().items()}
        for task in OFFERS:
            wanted = asked.get(task, AUTO)
            facts = self._offered.facts(task, wanted)
            if facts is not None:
                described[task] = facts.as_json()
            if said := self._offered.said(task, wanted):
                # Some tasks have no embedded engine that could carry it.
                described.setdefault(task, {"name": "none"}).update(noted(said))
        if self._assessor is not None and self._makers.assessor_facts is not None:
            loaded = self._assessor.get() if self._assessor.loaded else None
            described[ASSESS] = self._makers.assessor_facts(loaded).as_json()
        elif self._choice.said:
            described[ASSESS] = {"name": "none", **noted(self._choice.said)}
        return described

    def loaded(self) -> frozenset[str]:
        """Tasks whose engine is in memory now."""
        embedded = {task for task, slot in self._embedded.items() if slot.loaded}
        if self._assessor is not None and self._assessor.loaded:
            embedded.add(ASSESS)
        return frozenset(embedded) | self._offered.loaded()

    def close(self) -> None:
        """Let every engine go."""
        for slot in self._embedded.values():
            slot.drop()
        if self._assessor is not None:
            self._assessor.drop()
        self._offered.drop()
        for owner in (self._owner, self._home):
            owner.release()


def _made(settings: Settings, device: str, choice: Choice) -> Makers:
    """The embedded engines, and the assessor that was chosen."""
    makers = embedded(settings.threads)
    weights = choice.weights
    if weights is None:
        return makers
    return replace(
        makers,
        assessor=lambda: _rts(weights, settings, device),
        assessor_facts=lambda loaded: _rts_facts(weights, settings, device, loaded),
    )


# ruff: noqa: PLC0415 - a runtime takes up to a second to import: only where it is used


def _rts(weights: Path, settings: Settings, device: str) -> Assessor:
    with importing("rts", "torch"):
        from daemon.engines.rts.adapter import Rts
    return Rts(weights, device=device, precision=settings.precision, threads=settings.threads)


def _rts_facts(
    weights: Path, settings: Settings, device: str, loaded: Assessor | None
) -> EngineFacts:
    from daemon.engines.rts.facts import rts_facts

    calibration = getattr(loaded, "calibration", None)
    return rts_facts(weights, device=device, precision=settings.precision, calibration=calibration)
