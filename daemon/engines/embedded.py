"""The engines that come with the installation, and how each is loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from daemon.domain.sayings import say, unavailable
from daemon.engines.assessing import Assessor
from daemon.engines.base import (
    EngineFacts,
    Enlarger,
    FaceFinder,
    Matter,
    Reader,
    Recogniser,
)
from daemon.engines.importing import PACKAGES, importing
from daemon.engines.pool import Owner, Slot
from daemon.engines.sightings import CodeFinder, FaceSweeper
from daemon.engines.tasks import (
    CODES,
    FIND,
    IDENTITY,
    JUDGE,
    MATTE,
    READ,
    RESTORE,
    RESWEEP,
    SWEEP,
)


@dataclass(frozen=True)
class Makers:
    """How each task's engine is loaded, and its facts without loading it.

    Attributes:
        assessor: ``None`` where none was chosen.
        assessor_facts: Its facts; handed the engine once that is loaded.
        matter: ``None`` where a set of engines has none; asking for it is then refused.
        codes: As ``matter``.
        sweeper: As ``matter``.
        resweeper: As ``matter``.
        reader: As ``matter``.
    """

    finder: Callable[[], FaceFinder]
    enlarger: Callable[[], Enlarger]
    recogniser: Callable[[], Recogniser]
    judge: Callable[[], FaceFinder]
    facts: Callable[[], Mapping[str, EngineFacts]]
    assessor: Callable[[], Assessor] | None = None
    assessor_facts: Callable[[Assessor | None], EngineFacts] | None = None
    matter: Callable[[], Matter] | None = None
    codes: Callable[[], CodeFinder] | None = None
    sweeper: Callable[[], FaceSweeper] | None = None
    resweeper: Callable[[], FaceSweeper] | None = None
    reader: Callable[[], Reader] | None = None


def embedded(threads: int) -> Makers:
    """The engines that come with the installation. Importing a runtime waits for its use."""
    return Makers(
        finder=lambda: finder(threads),
        enlarger=lambda: _enlarger(threads),
        recogniser=_recogniser,
        judge=_judge,
        facts=_embedded_facts,
        matter=lambda: _matter(threads),
        codes=lambda: _codes(threads),
        sweeper=lambda: _sweeper(threads),
        resweeper=lambda: _resweeper(threads),
        reader=lambda: _reader(threads),
    )


# ruff: noqa: PLC0415 - a runtime takes up to a second to import: only where it is used


def finder(threads: int) -> FaceFinder:
    """The detector, loaded."""
    from daemon.engines.centerface.adapter import CenterFace

    return CenterFace(threads)


def finder_facts() -> EngineFacts:
    """What records say of the detector; loads no network."""
    from daemon.engines.centerface.adapter import CenterFace

    return CenterFace.facts()


def _enlarger(threads: int) -> Enlarger:
    from daemon.engines.realesrgan.adapter import RealEsrgan

    return RealEsrgan(threads)


def _recogniser() -> Recogniser:
    from daemon.engines.dlib_face.adapter import DlibRecogniser

    return DlibRecogniser()


def _judge() -> FaceFinder:
    from daemon.engines.dlib_face.adapter import DlibFinder

    return DlibFinder()


def _matter(threads: int) -> Matter:
    from daemon.engines.matting_grabcut.adapter import GrabCutMatter

    return GrabCutMatter(threads)


def _codes(threads: int) -> CodeFinder:
    with importing("zxing-cpp", "zxing-cpp", PACKAGES):
        from daemon.engines.zxing.adapter import ZxingCodes
    return ZxingCodes(threads)


def _sweeper(threads: int) -> FaceSweeper:
    from daemon.engines.centerface.sweep import CenterFaceSweeper

    return CenterFaceSweeper(threads)


def _resweeper(threads: int) -> FaceSweeper:
    from daemon.engines.dlib_face.sweep import DlibSweeper

    return DlibSweeper(threads)


def _reader(threads: int) -> Reader:
    with importing("rapidocr", "onnxruntime", PACKAGES):
        from daemon.engines.rapidocr.adapter import RapidOcr
    return RapidOcr(threads)


def _embedded_facts() -> dict[str, EngineFacts]:
    from daemon.engines.centerface.sweep import CenterFaceSweeper
    from daemon.engines.dlib_face.adapter import DlibFinder, DlibRecogniser
    from daemon.engines.dlib_face.sweep import DlibSweeper
    from daemon.engines.matting_grabcut.facts import matter_facts
    from daemon.engines.rapidocr.adapter import RapidOcr
    from daemon.engines.realesrgan.adapter import RealEsrgan
    from daemon.engines.zxing.facts import code_facts

    return {
        FIND: finder_facts(),
        RESTORE: RealEsrgan.facts(),
        IDENTITY: DlibRecogniser.facts(),
        JUDGE: DlibFinder.facts(),
        MATTE: matter_facts(),
        READ: RapidOcr.facts(),
        CODES: code_facts(),
        SWEEP: CenterFaceSweeper.facts(),
        RESWEEP: DlibSweeper.facts(),
    }


def slots_of(makers: Makers, owner: Owner) -> dict[str, Slot[Any]]:
    """Room for each embedded engine, by its task."""
    make: dict[str, Callable[[], Any]] = {
        FIND: makers.finder,
        RESTORE: makers.enlarger,
        IDENTITY: makers.recogniser,
        JUDGE: makers.judge,
        MATTE: makers.matter or _no_matter,
        READ: makers.reader or _no_reader,
        CODES: makers.codes or _no_codes,
        SWEEP: makers.sweeper or _no_sweeper,
        RESWEEP: makers.resweeper or _no_sweeper,
    }
    return {task: Slot(made, owner) for task, made in make.items()}


def _no_matter() -> Matter:
    raise unavailable(say("cuts_nobody"), engine=MATTE)


def _no_reader() -> Reader:
    raise unavailable(say("reads_no_text"), engine=READ)


def _no_codes() -> CodeFinder:
    raise unavailable(say("reads_no_codes"), engine=CODES)


def _no_sweeper() -> FaceSweeper:
    raise unavailable(say("covers_no_faces"), engine=SWEEP)
