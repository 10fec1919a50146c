"""Which engine does which task here, loaded when a route first asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from daemon.config.model import Engines as Settings
from daemon.engines.base import (
    Assessor,
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
from daemon.engines.embedded import Makers, embedded
from daemon.engines.offered import OFFERS, OfferedEngines
from daemon.engines.offers import AUTO, Chooser, Offer, Setup
from daemon.engines.pool import Owner, Slot
from daemon.engines.sightings import CodeFinder, FaceSweeper
from daemon.engines.tasks import (
    ASSESS,
    BACKGROUND,
    CODES,
    FIND,
    IDENTITY,
    JUDGE,
    MATTE,
    PARSE,
    READ,
    RESTORE,
    RESWEEP,
    SWEEP,
)
from daemon.errors import EngineUnavailable


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
        setup = Setup(device, self._settings.precision, self._settings.threads)
        chooser = Chooser(self._settings, device, models)
        self._offered = OfferedEngines(chooser, setup, self._owner, offers)
        self._finder = Slot(self._makers.finder, self._owner)
        self._enlarger = Slot(self._makers.enlarger, self._owner)
        self._recogniser = Slot(self._makers.recogniser, self._owner)
        self._judge = Slot(self._makers.judge, self._owner)
        self._matter = Slot(self._makers.matter or _no_matter, self._owner)
        self._codes = Slot(self._makers.codes or _no_codes, self._owner)
        self._sweeper = Slot(self._makers.sweeper or _no_sweeper, self._owner)
        self._resweeper = Slot(self._makers.resweeper or _no_sweeper, self._owner)
        self._reader = Slot(self._makers.reader or _no_reader, self._owner)
        make = self._makers.assessor
        self._assessor = None if make is None else Slot(make, self._owner)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def finder(self) -> FaceFinder:
        """Finds faces of any size, with landmarks."""
        return self._offered.engine(FIND) or self._finder.get()

    def restorer(self, asked: str = AUTO) -> FaceRestorer | None:
        """Draws aligned faces anew; ``None`` where ``enlarger`` does that task.

        Args:
            asked: An engine's name, ``auto`` or ``embedded``.

        Raises:
            EngineUnavailable: It was asked for by its name and cannot be had.
        """
        restorer: FaceRestorer | None = self._offered.engine(RESTORE, asked)
        return restorer

    @property
    def parser(self) -> FaceParser | None:
        """Says what each pixel of a face belongs to; ``None`` without weights for it."""
        parser: FaceParser | None = self._offered.engine(PARSE)
        return parser

    def background(self, asked: str = AUTO) -> BackgroundEnlarger | None:
        """Enlarges whole pictures; ``None`` where ``enlarger`` does that, too.

        Raises:
            EngineUnavailable: It was asked for by its name and cannot be had.
        """
        enlarger: BackgroundEnlarger | None = self._offered.engine(BACKGROUND, asked)
        return enlarger

    @property
    def enlarger(self) -> Enlarger:
        """Restores by enlarging four times."""
        return self._enlarger.get()

    @property
    def recogniser(self) -> Recogniser:
        """Tells people apart."""
        return self._offered.engine(IDENTITY) or self._recogniser.get()

    @property
    def judge(self) -> FaceFinder:
        """A second detector that shares nothing with ``finder``: the judge is not the maker."""
        return self._judge.get()

    @property
    def matter(self) -> Matter:
        """Cuts a person out of a picture.

        Its first use on a machine may compile for most of a minute: say ``warming`` to the
        progress before.

        Raises:
            EngineUnavailable: Its library is missing.
        """
        return self._offered.engine(MATTE) or self._matter.get()

    @property
    def codes(self) -> CodeFinder:
        """Finds barcodes and QR codes.

        Raises:
            EngineUnavailable: Its library is missing.
        """
        return self._codes.get()

    @property
    def sweeper(self) -> FaceSweeper:
        """Finds every face to be covered, in any quarter turn."""
        return self._sweeper.get()

    @property
    def resweeper(self) -> FaceSweeper:
        """A second detector for the proof; shares nothing with ``sweeper``."""
        return self._resweeper.get()

    @property
    def reader(self) -> Reader:
        """Reads text in any direction.

        Raises:
            EngineUnavailable: Its networks are missing.
        """
        return self._reader.get()

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
            self._choice = Choice(None, f"RTS: {error}")
            self._assessor = None
            return None

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
            note = self._offered.note(task, wanted)
            if note and task in described:
                described[task]["note"] = note
        if self._assessor is not None and self._makers.assessor_facts is not None:
            loaded = self._assessor.get() if self._assessor.loaded else None
            described[ASSESS] = self._makers.assessor_facts(loaded).as_json()
        elif self._choice.note:
            described[ASSESS] = {"name": "none", "note": self._choice.note}
        return described

    def loaded(self) -> frozenset[str]:
        """Tasks whose engine is in memory now."""
        slots: Mapping[str, Slot[Any] | None] = {
            FIND: self._finder,
            RESTORE: self._enlarger,
            IDENTITY: self._recogniser,
            JUDGE: self._judge,
            MATTE: self._matter,
            READ: self._reader,
            CODES: self._codes,
            SWEEP: self._sweeper,
            RESWEEP: self._resweeper,
            ASSESS: self._assessor,
        }
        embedded = (task for task, slot in slots.items() if slot is not None and slot.loaded)
        return frozenset(embedded) | self._offered.loaded()

    def close(self) -> None:
        """Let every engine go."""
        for slot in (
            self._finder,
            self._enlarger,
            self._recogniser,
            self._judge,
            self._matter,
            self._codes,
            self._sweeper,
            self._resweeper,
            self._reader,
        ):
            slot.drop()
        if self._assessor is not None:
            self._assessor.drop()
        self._offered.drop()
        self._owner.release()


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


def _no_matter() -> Matter:
    message = "this set of engines cuts nobody out"
    raise EngineUnavailable(message, engine=MATTE)


def _no_reader() -> Reader:
    message = "this set of engines reads no text"
    raise EngineUnavailable(message, engine=READ)


def _no_codes() -> CodeFinder:
    message = "this set of engines reads no codes"
    raise EngineUnavailable(message, engine=CODES)


def _no_sweeper() -> FaceSweeper:
    message = "this set of engines covers no faces"
    raise EngineUnavailable(message, engine=SWEEP)


# ruff: noqa: PLC0415 - a runtime takes up to a second to import: only where it is used


def _rts(weights: Path, settings: Settings, device: str) -> Assessor:
    try:
        from daemon.engines.rts.adapter import Rts
    except (ImportError, OSError) as error:
        message = "torch is installed, but cannot be loaded: install the gpu extra again"
        raise EngineUnavailable(message, engine="rts") from error
    return Rts(weights, device=device, precision=settings.precision, threads=settings.threads)


def _rts_facts(
    weights: Path, settings: Settings, device: str, loaded: Assessor | None
) -> EngineFacts:
    from daemon.engines.rts.facts import rts_facts

    calibration = getattr(loaded, "calibration", None)
    return rts_facts(weights, device=device, precision=settings.precision, calibration=calibration)
